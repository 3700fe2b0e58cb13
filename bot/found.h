/*
 * found: what a start finds: how the last run ended and when, what waits, what has changed. The
 * record of a run is one durable line, written at the start, once a minute and by a stop
 * in order; who finds no stop in it was cut off. Gathers and remembers; says nothing itself
 * (bot/messages_start.c does) and decides nothing about trading.
 */
#ifndef MIA_BOT_FOUND_H
#define MIA_BOT_FOUND_H

#include "bot/state.h"
#include "config/conf.h"
#include "engine/engine.h"

#define FOUND_QUIET_S 600 /* starts after a cut within this time share one message, which is edited */
#define FOUND_LOOP 3      /* so many cuts within it: a person should look */
#define FOUND_TRADES_MAX 10
#define FOUND_ORDERS_MAX 5
#define FOUND_CHANGES_MAX 12
#define FOUND_CHANGE_MAX 160

/* ---- the record of a run: pure ---- */

#define RUN_KEY "app.run"
struct run_record {
    int64_t started_s, alive_s, stopped_s; /* wall; stopped_s 0: not in order, or still running */
    int64_t told_s;                        /* when the last new start message was made */
    uint32_t number;                       /* of that message */
    uint32_t cuts;                         /* since then */
};
bool run_read(struct run_record *r, const char *text); /* false: not one of ours */
void run_write(const struct run_record *r, struct buf *out);

enum run_end {
    RUN_FIRST,        /* nothing ran here before */
    RUN_STOPPED,      /* in order */
    RUN_CUT,          /* a crash, a kill, a power cut */
    RUN_NOT_RECORDED, /* by a version that kept no record */
    RUN_END_COUNT
};

/* ---- what was found ---- */

struct found {
    const char *version; /* of this program */
    enum run_end end;
    when_t ended;    /* the stop; of a cut: the last sign of life; WHEN_NONE: not known */
    int64_t down_ms; /* negative: the machine's clock stands before it */
    uint32_t cuts;   /* within FOUND_QUIET_S, this one included */
    when_t since;    /* of the first of them */
    bool again;      /* the message of an earlier start is edited, */
    bool quiet;      /* and nothing rings: it did */
    uint32_t number; /* of the message: its key is "start:NUMBER" */
    char version_before[16];
    int schema_before, schema;

    bool lost_state; /* what was stored could not be read: started paused on an empty engine */
    char held_by[LANG_COUNT]
                [ERR_TEXT_MAX]; /* the state was last held on another machine, which never gave it back; "" else */
    struct engine_status status;
    struct trade trade[FOUND_TRADES_MAX]; /* the first of status.open_trades */
    uint32_t trades, naked;               /* naked: open trades without a stop, of all */
    struct order unknown[FOUND_ORDERS_MAX];
    uint32_t late, repeats; /* messages of before that go out now; of these, may have arrived already */
    uint32_t expired;       /* commands that came while it was down and are too old to be carried out */

    bool limits_wait; /* a looser limit holds from the next trading day */
    uint32_t changes; /* settings; the first of them: */
    struct found_change {
        char key[STATE_KEY_MAX], text[FOUND_CHANGE_MAX]; /* "execution.risk.max_daily_trades", "10 → 8" */
    } change[FOUND_CHANGES_MAX];
};

/* Reads how the last run ended, and makes this one's record in the turn's transaction. had_state: something was stored before. */
void found_run(struct found *f, struct state *s, bool had_state, when_t now);
void found_alive(struct state *s, when_t now);   /* once a minute */
void found_stopped(struct state *s, when_t now); /* in the last transaction of a stop in order */
/* Compares the settings with those of the last start and remembers them; secrets are neither kept nor compared. */
void found_settings(struct found *f, struct state *s, const struct conf *conf);
/* Open trades, orders without an answer, pause: after the configuration was applied. wanted: the limits that were asked for. */
void found_engine(struct found *f, const struct engine *e, const struct limits *wanted);
/* Somebody should look: orders without an answer, trades without a stop, unreadable state, a row of cuts. */
bool found_is_urgent(const struct found *f);
void found_log(const struct found *f);

#endif
