/*
 * conf errors: broken files with everything that is said of them, place and both
 * languages. One row is one file of a user's.
 */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/conf.h"

static const struct {
    const char *yaml, *en, *fr;
} bad[] = {
    /* clang-format off */
    {"mode: papre\n",
     "1: mode: wants one of paper, live, not \"papre\"",
     "1: mode\u00a0: attend l’un de paper, live, et non «\u00a0papre\u00a0»"},
    {"mode: 3\n",
     "1: mode: wants one of paper, live, not \"3\"",
     "1: mode\u00a0: attend l’un de paper, live, et non «\u00a03\u00a0»"},
    {"mode:\n",
     "1: mode: has no value: give one or remove the line",
     "1: mode\u00a0: n’a pas de valeur\u00a0: donnez-en une ou retirez la ligne"},
    {"mode: [paper]\n",
     "1: mode: wants one value, not a list or map",
     "1: mode\u00a0: attend une seule valeur, et non une liste ou un dictionnaire"},
    {"mode: {a: 1}\n",
     "1: mode: wants one value, not a list or map",
     "1: mode\u00a0: attend une seule valeur, et non une liste ou un dictionnaire"},
    {"brokr: {balance: 1}\n",
     "1: brokr: unknown setting; did you mean broker?",
     "1: brokr\u00a0: réglage inconnu\u00a0; vouliez-vous dire broker\u00a0?"},
    {"broker:\n  balanse: 1\n",
     "2: broker.balanse: unknown setting; did you mean broker.balance?",
     "2: broker.balanse\u00a0: réglage inconnu\u00a0; vouliez-vous dire broker.balance\u00a0?"},
    {"max_daily_loss: 0.02\n",
     "1: max_daily_loss: unknown setting; did you mean trading.risk_management.max_daily_loss?",
     "1: max_daily_loss\u00a0: réglage inconnu\u00a0; vouliez-vous dire trading.risk_management.max_daily_loss\u00a0?"},
    {"colour: red\n",
     "1: colour: unknown setting",
     "1: colour\u00a0: réglage inconnu"},
    {"monitoring:\n  enable_email_alerts: true\n",
     "1: monitoring: not built yet in this version: remove it for now",
     "1: monitoring\u00a0: pas encore construit dans cette version\u00a0: retirez-le pour l’instant"},
    {"trading:\n  risk_management:\n    position_size: 0.05\n",
     "3: trading.risk_management.position_size: not built yet in this version: remove it for now",
     "3: trading.risk_management.position_size\u00a0: pas encore construit dans cette version\u00a0: retirez-le pour l’instant"},
    {"broker: paper\n",
     "1: broker: wants settings below it (name: value), not this",
     "1: broker\u00a0: attend des réglages en dessous (nom: valeur), et non ceci"},
    {"broker:\n  balance: lots\n",
     "2: broker.balance: wants an amount with at most 6 decimals, not \"lots\"",
     "2: broker.balance\u00a0: attend un montant d’au plus 6 décimales, et non «\u00a0lots\u00a0»"},
    {"broker: {balance: 0.5}\n",
     "1: broker.balance: must lie between 1 and 1000000000, not 0.5",
     "1: broker.balance\u00a0: doit être compris entre 1 et 1000000000, et non 0.5"},
    {"broker: {balance: 1e5}\n",
     "1: broker.balance: wants an amount with at most 6 decimals, not \"1e5\"",
     "1: broker.balance\u00a0: attend un montant d’au plus 6 décimales, et non «\u00a01e5\u00a0»"},
    {"broker: {balance: 100.1234567}\n",
     "1: broker.balance: wants an amount with at most 6 decimals, not \"100.1234567\"",
     "1: broker.balance\u00a0: attend un montant d’au plus 6 décimales, et non «\u00a0100.1234567\u00a0»"},
    {"broker: {currency: EURO}\n",
     "1: broker.currency: must have 3 characters, not 4",
     "1: broker.currency\u00a0: doit avoir 3 caractères, et non 4"},
    {"broker: {slippage_ticks: 1.5}\n",
     "1: broker.slippage_ticks: wants a whole number, not \"1.5\"",
     "1: broker.slippage_ticks\u00a0: attend un nombre entier, et non «\u00a01.5\u00a0»"},
    {"broker: {slippage_ticks: -1}\n",
     "1: broker.slippage_ticks: must lie between 0 and 10000, not -1",
     "1: broker.slippage_ticks\u00a0: doit être compris entre 0 et 10000, et non -1"},
    {"execution.risk.max_daily_loss: 2\n",
     "1: execution.risk.max_daily_loss: must lie between 0 and 1, not 2",
     "1: execution.risk.max_daily_loss\u00a0: doit être compris entre 0 et 1, et non 2"},
    {"execution: {risk: {max_daily_loss: 150%}}\n",
     "1: execution.risk.max_daily_loss: must lie between 0 and 1, not 1.5",
     "1: execution.risk.max_daily_loss\u00a0: doit être compris entre 0 et 1, et non 1.5"},
    {"execution: {position: {trailing_stop: maybe}}\n",
     "1: execution.position.trailing_stop: wants true or false, not \"maybe\"",
     "1: execution.position.trailing_stop\u00a0: attend true ou false, et non «\u00a0maybe\u00a0»"},
    {"execution.risk: {max_daily_loss: 1%}\nexecution:\n  risk.max_daily_loss: 2%\n",
     "3: execution.risk.max_daily_loss: given twice, first in line 1",
     "3: execution.risk.max_daily_loss\u00a0: donné deux fois, d’abord à la ligne 1"},
    {"mode: paper\nmode: live\n",
     "2: mode: given twice, first in line 1",
     "2: mode\u00a0: donné deux fois, d’abord à la ligne 1"},
    {"time_zone: ../etc/passwd\n",
     "1: time_zone: wants a time zone such as Europe/Paris, not \"../etc/passwd\"",
     "1: time_zone\u00a0: attend un fuseau horaire comme Europe/Paris, et non «\u00a0../etc/passwd\u00a0»"},
    {"feed: {speed: fast}\n",
     "1: feed.speed: wants 1, a whole number or max, not \"fast\"",
     "1: feed.speed\u00a0: attend 1, un nombre entier ou max, et non «\u00a0fast\u00a0»"},
    {"feed: {speed: 0}\n",
     "1: feed.speed: must lie between 1 and 1000000, not 0",
     "1: feed.speed\u00a0: doit être compris entre 1 et 1000000, et non 0"},
    {"feed: {timeframe: 5}\n",
     "1: feed.timeframe: wants a time frame such as M5, H1, D1 or 90s, not \"5\"",
     "1: feed.timeframe\u00a0: attend une unité de temps comme M5, H1, D1 ou 90s, et non «\u00a05\u00a0»"},
    {"feed: {timeframe: M0}\n",
     "1: feed.timeframe: wants a time frame such as M5, H1, D1 or 90s, not \"M0\"",
     "1: feed.timeframe\u00a0: attend une unité de temps comme M5, H1, D1 ou 90s, et non «\u00a0M0\u00a0»"},
    {"feed: {timeframe: W1}\n",
     "1: feed.timeframe: must lie between 60s and 86400s, not 604800s",
     "1: feed.timeframe\u00a0: doit être compris entre 60s et 86400s, et non 604800s"},
    {"feed: {start: yesterday}\n",
     "1: feed.start: wants a time such as 2025-01-31T14:30:00Z, not \"yesterday\"",
     "1: feed.start\u00a0: attend un instant comme 2025-01-31T14:30:00Z, et non «\u00a0yesterday\u00a0»"},
    {"feed:\n  symbols: XAUUSD\n",
     "2: feed.symbols: wants a list: [a, b], or lines that begin with \"- \"",
     "2: feed.symbols\u00a0: attend une liste\u00a0: [a, b], ou des lignes qui commencent par «\u00a0-\u00a0»"},
    {"feed:\n  symbols: [XAU USD]\n",
     "2: feed.symbols[0]: wants a symbol of 1 to 15 letters, digits or . _ - / #, not \"XAU USD\"",
     "2: feed.symbols[0]\u00a0: attend un symbole de 1 à 15 lettres, chiffres ou . _ - / #, et non «\u00a0XAU USD\u00a0»"},
    {"feed:\n  files:\n    - {path: x.csv}\n",
     "3: feed.files[0].symbol: is missing",
     "3: feed.files[0].symbol\u00a0: est absent"},
    {"instruments:\n  - symbol: ES\n    contracts: [{code: ESZ26, expires: 2026-12-18}, {code: ESH27}]\n",
     "3: instruments[0].contracts[1].expires: is missing",
     "3: instruments[0].contracts[1].expires\u00a0: est absent"},
    {"feed:\n  files:\n    - x.csv\n",
     "3: feed.files[0]: wants settings below it (name: value), not this",
     "3: feed.files[0]\u00a0: attend des réglages en dessous (nom: valeur), et non ceci"},
    {"feed:\n  kind: replay\n  file: x.csv\n",
     "3: feed.file: unknown setting; did you mean feed.files?",
     "3: feed.file\u00a0: réglage inconnu\u00a0; vouliez-vous dire feed.files\u00a0?"},
    {"strategies:\n  - name: RSI\n    symbols: [XAUUSD]\n    capital: 5\n",
     "2: strategies[0].capital_allocation: is missing\n4: strategies[0].capital: unknown setting; did you mean capital_allocation?",
     "2: strategies[0].capital_allocation\u00a0: est absent\n4: strategies[0].capital\u00a0: réglage inconnu\u00a0; vouliez-vous dire capital_allocation\u00a0?"},
    {"strategies:\n  - {name: RSI, capital_allocation: 10, params: {period: fourteen}}\n",
     "2: strategies[0].params.period: wants a number (at most 12 decimals) or true/false, not \"fourteen\"",
     "2: strategies[0].params.period\u00a0: attend un nombre (au plus 12 décimales) ou true/false, et non «\u00a0fourteen\u00a0»"},
    {"strategies: {name: RSI}\n",
     "1: strategies: wants a list: [a, b], or lines that begin with \"- \"",
     "1: strategies\u00a0: attend une liste\u00a0: [a, b], ou des lignes qui commencent par «\u00a0-\u00a0»"},
    {"access: {owners: [\"42\"]}\n",
     "1: access.owners[0]: wants discord:ID or telegram:ID, not \"42\"",
     "1: access.owners[0]\u00a0: attend discord:ID ou telegram:ID, et non «\u00a042\u00a0»"},
    {"access: {owners: [\"discord:0\"]}\n",
     "1: access.owners[0]: wants discord:ID or telegram:ID, not \"discord:0\"",
     "1: access.owners[0]\u00a0: attend discord:ID ou telegram:ID, et non «\u00a0discord:0\u00a0»"},
    {"access: {owners: [\"discord:99999999999999999999\"]}\n",
     "1: access.owners[0]: wants discord:ID or telegram:ID, not \"discord:99999999999999999999\"",
     "1: access.owners[0]\u00a0: attend discord:ID ou telegram:ID, et non «\u00a0discord:99999999999999999999\u00a0»"},
    {"discord: {token: MTIz.abc.def}\n",
     "1: discord.token: a secret does not belong in this file: use the environment, .env, file:PATH or env:NAME",
     "1: discord.token\u00a0: un secret n’a pas sa place dans ce fichier\u00a0: utilisez l’environnement, .env, file:CHEMIN ou env:NOM"},
    {"discord: {token: \"env:NO_SUCH_VARIABLE\"}\n",
     "1: discord.token: this variable is not set",
     "1: discord.token\u00a0: cette variable n’est pas définie"},
    {"discord: {token: \"file:no-such-file\"}\n",
     "1: discord.token: there is no such file",
     "1: discord.token\u00a0: fichier introuvable"},
    {"discord: {guild_id: my-server}\n",
     "1: discord.guild_id: wants an id, digits only, not \"my-server\"",
     "1: discord.guild_id\u00a0: attend un identifiant, en chiffres, et non «\u00a0my-server\u00a0»"},
    {"discord: {api_base: \"http://example.com/api\"}\n",
     "1: discord.api_base: wants https; plain http is for this machine only (127.0.0.1, localhost), not \"http://example.com/api\"",
     "1: discord.api_base\u00a0: attend https\u00a0; http sans chiffrement ne vaut que sur cette machine (127.0.0.1, localhost), et non «\u00a0http://example.com/api\u00a0»"},
    {"discord: {mention: \"@everyone\"}\n",
     "1: discord.mention: wants a person's ID or role:ID, not \"@everyone\"",
     "1: discord.mention\u00a0: attend l’ID d’une personne ou role:ID, et non «\u00a0@everyone\u00a0»"},
    {"discord: {api_base: discord.com}\n",
     "1: discord.api_base: wants an address such as https://example.com/path, not \"discord.com\"",
     "1: discord.api_base\u00a0: attend une adresse comme https://example.com/path, et non «\u00a0discord.com\u00a0»"},
    {"local: {listen: \"0.0.0.0:8787\"}\n",
     "1: local.listen: wants an address of this machine only, such as 127.0.0.1:8787 (put a TLS proxy before it), not \"0.0.0.0:8787\"",
     "1: local.listen\u00a0: attend une adresse de cette machine seulement, comme 127.0.0.1:8787 (placez un proxy TLS devant), et non «\u00a00.0.0.0:8787\u00a0»"},
    {"local: {listen: 8787}\n",
     "1: local.listen: wants address:port such as 127.0.0.1:8787, or \"\" for off, not \"8787\"",
     "1: local.listen\u00a0: attend adresse:port comme 127.0.0.1:8787, ou \"\" pour désactiver, et non «\u00a08787\u00a0»"},
    {"trading: {day_rollover: 17h}\n",
     "1: trading.day_rollover: wants a time of day such as \"17:00\", not \"17h\"",
     "1: trading.day_rollover\u00a0: attend une heure comme \"17:00\", et non «\u00a017h\u00a0»"},
    {"trading: {min_confidence: 101}\n",
     "1: trading.min_confidence: must lie between 0 and 100, not 101",
     "1: trading.min_confidence\u00a0: doit être compris entre 0 et 100, et non 101"},
    {"instruments:\n  - {symbol: X, asset: bond}\n",
     "2: instruments[0].asset: wants one of future, stock, cfd, metal, fx, not \"bond\"",
     "2: instruments[0].asset\u00a0: attend l’un de future, stock, cfd, metal, fx, et non «\u00a0bond\u00a0»"},
    {"a: &x 1\n",
     "1: anchors, aliases and tags (&, *, !) are not allowed",
     "1: les ancres, alias et étiquettes (&, *, !) sont interdits"},
    {"mode: *x\n",
     "1: anchors, aliases and tags (&, *, !) are not allowed",
     "1: les ancres, alias et étiquettes (&, *, !) sont interdits"},
    {"mode: !!str paper\n",
     "1: anchors, aliases and tags (&, *, !) are not allowed",
     "1: les ancres, alias et étiquettes (&, *, !) sont interdits"},
    {"mode: paper\n---\nmode: live\n",
     "2: a second document",
     "2: un second document"},
    {"mode: paper\n\tlocale: fr\n",
     "2: tabs do not indent: use blanks",
     "2: pas de tabulation en retrait\u00a0: utilisez des espaces"},
    {"mode: paper\n  locale: fr\n",
     "1: mode: wants one of paper, live, not \"paper locale\"\n2: a ':' too many, or wrong indentation",
     "1: mode\u00a0: attend l’un de paper, live, et non «\u00a0paper locale\u00a0»\n2: un «\u00a0:\u00a0» de trop, ou un mauvais retrait"},
    {"broker: {balance: 1\n",
     "2: a '{' without its '}'",
     "2: une «\u00a0{\u00a0» sans sa «\u00a0}\u00a0»"},
    {"mode: \"paper\n",
     "2: a quoted text that does not end",
     "2: un texte entre guillemets qui ne finit pas"},
    {"- a\n- b\n",
     "1: wants settings (name: value)",
     "1: attend des réglages (nom: valeur)"},
    {"just a text\n",
     "1: wants settings (name: value)",
     "1: attend des réglages (nom: valeur)"},
    {"{[a]: b}\n",
     "1: a map or list as a key",
     "1: un dictionnaire ou une liste comme clé"},
    {"a b: 1\n",
     "1: a key has only letters, digits, '_', '-' and dots between words",
     "1: une clé n’a que des lettres, des chiffres, «\u00a0_\u00a0», «\u00a0-\u00a0» et des points entre les mots"},
    {"state: {dir: \"\"}\n",
     "1: state.dir: must have between 1 and 900 characters, not 0",
     "1: state.dir\u00a0: doit avoir entre 1 et 900 caractères, et non 0"},
    {"a: {b: {c: {d: {e: {f: {g: {h: {i: {j: {k: {l: {m: 1}}}}}}}}}}}}\n",
     "1: a: unknown setting\n1: nested too deeply",
     "1: a\u00a0: réglage inconnu\n1: imbrication trop profonde"},
    /* clang-format on */
};

