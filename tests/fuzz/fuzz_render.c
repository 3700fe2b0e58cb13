/*
 * fuzz_render: a document made of hostile texts, through every renderer. Discord: limits
 * kept, nobody mentioned but the configured mention, markup of others undone. Telegram:
 * every chunk parses by itself within its limit and says what the plain text says. The
 * outbox's JSON reads back to the same document; the page's JSON parses.
 */
#include "tests/fuzz/fuzz.h"

#include "bot/render.h"
#include "engine/net/json.h"
#include "engine/store.h"

#define TELEGRAM_POINTS 4096
#define PIECE_MAX 6000
#define MENTION "<@&77>"

/* ---- a document ---- */

/* Also writes members directly, past the builders that clean: what comes from the outbox's table is as hostile. */
static struct doc *build(struct script *s, struct arena *a) {
    struct doc *d =
        doc_new(a, (enum lang)script_below(s, LANG_COUNT), (enum doc_severity)script_below(s, DOC_SEVERITY_COUNT));
    d->mode = "PAPER";
    d->mention = script_u8(s) & 1;
    d->is_private = script_u8(s) & 1;
    while (s->left) {
        const char *cells[DOC_COLUMNS_MAX] = {NULL};
        uint8_t what = script_below(s, 14);
        char *text = script_text(s, a, PIECE_MAX);
        switch (what) {
        case 0: doc_title(d, "🟢", "%s", text); break;
        case 1: doc_line(d, "%s", text); break;
        case 2: doc_field(d, text, "%s", script_text(s, a, PIECE_MAX)); break;
        case 3: doc_field_wide(d, "n", "%s", text); break;
        case 4: /* columns come before rows */
            if (!d->row_count && d->column_count < DOC_COLUMNS_MAX)
                doc_column(d, text, script_u8(s) & 1 ? DOC_RIGHT : DOC_LEFT);
            break;
        case 5:
            for (uint32_t i = 0; i < d->column_count; i++) cells[i] = i ? script_text(s, a, 200) : text;
            doc_row(d, cells);
            break;
        case 6: doc_code(d, text); break;
        case 7: doc_footer(d, "%s", text); break;
        case 8: /* the program knows how many it makes */
            if (d->button_count < DOC_BUTTONS_MAX)
                doc_button(d, "x:1", text, (enum doc_button_style)script_below(s, 4));
            break;
        case 9: doc_time(d, (when_t){(int64_t)script_u64(s)}, NULL); break;
        case 10: d->title = text; break;
        case 11: d->code = text; break;
        case 12: d->footer = text; break;
        case 13:
            if (d->line_count) d->lines[0] = text;
            break;
        }
    }
    return d;
}

/* ---- Discord ---- */

static size_t units(const char *s) {
    return s ? utf8_units16(s, strlen(s)) : 0;
}

/* What Discord would read as a mention. */
static bool calls(const char *s) {
    static const char *const signs[] = {"@everyone", "@here", "<@", "<#", "<:"};
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
        if (!strncmp(s, signs[i], strlen(signs[i]))) return true;
    return false;
}

static void calls_nobody(const char *s) {
    for (; *s; s++) assert(!calls(s));
}

/* Outside of code, every character that Discord's markdown knows is escaped; blocks of code are closed. */
static void is_tame(const char *s) {
    bool in_code = false;
    if (!s) return;
    is_text(s);
    for (size_t i = 0; s[i]; i++) {
        if (!in_code && s[i] == '\\') {
            assert(s[++i]); /* a lone one would escape what comes next */
            continue;
        }
        assert(!calls(s + i));
        if (!strncmp(s + i, "```", 3)) {
            in_code = !in_code;
            i += 2;
        } else if (!in_code) {
            assert(!strchr("*_`[]<", s[i]) && strncmp(s + i, "://", 3) && strncmp(s + i, "||", 2));
            assert((i && s[i - 1] != '\n') || (s[i] != '#' && s[i] != '>' && strncmp(s + i, "- ", 2)));
        }
    }
    assert(!in_code);
}

