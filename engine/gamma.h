/*
 * gamma: what dealers hold in the options of one underlying, by strike, and the three lines that follow from it. Pure
 * arithmetic: who reads the chain is outside (engine/feeds/options_file.h); only the lines travel with the configuration.
 *
 * Sign convention: dealers are long the calls and short the puts that customers hold. So the gamma of a strike is
 * open interest x gamma of its calls, less that of its puts. Contract size and price are factors common to all strikes.
 */
#ifndef MIA_ENGINE_GAMMA_H
#define MIA_ENGINE_GAMMA_H

#include "engine/base/money.h"
#include "engine/base/snap.h"

#define GAMMA_KEEP_DAYS 7       /* an older chain says nothing any more */
#define GAMMA_YEARS_LEAST 1e-4  /* of an option that expires at once: some 53 minutes */
#define GAMMA_VOLATILITY_MAX 10 /* 1000 % */

struct gamma_levels {
    price_t flip, call_wall, put_wall; /* 0: there is none */
    when_t from, until;                /* hold for bars that close in [from, until); until 0 ns: no chain was read */
    bool wanted;                       /* a chain is configured; since format 5 */
};
void gamma_levels_snap(struct gamma_levels *g, struct snap *s);
bool gamma_levels_hold(const struct gamma_levels *g); /* possible figures? */

struct gamma_strike {
    double strike;
    double calls, puts; /* open interest x gamma, neither negative */
};

/* Black-Scholes gamma of a European option, rate and dividends 0: phi(d1) / (S v sqrt(T)), d1 = (ln(S / K) + v² T / 2) /
 * (v sqrt(T)). */
double gamma_black_scholes(double price, double strike, double volatility, double years);

struct gamma_lines {
    double flip, call_wall, put_wall; /* 0: none */
};
/* Strikes in rising order. Walls: the strikes of the most calls and of the most puts; of equal ones the highest put and the
 * lowest call. Flip: where the sum of dealer gamma from the lowest strike on changes its sign, on the straight line between
 * two strikes; of several the one nearest to `price` (0: not known: the highest). */
struct gamma_lines gamma_lines_of(const struct gamma_strike *s, uint32_t n, double price);

#endif
