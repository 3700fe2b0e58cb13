"""What people ask in the kill campaign, and what must have come of it: one script each.

An ask is a person with one wish on one platform: says it, says yes to whatever asks back, and on Discord, where what is said
to nobody is lost, repeats it after a second without an answer. A script is who asks what, in which order, and its judge.
"""
import collections, re, time

REPEAT_S = 1.0
AGAIN = "expired|Unknown|changed since|has changed"


def yes_of(rows, key):
    for row in rows or []:
        for b in row["components"] if isinstance(row, dict) else row:
            if b[key].endswith(":y"):
                return b[key]
    return None


class Ask:
    def __init__(self, p):
        self.p, self.at, self.repeats, self.done = p, 0.0, 0, ""

    def restarted(self):
        self.at = 0.0

    def patience(self):
        """True when it is time to repeat."""
        now = time.monotonic()
        self.at = self.at or now
        if now - self.at < REPEAT_S:
            return False
        self.at, self.repeats = 0.0, self.repeats + 1
        return True


class OnDiscord(Ask):
    def __init__(self, p, name, /, **options):
        super().__init__(p)
        self.name, self.options = name, options
        self.commands, self.clicks = [], []

    def say(self):
        self.clicks = []
        self.commands.append(self.p.command(self.name, **self.options))
        self.at = 0.0

    def press(self, of):
        self.clicks.append((self.p.click(of, yes_of(self.p.answer(of).get("components"), "custom_id")), of))
        self.at = 0.0

    def interactions(self):
        return self.commands + [c for c, _ in self.clicks]

    def redeliver(self):
        for iid in self.interactions():
            self.p.again(iid)

    def step(self):
        if not self.commands:
            self.say()
        last, of = self.clicks[-1] if self.clicks else (self.commands[-1], None)
        answer = self.p.answer(last)
        if answer and yes_of(answer.get("components"), "custom_id"):
            self.press(last)
        elif answer and of and re.search(AGAIN, str(answer)):
            self.say()
        elif answer:
            self.done = str(answer)
        elif self.patience():
            self.press(of) if of else self.say()
        return bool(self.done)


class OnTelegram(Ask):
    """Telegram keeps what was said until it is fetched: nobody repeats."""

    def __init__(self, p, text):
        super().__init__(p)
        self.text, self.said, self.taps = text, [], []

    def say(self):
        self.said.append(self.p.say(self.text))

    def redeliver(self):
        pass

    def step(self):
        if not self.said:
            self.say()
        replies = self.p.replies(self.said[-1][1])
        if not replies:
            return False
        yes = lambda m: yes_of((m.get("reply_markup") or {}).get("inline_keyboard"), "callback_data")
        told, m = [r for r in replies if not yes(r)], replies[-1]  # a question that came twice is answered once
        if told and re.search(AGAIN, told[-1]["text"]) and self.taps:
            self.taps = []
            self.say()
        elif told:
            self.done = told[-1]["text"]
        elif not any(t[1] == m["message_id"] for t in self.taps):
            self.taps.append((self.p.tap(m["message_id"], yes(m)), m["message_id"]))
        return bool(self.done)


class Afterwards(OnTelegram):
    """Looks, once something has been told."""

    def __init__(self, p, text, when):
        super().__init__(p, text)
        self.when = when

    def step(self):
        return bool(self.said or self.when(self.p)) and super().step()