static size_t embed_size(const struct json *embed) {
    size_t total = 0;
    static const char *const parts[] = {"title", "description", "footer.text"};
    static const size_t max[] = {256, 4096, 2048};
    for (int i = 0; i < 3; i++) {
        const char *s = json_str(embed, parts[i]);
        assert(units(s) <= max[i]);
        if (i < 2)
            is_tame(s);
        else if (s)
            calls_nobody(s);
        total += units(s);
    }
    assert(json_count(json_at(embed, "fields")) <= 25);
    for (const struct json *f = json_first(json_at(embed, "fields")); f; f = json_next(f)) {
        const char *name = json_str(f, "name"), *value = json_str(f, "value");
        assert(units(name) >= 1 && units(name) <= 256 && units(value) >= 1 && units(value) <= 1024);
        is_tame(name);
        is_tame(value);
        total += units(name) + units(value);
    }
    return total;
}

static void buttons_fit(const struct json *root) {
    assert(json_count(json_at(root, "components")) <= 5);
    for (const struct json *row = json_first(json_at(root, "components")); row; row = json_next(row)) {
        size_t n = json_count(json_at(row, "components"));
        assert(n >= 1 && n <= 5);
        for (const struct json *b = json_first(json_at(row, "components")); b; b = json_next(b)) {
            assert(units(json_str(b, "label")) >= 1 && units(json_str(b, "label")) <= 80);
            assert(units(json_str(b, "custom_id")) >= 1 && units(json_str(b, "custom_id")) <= 100);
            calls_nobody(json_str(b, "label"));
        }
    }
}

static void discord(const struct doc *d, const char *mention) {
    struct buf b;
    struct jw w;
    buf_init(&b, 1u << 20);
    jw_init(&w, &b);
    jw_obj(&w);
    render_discord(d, &(struct discord_render){.mention = mention}, &w);
    jw_end_obj(&w);
    struct json *root = b.overflow ? NULL : json_parse(b.p, b.len, NULL);
    assert(root && json_count(json_at(root, "embeds")) == 1);
    size_t total = embed_size(json_at(root, "embeds[0]"));
    assert(total >= 1 && total <= 6000);
    buttons_fit(root);
    bool rings = d->mention && *mention;
    const char *content = json_str(root, "content");
    assert(json_is_array(json_at(root, "allowed_mentions.parse")) &&
           !json_count(json_at(root, "allowed_mentions.parse")));
    assert(json_count(json_at(root, "allowed_mentions.roles")) == rings && !json_at(root, "allowed_mentions.users"));
    assert((content != NULL) == rings && units(content) <= 2000);
    if (rings) { /* the mention, and a text that calls nobody else */
        assert(!strncmp(content, mention, strlen(mention)));
        is_tame(content + strlen(mention));
    }
    json_free(root);
    buf_clear(&b);
}

/* ---- Telegram ---- */

/* The part of Telegram's parser that matters: b, i, pre, never nested, and three entities. */
static size_t parse_tag(const char *s, const char **open) {
    static const char *const tags[] = {"b", "i", "pre"};
    char start[8], end[8];
    for (int k = 0; k < 3; k++) {
        snprintf(start, sizeof start, "<%s>", tags[k]);
        snprintf(end, sizeof end, "</%s>", tags[k]);
        if (!strncmp(s, start, strlen(start))) {
            assert(!*open);
            *open = tags[k];
            return strlen(start);
        }
        if (!strncmp(s, end, strlen(end))) {
            assert(*open == tags[k]);
            *open = NULL;
            return strlen(end);
        }
    }
    assert(!"no tag of ours");
    return 0;
}

