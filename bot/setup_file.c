/* setup_file: see setup_file.h. Opens without waiting: a pipe or a device is no file. Owns nothing. */
#include "bot/setup_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/mem.h"

ssize_t setup_file_read(const char *path, size_t max, char **bytes, when_t *written, struct err *e) {
    struct stat st;
    *bytes = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return err_set(e, ERR_IO, "%s cannot be read: %s", "%s est illisible\u00a0: %s", path, strerror(errno));
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return err_set(e, ERR_IO, "%s is not a file", "%s n’est pas un fichier", path);
    }
    *bytes = xmalloc(max + 1);
    size_t total = 0;
    ssize_t n = 0;
    while (total <= max && (n = read(fd, *bytes + total, max + 1 - total)) > 0) total += (size_t)n;
    int why = errno; /* what came before an error is no file: half a calendar looks like a whole one */
    close(fd);
    if (n < 0) {
        free(*bytes);
        *bytes = NULL;
        return err_set(e, ERR_IO, "%s cannot be read to its end: %s", "%s ne peut être lu jusqu’au bout\u00a0: %s",
                       path, strerror(why));
    }
    if (written != NULL) written->ns = (int64_t)st.st_mtim.tv_sec * NS_PER_SEC + st.st_mtim.tv_nsec;
    return (ssize_t)total;
}
