#!/usr/bin/python3
"""The vectors that TA-Lib has no figures for, from bars.txt: each indicator by its textbook formula, every row from all the
rows before it, as slowly and plainly as it is written in books. It shares no code and no idea with engine/indicators.
Writes NAME.txt beside itself; with --check says which would change and fails."""
import math, os, sys

HERE = os.path.dirname(os.path.abspath(__file__))
T, O, H, L, C, V, BUY, SELL = ([] for _ in range(8))
with open(os.path.join(HERE, "bars.txt")) as f:
    for line in f:
        if not line.startswith("#"):
            for column, text in zip((T, O, H, L, C, V, BUY, SELL), line.split()):
                column.append(None if text == "-" else float(text))
N = len(T)
TP = [(h + l + c) / 3 for h, l, c in zip(H, L, C)]


def mean(x):
    return math.fsum(x) / len(x)


def last(x, i, n):
    """The n values up to row i; None where there are too few."""
    x = x[max(0, i - n + 1):i + 1]
    return x if len(x) == n and None not in x else None


def each(x, n, f):
    return [f(w) if (w := last(x, i, n)) else None for i in range(N)]


def sma(x, n):
    return each(x, n, mean)


def wma(x, n):
    return each(x, n, lambda w: math.fsum((k + 1) * v for k, v in enumerate(w)) / (n * (n + 1) / 2))


def smooth(x, n, alpha):
    out, first = [], next((i for i, v in enumerate(x) if v is not None), N)
    for i, v in enumerate(x):
        if i < first + n - 1:
            out.append(None)
        elif i == first + n - 1:
            out.append(mean(x[first:i + 1]))
        else:
            out.append(out[-1] + alpha * (v - out[-1]))
    return out


def ema(x, n):
    return smooth(x, n, 2 / (n + 1))


def wilder(x, n):
    return smooth(x, n, 1 / n)


def change(x):
    return [None] + [b - a for a, b in zip(x, x[1:])]


TR = [None] + [max(H[i] - L[i], abs(H[i] - C[i - 1]), abs(L[i] - C[i - 1])) for i in range(1, N)]


def top(n):
    return each(H, n, max)


def bottom(n):
    return each(L, n, min)


def both(f, *columns):
    """Row by row, where every column has a value."""
    return [None if None in row else f(*row) for row in zip(*columns)]


