/* gamma: see gamma.h. Pure; owns nothing. */
#include "engine/gamma.h"

#include <math.h>

void gamma_levels_snap(struct gamma_levels *g, struct snap *s) {
    snap_price(s, &g->flip);
    snap_price(s, &g->call_wall);
    snap_price(s, &g->put_wall);
    snap_when(s, &g->from);
    snap_when(s, &g->until);
    if (snap_has(s, 5)) snap_bool(s, &g->wanted);
}

bool gamma_levels_hold(const struct gamma_levels *g) {
    const int64_t most = PRICE_SCALE * 1000000000LL;
    return g->flip.v >= 0 && g->flip.v <= most && g->call_wall.v >= 0 && g->call_wall.v <= most && g->put_wall.v >= 0 &&
           g->put_wall.v <= most && g->from.ns <= g->until.ns;
}

double gamma_black_scholes(double price, double strike, double volatility, double years) {
    const double wide = volatility * sqrt(years), d1 = log(price / strike) / wide + wide / 2;
    return exp(-d1 * d1 / 2) / sqrt(2 * M_PI) / (price * wide);
}

static void nearer(double *best, double at, double price) {
    if (*best == 0 || price == 0 || fabs(at - price) < fabs(*best - price)) *best = at;
}

struct gamma_lines gamma_lines_of(const struct gamma_strike *s, uint32_t n, double price) {
    struct gamma_lines l = {0};
    double calls = 0, puts = 0, sum = 0, last = 0,
           last_at = 0; /* last: the newest sum that was not 0, and its strike */
    for (uint32_t i = 0; i < n; i++) {
        if (s[i].calls > calls) calls = s[i].calls, l.call_wall = s[i].strike;
        if (s[i].puts > 0 && s[i].puts >= puts) puts = s[i].puts, l.put_wall = s[i].strike;
        sum += s[i].calls - s[i].puts;
        if (last != 0 && (sum < 0) != (last < 0) && sum != 0)
            nearer(&l.flip, last_at + (s[i].strike - last_at) * last / (last - sum), price);
        if (sum != 0) last = sum, last_at = s[i].strike;
    }
    return l;
}
