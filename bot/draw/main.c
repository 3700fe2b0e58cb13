/*
 * mia-draw: one description on the standard input, one PNG on the standard output; exit 0. What cannot be drawn: a sentence
 * on the standard error and exit 1. A process of its own, so that cairo, its fonts and their memory are never in the bot, and
 * so that no picture can take the bot down. Reads the machine's zones and fonts, no other file, and opens no connection.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bot/draw/layout.h"
#include "bot/draw/paint.h"
#include "engine/base/version.h"
#include "engine/feeds/zone_file.h"

static enum lang terminal_lang(void) {
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *v = getenv(names[i]);
        if (v != NULL && *v != '\0') return lang_from_tag(v);
    }
    return LANG_EN;
}

static int read_all(int fd, struct buf *b, struct err *e) {
    char bytes[65536];
    for (;;) {
        ssize_t n = read(fd, bytes, sizeof bytes);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return err_set(e, ERR_IO, "cannot read: %s", "lecture impossible\u00a0: %s", strerror(errno));
        if (n == 0) return 0;
        buf_add(b, bytes, (size_t)n);
        if (b->overflow)
            return err_set(e, ERR_FULL, "the description has more than %u bytes", "la description dépasse %u octets",
                           PICTURE_TEXT_MAX);
    }
}

static int write_all(int fd, const struct buf *b, struct err *e) {
    for (size_t done = 0; done < b->len;) {
        ssize_t n = write(fd, b->p + done, b->len - done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return err_set(e, ERR_IO, "cannot write: %s", "écriture impossible\u00a0: %s", strerror(errno));
        done += (size_t)n;
    }
    return 0;
}

static int draw(const struct picture *p, struct buf *png, struct err *e) {
    struct zone *z = NULL;
    struct ops ops;
    if (zone_open(p->zone, &z, e) != 0) return -1;
    struct painter *painter = painter_new(p->width, p->height, p->scale, p->theme, e);
    int rc = painter != NULL ? 0 : -1;
    ops_init(&ops);
    if (rc == 0) {
        struct measure m = painter_measure(painter);
        rc = layout_picture(p, z, &m, &ops, e);
    }
    if (rc == 0) rc = painter_png(painter, &ops, png, e);
    ops_clear(&ops);
    painter_free(painter);
    zone_free(z);
    return rc;
}

int main(int argc, char **argv) {
    struct err e = {0};
    struct buf text, png;
    struct picture p = {0};
    enum lang lang = terminal_lang();
    if (argc > 1) {
        bool asked = strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "--version") == 0;
        fprintf(asked ? stdout : stderr,
                tr(lang,
                   "mia-draw %s: reads the description of a picture (JSON) and writes it as PNG; mia starts it.\n",
                   "mia-draw %s\u00a0: lit la description d’une image (JSON) et l’écrit en PNG ; c’est mia qui le "
                   "lance.\n"),
                MIA_VERSION);
        return asked ? 0 : 2;
    }
    signal(SIGPIPE, SIG_IGN); /* a reader that left is said, as any other failure */
    buf_init(&text, PICTURE_TEXT_MAX);
    buf_init(&png, PAINT_PNG_MAX);
    int rc = read_all(STDIN_FILENO, &text, &e);
    if (rc == 0) rc = picture_read(text.p, text.len, &p, &e);
    if (rc == 0) rc = draw(&p, &png, &e);
    if (rc == 0) rc = write_all(STDOUT_FILENO, &png, &e);
    if (rc != 0) fprintf(stderr, "mia-draw: %s\n", err_text(&e, lang));
    picture_clear(&p);
    buf_clear(&text);
    buf_clear(&png);
    return rc == 0 ? 0 : 1;
}
