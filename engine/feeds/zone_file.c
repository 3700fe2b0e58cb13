/*
 * zone_file: the machine's zone database, read whole. The name is checked first, so
 * that it cannot lead anywhere else.
 */
#include "engine/feeds/zone_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/mem.h"

#define ZONE_FILE_MAX (64 << 10)

static bool is_safe(const char *name) {
    size_t n = strlen(name);
    if (n >= ZONE_NAME_MAX || name[0] == '/' || strstr(name, "..") != NULL) return false;
    return strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/_+-") == n;
}

static ssize_t read_zone(const char *folder, const char *name, uint8_t *bytes, size_t size) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    ssize_t total = 0, n;
    while ((size_t)total < size && (n = read(fd, bytes + total, size - (size_t)total)) > 0) total += n;
    close(fd);
    return total;
}

int zone_open(const char *name, struct zone **out, struct err *e) {
    static const char *const folders[] = {"/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo"};
    ssize_t n = 0;
    *out = NULL;
    if (name[0] == '\0' || strcmp(name, "UTC") == 0) return 0;
    uint8_t *bytes = xmalloc(ZONE_FILE_MAX);
    for (size_t i = 0; is_safe(name) && n <= 0 && i < sizeof folders / sizeof folders[0]; i++)
        n = read_zone(folders[i], name, bytes, ZONE_FILE_MAX);
    if (n > 0) *out = zone_parse(name, bytes, (size_t)n, e);
    free(bytes);
    if (n > 0) return *out != NULL ? 0 : -1;
    return err_set(e, ERR_NOT_FOUND, "this machine knows no time zone %s", "cette machine ne connaît pas le fuseau %s",
                   name);
}
