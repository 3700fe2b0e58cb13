/*
 * Killed at any moment, the store opens again, holds everything that was acknowledged, and fits
 * together: the inbox, the journal, the audit chain, the state and the trades tell of the same last turn.
 * The same binary is the victim ("victim DIR"); it says each acknowledged turn on its standard output.
 */
#include "tests/unit/store_fixture.h"

#include <signal.h>
#include <sys/wait.h>

#include "engine/base/rng.h"

#define EVENTS_A_TURN 5 /* four bars and a command */

static char self[PATH_MAX];

static void put_turn(struct store_batch *b, uint64_t i) {
    char number[24];
    int32_t day = DAY_ONE + (int32_t)(i / 3);
    struct inbox_row in = {"discord", "1", i, when_from_sec((int64_t)i), "discord:3", "pause", "accepted"};
    struct audit_row au = {when_from_sec((int64_t)i), "discord", "discord:3", "owner", "c", "pause", "", "done", ""};
    struct outbox_row out = {
        .id = i, .created = when_from_sec((int64_t)i), .attempted = WHEN_NONE, .platform = "discord", .doc = "{}"};
    store_put_inbox(b, &in);
    for (uint64_t k = 1; k < EVENTS_A_TURN; k++) {
        struct event ev = bar_event((i - 1) * EVENTS_A_TURN + k, day + (k > 2)); /* two files a turn */
        store_put_event(b, &ev);
    }
    struct event ev = command_event(i * EVENTS_A_TURN, day + 1);
    store_put_event(b, &ev);
    store_put_audit(b, &au);
    store_put_outbox(b, &out);
    snprintf(number, sizeof number, "%llu", (unsigned long long)i);
    store_put_state(b, "last", number, when_from_sec((int64_t)i));
}

/* ---- what must hold ---- */

struct seen {
    uint64_t inbox, state, outbox;
};

static void on_inbox(void *arg, const char *platform, uint64_t ext_id) {
    struct seen *x = arg;
    (void)platform;
    x->inbox++;
    assert_true(ext_id >= 1);
}

static void on_state(void *arg, const char *key, const char *value) {
    struct seen *x = arg;
    assert_string_equal(key, "last");
    x->state = strtoull(value, NULL, 10);
}

static void on_outbox(void *arg, const struct outbox_row *r) {
    struct seen *x = arg;
    assert_int_equal(r->id, ++x->outbox);
}

/* Opens what is there and returns how many turns it tells of. */
static uint64_t turns_after(struct fixture *f, uint64_t acknowledged, const char *how) {
    struct seen x = {0};
    struct err e = {0};
    uint64_t rows;
    struct store *s = try_open(f, NULL, &e);
    if (s == NULL) fail_msg("%s: does not open: %s", how, e.text[LANG_EN]);
    store_load_inbox(s, on_inbox, NULL, &x);
    store_load_state(s, on_state, NULL, &x);
    store_load_outbox(s, on_outbox, NULL, &x);
    struct loaded l = load(s, 0);
    if (l.answer.failed) fail_msg("%s: %s", how, l.answer.err.text[LANG_EN]);
    if (store_audit_verify(s, &rows, &e) < 0 || store_check(s, &e) < 0) fail_msg("%s: %s", how, e.text[LANG_EN]);
    if (x.inbox < acknowledged)
        fail_msg("%s: %llu turns of %llu are lost", how, (unsigned long long)(acknowledged - x.inbox),
                 (unsigned long long)acknowledged);
    assert_int_equal(x.state, x.inbox);
    assert_int_equal(x.outbox, x.inbox);
    assert_int_equal(rows, x.inbox);
    assert_int_equal(l.n, x.inbox * EVENTS_A_TURN);
    close_store(f);
    return x.inbox;
}

/* ---- the victim ---- */

static void on_acknowledged(void *arg, const struct err *failed) {
    if (failed != NULL) _exit(3);
    uint8_t turn = (uint8_t)(uintptr_t)arg;
    if (write(STDOUT_FILENO, &turn, 1) != 1) _exit(4);
}

static void on_count(void *arg, const char *platform, uint64_t ext_id) {
    (void)platform;
    (void)ext_id;
    ++*(uint64_t *)arg;
}