static char folder[256], path[300];

static int make_folder(void **state) {
    (void)state;
    const char *tmp = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/mia-conf-XXXXXX", tmp != NULL ? tmp : "/tmp");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/mia.yaml", folder);
    return 0;
}

static int drop_folder(void **state) {
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static void write_file(const char *text, size_t n) {
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, n, f), n);
    fclose(f);
}

/* What is said, without the folder. */
static void said(const struct conf_errors *errs, enum lang lang, char *out, size_t size) {
    struct buf b;
    size_t used = 0, skip = strlen(path) + 1;
    buf_init(&b, 1 << 16);
    conf_errors_text(errs, lang, &b);
    out[0] = '\0';
    for (char *line = strtok(b.p, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        bool here = strncmp(line, path, strlen(path)) == 0;
        used += (size_t)snprintf(out + used, size - used, "%s%s", used > 0 ? "\n" : "", here ? line + skip : line);
    }
    buf_clear(&b);
}

static void test_every_bad_file(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct conf_errors errs = {0};
        char text[8192];
        write_file(bad[i].yaml, strlen(bad[i].yaml));
        assert_null(conf_load(&(struct conf_source){.path = path}, &errs));
        said(&errs, LANG_EN, text, sizeof text);
        assert_string_equal(text, bad[i].en);
        said(&errs, LANG_FR, text, sizeof text);
        assert_string_equal(text, bad[i].fr);
        conf_errors_clear(&errs);
    }
}

