"""A desk on live bars of the stand-in of Alpaca, the clocks of both moved together, so that a minute takes no minute."""
import datetime, json, mmap, os, struct, sys, tempfile, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib import *

SHIM = os.path.join(os.path.dirname(MIA), "tests/clockat.so")
KEY, SECRET = "PKTESTMIA00000000000", "canary-alpaca-secret"
MONDAY = 1795446000  # 2026-11-23 15:00 UTC, 10:00 in New York


def iso(t):
    return datetime.datetime.fromtimestamp(t, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def row(i, t, base=200.0, wave=25):
    """The minute bar number i of a market that turns every `wave` bars."""
    k, up = i % (2 * wave), 0.12
    o = base + up * (k if k < wave else 2 * wave - k)
    c = base + up * (k + 1 if k < wave else 2 * wave - k - 1)
    return [t, round(o, 2), round(max(o, c) + 0.05, 2), round(min(o, c) - 0.05, 2), round(c, 2), 1000 + i % 7]


class Desk(Mia):
    def __init__(self, now=MONDAY, timeframe="M1", symbols=("AAPL",), history=60, seed=200, locale="en", extra="", strategies=True, source="iex", broker="paper"):
        assert os.path.exists(SHIM), "%s is not built: make tests" % SHIM
        self.tg, self.venue = Fake("telegram"), Alpaca()
        self.symbols, self.timeframe, self.history, self.seed_rows, self.source = symbols, timeframe, history, seed, source
        self.with_strategies, self.broker = strategies, broker
        self.file = tempfile.NamedTemporaryFile(prefix="clockat-")
        self.file.write(struct.pack("q", 0))
        self.file.flush()
        self.map = mmap.mmap(self.file.fileno(), 8)
        super().__init__(telegram=self.tg, config=extra, locale=locale, n=1)
        self.more = {"ALPACA_API_KEY": KEY, "ALPACA_SECRET_KEY": SECRET, "ALPACA_DATA_URL": self.venue.url,
                     "ALPACA_BASE_URL": self.venue.url, "CLOCKAT": self.file.name,
                     "LD_PRELOAD": SHIM, "ASAN_OPTIONS": "verify_asan_link_order=0"}
        self.minutes = {s: 0 for s in symbols}
        self.at(now)
        for s in symbols:
            self.load(s, [row(i, now - (seed - i) * 60) for i in range(seed)])
        self.minutes = {s: seed for s in symbols}
        self.lived = 0

    skew = 0  # how far the program's clock is ahead of the venue's

    def yaml(self, speed, extra):
        strategies = "".join("  - {name: MovingAverage, label: %s, symbols: [%s], capital_allocation: 50000, params: {ma_period: 10, "
                             "stop_loss_pct: 0.02}}\n" % (s, s) for s in self.symbols) if self.with_strategies else ""
        return f"""mode: paper
feed: {{kind: alpaca, timeframe: {self.timeframe}, history: {self.history}, close_grace: 1, symbols: [{", ".join(self.symbols)}]}}
alpaca: {{data_feed: {self.source}}}
broker: {{kind: {self.broker}, balance: 100000, currency: USD}}
strategies:{" []" if not strategies else ""}
{strategies}
telegram: {{chat_id: {CHAT}}}
access: {{owners: ["telegram:{TG_OWNER}"]}}
local: {{listen: ""}}
log: {{level: debug}}
locale: {self.locale}
trading: {{min_confidence: 0, risk_management: {{max_daily_trades_per_asset: 0, max_daily_loss: 0.9}}}}
{extra}
"""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.clean()
            self.no_secret()
        finally:
            self.tg.close()
            self.venue.close()
            self.map.close()
            self.file.close()

    def no_secret(self):
        said = self.text() + json.dumps(self.tg.state()["messages"])
        assert SECRET not in said and KEY not in said

    def text(self):
        return super().text() if os.path.exists(os.path.join(self.dir, "log")) else ""

    def clean(self):
        self.said = self.text()
        super().clean()
        self.text = lambda: self.said

    # ---- time and market ----

    def at(self, t):
        self.venue.tell("clock", set=t, pace=1)
        self.map[:] = struct.pack("q", int((t + self.skew) * 1e9) - time.time_ns())
        self.now = t

    def load(self, symbol, rows):
        self.venue.tell("bars", symbol=symbol, timeframe="1Min", rows=rows)

    def minute(self, heard=True, closes=True, sent=True, **rows):
        """The minute from now on happens; where heard, its bars are waited for."""
        t, all_rows = self.now, {}
        for s in self.symbols:
            r = rows.get(s, row(self.minutes[s], t))
            self.minutes[s] += 1
            if r:
                all_rows[s] = r
                self.load(s, [r])
        self.at(t + 60)
        if sent and all_rows:
            self.venue.tell("data", messages=[dict(T="b", S=s, t=iso(t), o=r[1], h=r[2], l=r[3], c=r[4], v=r[5], n=9, vw=r[4])
                                              for s, r in all_rows.items()])
        if heard and closes:
            self.at(t + 61.5)  # past the grace
            for s in all_rows:
                self.has(s, t)
            self.now = t + 60

    def has(self, symbol, t):
        until("the bar of %s at %s" % (symbol, iso(t)), lambda: "bar %s %s " % (symbol, iso(t)) in self.text() or self.dead())

    def bars(self, symbol, text=None):
        """The bars as they were handed to the engine, with their text."""
        return re.findall(r"bar %s (\S+) (.*)" % symbol, text or self.text())

    def live(self):
        self.lived += 1
        until("it is live", lambda: self.text().count("alpaca: live") >= self.lived or self.dead())

    def begin(self):
        self.start().started()
        self.live()
        return self

    def says(self, *words):
        return [x["text"] for x in self.tg.state()["messages"] if all(w in x["text"] for w in words)]

    def hear(self, *words):
        return until("%r in the chat" % (words,), lambda: self.says(*words))[0]

    def ask(self, text):
        n = len(self.tg.state()["messages"])
        self.tg.tell("message", user=TG_OWNER, chat=TG_OWNER, text=text)
        return until("an answer to " + text, lambda: [x["text"] for x in self.tg.state()["messages"][n:] if x["chat_id"] == TG_OWNER])[0]

    def health(self, words):
        """Asked a few times only: a person who asks more often is not answered."""
        for _ in range(4):
            said = self.ask("/health")
            if words in said:
                return
            time.sleep(0.7)
        raise AssertionError("%r is not in %s" % (words, said))

    def replayed(self):
        out = self.cli("replay")
        assert "differ" not in out.replace("no difference", ""), out
        return out

    def each_minute_once(self, symbol, first, last):
        got = [b[0] for b in self.bars(symbol)]
        if first is None:  # it took as long as it took until the first
            first = int(datetime.datetime.fromisoformat(got[0].replace("Z", "+00:00")).timestamp())
        want = [iso(t) for t in range(first, last + 1, 60)]
        assert got == want, "missing %s, more %s, order %s" % (sorted(set(want) - set(got)), sorted(set(got) - set(want)), got == sorted(got))
