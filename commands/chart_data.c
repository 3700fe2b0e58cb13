/*
 * chart-data: the last closed bars of a symbol as figures, as wide as a phone, and the levels
 * that lie within their range. Only what the engine keeps (RECENT_BARS), in the time frame
 * that the symbol is fed with. Reads the engine only.
 */
#include <stdio.h>
#include <string.h>

#include "commands/parts.h"
#include "engine/base/buf.h"

#define BARS_SHOWN 12
#define PHONE_WIDTH 40 /* of a line that no phone breaks */
#define LEVELS_SHOWN 16
#define CHART_TEXT_MAX 8192
#define DAY_SECONDS 86400

enum { TIME, OPEN, HIGH, LOW, CLOSE, VOLUME, CELLS };

struct chart {
    struct command_ctx *c;
    const struct instrument *in;
    const struct market_context *m;
    uint32_t n;
    price_t low, high;
    const char *cell[RECENT_BARS + 1][CELLS]; /* the head, then the oldest bar first */
    int32_t day[RECENT_BARS + 1];
    size_t width[CELLS];
};

/* ---- the bars ---- */

static const char *frame_text(const struct command_ctx *c, int32_t seconds) {
    if (seconds % DAY_SECONDS == 0) return arena_printf(c->arena, tr(c->lang, "D%d", "J%d"), seconds / DAY_SECONDS);
    if (seconds % 3600 == 0) return arena_printf(c->arena, "H%d", seconds / 3600);
    if (seconds % 60 == 0) return arena_printf(c->arena, "M%d", seconds / 60);
    return arena_printf(c->arena, "S%d", seconds);
}

static const char *volume_text(const struct command_ctx *c, int64_t v) {
    if (v >= 100000000) return arena_printf(c->arena, "%sM", parts_number(c, (double)v / 1e6, 0));
    if (v >= 100000) return arena_printf(c->arena, "%sk", parts_number(c, (double)v / 1e3, 0));
    return parts_number(c, (double)v, 0);
}

static void read_bar(struct chart *h, uint32_t at, const struct bar *b) {
    const struct command_ctx *c = h->c;
    char time[WHEN_TEXT_MAX];
    const char **cell = h->cell[at];
    cell[TIME] = b->seconds < DAY_SECONDS ? arena_strdup(c->arena, time_say(time, b->start, c->zone)) : "";
    cell[OPEN] = parts_price(c, h->in, b->open);
    cell[HIGH] = parts_price(c, h->in, b->high);
    cell[LOW] = parts_price(c, h->in, b->low);
    cell[CLOSE] = parts_price(c, h->in, b->close);
    cell[VOLUME] = volume_text(c, b->volume);
    h->day[at] = when_trading_day(b->start, c->zone, 0);
    if (h->low.v == 0 || b->low.v < h->low.v) h->low = b->low;
    if (b->high.v > h->high.v) h->high = b->high;
}

static void read_bars(struct chart *h, uint32_t wanted) {
    const struct command_ctx *c = h->c;
    const char *const head[CELLS] = {[TIME] = tr(c->lang, "Time", "Heure"),   [OPEN] = tr(c->lang, "Open", "Ouv."),
                                     [HIGH] = tr(c->lang, "High", "Haut"),    [LOW] = tr(c->lang, "Low", "Bas"),
                                     [CLOSE] = tr(c->lang, "Close", "Clôt."), [VOLUME] = tr(c->lang, "Vol.", "Vol.")};
    h->n = h->m->bars < wanted ? (uint32_t)h->m->bars : wanted;
    for (int k = 0; k < CELLS; k++) h->cell[0][k] = head[k];
    for (uint32_t i = 0; i < h->n; i++) read_bar(h, i + 1, context_bar_at(h->m, h->n - 1 - i));
}

/* The widths of the bars, and of the head where it counts. Returns a line's. */
static size_t measure(struct chart *h, bool with_head) {
    size_t total = CELLS - 1;
    for (int k = 0; k < CELLS; k++) {
        h->width[k] = 0;
        for (uint32_t i = with_head ? 0 : 1; i <= h->n; i++) {
            size_t w = utf8_points(h->cell[i][k], strlen(h->cell[i][k]));
            if (w > h->width[k]) h->width[k] = w;
        }
        total += h->width[k];
    }
    return total;
}