class People:
    """Steps through a script. step() is called again and again; True once all is settled and /status was answered."""

    def __init__(self, p, script):
        self.p, self.script = p, script
        self.asks, self.waiting = [], [make(p) for make in script.asks]
        self.status, self.hurt = None, False

    @property
    def repeats(self):
        return sum(a.repeats for a in self.asks)

    def on_discord(self):
        return [i for a in self.asks if isinstance(a, OnDiscord) for i in a.interactions()]

    def on_telegram(self):
        """(update, the person's message) of what was said."""
        return [s for a in self.asks if isinstance(a, OnTelegram) for s in a.said] + ([self.status] if self.status else [])

    def restarted(self):
        for a in self.asks:
            a.restarted()

    def redeliver(self):
        """At least once means: sometimes twice."""
        for a in self.asks:
            a.redeliver()

    def step(self):
        if not self.p.up():
            return False
        if self.script.trouble and not self.hurt:
            self.hurt = True
            self.script.trouble(self.p)
            return False
        together = self.waiting if self.script.at_once else self.waiting[:1]
        for a in together:
            if a not in self.asks:
                self.asks.append(a)
        for a in [a for a in together if a.step()]:
            self.waiting.remove(a)
        if self.waiting or not self.script.told(self.p):
            return False
        if not self.status:
            self.status = self.p.say("/status")
        return bool(self.p.replies(self.status[1]))


def closed_is_told(p):
    return bool(p.channel("trades", "closed @") and p.group("closed @"))


class Script:
    """asks: makers of asks, all at once or one after the other. told: what must have been said before it is over.
    effects(found) -> what is wrong."""
    name, at_once, trouble, market = "", True, None, None
    asks = ()

    def told(self, p):
        return True

    def effects(self, f):
        return []


Found = collections.namedtuple("Found", "people status audit trades platforms")  # trades: see the judge's columns


def verdicts(f, command):
    return sum(1 for a in f.audit if a[1] == command and a[2] in ("executed", "confirmed"))


def one(f, command):
    n = verdicts(f, command)
    return [] if n == 1 else ["%s: %d x /%s took effect" % ("lost" if n < 1 else "doubled", n, command)]


def closed(f, wanted):
    n, told = sum(1 for t in f.trades if t[0] == "closed"), len(f.platforms.channel("trades", "closed @"))
    wrong = [] if n == wanted else ["%s: %d trades are closed, not %d" % ("lost" if n < wanted else "doubled", n, wanted)]
    if told != n:
        wrong.append("%s: %d closed, told %d times on Discord" % ("lost" if told < n else "doubled", n, told))
    return wrong


def paused(f, wanted):
    is_paused = bool(re.search("paused: no new trades|trading paused", f.status.lower()))
    return [] if is_paused == wanted else ["lost: trading is %spaused: %s" % ("" if is_paused else "not ", f.status[:200])]


class CloseAndPause(Script):
    name = "close and pause"
    asks = (lambda p: OnDiscord(p, "close", target="all"), lambda p: OnTelegram(p, "/pause"))

    def told(self, p):
        return closed_is_told(p)

    def effects(self, f):
        return one(f, "close") + one(f, "pause") + closed(f, 1) + paused(f, True)


class Half(Script):
    name = "close half"
    asks = (lambda p: OnTelegram(p, "/close 1 50"),)

    def told(self, p):
        return bool(p.channel("trades", "Part closed") and p.group("Part closed"))

    def effects(self, f):
        left = [t for t in f.trades if t[0] == "open" and 0 < t[2] < t[3]]
        return one(f, "close") + ([] if len(left) == 1 else ["lost: not one trade is open in part: %s" % f.trades])


class PauseAndResume(Script):
    name, at_once = "pause, then resume", False
    asks = (lambda p: OnTelegram(p, "/pause"), lambda p: OnDiscord(p, "resume"))

    def effects(self, f):
        return one(f, "pause") + one(f, "resume") + paused(f, False)


class Sos(Script):
    name = "sos"
    asks = (lambda p: OnDiscord(p, "sos"),)

    def told(self, p):
        return closed_is_told(p)

    def effects(self, f):
        return ([] if verdicts(f, "sos") else ["lost: no /sos took effect"]) + closed(f, 1) + paused(f, True)