/* All errors of one file, in the order of its lines; what is right beside them is not applied. */
static void test_all_at_once(void **state) {
    (void)state;
    static const char yaml[] = "mode: papre\n"
                               "feed:\n"
                               "  files:\n"
                               "    - {path: a.csv, timeframe: M}\n"
                               "    - {symbol: ES}\n"
                               "broker: {balance: x, curency: USD}\n"
                               "locale: de\n";
    struct conf_errors errs = {0};
    char text[4096];
    write_file(yaml, sizeof yaml - 1);
    assert_null(conf_load(&(struct conf_source){.path = path}, &errs));
    said(&errs, LANG_EN, text, sizeof text);
    assert_string_equal(text, "1: mode: wants one of paper, live, not \"papre\"\n"
                              "4: feed.files[0].timeframe: wants a time frame such as M5, H1, D1 or 90s, not \"M\"\n"
                              "4: feed.files[0].symbol: is missing\n"
                              "5: feed.files[1].path: is missing\n"
                              "6: broker.balance: wants an amount with at most 6 decimals, not \"x\"\n"
                              "6: broker.curency: unknown setting; did you mean broker.currency?\n"
                              "7: locale: wants one of auto, en, fr, not \"de\"");
    conf_errors_clear(&errs);
}

static void test_bounds(void **state) {
    (void)state;
    struct conf_errors errs = {0};
    char text[16384];
    struct buf b;
    buf_init(&b, 4 << 20);
    for (int i = 0; i < 200; i++) buf_printf(&b, "nothing_%d: 1\n", i);
    write_file(b.p, b.len);
    assert_null(conf_load(&(struct conf_source){.path = path}, &errs));
    assert_int_equal(errs.n, CONF_ERRORS_MAX);
    assert_int_equal(errs.more, 200 - CONF_ERRORS_MAX);
    said(&errs, LANG_FR, text, sizeof text);
    assert_non_null(strstr(text, "\net 136 de plus"));
    conf_errors_clear(&errs);

    buf_reset(&b);
    while (b.len <= CONF_FILE_MAX) buf_str(&b, "# a comment that only takes room\n");
    write_file(b.p, b.len);
    assert_null(conf_load(&(struct conf_source){.path = path}, &errs));
    said(&errs, LANG_EN, text, sizeof text);
    assert_string_equal(text + strlen(text) - 25, "larger than 1048576 bytes");
    conf_errors_clear(&errs);

    buf_reset(&b);
    buf_str(&b, "feed: {symbols: [");
    for (int i = 0; i < 20000; i++) buf_str(&b, "ES,");
    buf_str(&b, "]}\n");
    write_file(b.p, b.len);
    assert_null(conf_load(&(struct conf_source){.path = path}, &errs));
    assert_true(errs.n > 0);
    conf_errors_clear(&errs);
    buf_clear(&b);
}

