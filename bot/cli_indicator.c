/*
 * cli_indicator: `mia indicator`: indicators over a market data file, as CSV. One row in, one row out, nothing is kept but
 * the indicators' own states; the same code and the same bits as in a strategy.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/cli.h"
#include "engine/base/mem.h"
#include "engine/feeds/csv.h"
#include "engine/indicator.h"

#define NUMBER_TEXT_MAX 40

static const struct cli_option options[] = {
    {"--data", "FILE", NULL, {"market data: CSV, plain or .gz", "données de marché\u00a0: CSV, brut ou .gz"}},
    {"--zone",
     "ZONE",
     NULL,
     {"zone of times without an offset, default UTC", "fuseau des heures sans décalage, UTC par défaut"}},
    {0}};

struct column {
    const struct indicator *in;
    double params[INDICATOR_PARAMS_MAX];
    void *state;
};

struct columns {
    struct column item[CLI_WORDS_MAX];
    int n;
};

static void columns_clear(struct columns *all) {
    for (int i = 0; i < all->n; i++) free(all->item[i].state);
}

static int columns_open(struct columns *all, const struct cli *c, struct err *e) {
    for (; all->n < c->words; all->n++) {
        struct column *x = &all->item[all->n];
        if (indicator_parse(c->word[all->n], &x->in, x->params, e) != 0) return -1;
        x->state = xcalloc(1, indicator_size(x->in, x->params));
        if (indicator_open(x->in, x->state, x->params, e) == 0) continue;
        free(x->state);
        return -1;
    }
    return 0;
}

/* The same indicator more than once: its columns carry the parameters too, as in sma_20, sma_50. */
static bool is_alone(const struct columns *all, int which) {
    for (int i = 0; i < all->n; i++)
        if (i != which && all->item[i].in == all->item[which].in) return false;
    return true;
}

static void print_header(const struct columns *all) {
    fputs("time", stdout);
    for (int i = 0; i < all->n; i++) {
        const struct column *x = &all->item[i];
        for (uint32_t k = 0; x->in->outputs[k] != NULL; k++) {
            printf(",%s", x->in->outputs[k]);
            for (uint32_t p = 0; !is_alone(all, i) && p < indicator_params(x->in); p++) printf("_%.10g", x->params[p]);
        }
    }
    putchar('\n');
}

static void print_row(struct columns *all, const struct indicator_bar *b) {
    char text[WHEN_TEXT_MAX];
    fputs(when_iso(text, (when_t){b->start_ns}), stdout);
    for (int i = 0; i < all->n; i++) {
        double out[INDICATOR_OUTPUTS_MAX];
        const struct indicator *in = all->item[i].in;
        indicator_step(in, all->item[i].state, b, out);
        for (uint32_t k = 0; in->outputs[k] != NULL; k++) {
            char number[NUMBER_TEXT_MAX] = "";
            if (!isnan(out[k])) snprintf(number, sizeof number, "%.17g", out[k]);
            putchar(',');
            fputs(number, stdout);
        }
    }
    putchar('\n');
}

static int check_volume(const struct columns *all, const struct csv *csv, struct err *e) {
    struct csv_info info;
    csv_info(csv, &info);
    for (int i = 0; i < all->n; i++) {
        if ((all->item[i].in->uses & INDICATOR_VOLUME) != 0 && !info.has_volume)
            return err_set(e, ERR_NOT_FOUND, "%s needs a volume, and the file has no such column",
                           "%s a besoin d’un volume, et le fichier n’en a pas la colonne", all->item[i].in->name);
    }
    return 0;
}

static void say_bad_rows(const struct cli *c, const struct csv *csv) {
    struct feed_stats stats;
    csv_stats(csv, &stats);
    if (stats.bad_rows > 0)
        fprintf(stderr,
                tr(c->lang, "mia: rows left out: %llu; the first: %s\n",
                   "mia\u00a0: lignes écartées\u00a0: %llu\u00a0; la première\u00a0: %s\n"),
                (unsigned long long)stats.bad_rows, stats.first_bad[c->lang]);
}