class Reconnect(CloseAndPause):
    name = "the gateway asks to reconnect"

    def trouble(self, p):
        ws = p.d.fake.ws
        try:
            if ws:
                p.call(ws.send_json({"op": 7, "d": None}))
        except ConnectionResetError:  # the program has just been killed
            pass


class Stopped(Script):
    """Nobody asks anything: the market takes the trade out."""
    name, market = "the stop is hit", "falls"

    def told(self, p):
        return closed_is_told(p)

    def effects(self, f):
        return closed(f, 1)


def told_once(f, channel, text):
    n = len(f.platforms.channel(channel, text))
    return [] if n == 1 else ["%s: %r was told %d times in #%s" % ("lost" if n < 1 else "doubled", text, n, channel)]


class Flatten(Script):
    """Two people ask for the same: one operation, whoever joins it, and one end of it."""
    name = "flatten, asked by two"
    asks = (lambda p: OnDiscord(p, "flatten"), lambda p: OnTelegram(p, "/flatten"))

    def told(self, p):
        return closed_is_told(p) and p.channel("alertes", "Flat, verified")

    def effects(self, f):
        wrong = [] if verdicts(f, "flatten") else ["lost: no /flatten took effect"]
        return wrong + closed(f, 1) + paused(f, True) + told_once(f, "alertes", "Flat, verified")


class StopMoved(Script):
    """The stop moves twice, each time towards the market."""
    name, at_once, level = "break-even, then a tighter stop", False, 2581
    asks = (lambda p: OnTelegram(p, "/be 1"), lambda p: OnDiscord(p, "stop", trade="1", level=str(StopMoved.level)))

    def told(self, p):
        return p.channel("trades", "Stop raised") and p.group("Stop raised")

    def effects(self, f):
        stops = [t[4] / 1e8 for t in f.trades]
        wrong = [] if stops == [self.level] else ["lost: the stops are %s" % stops]
        return wrong + one(f, "be") + one(f, "stop") + told_once(f, "trades", "(breakeven)") + told_once(f, "trades", "Stop raised")


LIMITS = "trading.risk_management.max_"
HOLDS = "holds from now on"


class Settings(Script):
    """One limit is tightened, which holds at once; another is loosened, which waits for the day to roll."""
    name, at_once, market = "a setting tightened, another loosened", False, "days"
    asks = (lambda p: OnTelegram(p, "/config set %spositions 2" % LIMITS),
            lambda p: OnDiscord(p, "config", action="set", key=LIMITS + "daily_loss", value="95%"),
            lambda p: Afterwards(p, "/config show " + LIMITS, lambda p: p.channel("admin", HOLDS)))

    def told(self, p):
        return p.group(HOLDS)

    def effects(self, f):
        shown = f.people.asks[-1].done
        wrong = ["lost: the settings say %s" % shown[:600] for found in [re.search(r"daily_loss = 95%", shown) and
                 re.search(r"positions = 2\b", shown)] if not found or "waits" in shown]
        wrong += told_once(f, "admin", "tightened by") + told_once(f, "admin", HOLDS)
        return wrong + told_once(f, "admin", "loosened by") + told_once(f, "alertes", "loosened by")


class Strategy(Script):
    """Off acts at once, on asks. Who asks once more finds it on."""
    name, at_once = "a strategy switched off, then on", False
    asks = (lambda p: OnTelegram(p, "/strategy disable MovingAverage"),
            lambda p: OnDiscord(p, "strategy", action="enable", name="MovingAverage"),
            lambda p: OnTelegram(p, "/strategy list"))

    def effects(self, f):
        shown = f.people.asks[-1].done
        wrong = [] if "on since" in shown else ["lost: the list says %s" % shown[:300]]
        return wrong + told_once(f, "admin", "switched off by") + told_once(f, "admin", "switched on by")


SCRIPTS = [CloseAndPause(), Half(), PauseAndResume(), Sos(), Reconnect(), Stopped(), Flatten(), StopMoved(), Settings(), Strategy()]
