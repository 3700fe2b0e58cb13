/*
 * source_file: the only place of config/ that touches files. Takes no lock and keeps
 * nothing open.
 */
#include "config/source_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/mem.h"

static int refuse(int error, struct err *e) {
    if (error == ENOENT || error == ENOTDIR)
        return err_set(e, ERR_NOT_FOUND, "there is no such file", "fichier introuvable");
    if (error == EACCES || error == EPERM)
        return err_set(e, ERR_IO, "not allowed to read this file", "lecture de ce fichier interdite");
    return err_set(e, ERR_IO, "cannot read this file (%s)", "fichier illisible (%s)", strerror(error));
}

static int read_all(int fd, struct buf *out, struct err *e) {
    char chunk[16384];
    for (;;) {
        ssize_t n = read(fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return refuse(errno, e);
        if (n == 0) return 0;
        buf_add(out, chunk, (size_t)n);
        if (out->overflow) return err_set(e, ERR_FULL, "larger than %zu bytes", "plus de %zu octets", out->max);
    }
}

int source_read(const char *path, struct buf *out, mode_t *mode, struct err *e) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), rc = -1;
    struct stat st;
    if (fd < 0) return refuse(errno, e);
    if (fstat(fd, &st) != 0) {
        refuse(errno, e);
    } else if (!S_ISREG(st.st_mode)) {
        err_set(e, ERR_IO, "not a regular file", "ce n’est pas un fichier ordinaire");
    } else {
        *mode = st.st_mode;
        rc = read_all(fd, out, e);
    }
    close(fd);
    return rc;
}

char *source_path(const char *file, bool is_folder, const char *path) {
    if (path[0] == '/' || path[0] == '\0') return xstrdup(path);
    while (strncmp(path, "./", 2) == 0 && path[2] != '\0') path += 2;
    const char *slash = strrchr(file, '/');
    size_t folder = is_folder ? strlen(file) : slash == NULL ? 0 : (size_t)(slash - file);
    bool root = folder == 0 && slash != NULL && !is_folder;
    if (folder == 0 && !root) return xstrdup(path);
    char *joined = NULL;
    if (asprintf(&joined, "%.*s/%s", (int)folder, file, path) < 0) abort();
    return joined;
}