static int print_rows(const struct cli *c, struct columns *all, struct csv *csv, struct err *e) {
    struct bar bar;
    int r;
    print_header(all);
    while ((r = csv_next(csv, &bar, e)) > 0) {
        struct indicator_bar b = indicator_bar_of(&bar);
        struct csv_volumes v;
        csv_volumes(csv, &v);
        b.volume = v.volume;
        b.buy = v.buy;
        b.sell = v.sell;
        print_row(all, &b);
        if (ferror(stdout)) break;
    }
    int wrong = fflush(stdout) != 0 || ferror(stdout) ? errno : 0;
    say_bad_rows(c, csv);
    if (wrong == EPIPE) return 0; /* `| head` has what it wanted */
    if (wrong != 0)
        return err_set(e, ERR_IO, "the rows were not written whole: %s",
                       "les lignes n’ont pas toutes été écrites\u00a0: %s", strerror(wrong));
    return r;
}

static void list(const struct cli *c) {
    for (const struct indicator *const *in = indicator_table; *in != NULL; in++) {
        char text[160];
        size_t used = (size_t)snprintf(text, sizeof text, "%s", (*in)->name);
        for (const struct param_spec *p = (*in)->params; p->name != NULL && used < sizeof text; p++)
            used += (size_t)snprintf(text + used, sizeof text - used, "%c%s=%.10g", p == (*in)->params ? ':' : ',',
                                     p->name, p->value);
        printf("%-44s %s\n", text, (*in)->summary[c->lang]);
    }
}

static int indicator(struct cli *c) {
    struct columns all = {.n = 0};
    struct csv_spec spec = {
        .path = cli_value(c, "--data", NULL), .zone = cli_value(c, "--zone", NULL), .rows_only = true};
    struct csv *csv = NULL;
    struct err e;
    if (c->words == 0 && spec.path == NULL) {
        list(c);
        return CLI_GOOD;
    }
    if (c->words == 0)
        return cli_usage(c, "say which: mia indicator rsi:period=14 --data FILE",
                         "dites lequel\u00a0: mia indicator rsi:period=14 --data FICHIER");
    if (columns_open(&all, c, &e) != 0) {
        columns_clear(&all);
        return cli_usage(c, err_text(&e, LANG_EN), err_text(&e, LANG_FR));
    }
    if (spec.path == NULL) {
        columns_clear(&all);
        return cli_usage(c, "over which rows? --data FILE", "sur quelles données\u00a0? --data FICHIER");
    }
    int r = (csv = csv_open(&spec, &e)) != NULL && check_volume(&all, csv, &e) == 0 ? print_rows(c, &all, csv, &e) : -1;
    csv_close(csv);
    columns_clear(&all);
    return r < 0 ? cli_fail(c, &e) : CLI_GOOD;
}

const struct cli_command cli_indicator = {
    .name = "indicator",
    .words = "NAME[:K=V,K=V]...",
    .text = {"indicators over a market data file, as CSV; without a name: which there are",
             "des indicateurs sur un fichier de marché, en CSV\u00a0; sans nom\u00a0: la liste"},
    .more =
        {"The first column is `time` (UTC, the row's start), then one for each output; a row for each row of the "
         "file,\n"
         "empty before the first value, with 17 digits. Example: mia indicator sma:period=50 macd --data "
         "xauusd_m5.csv.gz\n"
         "What each computes: docs/INDICATORS.md. Bought and sold volume are the columns buy_volume and sell_volume\n"
         "(or ask_volume and bid_volume), where the file has them.",
         "La première colonne est «\u00a0time\u00a0» (UTC, début de la ligne), puis une par sortie\u00a0; une ligne "
         "par ligne du\n"
         "fichier, vide avant la première valeur, à 17 chiffres. Exemple\u00a0: mia indicator sma:period=50 macd "
         "--data "
         "xauusd_m5.csv.gz\n"
         "Ce que chacun calcule\u00a0: docs/INDICATORS.md. Les volumes achetés et vendus sont les colonnes buy_volume "
         "et\n"
         "sell_volume (ou ask_volume et bid_volume), si le fichier les a."},
    .options = options,
    .run = indicator,
};
