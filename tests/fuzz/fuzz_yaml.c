/*
 * fuzz_yaml: any bytes as mia.yaml, read alone and as a whole start would. Either all of
 * it holds or every error is said with its line in both languages; what was read, written
 * as JSON (which is YAML), reads back the same; what is accepted can be shown and set up.
 */
#include "tests/fuzz/fuzz.h"

#include "bot/setup_engine.h"
#include "config/yaml.h"
#include "engine/net/json.h"

#define FILE_MAX 65536
#define LISTING_MAX (1u << 20)

/* ---- the text alone ---- */

struct reading {
    struct buf values; /* every key and value, for the comparison */
    struct buf file;
    struct jw w;
    int lines;
    bool flat; /* no list: the same can be written as one map of dotted keys */
};

static bool item(void *arg, const struct yaml_item *it) {
    struct reading *r = arg;
    assert(strlen(it->key) < CONF_KEY_MAX && it->line >= 1 && it->line <= r->lines);
    if (strchr(it->key, '[') || it->kind == YAML_LIST || (it->kind == YAML_VALUE && !*it->key)) r->flat = false;
    if (it->kind != YAML_VALUE) return true;
    is_text(it->value);
    assert(strlen(it->value) <= CONF_VALUE_MAX);
    if (it->empty) return true;
    buf_printf(&r->values, "%s=%s", it->key, it->value);
    buf_char(&r->values, '\0');
    jw_kstr(&r->w, it->key, it->value);
    return true;
}

static void read_yaml(const char *text, size_t n, struct reading *r, struct conf_errors *errs) {
    *r = (struct reading){.lines = 1, .flat = true};
    for (size_t i = 0; i < n; i++) r->lines += text[i] == '\n' || text[i] == '\r';
    /* What YAML calls a line end besides: U+0085, U+2028, U+2029. */
    for (size_t i = 1; i < n; i++) r->lines += (uint8_t)text[i - 1] == 0xc2 && (uint8_t)text[i] == 0x85;
    for (size_t i = 2; i < n; i++) r->lines += (uint8_t)text[i - 2] == 0xe2 && (uint8_t)text[i - 1] == 0x80;
    buf_init(&r->values, 8u << 20);
    buf_init(&r->file, 8u << 20);
    jw_init(&r->w, &r->file);
    jw_obj(&r->w);
    yaml_read(text, n, "x.yaml", item, r, errs);
    jw_end_obj(&r->w);
}

static void reading_clear(struct reading *r) {
    buf_clear(&r->values);
    buf_clear(&r->file);
}

static void errors_are_said(const struct conf_errors *errs, int lines) {
    assert(errs->n <= CONF_ERRORS_MAX);
    for (size_t i = 0; i < errs->n; i++) {
        said(&errs->item[i].err);
        assert(errs->item[i].line >= 0 && errs->item[i].line <= lines + 1);
    }
}

static void alone(const char *text, size_t n) {
    struct conf_errors errs = {0}, none = {0};
    struct reading first, again;
    read_yaml(text, n, &first, &errs);
    errors_are_said(&errs, first.lines);
    if (!errs.n && first.flat && !first.file.overflow) {
        read_yaml(first.file.p, first.file.len, &again, &none);
        assert(!none.n && again.values.len == first.values.len);
        assert(!first.values.len || !memcmp(again.values.p, first.values.p, first.values.len));
        reading_clear(&again);
    }
    conf_errors_clear(&errs);
    reading_clear(&first);
}

/* ---- a whole start ---- */

static void listings(const struct conf *c) {
    struct buf b;
    for (int l = 0; l < LANG_COUNT; l++) {
        buf_init(&b, LISTING_MAX);
        conf_show(c, (enum lang)l, &b);
        assert(!b.overflow && b.len);
        is_text(b.p);
        buf_clear(&b);
    }
}

static void set_up(const struct conf *c, int lines) {
    struct conf_errors errs = {0};
    struct engine_config *config = xcalloc(1, sizeof *config);
    struct feed_spec *feed = xcalloc(1, sizeof *feed);
    bool good = setup_engine(c, config, &errs) == 0;
    assert(good == !conf_errors_fatal(&errs));
    if (good) {
        assert(config->instrument_count <= INSTRUMENTS_MAX && config->strategy_count <= STRATEGIES_MAX);
        good = setup_feed(c, config, feed, &errs) == 0;
        assert(good == !conf_errors_fatal(&errs) && feed->file_count <= FEED_FILES_MAX);
    }
    errors_are_said(&errs, lines);
    conf_errors_clear(&errs);
    free(feed);
    free(config);
}

static void started(const char *text, size_t n) {
    struct memory_file f = memory_file(text, n);
    struct conf_errors errs = {0};
    const struct conf_source src = {.path = f.path, .env_path = "", .no_secrets = true};
    struct conf *c = conf_load(&src, &errs);
    int lines = 1;
    for (size_t i = 0; i < n; i++) lines += (uint8_t)text[i] < ' ' || (uint8_t)text[i] >= 0x80;
    errors_are_said(&errs, lines);
    assert((c != NULL) == !conf_errors_fatal(&errs));
    if (c) {
        listings(c);
        set_up(c, lines);
        conf_free(c);
    }
    conf_errors_clear(&errs);
    memory_file_close(&f);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    if (n > FILE_MAX) return 0;
    char *text = copy_of(bytes, n);
    alone(text, n);
    started(text, n);
    free(text);
    return 0;
}
