/* ask: the question's line. Pure; every member is known by name, has one type, and is asked for at most once. */
#include "bot/ask.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/version.h"

static const char *const kinds[] = {
    [ASK_EXPORT] = "export",    [ASK_VERIFY] = "audit verify", [ASK_REPLAY] = "replay",
    [ASK_BACKUP] = "db backup", [ASK_CHECK] = "db check",      [ASK_VERSION] = "db version",
};
_Static_assert(sizeof kinds / sizeof kinds[0] == ASK_KIND_COUNT, "a name for every question");

const char *ask_kind_name(enum ask_kind k) {
    return kinds[k];
}

/* ---- writing ---- */

static void put_when(struct jw *w, const char *key, when_t v) {
    char text[24];
    if (v.ns == WHEN_NONE.ns) return;
    snprintf(text, sizeof text, "%lld", (long long)v.ns);
    jw_kstr(w, key, text);
}

void ask_write(const struct ask *a, struct buf *out) {
    struct jw w;
    jw_init(&w, out);
    jw_obj(&w);
    jw_ki64(&w, "mia", ASK_PROTOCOL);
    jw_kstr(&w, "version", MIA_VERSION);
    jw_kstr(&w, "lang", lang_tag(a->lang));
    jw_kstr(&w, "ask", kinds[a->kind]);
    if (a->kind == ASK_EXPORT) {
        jw_kstr(&w, "what", export_what_name(a->what));
        jw_kstr(&w, "format", a->json ? "json" : "csv");
        put_when(&w, "from", a->from);
        put_when(&w, "to", a->to);
    }
    if (a->kind == ASK_REPLAY && a->has_day) jw_ki64(&w, "day", a->day);
    if (a->kind == ASK_BACKUP) jw_kstr(&w, "dir", a->dir);
    jw_end_obj(&w);
    buf_char(out, '\n');
}

/* ---- reading ---- */

enum member { M_MIA, M_VERSION, M_LANG, M_ASK, M_WHAT, M_FORMAT, M_FROM, M_TO, M_DAY, M_DIR, M_COUNT };
static const char *const members[] = {
    [M_MIA] = "mia",       [M_VERSION] = "version", [M_LANG] = "lang", [M_ASK] = "ask", [M_WHAT] = "what",
    [M_FORMAT] = "format", [M_FROM] = "from",       [M_TO] = "to",     [M_DAY] = "day", [M_DIR] = "dir",
};
_Static_assert(sizeof members / sizeof members[0] == M_COUNT, "a name for every member");

static int no_question(struct err *e) {
    return err_set(e, ERR_SYNTAX, "this is no question that a bot answers",
                   "ce n’est pas une question à laquelle un bot répond");
}

static int bad_member(struct err *e, const char *name) {
    return err_set(e, ERR_SYNTAX, "the question's member %s is wrong", "le membre %s de la question est incorrect",
                   name);
}

/* Every member is one of ours, once. Given: a bit for each. */
static int look_at_members(const struct json *j, uint32_t *given, struct err *e) {
    *given = 0;
    for (const struct json *m = json_first(j); m; m = json_next(m)) {
        uint32_t i = 0;
        while (i < M_COUNT && strcmp(json_key(m), members[i]) != 0) i++;
        if (i == M_COUNT || *given & 1u << i)
            return err_set(e, ERR_SYNTAX, "the question has a member that is unknown or comes twice",
                           "la question a un membre inconnu ou répété");
        *given |= 1u << i;
    }
    return 0;
}

static bool read_when(const struct json *j, const char *key, when_t *out) {
    const char *s = json_str(j, key);
    int64_t ns;
    *out = WHEN_NONE;
    if (!json_at(j, key)) return true;
    if (!s || !decimal_parse(s, strlen(s), 0, &ns) || ns == WHEN_NONE.ns) return false;
    *out = (when_t){ns};
    return true;
}

static int read_export(const struct json *j, struct ask *out, struct err *e) {
    const char *what = json_str(j, "what"), *format = json_str(j, "format");
    if (!what || !export_what_parse(what, &out->what)) return bad_member(e, "what");
    if (!format || (strcmp(format, "csv") && strcmp(format, "json"))) return bad_member(e, "format");
    out->json = !strcmp(format, "json");
    if (!read_when(j, "from", &out->from)) return bad_member(e, "from");
    return read_when(j, "to", &out->to) ? 0 : bad_member(e, "to");
}

