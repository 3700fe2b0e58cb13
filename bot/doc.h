/*
 * doc: a message as a tree that knows no platform. Commands and reports build it in
 * one language; renderers (Discord embed, Telegram HTML, plain text, local page)
 * escape and cut it for theirs. A doc lives in an arena and is freed with it.
 *
 * Text given in is plain: no markup of any platform. What came from outside (names,
 * broker's words) may be given as it is: control characters and bidi marks are dropped.
 */
#ifndef MIA_BOT_DOC_H
#define MIA_BOT_DOC_H

#include "engine/base/err.h"
#include "engine/base/lang.h"
#include "engine/base/mem.h"
#include "engine/base/when.h"

#define DOC_FIELDS_MAX 25
#define DOC_ROWS_MAX 60
#define DOC_COLUMNS_MAX 8
#define DOC_BUTTONS_MAX 10
#define DOC_LINES_MAX 64
#define DOC_TEXT_MAX 4000 /* bytes of one line or field value; longer ones end in an ellipsis */
#define DOC_TITLE_MAX 300
#define DOC_CELL_MAX 160
#define DOC_CODE_MAX 16000
#define DOC_BYTES_MAX 24000       /* of all texts: so that a doc, written as JSON, stays under OUTBOX_DOC_MAX */
#define DOC_COPY_MAX (256u << 10) /* memory that any doc and its texts fit */
#define DOC_BUTTON_ID_MAX 64      /* Telegram's limit */
#define DOC_BUTTON_LABEL_MAX 80
#define DOC_FILE_MAX (4u << 20) /* bytes; every platform takes as much, and this bounds what waits */
#define DOC_FILE_NAME_MAX 64
#define DOC_FILE_TYPE_MAX 40
#define DOC_FILE_INSTEAD_MAX 160

enum doc_severity { DOC_PLAIN, DOC_GOOD, DOC_BAD, DOC_NOTICE, DOC_WARNING, DOC_URGENT, DOC_SEVERITY_COUNT };
enum doc_align { DOC_LEFT, DOC_RIGHT };
enum doc_button_style { BUTTON_NEUTRAL, BUTTON_PRIMARY, BUTTON_GOOD, BUTTON_DANGER };

struct doc_field {
    const char *name, *value;
    bool wide;
};
struct doc_column {
    const char *name;
    enum doc_align align;
};
struct doc_button {
    const char *id; /* <= 64 bytes */
    const char *label;
    enum doc_button_style style;
};

/* The one file that a doc may carry. A picture is shown with the message, any other file offered beside it. */
struct doc_file {
    char name[DOC_FILE_NAME_MAX]; /* letters, digits and ._- only */
    char type[DOC_FILE_TYPE_MAX]; /* "text/csv", "image/png" */
    /* What gives the same on the machine ("mia export trades"), for where the file is left out; "": nothing does. */
    char instead[DOC_FILE_INSTEAD_MAX];
    size_t n;          /* 0: the doc has no file */
    const void *bytes; /* borrowed, never in the arena; NULL in a doc that was read from JSON or copied */
};

struct doc {
    struct arena *arena;
    enum lang lang;
    enum doc_severity severity;
    const char *emoji; /* "🟢" or NULL */
    const char *title; /* one line; what a phone shows */
    const char *lines[DOC_LINES_MAX];
    uint32_t line_count, lines_left_out;
    struct doc_field fields[DOC_FIELDS_MAX];
    uint32_t field_count, fields_left_out;
    struct doc_column columns[DOC_COLUMNS_MAX];
    uint32_t column_count;
    const char *rows[DOC_ROWS_MAX][DOC_COLUMNS_MAX];
    uint32_t row_count;
    uint32_t rows_left_out;
    const char *code; /* fixed-width block */
    const char *footer;
    struct doc_button buttons[DOC_BUTTONS_MAX];
    uint32_t button_count;
    when_t expires; /* its buttons do nothing from then on (wall); WHEN_NONE: they hold for ever */
    when_t time;    /* WHEN_NONE: not shown */
    const char
        *time_text;   /* the same for people, in the configured zone; NULL: renderers say it in UTC. See doc_time */
    const char *mode; /* "PAPER" "LIVE" "DEMO": shown in every message */
    bool mention;     /* an urgent alert: the configured mention may be used */
    bool is_private;  /* replies: only the asker sees it */
    uint32_t repeats; /* coalesced: how many messages this stands for */
    uint32_t bytes;   /* of DOC_BYTES_MAX used so far */
    struct doc_file file;
};

struct doc *doc_new(struct arena *a, enum lang lang, enum doc_severity severity);
void doc_title(struct doc *d, const char *emoji, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void doc_line(struct doc *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void doc_field(struct doc *d, const char *name, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void doc_field_wide(struct doc *d, const char *name, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void doc_column(struct doc *d, const char *name, enum doc_align align);
void doc_row(struct doc *d, const char *const *cells /* column_count of them */); /* past DOC_ROWS_MAX: counted, said */
void doc_code(struct doc *d, const char *text);
void doc_time(struct doc *d, when_t time, const struct zone *zone);
void doc_footer(struct doc *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void doc_button(struct doc *d, const char *id, const char *label, enum doc_button_style style);
/* The bytes must hold until the outbox has taken the doc. What is no safe character in the name becomes a dash. -1: empty or
 * more than DOC_FILE_MAX, and the doc has no file. */
int doc_file(struct doc *d, const char *name, const char *type, const void *bytes, size_t n);
void doc_file_instead(struct doc *d, const char *command);
#define DOC_SIZE_TEXT_MAX 24
char *size_say(char out[DOC_SIZE_TEXT_MAX], enum lang lang, size_t n); /* "512 bytes", "12.3 KB", "4,2 Mo" */
bool doc_is_picture(const struct doc_file *f);                         /* of a type that every platform shows */
/* The doc goes without its file: a line says so, and why (in its language; "" nothing), and what gives the same. */
void doc_file_left_out(struct doc *d, const char *why);
struct doc *doc_error(struct arena *a, enum lang lang, const struct err *e); /* a refusal: private, DOC_WARNING */

/* The same doc in another arena, so that it outlives its own. The bytes of a file stay behind. */
struct doc *doc_copy(struct arena *a, const struct doc *d);

/* JSON for the outbox; reading gives a doc in `a`, or NULL. */
struct buf;
void doc_to_json(const struct doc *d, struct buf *out);
struct doc *doc_from_json(struct arena *a, const char *json, size_t n);

/* Several messages into one that says how many: titles become lines, buttons are dropped. */
struct doc *doc_merge(struct arena *a, const struct doc *const *docs, size_t n, size_t left_out);

/* One line of plain text: emoji and title, for terminals and logs. */
void doc_headline(const struct doc *d, struct buf *out);

#endif
