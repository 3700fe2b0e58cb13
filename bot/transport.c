/* transport: the names of the platforms, as they stand in people's entries, rows and logs. */
#include "bot/transport.h"

static const char *const names[] = {
    [PLATFORM_DISCORD] = "discord",
    [PLATFORM_TELEGRAM] = "telegram",
    [PLATFORM_LOCAL] = "local",
};
_Static_assert(sizeof names / sizeof names[0] == PLATFORM_COUNT, "a name for every platform");

const char *platform_name(enum platform p) {
    return names[p];
}