/* ---- laid out ---- */

static void put(struct buf *out, const struct chart *h, uint32_t at, int cell) {
    const char *s = h->cell[at][cell];
    if (cell == TIME) buf_str(out, s);
    for (size_t w = utf8_points(s, strlen(s)); w < h->width[cell]; w++) buf_char(out, ' ');
    if (cell != TIME) buf_str(out, s);
}

static void put_line(struct buf *out, const struct chart *h, uint32_t at) {
    for (int k = 0; k < CELLS; k++) {
        if (k > 0) buf_char(out, ' ');
        put(out, h, at, k);
    }
    buf_char(out, '\n');
}

/* Too wide for one line: time, open and close on the first, high, low and volume below. */
static void put_two_lines(struct buf *out, const struct chart *h, uint32_t at) {
    static const char *const letters[LANG_COUNT][CELLS] = {{"", "O ", "H ", "L ", "C ", "V "},
                                                           {"", "O ", "H ", "B ", "C ", "V "}};
    static const int lines[2][3] = {{TIME, OPEN, CLOSE}, {HIGH, LOW, VOLUME}};
    for (int l = 0; l < 2; l++) {
        for (size_t w = 0; l == 1 && w < h->width[TIME]; w++) buf_char(out, ' ');
        for (int k = 0; k < 3; k++) {
            int cell = lines[l][k];
            if (l == 1 || k > 0) buf_char(out, ' ');
            buf_str(out, letters[h->c->lang][cell]);
            put(out, h, at, cell);
        }
        buf_char(out, '\n');
    }
}

static void put_bars(struct chart *h, struct doc *d) {
    struct buf text;
    int32_t day = 0;
    bool one = measure(h, true) <= PHONE_WIDTH;
    if (!one) measure(h, false);
    buf_init(&text, CHART_TEXT_MAX);
    if (one) put_line(&text, h, 0);
    for (uint32_t i = 1; i <= h->n; i++) {
        char name[WHEN_TEXT_MAX];
        if (i == 1 || h->day[i] != day) buf_printf(&text, "%s\n", day_say(name, h->c->lang, h->day[i]));
        day = h->day[i];
        if (one)
            put_line(&text, h, i);
        else
            put_two_lines(&text, h, i);
    }
    if (text.len > 0) buf_cut(&text, text.len - 1);
    doc_code(d, arena_strndup(h->c->arena, text.p, text.len));
    buf_clear(&text);
    doc_footer(d, one ? tr(h->c->lang, "Times: beginning of each bar", "Heures\u00a0: début de chaque bougie")
                      : tr(h->c->lang, "Times: beginning of each bar. O open, C close, H high, L low, V volume",
                           "Heures\u00a0: début de chaque bougie. O ouverture, C clôture, H haut, B bas, V volume"));
}

/* ---- the levels ---- */

static void put_levels(const struct chart *h, struct doc *d) {
    struct command_ctx *c = h->c;
    const struct calendars *cal = &engine_config(c->engine)->calendars;
    struct nearby *list = arena_alloc(c->arena, NEARBY_MAX * sizeof *list);
    price_t last = context_bar_at(h->m, 0)->close, half = {(h->high.v - h->low.v) / 2};
    price_t middle = {h->low.v + half.v};
    uint32_t n = context_nearby(h->m, h->in, cal, middle, half, list), from = 0, found = n;
    while (n - from > LEVELS_SHOWN) { /* the ones that lie farther from the price go */
        if (last.v - list[from].high.v > list[n - 1].low.v - last.v)
            from++;
        else
            n--;
    }
    if (found > n - from)
        doc_line(d,
                 tr(c->lang, "Levels farther from the price, not shown: %u.",
                    "Niveaux plus éloignés du prix, non affichés\u00a0: %u."),
                 found - (n - from));
    if (n == from) {
        doc_line(d, "%s", tr(c->lang, "No level lies within their range.", "Aucun niveau dans leur étendue."));
        return;
    }
    doc_column(d, tr(c->lang, "Level", "Niveau"), DOC_LEFT);
    doc_column(d, tr(c->lang, "Price", "Prix"), DOC_RIGHT);
    for (uint32_t i = n; i-- > from;) {
        char *name = arena_alloc(c->arena, LEVEL_NAME_MAX);
        const char *price = parts_price(c, h->in, list[i].low);
        if (list[i].high.v != list[i].low.v)
            price = arena_printf(c->arena, "%s–%s", price, parts_price(c, h->in, list[i].high));
        const char *cells[] = {nearby_say(name, c->lang, cal, &list[i]), price};
        doc_row(d, cells);
    }
}

