/*
 * shapes: an attempt at the desk as the platforms would send it: who (and every way to
 * look like somebody who is listed), where, and in what shape. Writes the JSON of one
 * Discord dispatch or one Telegram update, and knows what the rules of the house say of
 * it, told by hand and not by the code that is tested.
 */
#ifndef MIA_TESTS_SHAPES_H
#define MIA_TESTS_SHAPES_H

#include "tests/fuzz/house.h"

#include "engine/base/rng.h"
#include "engine/net/json.h"

#define HOUSE_CHANNEL "2000000000000000009"

/* ---- who ---- */

enum likeness { /* how the sender's id relates to a listed one */
                WHO_LISTED,
                WHO_PREFIX,   /* its last digit is missing */
                WHO_SUFFIX,   /* its first digit is missing */
                WHO_LONGER,   /* one digit more */
                WHO_NEXT,     /* a few more, a few less */
                WHO_OVERFLOW, /* the same modulo 2^64 */
                WHO_ZERO,     /* a leading zero */
                WHO_SIGNED,   /* a sign, a blank, a fraction: no id at all */
                WHO_OTHER,    /* listed, with the number of the other platform */
                WHO_MISSING,  /* null, an object, nothing */
                WHO_PLATFORM, /* the platforms' own fake users */
                WHO_ANYBODY,  /* any number */
                WHO_COUNT
};

struct who {
    enum platform platform;
    enum likeness likeness;
    enum role role;        /* what the lists give: ROLE_NOBODY unless WHO_LISTED */
    char raw[64];          /* the JSON of the id */
    char actor[ACTOR_MAX]; /* as the audit must name it */
};

/* ---- where and in what shape ---- */

enum place {
    AT_HOME,        /* the configured guild or group */
    AT_HOME_THREAD, /* a thread or topic of it */
    AT_PRIVATE,     /* a DM */
    AT_OTHER,       /* another guild or group */
    AT_LIKE_HOME,   /* one whose id looks like home's */
    PLACE_COUNT
};

enum shape {
    SHAPE_COMMAND,
    SHAPE_BUTTON,   /* that stands for a command */
    SHAPE_CONFIRM,  /* the owner's "yes", clicked by this one */
    SHAPE_COMPLETE, /* Discord: autocomplete */
    SHAPE_MODAL,    /* Discord; Telegram: a click without data */
    SHAPE_MENU,     /* Discord: select, user and message commands; Telegram: a click without its message */
    SHAPE_BOT,      /* by a bot */
    SHAPE_DECOY,    /* a listed id stands wherever it proves nothing */
    SHAPE_CHAT,     /* a plain message, a webhook's, a command for another bot: nobody asked us */
    SHAPE_FORWARD,  /* Telegram from here on; Discord: as SHAPE_CHAT, a message that was forwarded, edited… */
    SHAPE_EDIT,
    SHAPE_ANONYMOUS,
    SHAPE_CHANNEL,
    SHAPE_LINKED,
    SHAPE_VIA_BOT,
    SHAPE_COUNT
};

struct attempt {
    struct who who;
    enum place place;
    enum shape shape;
    uint32_t variant;    /* of the shape */
    const char *command; /* without its slash */
    uint64_t id;         /* interaction or update */
    char button[64];     /* SHAPE_CONFIRM */
};

/* What the rules say. */
static bool attempt_is_heard(const struct attempt *a) { /* a request comes of it */
    if (a->shape == SHAPE_CHAT) return false;
    return a->who.platform == PLATFORM_TELEGRAM || a->shape < SHAPE_CHAT;
}

static bool attempt_is_home(const struct attempt *a) {
    if (a->who.platform == PLATFORM_DISCORD) return a->place == AT_HOME || a->place == AT_HOME_THREAD;
    if (a->shape == SHAPE_MENU) return false; /* a click on nothing we can see */
    return a->place != AT_OTHER && a->place != AT_LIKE_HOME;
}

static bool attempt_is_genuine(const struct attempt *a) {
    if (a->who.platform == PLATFORM_DISCORD) return a->shape != SHAPE_BOT;
    return a->shape != SHAPE_BOT && a->shape != SHAPE_MENU && a->shape < SHAPE_CHAT;
}