static int read_replay(const struct json *j, struct ask *out, struct err *e) {
    int64_t day;
    if (!json_at(j, "day")) return 0;
    if (!json_i64(j, "day", &day) || day < INT32_MIN + 1 || day >= INT32_MAX) return bad_member(e, "day");
    out->has_day = true;
    out->day = (int32_t)day;
    return 0;
}

static int read_backup(const struct json *j, struct ask *out, struct err *e) {
    if (!json_copy(j, "dir", out->dir, sizeof out->dir) || out->dir[0] != '/') return bad_member(e, "dir");
    /* Anything else would be another name once it is written again. */
    return utf8_valid(out->dir, strlen(out->dir)) ? 0 : bad_member(e, "dir");
}

static int read_kind(const struct json *j, struct ask *out, struct err *e) {
    const char *kind = json_str(j, "ask");
    int k = 0;
    if (!kind) return no_question(e);
    while (k < ASK_KIND_COUNT && strcmp(kind, kinds[k]) != 0) k++;
    if (k == ASK_KIND_COUNT)
        return err_set(e, ERR_SYNTAX, "this bot does not know that question", "ce bot ne connaît pas cette question");
    out->kind = (enum ask_kind)k;
    return 0;
}

/* What belongs to the question besides the first four. */
static uint32_t own_members(enum ask_kind k) {
    switch (k) {
    case ASK_EXPORT: return 1u << M_WHAT | 1u << M_FORMAT | 1u << M_FROM | 1u << M_TO;
    case ASK_REPLAY: return 1u << M_DAY;
    case ASK_BACKUP: return 1u << M_DIR;
    case ASK_VERIFY:
    case ASK_CHECK:
    case ASK_VERSION:
    case ASK_KIND_COUNT: break;
    }
    return 0;
}

static int read_own(const struct json *j, struct ask *out, struct err *e) {
    switch (out->kind) {
    case ASK_EXPORT: return read_export(j, out, e);
    case ASK_REPLAY: return read_replay(j, out, e);
    case ASK_BACKUP: return read_backup(j, out, e);
    case ASK_VERIFY:
    case ASK_CHECK:
    case ASK_VERSION:
    case ASK_KIND_COUNT: break;
    }
    return 0;
}

static int read_object(const struct json *j, struct ask *out, struct err *e) {
    const uint32_t first = 1u << M_MIA | 1u << M_VERSION | 1u << M_LANG | 1u << M_ASK;
    uint32_t given;
    int64_t protocol;
    if (json_str(j, "lang")) out->lang = lang_from_tag(json_str(j, "lang"));
    if (!json_is_object(j) || !json_i64(j, "mia", &protocol)) return no_question(e);
    if (protocol != ASK_PROTOCOL)
        return err_set(e, ERR_REFUSED, "the bot that runs here is another version of mia (%s): use that program",
                       "le bot qui tourne ici est une autre version de mia (%s)\u00a0: utilisez ce programme-là",
                       MIA_VERSION);
    if (look_at_members(j, &given, e) < 0) return -1;
    if (!json_copy(j, "version", out->version, sizeof out->version)) return bad_member(e, "version");
    if (!json_str(j, "lang")) return bad_member(e, "lang");
    if (read_kind(j, out, e) < 0) return -1;
    if (given & ~(first | own_members(out->kind)))
        return err_set(e, ERR_SYNTAX, "the question has a member that belongs to another one",
                       "la question a un membre qui appartient à une autre");
    return read_own(j, out, e);
}

int ask_read(const char *line, size_t n, struct ask *out, struct err *e) {
    enum lang lang = out->lang;
    *out = (struct ask){.lang = lang, .from = WHEN_NONE, .to = WHEN_NONE};
    struct json *j = n < ASK_LINE_MAX ? json_parse(line, n, NULL) : NULL;
    int r = j ? read_object(j, out, e) : no_question(e);
    json_free(j);
    return r;
}