static int victim(const char *dir, uint64_t turns) {
    struct err e;
    struct store_options o = {.dir = dir, .journal_keep_days = 1000};
    uint64_t done = 0;
    log_set_stderr(false);
    struct store *s = store_open(&o, &e);
    if (s == NULL) return 2;
    store_load_inbox(s, on_count, NULL, &done);
    store_wait(s);
    for (uint64_t i = done + 1; i <= done + turns; i++) {
        struct store_batch *b = store_batch_new(s);
        put_turn(b, i);
        store_commit(s, b, on_acknowledged, (void *)(uintptr_t)i);
        if (i % 3 != 0) store_wait(s); /* now and then two share a commit */
    }
    store_wait(s);
    store_close(s);
    return 0;
}

/* Runs argv with its output in a pipe; kills it after `kill_after` acknowledgements and `spin` turns of a loop (0: never). */
struct run {
    uint64_t acknowledged;
    int status;
};

static struct run run_victim(char *const argv[], uint64_t kill_after, uint64_t spin) {
    struct run r = {0};
    int fd[2];
    uint8_t turn;
    assert_int_equal(pipe(fd), 0);
    pid_t child = fork();
    if (child == 0) {
        setenv("ASAN_OPTIONS", "detect_leaks=0", 1); /* the leak checker does not work under a tracer */
        setenv("LSAN_OPTIONS", "detect_leaks=0", 1);
        dup2(fd[1], STDOUT_FILENO);
        close(fd[0]);
        close(fd[1]);
        execvp(argv[0], argv);
        _exit(127);
    }
    close(fd[1]);
    for (uint64_t n = 0; read(fd[0], &turn, 1) == 1;) {
        r.acknowledged = turn;
        if (kill_after == 0 || ++n != kill_after) continue;
        for (volatile uint64_t i = 0; i < spin; i++) continue;
        kill(child, SIGKILL);
    }
    close(fd[0]);
    assert_int_equal(waitpid(child, &r.status, 0), child);
    return r;
}

static void killed_at_random_moments(void **state) {
    struct fixture *f = *state;
    struct rng rng;
    uint64_t turns = 0;
    rng_seed(&rng, 20261121);
    for (int i = 0; i < 24 && turns < 230; i++) {
        char how[60], count[8] = "100";
        char *argv[] = {self, "victim", f->dir, count, NULL};
        uint64_t after = 1 + rng_below(&rng, 10), spin = rng_below(&rng, 300000);
        snprintf(how, sizeof how, "kill %d after %llu, spin %llu", i, (unsigned long long)after,
                 (unsigned long long)spin);
        struct run r = run_victim(argv, after, spin);
        turns = turns_after(f, r.acknowledged > 0 ? r.acknowledged : turns, how);
    }
    assert_true(turns > 24);
}

/* ---- at every system call ---- */

static bool have_strace(void) {
    char *argv[] = {"strace", "-qq", "-o", "/dev/null", "-e", "trace=none", "true", NULL};
    struct run r = run_victim(argv, 0, 0);
    return WIFEXITED(r.status) && WEXITSTATUS(r.status) == 0;
}

static void empty(struct fixture *f) {
    DIR *dir = opendir(f->dir);
    char path[PATH_MAX];
    for (struct dirent *d; (d = readdir(dir)) != NULL;) {
        if (d->d_name[0] == '.') continue;
        path_in(f, d->d_name, path);
        nftw(path, fixture_remove_one, 16, FTW_DEPTH | FTW_PHYS);
    }
    closedir(dir);
}

static int kills; /* that landed */

/* From nothing: one victim does `turns` turns, the n-th call of one kind is turned into a kill (or an error). False: it was never reached. */
static bool struck_at(struct fixture *f, const char *call, const char *what, int n) {
    char inject[80], trace[60], how[120];
    char *argv[] = {"strace", "-f",   "-qq", "-o",     "/dev/null", "-e", trace,
                    "-e",     inject, self,  "victim", f->dir,      "4",  NULL};
    snprintf(trace, sizeof trace, "trace=%s", call);
    snprintf(inject, sizeof inject, "inject=%s:%s:when=%d%s", call, what, n, strncmp(what, "error", 5) == 0 ? "+" : "");
    snprintf(how, sizeof how, "%s, %s, call %d", what, call, n);
    empty(f);
    struct run r = run_victim(argv, 0, 0);
    if (WIFEXITED(r.status) && WEXITSTATUS(r.status) == 127) fail_msg("%s: strace did not run it", how);
    bool struck = WIFSIGNALED(r.status);
    kills += struck;
    uint64_t turns = turns_after(f, r.acknowledged, how);
    char *again[] = {self, "victim", f->dir, "2", NULL}; /* and life goes on */
    r = run_victim(again, 0, 0);
    assert_int_equal(r.status, 0);
    turns_after(f, turns + 2, how);
    return struck;
}