/* ---- making one ---- */

static const struct {
    const char *id;
    enum role role;
} listed[PLATFORM_COUNT][3] = {
    [PLATFORM_DISCORD] = {{OWNER_DISCORD, ROLE_OWNER},
                          {OPERATOR_DISCORD, ROLE_OPERATOR},
                          {MENTOR_DISCORD, ROLE_MENTOR}},
    [PLATFORM_TELEGRAM] = {{OWNER_TELEGRAM, ROLE_OWNER},
                           {OPERATOR_TELEGRAM, ROLE_OPERATOR},
                           {MENTOR_TELEGRAM, ROLE_MENTOR}},
};

static bool is_listed(enum platform p, const char *id) {
    for (int i = 0; i < 3; i++)
        if (!strcmp(listed[p][i].id, id)) return true;
    return false;
}

/* Discord writes ids as strings, Telegram as numbers. */
static void write_id(struct who *w, const char *digits) {
    snprintf(w->raw, sizeof w->raw, w->platform == PLATFORM_DISCORD ? "\"%s\"" : "%s", digits);
}

/* A number that the platform could really have given. */
static void a_person(struct who *w, uint64_t id) {
    char digits[32];
    if (w->platform == PLATFORM_TELEGRAM) id &= (1ull << 52) - 1;
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)id);
    write_id(w, digits);
    snprintf(w->actor, sizeof w->actor, "%s:%s", platform_name(w->platform), id ? digits : "?");
}

/* Something that is no id at all. */
static void nobody(struct who *w, const char *raw) {
    str_copy(w->raw, sizeof w->raw, raw);
    snprintf(w->actor, sizeof w->actor, "%s:?", platform_name(w->platform));
}

static void overflowing(struct who *w, uint64_t id) {
    char text[64];
    unsigned __int128 big = ((unsigned __int128)1 << 64) + id;
    snprintf(text, sizeof text, "%llu%019llu", (unsigned long long)(big / 10000000000000000000ull),
             (unsigned long long)(big % 10000000000000000000ull));
    write_id(w, text);
    nobody(w, strdupa(w->raw));
}

static void odd(struct who *w, struct rng *r, const char *id) {
    static const char *const around[][2] = {{"\"-", "\""},  {"\"+", "\""},  {"\" ", "\""},
                                            {"\"", " \""},  {"\"", ".0\""}, {"\"0x", "\""},
                                            {"\"", "e0\""}, {"-", ""},      {"", ".5"}};
    const char *const *form = around[rng_below(r, sizeof around / sizeof around[0])];
    char text[64];
    snprintf(text, sizeof text, "%s%s%s", form[0], id, form[1]);
    nobody(w, text);
}

static void make_who(struct who *w, struct rng *r, enum platform p, enum likeness likeness) {
    static const char *const missing[] = {"null", "{}", "[]", "true", "\"\"", "0", "\"0\"", "1e400", "\"owner\""};
    static const uint64_t fakes[] = {1087968824, 136817688, 777000, 643945264527040522};
    int k = (int)rng_below(r, 3);
    const char *id = listed[p][k].id,
               *other = listed[p == PLATFORM_DISCORD ? PLATFORM_TELEGRAM : PLATFORM_DISCORD][k].id;
    uint64_t number = strtoull(id, NULL, 10);
    char text[64];
    *w = (struct who){.platform = p, .likeness = likeness};
    switch (likeness) {
    case WHO_LISTED:
        w->role = listed[p][k].role;
        a_person(w, number);
        return;
    case WHO_PREFIX: a_person(w, number / 10); return;
    case WHO_SUFFIX: a_person(w, strtoull(id + 1, NULL, 10)); return;
    case WHO_LONGER:
        a_person(w, p == PLATFORM_DISCORD ? number / 10 * 100 + 7 : number * 10 + rng_below(r, 10));
        return;
    case WHO_NEXT: a_person(w, rng_below(r, 2) ? number + 10 + rng_below(r, 90) : number - 10); return;
    case WHO_OVERFLOW: overflowing(w, number); return;
    case WHO_ZERO:
        snprintf(text, sizeof text, "\"0%s\"", id);
        nobody(w, text);
        return;
    case WHO_SIGNED: odd(w, r, id); return;
    case WHO_OTHER:
        if (p == PLATFORM_TELEGRAM)
            nobody(w, other); /* past what a number of JSON holds */
        else
            a_person(w, strtoull(other, NULL, 10));
        return;
    case WHO_MISSING: nobody(w, missing[rng_below(r, sizeof missing / sizeof missing[0])]); return;
    case WHO_PLATFORM: a_person(w, fakes[rng_below(r, sizeof fakes / sizeof fakes[0])]); return;
    case WHO_ANYBODY:
    case WHO_COUNT: break;
    }
    do a_person(w, rng_u64(r) >> rng_below(r, 60) | 1);
    while (is_listed(p, strchr(w->actor, ':') + 1));
}

