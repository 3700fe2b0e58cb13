/* The journal: market segments and rows merged in order, tails of unfinished commits, damage that is found. */
#include "tests/unit/store_fixture.h"

#include <zlib.h>

#include "sql/segment.h"

static const char first_day[] = "journal/2024-10-04.seg";

/* n events, every fourth a command; a new day every per_day. One batch. */
static void fill(struct store *s, uint64_t from, uint64_t n, uint64_t per_day) {
    struct store_batch *b = store_batch_new(s);
    for (uint64_t seq = from; seq < from + n; seq++) {
        int32_t day = DAY_ONE + (int32_t)((seq - 1) / per_day);
        put_event(b, seq % 4 == 0 ? command_event(seq, day) : bar_event(seq, day));
    }
    commit_good(s, b);
}

static void everything_comes_back_in_order(void **state) {
    struct fixture *f = *state;
    struct store *s = open_store(f);
    for (uint64_t seq = 1; seq <= 2000; seq += 100) fill(s, seq, 100, 300);
    struct loaded l = load(s, 0);
    assert_false(l.answer.failed);
    assert_int_equal(l.n, 2000);
    assert_int_equal(load(s, 1999).n, 1);
    assert_int_equal(load(s, 2000).n, 0);
    assert_int_equal(load(s, 777).first, 778);
    close_store(f);
    s = open_store(f);
    assert_int_equal(load(s, 0).n, 2000);
    fill(s, 2001, 50, 300); /* goes on where it ended */
    assert_int_equal(load(s, 0).last, 2050);
}

static const struct event *expected_event;
static bool on_exact(void *arg, const struct event *ev) {
    assert_same_event(&expected_event[(*(int *)arg)++], ev);
    return true;
}

static void events_come_back_byte_for_byte(void **state) {
    struct fixture *f = *state;
    struct store *s = open_store(f);
    static struct engine_config config;
    struct event ev[6] = {bar_event(1, DAY_ONE), command_event(2, DAY_ONE), bar_event(3, DAY_ONE),
                          bar_event(4, DAY_ONE + 1)};
    engine_config_defaults(&config);
    str_copy(config.version, sizeof config.version, "9.9");
    ev[4] = (struct event){.seq = 5, .kind = EVENT_CONFIG, .day = DAY_ONE + 1, .u.config = &config};
    ev[5] =
        (struct event){.seq = 6, .kind = EVENT_REPORT, .derived = true, .market_time = WHEN_NONE, .day = DAY_ONE + 1};
    ev[5].u.report.order = UINT64_MAX;
    str_copy(ev[5].u.report.note, sizeof ev[5].u.report.note, "refusé par la place");
    struct store_batch *b = store_batch_new(s);
    for (int i = 0; i < 6; i++) store_put_event(b, &ev[i]);
    memset(&config, 0, sizeof config); /* it was only borrowed */
    commit_good(s, b);
    engine_config_defaults(&config);
    str_copy(config.version, sizeof config.version, "9.9");
    int n = 0;
    expected_event = ev;
    store_load_events(s, 0, on_exact, NULL, &n);
    store_wait(s);
    assert_int_equal(n, 6);
}

static void days_that_interleave_are_merged(void **state) {
    struct fixture *f = *state;
    struct store *s = open_store(f);
    for (uint64_t seq = 1; seq <= 600;) {
        struct store_batch *b = store_batch_new(s);
        for (int i = 0; i < 7; i++, seq++) put_event(b, bar_event(seq, DAY_ONE + (int32_t)(seq * 7919 % 12)));
        commit_good(s, b);
    }
    struct loaded l = load(s, 3);
    assert_false(l.answer.failed);
    assert_int_equal(l.first, 4);
    assert_int_equal(l.last, 602);
}

static void a_reader_may_stop(void **state) {
    struct fixture *f = *state;
    struct store *s = open_store(f);
    fill(s, 1, 4000, 1000);
    for (uint64_t stop = 1; stop < 2000; stop += 499) {
        struct loaded l = {.stop_after = stop};
        store_load_events(s, 0, on_event, on_loaded, &l);
        store_wait(s);
        assert_int_equal(l.answer.calls, 1);
        assert_false(l.answer.failed);
        assert_int_equal(l.n, stop);
    }
    store_load_events(s, 0, on_event, on_loaded, &(struct loaded){0});
    close_store(f); /* in the middle of it: nothing leaks, nothing is called */
}