/* Each kind of call that changes the disk, one call after the other, until none is left to be struck. */
static void strike(struct fixture *f, const char *what) {
    static const char *const calls[] = {"openat",    "mkdir",  "pwrite64", "fdatasync", "fsync",
                                        "ftruncate", "unlink", "flock",    "write"};
    for (size_t c = 0; c < sizeof calls / sizeof calls[0]; c++) {
        int n = 1;
        while (n < 300 && struck_at(f, calls[c], what, n)) n++;
    }
}

static void killed_at_the_calls_that_matter(void **state) {
    if (!have_strace()) skip();
    strike(*state, "signal=KILL");
    print_message("%d kills\n", kills);
    assert_true(kills > 80); /* or this test has tested nothing */
}

/* ---- the order of writes and syncs: what a power cut would find ---- */

struct trail {
    bool segment_dirty, folder_dirty, wal_dirty;
    int wrong, segments, commits, answers;
};

static void follow(struct trail *t, const char *line) {
    bool write = strstr(line, "pwrite64(") != NULL, sync = strstr(line, "sync(") != NULL;
    if (strstr(line, ".seg>") != NULL && write) t->segment_dirty = true;
    if (strstr(line, ".seg>") != NULL && sync) t->segment_dirty = false, t->segments++;
    if (strstr(line, ".seg\"") != NULL && strstr(line, "O_CREAT") != NULL) t->folder_dirty = true;
    if (strstr(line, "/journal>)") != NULL && sync) t->folder_dirty = false;
    if (strstr(line, "mia.db-wal>") != NULL && write) {
        t->wal_dirty = true;
        t->wrong += t->segment_dirty || t->folder_dirty; /* a commit that counts bytes which may not be there */
    }
    if (strstr(line, "mia.db-wal>") != NULL && sync) t->wal_dirty = false, t->commits++;
    if (strstr(line, "write(1<pipe:") != NULL) {
        t->wrong += t->wal_dirty; /* an answer before its commit is durable */
        t->answers++;
    }
}

static void syncs_come_in_order(void **state) {
    struct fixture *f = *state;
    char log[PATH_MAX], line[4096];
    struct trail t = {0};
    if (!have_strace()) skip();
    path_in(f, "trace.log", log);
    char *argv[] = {"strace", "-f",     "-qq",  "-y", "-s",
                    "0",      "-o",     log,    "-e", "trace=openat,pwrite64,write,fdatasync,fsync",
                    self,     "victim", f->dir, "6",  NULL};
    assert_int_equal(run_victim(argv, 0, 0).status, 0);
    FILE *in = fopen(log, "r");
    assert_non_null(in);
    while (fgets(line, sizeof line, in) != NULL) follow(&t, line);
    fclose(in);
    assert_int_equal(t.wrong, 0);
    assert_int_equal(t.answers, 6);
    assert_true(t.commits >= 4 && t.segments >= 8);
}

static void a_full_disk_at_the_calls_that_matter(void **state) {
    struct fixture *f = *state;
    if (!have_strace()) skip();
    for (int n = 1; n < 140; n += n < 8 ? 1 : 9) struck_at(f, "pwrite64", "error=ENOSPC", n);
    for (int n = 1; n < 20; n += n < 6 ? 1 : 4) struck_at(f, "fdatasync", "error=EIO", n);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        STORE_TEST(killed_at_random_moments),
        STORE_TEST(killed_at_the_calls_that_matter),
        STORE_TEST(syncs_come_in_order),
        STORE_TEST(a_full_disk_at_the_calls_that_matter),
    };
    if (argc == 4 && strcmp(argv[1], "victim") == 0) return victim(argv[2], strtoull(argv[3], NULL, 10));
    if (realpath("/proc/self/exe", self) == NULL) return 1;
    return RUN(tests);
}