/* ---- Discord ---- */

static void discord_person(struct jw *w, const char *raw, bool bot) {
    jw_obj(w);
    jw_key(w, "id");
    jw_raw(w, raw);
    jw_kstr(w, "username", OWNER_DISCORD); /* names are never looked at */
    jw_kstr(w, "global_name", "owner");
    if (bot) jw_kbool(w, "bot", true);
    jw_end_obj(w);
}

static const char *discord_place(const struct attempt *a) {
    static const char *const like[] = {"200000000000000000", "20000000000000000010", "2000000000000000002",
                                       "02000000000000000001", "20446744073709551617"};
    switch (a->place) {
    case AT_HOME:
    case AT_HOME_THREAD: return HOUSE_GUILD;
    case AT_PRIVATE: return NULL;
    case AT_OTHER: return "2000000000000000777";
    case AT_LIKE_HOME: return like[a->variant % 5];
    case PLACE_COUNT: break;
    }
    return NULL;
}

static void discord_decoys(struct jw *w) {
    jw_key(w, "message");
    jw_obj(w);
    jw_kstr(w, "id", "5");
    jw_key(w, "author");
    discord_person(w, "\"" OWNER_DISCORD "\"", false);
    jw_key(w, "interaction_metadata");
    jw_obj(w);
    jw_key(w, "user");
    discord_person(w, "\"" OWNER_DISCORD "\"", false);
    jw_end_obj(w);
    jw_end_obj(w);
    jw_kstr(w, "owner_id", OWNER_DISCORD);
    jw_kstr(w, "user_id", OWNER_DISCORD);
    jw_key(w, "authorizing_integration_owners");
    jw_obj(w);
    jw_kstr(w, "1", OWNER_DISCORD);
    jw_end_obj(w);
}

static void discord_who(struct jw *w, const struct attempt *a) {
    const char *guild = discord_place(a);
    jw_kstr(w, "channel_id", a->place == AT_HOME ? HOUSE_CHANNEL : "2000000000000000010");
    if (!guild) {
        if (a->variant & 1) jw_kstr(w, "guild_id", NULL);
        jw_key(w, "user");
        discord_person(w, a->who.raw, a->shape == SHAPE_BOT);
        return;
    }
    jw_kstr(w, "guild_id", guild);
    jw_key(w, "member");
    jw_obj(w);
    jw_kstr(w, "permissions", "9223372036854775807"); /* an administrator, for what it is worth */
    jw_key(w, "user");
    discord_person(w, a->who.raw, a->shape == SHAPE_BOT);
    jw_end_obj(w);
    if (a->shape != SHAPE_DECOY) return;
    jw_key(w, "user"); /* beside the member it says nothing */
    discord_person(w, "\"" OWNER_DISCORD "\"", false);
}