struct interleave {
    struct store *s;
    struct loaded l;
    struct answer commits;
    uint64_t next;
};

static bool on_event_commit(void *arg, const struct event *ev) {
    struct interleave *x = arg;
    if (ev->seq % 100 == 0) {
        struct store_batch *b = store_batch_new(x->s);
        put_event(b, bar_event(x->next++, DAY_ONE + 9));
        store_commit(x->s, b, on_done, &x->commits);
    }
    return on_event(&x->l, ev);
}

static void on_interleaved(void *arg, const struct err *failed) {
    on_done(&((struct interleave *)arg)->l.answer, failed);
}

static void commits_pass_while_the_journal_is_read(void **state) {
    struct fixture *f = *state;
    struct store *s = open_store(f);
    fill(s, 1, 3000, 1000);
    struct interleave x = {.s = s, .next = 3001};
    store_load_events(s, 0, on_event_commit, on_interleaved, &x);
    store_wait(s);
    assert_false(x.l.answer.failed);
    assert_int_equal(x.l.last, 3000); /* as it was when the load began */
    assert_int_equal(x.commits.calls, 30);
    assert_int_equal(load(s, 0).last, 3030);
}

static void a_gap_is_refused_when_written(void **state) {
    struct fixture *f = *state;
    struct store *s = open_store(f);
    fill(s, 1, 10, 100);
    struct store_batch *b = store_batch_new(s);
    put_event(b, bar_event(12, DAY_ONE));
    struct answer a = commit(s, b);
    assert_true(a.failed);
    assert_int_equal(a.err.code, ERR_CORRUPT);
    close_store(f);
    assert_int_equal(load(open_store(f), 0).last, 10);
}

/* ---- damage ---- */

static void append_bytes(const struct fixture *f, const char *name, const void *bytes, size_t n) {
    char path[PATH_MAX];
    path_in(f, name, path);
    int fd = open(path, O_WRONLY | O_APPEND);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, n), n);
    close(fd);
}

