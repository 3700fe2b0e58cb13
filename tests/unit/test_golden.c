/*
 * golden: every message as every platform shows it, in both languages, compared with
 * tests/golden/NAME.txt. MIA_GOLDEN=write rewrites the files; the diff is then read by
 * a person. Runs in the root of the repository.
 */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "bot/render.h"
#include "engine/net/json.h"
#include "tests/unit/triggers.h"

#define GOLDEN_DIR "tests/golden"
#define GOLDEN_MAX (1u << 20)
#define TERMINAL 72

/* JSON with one member a line, so that a diff shows what changed. */
static void pretty(const char *s, struct buf *out) {
    int depth = 0;
    bool in_text = false;
    for (; *s != '\0'; s++) {
        bool opens = *s == '{' || *s == '[', closes = *s == '}' || *s == ']';
        if (in_text) {
            buf_char(out, *s);
            if (*s == '\\')
                buf_char(out, *++s);
            else if (*s == '"')
                in_text = false;
            continue;
        }
        in_text = *s == '"';
        if (opens && s[1] == *s + 2) { /* "{}" and "[]" stay together */
            buf_char(out, *s);
            buf_char(out, *++s);
            continue;
        }
        if (closes) depth--;
        if (closes) buf_printf(out, "\n%*s", depth * 2, "");
        buf_char(out, *s);
        if (opens) depth++;
        if (opens || *s == ',') buf_printf(out, "\n%*s", depth * 2, "");
        if (*s == ':') buf_char(out, ' ');
    }
    buf_char(out, '\n');
}

static void put_discord(const struct doc *d, enum urgency u, struct buf *out) {
    struct buf json;
    struct jw w;
    buf_init(&json, GOLDEN_MAX);
    jw_init(&w, &json);
    jw_obj(&w);
    render_discord(d, &(struct discord_render){.mention = "<@&4200000000000000001>", .silent = u == URGENCY_INFO}, &w);
    jw_end_obj(&w);
    buf_str(out, "--- discord\n");
    pretty(json.p, out);
    buf_clear(&json);
}

static void put_message(const struct message *m, uint32_t i, uint32_t n, enum lang lang, const char *mark,
                        struct buf *out) {
    static const char *const urgencies[URGENCY_COUNT] = {"info", "important", "urgent"};
    char tag[24];
    snprintf(tag, sizeof tag, "#%s", channel_name(m->channel));
    buf_printf(out, "=== %s %u/%u %s %s%s%s%s\n", lang_tag(lang), i + 1, n, tag, urgencies[m->urgency],
               m->critical ? " critical" : "",
               m->is_edit          ? " edits "
               : m->key[0] != '\0' ? " as "
                                   : "",
               m->key);
    buf_str(out, "--- plain\n");
    render_plain(m->doc, false, TERMINAL, out);
    put_discord(m->doc, m->urgency, out);
    buf_str(out, "--- telegram\n");
    struct telegram_text t;
    render_telegram(m->doc, tag, mark, &t);
    for (uint32_t k = 0; k < t.n; k++) {
        buf_str(out, t.chunk[k].p);
        buf_char(out, '\n');
    }
    telegram_text_clear(&t);
}

static void path_of(const char *name, char path[256]) {
    snprintf(path, 256, GOLDEN_DIR "/%s.txt", name);
}

static void write_file(const char *path, const struct buf *text) {
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(text->p, 1, text->len, f), text->len);
    assert_int_equal(fclose(f), 0);
}

static void show_difference(const char *path, const char *want, const char *got) {
    for (int line = 1;; line++) {
        size_t w = strcspn(want, "\n"), g = strcspn(got, "\n");
        if (w != g || memcmp(want, got, w) != 0 || want[w] != got[g]) {
            print_error("%s:%d: expected: %.*s\n%s:%d: got:      %.*s\n", path, line, (int)w, want, path, line, (int)g,
                        got);
            return;
        }
        if (want[w] == '\0') return;
        want += w + 1;
        got += g + 1;
    }
}

/* True where the file says the same. */
static bool compare(const char *name, const struct buf *text) {
    char path[256];
    path_of(name, path);
    const char *mode = getenv("MIA_GOLDEN");
    if (mode != NULL && strcmp(mode, "write") == 0) {
        write_file(path, text);
        return true;
    }
    FILE *f = fopen(path, "r");
    if (f == NULL) {
        print_error("%s is missing (MIA_GOLDEN=write makes it)\n", path);
        return false;
    }
    struct buf want;
    buf_init(&want, GOLDEN_MAX);
    char part[4096];
    for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0;) buf_add(&want, part, n);
    fclose(f);
    bool same = want.len == text->len && memcmp(want.p, text->p, want.len) == 0;
    if (!same) show_difference(path, want.p, text->p);
    buf_clear(&want);
    return same;
}

static void test_every_trigger(void **state) {
    (void)state;
    uint32_t wrong = 0;
    for (size_t i = 0; i < TRIGGERS; i++) {
        struct buf text;
        buf_init(&text, GOLDEN_MAX);
        for (int lang = LANG_COUNT - 1; lang >= 0; lang--) {
            struct sample s;
            struct message out[MESSAGES_MAX];
            sample_init(&s, (enum lang)lang);
            uint32_t n = triggers[i].tell(&s, out);
            assert_true(n >= 1 && n <= MESSAGES_MAX);
            for (uint32_t k = 0; k < n; k++) put_message(&out[k], k, n, (enum lang)lang, "", &text);
            arena_free(s.arena);
        }
        assert_false(text.overflow);
        wrong += !compare(triggers[i].name, &text);
        buf_clear(&text);
    }
    assert_int_equal(wrong, 0);
}

/* What a backlog becomes, and how a message that may be a repeat is marked. */
static void test_coalesced_and_repeated(void **state) {
    (void)state;
    struct buf text;
    buf_init(&text, GOLDEN_MAX);
    for (int lang = LANG_COUNT - 1; lang >= 0; lang--) {
        struct sample s;
        struct message out[MESSAGES_MAX], merged = {.channel = CHANNEL_SIGNAL};
        const struct doc *docs[3];
        sample_init(&s, (enum lang)lang);
        signal_taken(&s, out);
        docs[0] = out[0].doc;
        signal_ignored(&s, out);
        docs[1] = out[0].doc;
        signal_paused(&s, out);
        docs[2] = out[0].doc;
        merged.doc = doc_merge(s.arena, docs, 3, 12);
        put_message(&merged, 0, 1, (enum lang)lang, message_repeat_mark(s.arena, (enum lang)lang, "E7F3"), &text);
        arena_free(s.arena);
    }
    assert_true(compare("coalesced", &text));
    buf_clear(&text);
}

/* A golden file without a trigger would look like a test. */
static void test_no_stray_file(void **state) {
    (void)state;
    DIR *dir = opendir(GOLDEN_DIR);
    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir)) != NULL;) {
        size_t n = strlen(e->d_name);
        if (n < 5 || strcmp(e->d_name + n - 4, ".txt") != 0) continue;
        bool known = strcmp(e->d_name, "coalesced.txt") == 0;
        for (size_t i = 0; i < TRIGGERS && !known; i++)
            known = strlen(triggers[i].name) == n - 4 && memcmp(e->d_name, triggers[i].name, n - 4) == 0;
        if (!known) fail_msg(GOLDEN_DIR "/%s has no trigger", e->d_name);
    }
    closedir(dir);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_trigger),
        cmocka_unit_test(test_coalesced_and_repeated),
        cmocka_unit_test(test_no_stray_file),
    };
    return RUN(tests);
}