static int discord_type(const struct attempt *a) {
    switch (a->shape) {
    case SHAPE_BUTTON:
    case SHAPE_CONFIRM: return 3;
    case SHAPE_COMPLETE: return 4;
    case SHAPE_MODAL: return 5;
    case SHAPE_MENU: return a->variant % 3 == 0 ? 3 : 2;
    case SHAPE_COMMAND:
    case SHAPE_BOT:
    case SHAPE_DECOY:
    case SHAPE_CHAT:
    case SHAPE_FORWARD:
    case SHAPE_EDIT:
    case SHAPE_ANONYMOUS:
    case SHAPE_CHANNEL:
    case SHAPE_LINKED:
    case SHAPE_VIA_BOT:
    case SHAPE_COUNT: break;
    }
    return 2;
}

static void discord_data(struct jw *w, const struct attempt *a) {
    char slash[40];
    int type = discord_type(a);
    snprintf(slash, sizeof slash, "/%s", a->command);
    jw_key(w, "data");
    jw_obj(w);
    if (type == 3 || type == 5) {
        jw_kstr(w, "custom_id", a->shape == SHAPE_CONFIRM ? a->button : slash);
        jw_ki64(w, "component_type", a->shape == SHAPE_MENU ? 3 : 2);
    } else {
        jw_ki64(w, "type", a->shape == SHAPE_MENU ? 1 + a->variant % 3 : 1);
        jw_kstr(w, "name", a->command);
    }
    if (type == 4) {
        jw_key(w, "options");
        jw_raw(w, "[{\"name\":\"target\",\"type\":3,\"value\":\"\",\"focused\":true}]");
    }
    jw_end_obj(w);
}

/* A message somebody wrote, forwarded or had a webhook write: a bot without those intents never gets it. */
static void discord_message(struct jw *w, const struct attempt *a) {
    jw_kstr(w, "content", "/pause");
    jw_key(w, "author");
    discord_person(w, a->who.raw, false);
    if (a->variant & 1) jw_kstr(w, "webhook_id", OWNER_DISCORD);
    jw_kstr(w, "guild_id", HOUSE_GUILD);
}

static void discord_write(struct jw *w, const struct attempt *a, int64_t seq) {
    bool heard = attempt_is_heard(a);
    jw_obj(w);
    jw_ki64(w, "op", 0);
    jw_kstr(w, "t", heard ? "INTERACTION_CREATE" : a->variant & 2 ? "MESSAGE_UPDATE" : "MESSAGE_CREATE");
    jw_ki64(w, "s", seq);
    jw_key(w, "d");
    jw_obj(w);
    jw_id(w, "id", a->id);
    if (heard) {
        jw_ki64(w, "type", discord_type(a));
        jw_kstr(w, "token", "aW50ZXJhY3Rpb24");
        discord_who(w, a);
        if (a->shape == SHAPE_DECOY) discord_decoys(w);
        discord_data(w, a);
    } else {
        discord_message(w, a);
    }
    jw_end_obj(w);
    jw_end_obj(w);
}

/* ---- Telegram ---- */

static void telegram_person(struct jw *w, const char *key, const char *raw, bool bot) {
    jw_key(w, key);
    jw_obj(w);
    jw_key(w, "id");
    jw_raw(w, raw);
    jw_kbool(w, "is_bot", bot);
    jw_kstr(w, "first_name", "owner");
    jw_kstr(w, "username", OWNER_TELEGRAM);
    jw_end_obj(w);
}

static int64_t telegram_chat(const struct attempt *a) {
    static const int64_t like[] = {-100123456789, -10012345678901, 1001234567890, -1001234567891, -1234567890};
    switch (a->place) {
    case AT_HOME:
    case AT_HOME_THREAD: return HOUSE_CHAT;
    case AT_PRIVATE: return 400000001;
    case AT_OTHER: return -1009999999999;
    case AT_LIKE_HOME: return like[a->variant % 5];
    case PLACE_COUNT: break;
    }
    return 0;
}

static void telegram_place(struct jw *w, const char *key, const struct attempt *a) {
    static const char *const types[] = {"supergroup", "group", "channel"};
    jw_key(w, key);
    jw_obj(w);
    jw_ki64(w, "id", telegram_chat(a));
    jw_kstr(w, "type", a->place == AT_PRIVATE ? "private" : types[a->variant % 3]);
    jw_kstr(w, "title", "MIA");
    jw_end_obj(w);
}

