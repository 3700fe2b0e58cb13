/*
 * rates: how often one person may ask. Owners look as often as they like; the others five
 * times a minute; what moves money comes in bursts of thirty; what is refused counts too,
 * so that a storm of nonsense costs nothing. /pause and /sos never come here. Pure: time
 * comes in. Bounded by the number of people who may come in at all.
 */
#ifndef MIA_BOT_RATES_H
#define MIA_BOT_RATES_H

#include <stdbool.h>
#include <stdint.h>

#define RATES_PEOPLE_MAX 1025
#define RATE_MONEY_BURST 30 /* money commands a person and minute */
#define RATE_READS_BURST 5  /* everything else, of those who are not owners */
#define RATE_WRONG_BURST 30 /* refusals of an owner */

enum rate { RATE_READ, RATE_MONEY, RATE_WRONG };
enum rate_verdict {
    RATE_GOOD,
    RATE_SAY,   /* too often: say so, once until it is well again */
    RATE_SILENT /* it was said; counted */
};

struct rates;
struct rates *rates_new(void);
void rates_free(struct rates *r);
enum rate_verdict rates_take(struct rates *r, const char *actor, bool owner, enum rate what, int64_t now_ms);
int64_t rates_wait_ms(const struct rates *r, const char *actor, bool owner, enum rate what, int64_t now_ms);
/* How many were passed over in silence since this was last asked. */
uint32_t rates_passed_over(struct rates *r, const char *actor);

#endif
