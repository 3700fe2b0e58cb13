/* health: what works and what does not, from every part of the run. */
#include <string.h>

#include "commands/parts.h"

static const char *light(const char *state) {
    static const struct {
        const char *state, *light;
    } lights[] = {{"ok", "🟢"}, {"warn", "🟠"}, {"down", "🔴"}, {"off", "⚪"}};
    for (size_t i = 0; i < sizeof lights / sizeof lights[0]; i++)
        if (!strcmp(state, lights[i].state)) return lights[i].light;
    return "⚪";
}

/* What a part is called: keys are for programs. */
static const char *part_name(const struct command_ctx *c, const char *key) {
    static const struct {
        const char *key, *name[LANG_COUNT];
    } names[] = {{"store", {"Store", "Base"}},
                 {"feed", {"Market data", "Données de marché"}},
                 {"broker", {"Broker", "Courtier"}},
                 {"discord", {"Discord", "Discord"}},
                 {"telegram", {"Telegram", "Telegram"}},
                 {"local", {"Local page", "Page locale"}},
                 {"disk", {"Disk", "Disque"}}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (!strcmp(key, names[i].key)) return names[i].name[c->lang];
    return key;
}

static enum exec_result health(struct command_ctx *c) {
    struct health_item *items = arena_alloc(c->arena, HEALTH_ITEMS_MAX * sizeof *items);
    uint32_t n = command_health(c, items), warn = 0, down = 0;
    struct doc *d = doc_new(c->arena, c->lang, DOC_GOOD);
    for (uint32_t i = 0; i < n; i++) {
        warn += !strcmp(items[i].state, "warn");
        down += !strcmp(items[i].state, "down");
        doc_line(d, tr(c->lang, "%s %s: %s", "%s %s\u00a0: %s"), light(items[i].state), part_name(c, items[i].name),
                 items[i].text[c->lang]);
    }
    d->severity = down ? DOC_BAD : warn ? DOC_WARNING : DOC_GOOD;
    if (down || warn)
        doc_title(d, down ? "🔴" : "🟠",
                  tr(c->lang, "Not all is well: %u down, %u to watch",
                     "Tout ne va pas bien\u00a0: %u en panne, %u à surveiller"),
                  down, warn);
    else
        doc_title(d, "🟢", "%s", tr(c->lang, "All is well", "Tout va bien"));
    c->doc = d;
    return EXEC_DONE;
}

const struct command health_command = {
    .name = "health",
    .name_fr = "sante",
    .summary = {"What works and what does not", "Ce qui marche et ce qui ne marche pas"},
    .role = ROLE_MENTOR,
    .flags = COMMAND_READONLY,
    .exec = health,
};