static void telegram_marks(struct jw *w, const struct attempt *a) {
    static const char *const forwards[] = {"forward_origin", "forward_from"};
    char owner[] = OWNER_TELEGRAM;
    if (a->shape == SHAPE_FORWARD && a->variant % 3 < 2)
        telegram_person(w, forwards[a->variant % 3], owner, false);
    else if (a->shape == SHAPE_FORWARD)
        jw_ki64(w, "forward_date", 1790000000);
    if (a->shape == SHAPE_EDIT && !(a->variant & 1)) jw_ki64(w, "edit_date", 1790000000);
    if (a->shape == SHAPE_ANONYMOUS || a->shape == SHAPE_CHANNEL || a->shape == SHAPE_LINKED)
        telegram_place(w, "sender_chat", a);
    if (a->shape == SHAPE_LINKED) jw_kbool(w, "is_automatic_forward", true);
    if (a->shape == SHAPE_VIA_BOT) telegram_person(w, "via_bot", "5", true);
    if (a->shape == SHAPE_DECOY) {
        jw_key(w, "reply_to_message");
        jw_obj(w);
        telegram_person(w, "from", owner, false);
        jw_end_obj(w);
        telegram_person(w, "left_chat_member", owner, false);
        jw_kstr(w, "author_signature", "owner");
    }
}

static void telegram_text(struct jw *w, const struct attempt *a) {
    static const char *const chats[] = {"pause", "good morning /pause", "/pause@other_bot", "@mia_bot /pause",
                                        " /pause"};
    char text[64];
    snprintf(text, sizeof text, "/%s%s", a->command, a->variant & 4 ? "@Mia_Bot" : "");
    jw_kstr(w, "text", a->shape == SHAPE_CHAT ? chats[a->variant % 5] : text);
}

static void telegram_message(struct jw *w, const struct attempt *a) {
    bool edited = a->shape == SHAPE_EDIT && a->variant & 1, post = a->shape == SHAPE_CHANNEL && a->variant & 1;
    jw_key(w, edited ? "edited_message" : post ? "channel_post" : "message");
    jw_obj(w);
    jw_ki64(w, "message_id", 7);
    jw_ki64(w, "date", when_sec(clock_wall()));
    if (a->place == AT_HOME_THREAD) jw_ki64(w, "message_thread_id", 4);
    if (!post) telegram_person(w, "from", a->who.raw, a->shape == SHAPE_BOT);
    telegram_place(w, "chat", a);
    telegram_marks(w, a);
    telegram_text(w, a);
    jw_end_obj(w);
}

static void telegram_click(struct jw *w, const struct attempt *a) {
    char slash[40];
    snprintf(slash, sizeof slash, "/%s", a->command);
    jw_key(w, "callback_query");
    jw_obj(w);
    jw_kstr(w, "id", "123456789");
    telegram_person(w, "from", a->who.raw, false);
    if (a->shape != SHAPE_MODAL) jw_kstr(w, "data", a->shape == SHAPE_CONFIRM ? a->button : slash);
    if (a->shape == SHAPE_MENU) {
        jw_kstr(w, "inline_message_id", "AAA");
    } else {
        jw_key(w, "message");
        jw_obj(w);
        jw_ki64(w, "message_id", 8);
        telegram_place(w, "chat", a);
        telegram_person(w, "from", OWNER_TELEGRAM, false); /* who wrote what is clicked */
        jw_end_obj(w);
    }
    jw_end_obj(w);
}

static void telegram_write(struct jw *w, const struct attempt *a) {
    jw_obj(w);
    jw_kbool(w, "ok", true);
    jw_key(w, "result");
    jw_arr(w);
    jw_obj(w);
    jw_key(w, "update_id");
    jw_u64(w, a->id);
    if (a->shape == SHAPE_BUTTON || a->shape == SHAPE_CONFIRM || a->shape == SHAPE_MODAL || a->shape == SHAPE_MENU)
        telegram_click(w, a);
    else
        telegram_message(w, a);
    jw_end_obj(w);
    jw_end_arr(w);
    jw_end_obj(w);
}

#endif