def hma(period):
    raw = both(lambda a, b: 2 * a - b, wma(C, period // 2), wma(C, period))
    return [wma(raw, int(math.sqrt(period)))]


def vwma(period):
    money = [c * v for c, v in zip(C, V)]
    return [both(lambda m, v: m / v, each(money, period, math.fsum), each(V, period, math.fsum))]


def ao(fast, slow):
    middle = [(h + l) / 2 for h, l in zip(H, L)]
    return [both(lambda a, b: a - b, sma(middle, fast), sma(middle, slow))]


def rsi(n):
    moves = change(C)
    up = wilder([None if m is None else max(m, 0) for m in moves], n)
    down = wilder([None if m is None else max(-m, 0) for m in moves], n)
    return both(lambda u, d: 100 - 100 / (1 + u / d), up, down)


def stochrsi(period, window, slow, signal):
    r = rsi(period)
    raw = each(r, window, lambda w: 100 * (w[-1] - min(w)) / (max(w) - min(w)))
    k = sma(raw, slow)
    d = sma(k, signal)
    return [both(lambda a, _: a, k, d), d]


def donchian(period):
    return [top(period), both(lambda a, b: (a + b) / 2, top(period), bottom(period)), bottom(period)]


def keltner(period, atr, multiplier):
    middle, width = ema(C, period), wilder(TR, atr)
    return [both(lambda m, w: m + multiplier * w, middle, width), both(lambda m, _: m, middle, width),
            both(lambda m, w: m - multiplier * w, middle, width)]


def supertrend(period, multiplier):
    line, side, atr = [], [], wilder(TR, period)
    up = down = trend = None
    for i in range(N):
        if atr[i] is None:
            line.append(None), side.append(None)
            continue
        middle = (H[i] + L[i]) / 2
        basic_up, basic_down = middle + multiplier * atr[i], middle - multiplier * atr[i]
        if trend is None:
            up, down, trend = basic_up, basic_down, 1 if C[i] >= middle else -1
        else:
            if basic_up < up or C[i - 1] > up:
                up = basic_up
            if basic_down > down or C[i - 1] < down:
                down = basic_down
            if trend == 1 and C[i] < down:
                trend = -1
            elif trend == -1 and C[i] > up:
                trend = 1
        line.append(down if trend == 1 else up), side.append(trend)
    return [line, side]


def realvol(period, per_year):
    squares = [None] + [math.log(b / a) ** 2 for a, b in zip(C, C[1:])]
    return [each(squares, period, lambda w: math.sqrt(per_year * mean(w)))]


def chop(period):
    return [both(lambda s, a, b: 100 * math.log10(s / (a - b)) / math.log10(period), each(TR, period, math.fsum), top(period),
                 bottom(period))]


def vortex(period):
    plus = [None] + [abs(H[i] - L[i - 1]) for i in range(1, N)]
    minus = [None] + [abs(L[i] - H[i - 1]) for i in range(1, N)]
    total = each(TR, period, math.fsum)
    return [both(lambda a, t: a / t, each(x, period, math.fsum), total) for x in (plus, minus)]


def ichimoku(fast, medium, slow):
    def middle(n):
        return both(lambda a, b: (a + b) / 2, top(n), bottom(n))

    def ahead(x):
        return [None] * medium + x[:-medium]

    tenkan, kijun = middle(fast), middle(medium)
    a, b = ahead(both(lambda x, y: (x + y) / 2, tenkan, kijun)), ahead(middle(slow))
    return [both(lambda x, *_: x, x, tenkan, kijun, a, b) for x in (tenkan, kijun, a, b)]


def linreg(period):
    def line(w):
        xs = range(period)
        mx, my = mean(xs), mean(w)
        slope = math.fsum((x - mx) * (y - my) for x, y in zip(xs, w)) / math.fsum((x - mx) ** 2 for x in xs)
        return my + slope * (period - 1 - mx)
    return [each(C, period, line)]


def er(period):
    path = each([None if m is None else abs(m) for m in change(C)], period, math.fsum)
    return [[None if path[i] is None else abs(C[i] - C[i - period]) / path[i] for i in range(N)]]


def deviation(w):
    m = mean(w)
    return math.sqrt(mean([(x - m) ** 2 for x in w]))


def zscore(period):
    return [each(C, period, lambda w: (w[-1] - mean(w)) / deviation(w))]


def var(period, level):
    returns = [None] + [b / a - 1 for a, b in zip(C, C[1:])]

    def loss(w):
        s = sorted(w)
        place = (1 - level) * (period - 1)
        k = math.floor(place)
        return -(s[k] * (1 - (place - k)) + s[min(k + 1, period - 1)] * (place - k))
    return [each(returns, period, loss)]


def percentrank(period):
    return [[None if i < period else 100 * sum(x <= C[i] for x in C[i - period:i]) / period for i in range(N)]]


def cmf(period):
    flow = [0 if h == l else v * ((c - l) - (h - c)) / (h - l) for h, l, c, v in zip(H, L, C, V)]
    return [both(lambda m, v: m / v, each(flow, period, math.fsum), each(V, period, math.fsum))]


def sessions(minute):
    """The rows of the session so far, for each row."""
    day = [(t - 60 * minute) // 86400 for t in T]
    return [[k for k in range(i + 1) if day[k] == day[i]] for i in range(N)]


def vwap(deviations, session):
    out = [[], [], []]
    for rows in sessions(session):
        volume = math.fsum(V[k] for k in rows)
        m = math.fsum(TP[k] * V[k] for k in rows) / volume
        width = deviations * math.sqrt(math.fsum(V[k] * (TP[k] - m) ** 2 for k in rows) / volume)
        for column, v in zip(out, (m, m + width, m - width)):
            column.append(v)
    return out


def flow():
    buy, sell, proxy = [], [], []
    for i in range(N):
        proxy.append(1 if BUY[i] is None else 0)
        place = (C[i] - L[i]) / (H[i] - L[i]) if H[i] > L[i] else 0.5
        buy.append(V[i] * place if proxy[i] else BUY[i])
        sell.append(V[i] * (1 - place) if proxy[i] else SELL[i])
    return buy, sell, proxy


def delta():
    buy, sell, proxy = flow()
    return [[b - s for b, s in zip(buy, sell)], proxy]


def cumdelta(session):
    one, proxy = delta()
    return [[math.fsum(one[k] for k in rows) for rows in sessions(session)], proxy]


def imbalance(period):
    buy, sell, proxy = flow()
    b, s = each(buy, period, math.fsum), each(sell, period, math.fsum)
    return [both(lambda x, y: (x - y) / (x + y), b, s), both(lambda p, _: p, proxy, b)]


def volume_profile(period, bins, area):
    out = [[], [], []]
    for i in range(N):
        if i < period - 1:
            for column in out:
                column.append(None)
            continue
        rows = range(i - period + 1, i + 1)
        low, high = min(L[k] for k in rows), max(H[k] for k in rows)
        step = (high - low) / bins
        held = [math.fsum(V[k] * overlap(L[k], H[k], low + j * step, low + (j + 1) * step, j, bins) for k in rows)
                for j in range(bins)]
        poc = max(range(bins), key=lambda j: (round(held[j], 9), -j))
        a = b = poc
        while math.fsum(held[a:b + 1]) < area * math.fsum(held) - 1e-9:
            up = held[b + 1] if b + 1 < bins else -1
            down = held[a - 1] if a > 0 else -1
            if up >= down - 1e-9:
                b += 1
            else:
                a -= 1
        for column, v in zip(out, (low + (poc + 0.5) * step, low + (b + 1) * step, low + a * step)):
            column.append(v)
    return out


def overlap(low, high, a, b, j, bins):
    """Share of the range low..high that lies in bin a..b; a range of one price lies in the bin that begins there."""
    if high == low:
        return 1 if a <= low < b or (j == bins - 1 and low >= b) else 0
    return max(0, min(high, b) - max(low, a)) / (high - low)


# Indicator, parameters, answers to flat rows (price 100.1, volume 10) and to rows without volume (any: some number).
VECTORS = [
    (hma, dict(period=20), "100.1", "any"),
    (vwma, dict(period=20), "100.1", "any"),
    (ao, dict(fast=5, slow=34), "0", "any"),
    (stochrsi, dict(period=14, window=14, slow=3, signal=3), "0 0", "any any"),
    (donchian, dict(period=20), "100.1 100.1 100.1", "any any any"),
    (keltner, dict(period=20, atr=10, multiplier=2), "100.1 100.1 100.1", "any any any"),
    (supertrend, dict(period=10, multiplier=3), "100.1 1", "any any"),
    (realvol, dict(period=20, per_year=252), "0", "any"),
    (chop, dict(period=14), "100", "any"),
    (vortex, dict(period=14), "0 0", "any any"),
    (ichimoku, dict(fast=9, medium=26, slow=52), "100.1 100.1 100.1 100.1", "any any any any"),
    (linreg, dict(period=14), "100.1", "any"),
    (er, dict(period=10), "0", "any"),
    (zscore, dict(period=20), "0", "any"),
    (var, dict(period=100, level=0.95), "0", "any"),
    (percentrank, dict(period=100), "100", "any"),
    (cmf, dict(period=20), "0", "0"),
    (vwap, dict(deviations=2, session=480), "100.1 100.1 100.1", "any any any"),
    (delta, {}, "0 1", "0 1"),
    (cumdelta, dict(session=480), "0 1", "0 1"),
    (imbalance, dict(period=10), "0 1", "0 1"),
    (volume_profile, dict(period=96, bins=24, area=0.7), "100.1 100.1 100.1", "any any any"),
]


def text(f, params, flat, unpaid):
    lines = ["# %s: by the formula in formulas.py from bars.txt (- before the first)." % f.__name__,
             "# indicator %s%s%s" % (f.__name__, ":" if params else "", ",".join("%s=%g" % p for p in params.items())),
             "# flat rows: " + flat, "# without volume: " + unpaid]
    for row in zip(*f(**params)):
        lines.append(" ".join("-" if v is None else "%.17g" % v for v in row))
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    wrong = 0
    for f, *rest in VECTORS:
        path = os.path.join(HERE, f.__name__ + ".txt")
        new = text(f, *rest)
        if "--check" in sys.argv:
            if not os.path.exists(path) or open(path).read() != new:
                wrong += 1
                print("%s is not what its formula says" % path)
        else:
            with open(path, "w") as out:
                out.write(new)
    sys.exit(wrong > 0)