/* ---- the command ---- */

static enum exec_result chart_data(struct command_ctx *c) {
    int at = parts_where(c);
    uint32_t wanted = c->args[1].given ? (uint32_t)c->args[1].number : BARS_SHOWN;
    const struct market_context *m = at >= 0 ? engine_context(c->engine, (uint16_t)at) : NULL;
    c->doc = doc_new(c->arena, c->lang, DOC_PLAIN);
    if (m == NULL) {
        doc_title(c->doc, "📭", "%s", tr(c->lang, "No closed bar yet", "Pas encore de bougie close"));
        return EXEC_DONE;
    }
    struct chart *h = arena_alloc(c->arena, sizeof *h);
    *h = (struct chart){.c = c, .in = parts_instrument(c, (uint16_t)at), .m = m};
    read_bars(h, wanted);
    const char *frame = frame_text(c, context_bar_at(m, 0)->seconds);
    if (h->n == 1)
        doc_title(c->doc, "🕯️", tr(c->lang, "%s %s: the last closed bar", "%s %s\u00a0: la dernière bougie close"),
                  h->in->symbol, frame);
    else
        doc_title(c->doc, "🕯️",
                  tr(c->lang, "%s %s: the last %u closed bars", "%s %s\u00a0: les %u dernières bougies closes"),
                  h->in->symbol, frame, h->n);
    if (h->n < wanted)
        doc_line(c->doc,
                 tr(c->lang, "Known so far: %u; asked for: %u.",
                    "Connues pour l’instant\u00a0: %u\u00a0; demandées\u00a0: %u."),
                 h->n, wanted);
    put_levels(h, c->doc);
    put_bars(h, c->doc);
    return EXEC_DONE;
}

static uint32_t complete(struct command_ctx *c, uint32_t arg, const char *typed,
                         struct choice out[COMMAND_CHOICES_MAX]) {
    static const char *const counts[] = {"6", "12", "24", "32"};
    uint32_t n = 0;
    for (size_t i = 0; arg == 1 && i < sizeof counts / sizeof counts[0]; i++) {
        if (strncmp(counts[i], typed, strlen(typed)) != 0) continue;
        str_copy(out[n].value, sizeof out[n].value, counts[i]);
        snprintf(out[n].label, sizeof out[n].label, tr(c->lang, "%s bars", "%s bougies"), counts[i]);
        n++;
    }
    return n;
}

const struct command chart_data_command = {
    .name = "chart-data",
    .name_fr = "bougies",
    .summary = {"The last closed bars of a symbol as figures, and the levels within their range",
                "Les dernières bougies closes d’un symbole en chiffres, et les niveaux de leur étendue"},
    .help =
        {"/chart-data (where you trade now), /chart-data XAUUSD 24. Always in the time frame that the symbol is fed "
         "with: the engine makes no other one of it, and keeps 32 bars",
         "/bougies (là où vous êtes), /bougies XAUUSD 24. Toujours dans l’unité de temps reçue pour ce "
         "symbole\u00a0: le moteur n’en construit pas d’autre, et garde 32 bougies"},
    .args = {{.name = {"symbol", "symbole"}, .summary = {"A symbol in use", "Un symbole suivi"}, .kind = ARG_SYMBOL},
             {.name = {"bars", "bougies"},
              .summary = {"How many bars", "Combien de bougies"},
              .kind = ARG_INT,
              .min = 1,
              .max = RECENT_BARS}},
    .arg_count = 2,
    .role = ROLE_MENTOR,
    .flags = COMMAND_READONLY,
    .exec = chart_data,
    .complete = complete,
};
