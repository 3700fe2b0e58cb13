"""Market data of the Alpaca stand-in: bars that a test loads, asked for over REST, and what was last seen of a symbol.

Only what has happened by the stand-in's clock is told: a minute when it is over, a longer bar from the minutes so far.
"""
import base64, bisect, csv, gzip
from datetime import datetime

from alpaca_order import Refused
from alpaca_time import NEW_YORK, parse, short_stamp

FRAMES = {"1Min": 60, "5Min": 300, "15Min": 900, "30Min": 1800, "1Hour": 3600, "1Day": 86400}
SAME = {"1T": "1Min", "5T": "5Min", "15T": "15Min", "30T": "30Min", "60Min": "1Hour", "1H": "1Hour", "1D": "1Day"}
SIP_DELAY_S = 900


def bar(t, o, h, l, c, v, n=None, vw=None):
    return {"t": short_stamp(t), "o": o, "h": h, "l": l, "c": c, "v": int(v), "n": int(n if n is not None else max(1, v // 100)),
            "vw": vw if vw is not None else round((h + l + c) / 3, 6)}


def begin_of(t, frame):
    if frame == "1Day":
        d = datetime.fromtimestamp(t, NEW_YORK)
        return datetime(d.year, d.month, d.day, tzinfo=NEW_YORK).timestamp()
    return t - t % FRAMES[frame]


class Data:
    def __init__(self, clock):
        self.clock = clock
        self.bars = {}  # (symbol, frame) -> rows (t, o, h, l, c, v)
        self.latest = {"t": {}, "q": {}, "b": {}}
        self.plan = "free"  # or "paid": SIP without a delay
        self.page_max = 10000

    def load(self, symbol, frame, rows):
        have = {r[0]: r for r in self.bars.get((symbol, frame), [])}
        have.update({float(parse(r[0])): (float(parse(r[0])), *[float(x) for x in r[1:6]]) for r in rows})
        self.bars[symbol, frame] = [have[t] for t in sorted(have)]

    def load_csv(self, symbol, frame, path):
        with (gzip.open(path, "rt") if path.endswith(".gz") else open(path)) as f:
            rows = list(csv.reader(f))
        head = [c.strip().lower() for c in rows[0]]
        at = [next(head.index(n) for n in names if n in head) for names in
              (("epoch", "t", "time", "timestamp"), ("open", "o"), ("high", "h"), ("low", "l"), ("close", "c"), ("volume", "v"))]
        self.load(symbol, frame, [[r[i] for i in at] for r in rows[1:] if r])
        return len(rows) - 1

    def series(self, symbol, frame, now):
        """The bars of a frame as they are known now."""
        if (symbol, frame) in self.bars:
            rows = self.bars[symbol, frame]
            return rows[:bisect.bisect_right(rows, now - FRAMES[frame], key=lambda r: r[0])]
        out = []
        for t, o, h, l, c, v in self.series(symbol, "1Min", now) if frame != "1Min" else []:
            start = begin_of(t, frame)
            if out and out[-1][0] == start:
                b = out[-1]
                out[-1] = (start, b[1], max(b[2], h), min(b[3], l), c, b[5] + v)
            else:
                out.append((start, o, h, l, c, v))
        return out

    def history(self, query, single=None):
        """The answer of /v2/stocks/bars: pages go through the symbols one after the other."""
        frame = SAME.get(query.get("timeframe"), query.get("timeframe"))
        if frame not in FRAMES:
            raise Refused(400, 40010001, "invalid timeframe: %s" % query.get("timeframe"))
        now = self.clock.now()
        end = parse(query["end"]) if "end" in query else None
        if query.get("feed", "sip") == "sip" and self.plan == "free":
            if end is not None and end > now - SIP_DELAY_S:
                raise Refused(403, 42210000, "subscription does not permit querying recent SIP data")
            end = now - SIP_DELAY_S if end is None else end
        end = now if end is None else end
        if "start" in query:
            start = parse(query["start"])
        else:
            d = datetime.fromtimestamp(now, NEW_YORK)
            start = datetime(d.year, d.month, d.day, tzinfo=NEW_YORK).timestamp()
        if end < start:
            raise Refused(400, 40010001, "end should not be before start")
        limit, is_down = min(int(query.get("limit", 1000)), self.page_max), query.get("sort") == "desc"
        symbols = sorted(set((single or query["symbols"]).split(",")))
        if not all(symbols):
            raise Refused(400, 40010001, "invalid symbol: ")
        rows = []
        for s in symbols:
            mine = [r for r in self.series(s, frame, now) if start <= r[0] <= end]
            rows += [(s, r) for r in (reversed(mine) if is_down else mine)]
        first = 0
        if query.get("page_token"):
            try:
                symbol, t = base64.b64decode(query["page_token"]).decode().split("|")
                first = next(i for i, (s, r) in enumerate(rows) if s == symbol and r[0] == float(t)) + 1
            except (ValueError, StopIteration):
                raise Refused(400, 40010001, "invalid page_token")
        page, token = rows[first:first + limit], None
        if first + limit < len(rows):
            token = base64.b64encode(("%s|%d" % (page[-1][0], page[-1][1][0])).encode()).decode()
        out = {}
        for s, r in page:
            out.setdefault(s, []).append(bar(*r))
        if single:
            return {"bars": out.get(single, []), "symbol": single, "next_page_token": token}
        return {"bars": out, "next_page_token": token}

    def saw(self, message):
        if message.get("T") in self.latest and "S" in message:
            self.latest[message["T"]][message["S"]] = {k: v for k, v in message.items() if k not in ("T", "S")}

    def last(self, kind, query):
        symbols = [s for s in query["symbols"].split(",") if s in self.latest[kind]]
        name = {"t": "trades", "q": "quotes", "b": "bars"}[kind]
        return {name: {s: self.latest[kind][s] for s in symbols}}
