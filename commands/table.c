/* table: the whole vocabulary, alphabetical by its English names. A command that is not listed here does not exist. */
#include <string.h>
#include <strings.h>

#include "bot/command.h"

extern const struct command audit_command, be_command, cancel_command, chart_data_command, close_command,
    config_command, export_command, flatten_command, health_command, help_command, levels_command, limits_command,
    logs_command, orders_command, pause_command, pnl_command, positions_command, regime_command, resume_command,
    risk_command, signals_command, sos_command, stats_command, status_command, stop_command, strategy_command,
    trades_command, version_command, why_command;

/* One a line, so that two who add one do not meet. */
/* clang-format off */
const struct command *const command_table[] = {
    &audit_command,
    &be_command,
    &cancel_command,
    &chart_data_command,
    &close_command,
    &config_command,
    &export_command,
    &flatten_command,
    &health_command,
    &help_command,
    &levels_command,
    &limits_command,
    &logs_command,
    &orders_command,
    &pause_command,
    &pnl_command,
    &positions_command,
    &regime_command,
    &resume_command,
    &risk_command,
    &signals_command,
    &sos_command,
    &stats_command,
    &status_command,
    &stop_command,
    &strategy_command,
    &trades_command,
    &version_command,
    &why_command,
    NULL,
};
/* clang-format on */

/* Telegram's menu knows no dash in a name: there it is an underscore, and taken for one everywhere. */
static bool is_called(const char *typed, const char *name) {
    if (name == NULL) return false;
    for (; *typed != '\0' && *name != '\0'; typed++, name++) {
        if (*name == '-' ? *typed != '-' && *typed != '_' : strncasecmp(typed, name, 1) != 0) return false;
    }
    return *typed == *name;
}

const struct command *command_find(const char *name) {
    for (uint32_t i = 0; command_table[i]; i++) {
        const struct command *c = command_table[i];
        if (is_called(name, c->name) || is_called(name, c->name_fr)) return c;
    }
    return NULL;
}