static void parse_html(const char *s, struct buf *out) {
    static const char *const entities[][2] = {{"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}};
    const char *open = NULL;
    while (*s) {
        if (*s == '<') {
            s += parse_tag(s, &open);
        } else if (*s == '&') {
            int k = 0;
            while (k < 3 && strncmp(s, entities[k][0], strlen(entities[k][0]))) k++;
            assert(k < 3);
            buf_str(out, entities[k][1]);
            s += strlen(entities[k][0]);
        } else {
            assert(*s != '>');
            buf_char(out, *s++);
        }
    }
    assert(!open);
}

static void chunk(const struct buf *c, bool html, struct buf *text) {
    uint32_t point;
    assert(!c->overflow && utf8_valid(c->p, c->len) && strlen(c->p) == c->len);
    buf_init(text, 1u << 20);
    if (html)
        parse_html(c->p, text);
    else
        buf_add(text, c->p, c->len);
    size_t points = utf8_points(text->p, text->len);
    assert(points >= 1 && points <= TELEGRAM_POINTS);
    for (size_t i = 0, n; i < text->len; i += n) {
        n = utf8_next(text->p + i, text->len - i, &point);
        assert(n && (text->p[i] == '\n' || !utf8_is_hidden(point)));
    }
}

static void keyboard(const struct doc *d, const struct buf *k) {
    assert((k->len > 0) == (d->button_count > 0));
    struct json *j = k->len ? json_parse(k->p, k->len, NULL) : NULL;
    assert(!k->len || json_is_array(json_at(j, "inline_keyboard")));
    json_free(j);
}

static void telegram(const struct doc *d, const char *tag, const char *mark) {
    struct telegram_text h, p;
    struct buf x, y;
    render_telegram(d, tag, mark, &h);
    render_telegram_plain(d, tag, mark, &p);
    assert(h.n >= 1 && h.n <= RENDER_CHUNKS_MAX && p.n >= 1 && p.n <= RENDER_CHUNKS_MAX);
    keyboard(d, &h.keyboard);
    bool same = d->column_count == 0; /* a table is laid out otherwise in plain text */
    assert(!same || h.n == p.n);
    for (uint32_t k = 0; k < h.n || k < p.n; k++) {
        bool both = k < h.n && k < p.n;
        if (k < h.n) chunk(&h.chunk[k], true, &x);
        if (k < p.n) chunk(&p.chunk[k], false, &y);
        assert(!same || (both && !strcmp(x.p, y.p)));
        if (k < h.n) buf_clear(&x);
        if (k < p.n) buf_clear(&y);
    }
    telegram_text_clear(&h);
    telegram_text_clear(&p);
}

/* ---- the page, the terminal, the outbox ---- */

static void page(const struct doc *d) {
    struct buf b;
    struct jw w;
    buf_init(&b, 4u << 20);
    jw_init(&w, &b);
    render_local(d, &w);
    struct json *j = b.overflow ? NULL : json_parse(b.p, b.len, NULL);
    assert(json_is_object(j));
    json_free(j);
    buf_clear(&b);
}

static void terminal(const struct doc *d, int width) {
    struct buf b;
    buf_init(&b, 4u << 20);
    render_plain(d, false, width, &b);
    assert(!b.overflow && utf8_valid(b.p ? b.p : "", b.len) && !memchr(b.p ? b.p : "", 27, b.len));
    buf_clear(&b);
}

static void outbox(const struct doc *d) {
    struct buf first, again;
    struct arena *a = arena_new(8u << 20);
    buf_init(&first, OUTBOX_DOC_MAX);
    buf_init(&again, OUTBOX_DOC_MAX);
    doc_to_json(d, &first);
    if (!first.overflow) { /* members that were written directly may be longer than any builder lets them */
        struct doc *copy = doc_from_json(a, first.p, first.len);
        assert(copy);
        doc_to_json(copy, &again);
        assert(!again.overflow);
        struct doc *last = doc_from_json(a, again.p, again.len);
        assert(last && last->line_count == copy->line_count && last->field_count == copy->field_count);
        buf_reset(&first);
        doc_to_json(last, &first);
        assert(first.len == again.len && !memcmp(first.p, again.p, first.len));
    }
    buf_clear(&first);
    buf_clear(&again);
    arena_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct script s = {bytes, n};
    struct arena *a = arena_new(64u << 20);
    uint8_t how = script_u8(&s);
    char *mark = how & 4 ? script_text(&s, a, 60) : "";
    const struct doc *d = build(&s, a);
    discord(d, how & 1 ? MENTION : "");
    telegram(d, how & 2 ? "#trades" : "", mark);
    page(d);
    terminal(d, 20 + how % 120);
    outbox(d);
    arena_free(a);
    return 0;
}