static void flip_byte(const struct fixture *f, const char *name, off_t at) {
    char path[PATH_MAX];
    uint8_t byte;
    path_in(f, name, path);
    int fd = open(path, O_RDWR);
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte ^= 0x10;
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

static void an_unfinished_tail_is_cut(void **state) {
    struct fixture *f = *state;
    char stray[PATH_MAX];
    fill(open_store(f), 1, 100, 1000);
    close_store(f);
    off_t good = file_size(f, first_day);
    append_bytes(f, first_day, "FRAM half a frame that was never committed", 40);
    path_in(f, "journal/2031-01-01.seg", stray); /* a new day whose commit never came */
    close(open(stray, O_CREAT | O_WRONLY, 0600));
    open_store(f);
    assert_int_equal(file_size(f, first_day), good);
    fill(f->store, 101, 100, 1000);
    assert_int_equal(load(f->store, 0).n, 200);
    assert_true(file_size(f, first_day) > good);
    assert_int_equal(access(stray, F_OK), -1);
}

static void read_only_cuts_nothing(void **state) {
    struct fixture *f = *state;
    fill(open_store(f), 1, 100, 1000);
    close_store(f);
    append_bytes(f, first_day, "tail", 4);
    off_t with_tail = file_size(f, first_day);
    struct store *s = open_with(f, &(struct store_options){.read_only = true});
    assert_int_equal(load(s, 0).n, 100);
    close_store(f);
    assert_int_equal(file_size(f, first_day), with_tail);
}

static void every_damaged_byte_is_found(void **state) {
    struct fixture *f = *state;
    fill(open_store(f), 1, 40, 1000);
    fill(f->store, 41, 40, 1000);
    close_store(f);
    off_t size = file_size(f, first_day);
    for (off_t at = 0; at < size; at += at < 64 ? 1 : 17) {
        flip_byte(f, first_day, at);
        struct loaded l = load(open_store(f), 0);
        if (!l.answer.failed || l.answer.err.code != ERR_CORRUPT) fail_msg("byte %ld: not noticed", (long)at);
        close_store(f);
        flip_byte(f, first_day, at);
    }
    assert_int_equal(load(open_store(f), 0).n, 80);
}

static void a_lost_end_is_refused_at_open_and_an_old_day_when_read(void **state) {
    struct fixture *f = *state;
    struct err e = {0};
    char path[PATH_MAX];
    fill(open_store(f), 1, 300, 100); /* three days */
    close_store(f);
    path_in(f, first_day, path);
    off_t size = file_size(f, first_day);
    assert_int_equal(truncate(path, size - 1), 0);
    log_set_stderr(false); /* it says so */
    struct loaded l = load(open_store(f), 0);
    assert_true(l.answer.failed);
    assert_int_equal(l.answer.err.code, ERR_CORRUPT);
    assert_int_equal(load(f->store, 150).n, 150); /* what does not need the old day is fine */
    assert_int_equal(store_check(f->store, &e), -1);
    assert_non_null(strstr(e.text[LANG_EN], "2024-10-04.seg"));
    close_store(f);
    path_in(f, "journal/2024-10-06.seg", path);
    assert_int_equal(truncate(path, 20), 0);
    assert_null(try_open(f, NULL, &e));
    assert_int_equal(e.code, ERR_CORRUPT);
    assert_int_equal(unlink(path), 0);
    assert_null(try_open(f, NULL, &e));
    assert_int_equal(e.code, ERR_CORRUPT);
    log_set_stderr(true);
}

static void the_first_missing_event_is_named(void **state) {
    struct fixture *f = *state;
    struct err e = {0};
    fill(open_store(f), 1, 100, 1000);
    close_store(f);
    struct db *d = fixture_db(f);
    assert_non_null(d);
    assert_int_equal(db_script(d, "DELETE FROM journal WHERE seq = 48", &e), 0);
    db_close(d);
    struct loaded l = load(open_store(f), 0);
    assert_true(l.answer.failed);
    assert_int_equal(l.last, 47);
    assert_non_null(strstr(l.answer.err.text[LANG_EN], "event 48 is missing"));
    assert_non_null(strstr(l.answer.err.text[LANG_FR], "48"));
    assert_int_equal(load(f->store, 48).n, 52);
    l = (struct loaded){.stop_after = 10}; /* who stops before the gap does not hear of it */
    store_load_events(f->store, 0, on_event, on_loaded, &l);
    store_wait(f->store);
    assert_int_equal(l.answer.calls, 1);
    assert_false(l.answer.failed);
}

static void an_event_in_another_ones_place_is_found(void **state) {
    struct fixture *f = *state;
    struct err e = {0};
    fill(open_store(f), 1, 100, 1000);
    close_store(f);
    struct db *d = fixture_db(f);
    assert_int_equal(
        db_script(d, "UPDATE journal SET body = (SELECT body FROM journal WHERE seq = 8) WHERE seq = 12", &e), 0);
    db_close(d);
    struct loaded l = load(open_store(f), 0);
    assert_true(l.answer.failed);
    assert_int_equal(l.last, 11);
    assert_non_null(strstr(l.answer.err.text[LANG_EN], "event 12 "));
}

/* ---- written by a newer program ---- */

static void assert_newer(const struct err *e, unsigned known, const char *what_en, const char *what_fr) {
    char en[40], fr[40];
    snprintf(en, sizeof en, "this mia knows %u:", known);
    snprintf(fr, sizeof fr, "ce mia connaît le %u\u00a0:", known);
    assert_int_equal(e->code, ERR_REFUSED); /* not ERR_CORRUPT: such a state is left where it is */
    assert_non_null(strstr(e->text[LANG_EN], what_en));
    assert_non_null(strstr(e->text[LANG_FR], what_fr));
    assert_non_null(strstr(e->text[LANG_EN], en));
    assert_non_null(strstr(e->text[LANG_FR], fr));
    assert_non_null(strstr(e->text[LANG_EN], "backup"));
}

static void a_newer_segment_file_is_refused_at_open(void **state) {
    struct fixture *f = *state;
    char path[PATH_MAX];
    uint8_t header[SEGMENT_HEADER];
    struct err e = {0};
    fill(open_store(f), 1, 100, 1000);
    close_store(f);
    path_in(f, first_day, path);
    int fd = open(path, O_RDWR);
    assert_int_equal(pread(fd, header, sizeof header, 0), sizeof header);
    header[7] = '2';
    uint32_t crc = (uint32_t)crc32(0, header, 12);
    for (int i = 0; i < 4; i++) header[12 + i] = (uint8_t)(crc >> 8 * i);
    assert_int_equal(pwrite(fd, header, sizeof header, 0), sizeof header);
    close(fd);
    assert_null(try_open(f, NULL, &e));
    assert_newer(&e, 1, "journal 2024-10-04.seg: format 2", "journal 2024-10-04.seg\u00a0: format 2");
}

static void a_newer_frame_is_refused_when_read(void **state) {
    struct fixture *f = *state;
    char path[PATH_MAX];
    uint8_t bytes[65536];
    struct frame frame;
    fill(open_store(f), 1, 100, 1000);
    close_store(f);
    path_in(f, first_day, path);
    int fd = open(path, O_RDWR);
    ssize_t n = pread(fd, bytes, sizeof bytes, SEGMENT_HEADER);
    assert_true(n > FRAME_HEADER && frame_header_read(bytes, &frame));
    frame.format = 7;
    frame_header_write(bytes, &frame);
    frame.crc = frame_crc(bytes, bytes + FRAME_HEADER, frame.packed);
    frame_header_write(bytes, &frame);
    assert_int_equal(pwrite(fd, bytes, (size_t)n, SEGMENT_HEADER), n);
    close(fd);
    struct loaded l = load(open_store(f), 0);
    assert_true(l.answer.failed);
    assert_newer(&l.answer.err, ENGINE_FORMAT, "event 1 of the journal: format 7",
                 "événement 1 du journal\u00a0: format 7");
}

static void a_newer_row_is_refused_when_read(void **state) {
    struct fixture *f = *state;
    struct err e = {0};
    fill(open_store(f), 1, 100, 1000);
    close_store(f);
    struct db *d = fixture_db(f);
    assert_int_equal(db_script(d, "UPDATE journal SET format = 7 WHERE seq = 12", &e), 0);
    db_close(d);
    struct loaded l = load(open_store(f), 0);
    assert_true(l.answer.failed);
    assert_int_equal(l.last, 11);
    assert_newer(&l.answer.err, ENGINE_FORMAT, "event 12 of the journal: format 7",
                 "événement 12 du journal\u00a0: format 7");
}

static void the_seq_before_a_day_is_known(void **state) {
    struct fixture *f = *state;
    struct store *s = open_store(f);
    assert_int_equal(store_seq_before_day(s, DAY_ONE), 0);
    fill(s, 1, 300, 100);
    assert_int_equal(store_seq_before_day(s, DAY_ONE), 0);
    assert_int_equal(store_seq_before_day(s, DAY_ONE - 5), 0);
    assert_int_equal(store_seq_before_day(s, DAY_ONE + 1), 100);
    assert_int_equal(store_seq_before_day(s, DAY_ONE + 2), 200);
    assert_int_equal(store_seq_before_day(s, DAY_ONE + 3), 300);
    close_store(f);
    assert_int_equal(store_seq_before_day(open_store(f), DAY_ONE + 1), 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        STORE_TEST(everything_comes_back_in_order),
        STORE_TEST(events_come_back_byte_for_byte),
        STORE_TEST(days_that_interleave_are_merged),
        STORE_TEST(a_reader_may_stop),
        STORE_TEST(commits_pass_while_the_journal_is_read),
        STORE_TEST(a_gap_is_refused_when_written),
        STORE_TEST(an_unfinished_tail_is_cut),
        STORE_TEST(read_only_cuts_nothing),
        STORE_TEST(every_damaged_byte_is_found),
        STORE_TEST(a_lost_end_is_refused_at_open_and_an_old_day_when_read),
        STORE_TEST(the_first_missing_event_is_named),
        STORE_TEST(an_event_in_another_ones_place_is_found),
        STORE_TEST(a_newer_segment_file_is_refused_at_open),
        STORE_TEST(a_newer_frame_is_refused_when_read),
        STORE_TEST(a_newer_row_is_refused_when_read),
        STORE_TEST(the_seq_before_a_day_is_known),
    };
    return RUN(tests);
}