/* Bytes of any kind end in errors or a configuration, never in a crash. */
static void test_noise(void **state) {
    (void)state;
    static const char *const pieces[] = {"mode", ": ",   "\n",    "  ",   "- ",    "[",   "]",    "{",
                                         "}",    ", ",   "\"",    "'",    "*a",    "&a ", "!t ",  "#",
                                         "\t",   "feed", "files", ".",    "?",     "|\n", ">\n",  "\xff",
                                         "%",    "---",  "...",   "\r\n", "paper", "1",   "null", "~"};
    uint64_t x = 1;
    for (int round = 0; round < 4000; round++) {
        char text[512];
        size_t used = 0;
        for (int i = 0; i < 24; i++) {
            x = x * 6364136223846793005ULL + 1442695040888963407ULL;
            const char *piece = pieces[(x >> 33) % (sizeof pieces / sizeof pieces[0])];
            used += (size_t)snprintf(text + used, sizeof text - used, "%s", piece);
        }
        struct conf_errors errs = {0};
        write_file(text, used);
        struct conf *c = conf_load(&(struct conf_source){.path = path}, &errs);
        assert_true(c != NULL || errs.n > 0);
        conf_free(c);
        conf_errors_clear(&errs);
    }
}

static void test_files_that_are_not_there(void **state) {
    (void)state;
    struct conf_errors errs = {0};
    char missing[320], text[1024];
    snprintf(missing, sizeof missing, "%s/none.yaml", folder);
    assert_null(conf_load(&(struct conf_source){.path = missing}, &errs));
    said(&errs, LANG_FR, text, sizeof text);
    assert_non_null(strstr(text, "none.yaml: fichier introuvable"));
    conf_errors_clear(&errs);
    assert_null(conf_load(&(struct conf_source){.path = folder}, &errs));
    said(&errs, LANG_EN, text, sizeof text);
    assert_non_null(strstr(text, "not a regular file"));
    conf_errors_clear(&errs);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_bad_file), cmocka_unit_test(test_all_at_once),
                                       cmocka_unit_test(test_bounds), cmocka_unit_test(test_noise),
                                       cmocka_unit_test(test_files_that_are_not_there)};
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
