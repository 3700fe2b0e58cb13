#!/usr/bin/python3
"""What survives a kill: a desk with an open trade is asked, by Discord, to close it and, by Telegram, to pause. It is
killed at every system call of that run, started again, asked by people as people ask, and then judged.

  kill_campaign.py [--seed N] [--sample N] [--part kill,recovery,disk] [--planted] [--seconds S]

kill      SIGKILL before every call of every thread (loader: 1 in 10; --sample: that many, chosen by the seed)
recovery  kills during the start that follows, up to three deep, chosen by the seed
disk      ENOSPC and EIO from every write and sync of the state directory on, and for one call alone
--planted builds programs with a known fault each: this test must catch every one of them

The person: says "/close all", clicks the button of whatever answer has one, and repeats after a second without an answer.
The judge reads the fakes' memory and the database, at each death (nothing was answered that is not on disk) and at the end.
"""
import argparse, asyncio, collections, copy, importlib.util, logging, os, random, re, shutil, sqlite3, subprocess, sys, tempfile, threading, time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, "tests/scenario"), os.path.join(ROOT, "tests/fakes")]
from aiohttp import web
import lib
from lib import CHAT, OWNER, TG_OWNER, Mia, until

READY_MS = 2000       # restart to ready, at most
REPEAT_S = 1.0        # a person repeats after so long without an answer
CYCLE_S = 25.0        # a cycle that takes longer has hung
LOADER_STRIDE = 10
DEEP = 3
LAND_TRIES = 3
SHARE = {"kill": 0.5, "recovery": 0.25, "disk": 0.25}  # of the time
BAR_MS = 60
ENOSPC, EIO = 28, 5
NOT_ALLOWED = 77
DONE, REFUSED = 2, 3
STATE_KEYS = ("ws", "spec", "waiting")  # of the fakes: what lives, and is not to be copied


def numbers():
    """System call numbers by name, as far as this machine tells."""
    try:
        text = open("/usr/include/x86_64-linux-gnu/asm/unistd_64.h").read()
    except OSError:
        return {"write": 1, "pwrite64": 18, "fsync": 74, "fdatasync": 75, "ftruncate": 77, "fallocate": 285}
    return {n: int(v) for n, v in re.findall(r"#define __NR_(\w+) (\d+)", text)}


logging.getLogger("aiohttp").setLevel(logging.CRITICAL)  # connections cut by a kill are no news
NUMBER = numbers()
NAME = {v: k for k, v in NUMBER.items()}


# ---- the fakes, in this process: their memory is read and put back directly ----

def load(name):
    spec = importlib.util.spec_from_file_location("fake_" + name, os.path.join(ROOT, "tests/fakes", name + ".py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Platforms:
    def __init__(self):
        self.d, self.t = load("discord"), load("telegram")
        self.d.fake, self.t.fake = self.d.Fake(), self.t.Fake()
        self.loop = asyncio.new_event_loop()
        self.url = {}
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self.call(self.serve("discord", self.d, "/{path:.*}", "anything"))
        self.call(self.serve("telegram", self.t, "/bot{token:[^/]+}/{method}", "call"))

    async def serve(self, name, module, route, handler):
        app = web.Application(client_max_size=32 << 20)
        app.router.add_route("*", route, getattr(module, handler))
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, shutdown_timeout=0.1)
        await site.start()
        module.PORT = site._server.sockets[0].getsockname()[1]
        self.url[name] = "http://127.0.0.1:%d" % module.PORT

    def call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(20)

    def act(self, fn, *args):
        async def run():
            return fn(*args)
        return self.call(run())

    def save(self):
        keep = lambda f: copy.deepcopy({k: v for k, v in f.__dict__.items() if k not in STATE_KEYS})
        self.kept = self.act(lambda: (keep(self.d.fake), keep(self.t.fake)))

    def put_back(self):
        def run():
            for module, kept in zip((self.d, self.t), self.kept):
                module.fake.__dict__.update(copy.deepcopy(kept))
            self.t.fake.waiting.set()  # whoever still polls for a dead program goes home
            self.t.fake.waiting = asyncio.Event()
        until("the old connection is gone", lambda: self.d.fake.ws is None)
        self.act(run)

    # what people do
    def command(self, name, **options):
        return self.call(self.d.interact("command", {"name": name, "options": options}))["id"]

    def click(self, of, custom_id):
        return self.call(self.d.interact("click", {"of": of, "custom_id": custom_id}))["id"]

    def again(self, iid):
        self.call(self.d.emit("INTERACTION_CREATE", self.d.fake.interactions[iid]["event"]))

    def say(self, text):
        m = {"from": self.t.person({}), "chat": {"id": TG_OWNER, "type": "private"}, "date": int(time.time()), "text": text,
             "message_id": 9000 + self.t.fake.next_update}
        return self.act(self.t.fake.add, {"message": m}), m["message_id"]

    # what they see
    def up(self):
        return self.d.fake.ws is not None and any(s["up"] for s in self.d.fake.sessions.values())

    def answer(self, iid):
        i = self.d.fake.interactions[iid]
        return i["answer"] or (i["followups"] and i["followups"][0])

    def replies(self, message_id):
        return [m for m in list(self.t.fake.messages.values()) if m.get("reply_parameters", {}).get("message_id") == message_id]

    def channel(self, name, text):
        ids = {c["id"] for c in self.d.fake.channels.values() if c["name"] == name}
        return [m for m in list(self.d.fake.messages.values()) if m["channel_id"] in ids and text in str(m.get("embeds"))]

    def group(self, text):
        return [m for m in list(self.t.fake.messages.values()) if m["chat_id"] == CHAT and text in m["text"]]


# ---- the program ----

def market(path, n=4000):
    """Falls, then creeps up for ever: one trade opens and nothing but a person closes it."""
    rows, p = ["epoch,open,high,low,close,volume,spread"], 2600.0
    for i in range(n):
        o, p = p, round(p + (-1.0 if i < 30 else 2.5 if i < 40 else 0.02), 2)
        rows.append("%d,%.2f,%.2f,%.2f,%.2f,100,20" % (1735689600 + i * 300, o, max(o, p) + 0.3, min(o, p) - 0.3, p))
    with open(path, "w") as f:
        f.write("\n".join(rows) + "\n")


class Program(Mia):
    """Its state is put back from a base directory; its first instruction and its death are of interest."""

    def __init__(self, platforms, binary):
        self.binary = binary
        fakes = {n: collections.namedtuple("Url", "url")(u) for n, u in platforms.url.items()}
        data = os.path.join(tempfile.mkdtemp(prefix="mia-bars-"), "bars.csv")
        market(data)
        super().__init__(discord=fakes["discord"], telegram=fakes["telegram"], speed=300 * 1000 // BAR_MS, data=data)
        self.state, self.base = os.path.join(self.dir, "state"), os.path.join(self.dir, "base")
        self.ready_ms = 0.0

    def yaml(self, speed, extra):
        return super().yaml(speed, extra).replace('"127.0.0.1:0"', '""')

    def fresh(self):
        shutil.rmtree(self.state, ignore_errors=True)
        shutil.copytree(self.base, self.state)
        open(os.path.join(self.dir, "log"), "w").close()

    def launch(self, *wrap):
        self.log = open(os.path.join(self.dir, "log"), "a+")
        self.marks, self.began, self.is_ready = self.text().count(" ready mode="), time.monotonic(), False
        env = dict(self.environment(), ASAN_OPTIONS="detect_leaks=0") if wrap else self.environment()  # leaks need the tracer's place
        self.process = subprocess.Popen([*wrap, self.binary, "run"], cwd=self.dir, env=env, stdout=self.log,
                                        stderr=self.log, stdin=subprocess.DEVNULL)

    def looked(self):
        """True once ready; notes how long that took."""
        if not self.is_ready and self.text().count(" ready mode=") > self.marks:
            self.is_ready, self.ready_ms = True, (time.monotonic() - self.began) * 1000
        return self.is_ready

    def code(self):
        code = self.process.poll()
        if code is not None and not self.log.closed:
            self.log.close()
        return code

    def ask(self, *args):
        r = subprocess.run([self.binary, *args], cwd=self.dir, env=self.environment(), capture_output=True, text=True, timeout=60)
        return r.returncode, r.stdout + r.stderr

    def rows(self, sql):
        """Of a copy: the program's own files are never touched."""
        with tempfile.TemporaryDirectory(prefix="mia-look-") as copied:
            for name in os.listdir(self.state):
                if name.startswith("mia.db"):
                    shutil.copy(os.path.join(self.state, name), copied)
            db = sqlite3.connect(os.path.join(copied, "mia.db"))
            try:
                return [db.execute(q).fetchall() for q in sql]
            finally:
                db.close()


# ---- the people ----

class People:
    """Steps towards: closed, paused, and told so. step() is called again and again; True once all is settled."""

    def __init__(self, p):
        self.p = p
        self.commands, self.clicks, self.at = [], [], 0.0
        self.pause = self.status = None
        self.repeats, self.odd = 0, []

    def restarted(self):
        self.at = 0.0

    def redeliver(self):
        """At least once means: sometimes twice."""
        for iid in self.commands + [c for c, _ in self.clicks]:
            self.p.again(iid)

    def patience(self):
        """True when it is time to repeat."""
        now = time.monotonic()
        self.at = self.at or now
        if now - self.at < REPEAT_S:
            return False
        self.at, self.repeats = 0.0, self.repeats + 1
        return True

    def confirm_id(self, answer):
        for row in answer.get("components") or []:
            for b in row["components"]:
                if b["custom_id"].endswith(":y"):
                    return b["custom_id"]
        return None

    def closing(self):
        """True once the close was confirmed and answered, or refused for good."""
        if not self.commands:
            self.commands.append(self.p.command("close", target="all"))
        if self.clicks:
            iid, of = self.clicks[-1]
            answer = self.p.answer(iid)
            if answer and self.confirm_id(answer):  # things have changed: asked again
                self.clicks.append((self.p.click(iid, self.confirm_id(answer)), iid))
                self.at = 0.0
            elif answer:
                if "expired" in str(answer) or "Unknown" in str(answer):
                    self.clicks, self.at = [], 0.0
                    self.commands.append(self.p.command("close", target="all"))
                    return False
                return True
            elif self.patience():
                self.clicks.append((self.p.click(of, self.confirm_id(self.p.answer(of))), of))
            return False
        answer = self.p.answer(self.commands[-1])
        if answer and self.confirm_id(answer):
            self.clicks.append((self.p.click(self.commands[-1], self.confirm_id(answer)), self.commands[-1]))
            self.at = 0.0
        elif answer:
            self.odd.append(str(answer)[:300])
            return True
        elif self.patience():
            self.commands.append(self.p.command("close", target="all"))
        return False

    def step(self):
        if not self.p.up():
            return False
        if not self.pause:
            self.pause = self.p.say("/pause")
        if not self.closing() or not self.p.replies(self.pause[1]):
            return False
        if not self.odd and not (self.p.channel("trades", "closed @") and self.p.group("closed @")):
            return False
        if not self.status:
            self.status = self.p.say("/status")
        return bool(self.p.replies(self.status[1]))


# ---- the judge ----

EXECUTED = ("executed", "confirmed", "confirm_asked")


class Judge:
    def __init__(self, p, m):
        self.p, self.m = p, m

    def at_death(self, people):
        """Nothing was answered that is not on disk."""
        wrong = []
        try:
            inbox = {(r[0], r[1]) for r in self.m.rows(["SELECT platform, ext_id FROM inbox"])[0]}
        except sqlite3.Error as e:
            return ["the database cannot be read after the death: %s" % e]
        for iid in people.commands + [c for c, _ in people.clicks]:
            if self.p.answer(iid) and ("discord", int(iid)) not in inbox:
                wrong.append("lost: interaction %s was answered before it was durable" % iid)
        for said in (people.pause, people.status):
            if said and self.p.replies(said[1]) and ("telegram", said[0]) not in inbox:
                wrong.append("lost: update %d was answered before it was durable" % said[0])
        for said in (people.pause, people.status):
            if said and said[0] <= self.p.t.fake.confirmed and ("telegram", said[0]) not in inbox:
                wrong.append("lost: update %d was confirmed before it was durable" % said[0])
        return wrong

    def effects(self, people, audit, trades, journal):
        wrong = []
        confirmed = sum(1 for a in audit if a[1] == "close" and a[2] == "confirmed")
        closes = sum(1 for t in trades if t[0] == "closed")
        if confirmed > 1:
            wrong.append("doubled: %d confirmations were accepted" % confirmed)
        if closes != confirmed or len(trades) != 1:
            wrong.append("%s: %d confirmed, %d closed of %d trades" % ("lost" if closes < confirmed else "doubled", confirmed,
                                                                       closes, len(trades)))
        told = len(self.p.channel("trades", "closed @"))
        if told != closes:
            wrong.append("%s: %d closed, told %d times on Discord" % ("lost" if told < closes else "doubled", closes, told))
        commands = sum(1 for j in journal if j[0] == "command")
        accepted = sum(1 for a in audit if a[1] in ("close", "pause") and a[2] in ("executed", "confirmed"))
        if commands != accepted:
            wrong.append("%s: %d commands accepted, %d in the journal" % ("lost" if commands < accepted else "doubled", accepted, commands))
        pauses = sum(1 for a in audit if a[1] == "pause" and a[2] == "executed")
        if pauses != 1:
            wrong.append("%s: %d pauses" % ("lost" if not pauses else "doubled", pauses))
        status = " ".join(m["text"] for m in self.p.replies(people.status[1])) if people.status else ""
        if pauses and people.status and not re.search("paused: no new trades", status.lower()):
            wrong.append("lost: the pause is not on any more: %s" % status[:200])
        return wrong

    def answers(self, people, inbox, audit):
        wrong = []
        if len(audit) != len(inbox):
            wrong.append("%s: %d requests, %d rows of the audit" % ("doubled" if len(audit) > len(inbox) else "lost", len(inbox), len(audit)))
        ids = collections.Counter((r[0], r[1]) for r in inbox)
        wrong += ["doubled: %d inbox rows of %s" % (n, k) for k, n in ids.items() if n > 1]
        for platform, ext_id, _ in inbox:
            if platform == "discord" and not self.p.answer(str(ext_id)):
                wrong.append("lost: accepted interaction %s has no answer" % ext_id)
        for said in (people.pause, people.status):
            if not said or ("telegram", said[0]) not in ids:
                continue
            replies = self.p.replies(said[1])
            plain = [m for m in replies if "possible repeat" not in m["text"]]
            if not replies:
                wrong.append("lost: accepted update %d has no answer" % said[0])
            if len(plain) > 1:
                wrong.append("doubled: update %d was answered %d times without a mark" % (said[0], len(plain)))
        return wrong

    def messages(self, outbox):
        """Every committed row reached its platform; nothing reached it twice without a mark; the order is kept."""
        wrong, last, used = [], {}, {"discord": set(), "telegram": set()}
        d = {m["id"]: m for m in self.p.d.fake.messages.values()}
        t = {m["message_id"]: m for m in self.p.t.fake.messages.values()}
        merged = collections.Counter()
        for rid, kind, state, platform, channel, ref in outbox:
            if platform not in used or rid <= self.base_row:
                continue
            if state != DONE:
                wrong.append("lost: row %d for %s %s is in state %d" % (rid, platform, channel, state))
            if kind != 0:
                continue
            number = int(ref.split("/")[-1]) if "/" in ref else 0
            if not number:
                merged[platform] += 1
                continue
            if (str(number) if platform == "discord" else number) not in (d if platform == "discord" else t):
                wrong.append("lost: row %d says it became message %d, which nobody got" % (rid, number))
            if number < last.get((platform, channel), 0):
                wrong.append("order: row %d came before its elders in %s %s" % (rid, platform, channel))
            last[platform, channel] = number
            used[platform].add(number)
        new_d = {int(i) for i in d} - self.base_d
        new_t = {i for i, m in t.items() if m["chat_id"] == CHAT} - self.base_t
        for platform, new in (("discord", new_d), ("telegram", new_t)):
            over = new - used[platform]
            together = {x: self.stands_for(platform, x, d, t) for x in over if self.stands_for(platform, x, d, t)}
            plain = sum(n for x, n in together.items() if platform == "discord" or "possible repeat" not in t[x]["text"])
            if sum(together.values()) < merged[platform]:
                wrong.append("lost: %d rows for %s are done and became no message" % (merged[platform], platform))
            if plain > merged[platform]:
                wrong.append("doubled: %d rows for %s in summaries of %d" % (merged[platform], platform, plain))
            marked = platform == "telegram" and sum("possible repeat" in t[x]["text"] for x in new)
            if len(over) - len(together) > marked:
                wrong.append("doubled: %d messages on %s that no row knows, %d are marked" % (len(over) - len(together), platform, marked))
        nonces = collections.Counter(m["_nonce"] for m in d.values() if m["_nonce"])
        wrong += ["doubled: nonce %s made %d messages" % (k, n) for k, n in nonces.items() if n > 1]
        return wrong

    def stands_for(self, platform, x, d, t):
        """How many messages this one sums up; 0: it is none of that kind."""
        text = str(d[str(x)].get("embeds")) if platform == "discord" else t[x]["text"]
        found = re.search("🗂\ufe0f (\\d+) messages", text)
        return int(found.group(1)) if found else 0

    def base(self):
        self.base_d = {int(m) for m in self.p.d.fake.messages}
        self.base_t = set(self.p.t.fake.messages)
        self.base_row, = self.m.rows(["SELECT MAX(id) FROM outbox"])[0][0]
        self.base_audit, = self.m.rows(["SELECT COALESCE(MAX(id), 0) FROM audit"])[0][0]
        self.base_inbox, = self.m.rows(["SELECT COALESCE(MAX(id), 0) FROM inbox"])[0][0]
        self.base_seq, = self.m.rows(["SELECT COALESCE(MAX(seq), 0) FROM journal"])[0][0]

    def at_end(self, people):
        audit, trades, journal, inbox, outbox = self.m.rows([
            "SELECT platform, command, verdict FROM audit WHERE id > %d" % self.base_audit,
            "SELECT status, closed_reason FROM trades",
            "SELECT kind FROM journal WHERE seq > %d" % self.base_seq,
            "SELECT platform, ext_id, verdict FROM inbox WHERE id > %d" % self.base_inbox,
            "SELECT id, kind, state, platform, channel, message_ref FROM outbox ORDER BY id"])
        wrong = self.effects(people, audit, trades, journal) + self.answers(people, inbox, audit) + self.messages(outbox)
        wrong += ["invalid body: %s" % i["why"] for i in self.p.d.fake.invalid]
        for args in (("replay",), ("audit", "verify"), ("db", "check")):
            code, text = self.m.ask(*args)
            if code or (args[0] == "replay" and "no difference" not in text):
                wrong.append("mia %s: %s" % (" ".join(args), text.strip()[:300]))
        return wrong + ["odd: " + o for o in people.odd]


# ---- one cycle ----

class Cycle:
    """wraps: how the first starts are wrapped, one a start; what follows them is not."""

    def __init__(self, world, wraps):
        self.w, self.wraps = world, list(wraps)
        self.wrong, self.deaths, self.starts, self.slowest = [], 0, 0, 0.0
        self.codes = []

    def start(self):
        wrap = self.wraps.pop(0) if self.wraps else ()
        self.wrapped = bool(wrap)
        self.starts += 1
        self.w.m.launch(*wrap)

    def died(self, people, code):
        """The program is gone. True: go on with a new start."""
        self.codes.append(code)
        if not self.wrapped or code == NOT_ALLOWED:
            self.wrong.append("ended by itself with %s: %s" % (code, self.w.m.text()[-600:]))
            return False
        self.deaths += 1
        self.wrong += self.w.judge.at_death(people)
        until("the connection is gone", lambda: self.w.p.d.fake.ws is None)
        people.restarted()
        self.start()
        self.again = True
        return True

    def run(self):
        w = self.w
        w.m.fresh()
        w.p.put_back()
        people, end, stopping = People(w.p), time.monotonic() + CYCLE_S, False
        self.again = False
        self.start()
        while True:
            code = w.m.code()
            if code is not None:
                if stopping and code == 0:
                    break
                if not self.died(people, code):
                    return self
                stopping = False
            if time.monotonic() > end:
                self.hung(people)
                return self
            if w.m.looked() and not self.wrapped:
                self.slowest = max(self.slowest, w.m.ready_ms)
            if self.again and w.p.up():
                self.again = False
                people.redeliver()
            if not stopping and people.step() and w.m.looked():
                stopping = True
                w.m.process.terminate()
            time.sleep(0.002)
        self.repeats = people.repeats
        self.wrong += w.judge.at_end(people)
        if self.slowest > READY_MS:
            self.wrong.append("slow: %d ms from start to ready" % self.slowest)
        return self

    def hung(self, people):
        p = self.w.p
        told = {i: str(p.answer(i))[:150] for i in people.commands + [c for c, _ in people.clicks]}
        self.wrong.append("lost: not settled in %d s: up=%s %s pause=%s closed=%d/%d %s" % (
            CYCLE_S, p.up(), told, people.pause and len(p.replies(people.pause[1])), len(p.channel("trades", "closed @")),
            len(p.group("closed @")), self.w.m.text()[-900:]))
        self.w.m.process.kill()
        self.w.m.process.wait()
        self.w.m.code()


class World:
    def __init__(self, binary, killat):
        self.killat = killat
        self.p = Platforms()
        self.m = Program(self.p, binary)
        self.judge = Judge(self.p, self.m)
        self.prepare()

    def prepare(self):
        """A desk with an open trade, all told, stopped in order."""
        m, p = self.m, self.p
        os.makedirs(self.m.state)
        m.launch()
        until("a trade is told on both", lambda: self.alive() and (p.channel("trades", "LONG") and p.group("LONG")))
        m.process.terminate()
        assert m.process.wait(20) == 0, m.text()[-2000:]
        m.code()
        until("the connection is gone", lambda: p.d.fake.ws is None)
        os.rename(m.state, m.base)
        m.state, state = m.base, m.state
        self.judge.base()
        m.state = state
        p.save()

    def alive(self):
        if self.m.code() is not None:
            raise AssertionError("the program ended: " + self.m.text()[-2000:])
        return True

    def count(self):
        """All calls of an undisturbed run, in order: (thread, number, nth, path)."""
        path = os.path.join(self.m.dir, "calls")
        c = Cycle(self, [(self.killat, "count", path)]).run()
        assert not c.wrong, "the undisturbed run is wrong: %s\n%s" % (c.wrong, self.m.text()[-1500:])
        calls = []
        with open(path) as f:
            for line in f:
                t, number, nth, where = (line.rstrip("\n").split(" ", 3) + [""])[:4]
                calls.append((int(t), int(number), int(nth), where))
        return calls

    def close(self):
        self.m.clean()
        shutil.rmtree(os.path.dirname(self.m.data), ignore_errors=True)


def main_begins(calls):
    """Where the loader ends: the first file opened that is no library."""
    for i, (_, number, _, where) in enumerate(calls):
        if number == NUMBER.get("openat", 257) and not re.search(r"\.so(\.|$)|ld\.so\.cache", where):
            return i
    return 0


def points(calls):
    loader = main_begins(calls)
    return [c[:3] for i, c in enumerate(calls) if i >= loader or i % LOADER_STRIDE == 0]


class Tally:
    def __init__(self, name):
        self.name, self.cycles, self.kills, self.landed, self.slowest, self.repeats = name, 0, 0, 0, 0.0, 0
        self.codes = collections.Counter()
        self.count, self.bad, self.began = collections.Counter(), [], time.monotonic()

    def add(self, what, c):
        self.cycles += 1
        self.kills += c.deaths
        self.slowest = max(self.slowest, c.slowest)
        self.repeats += getattr(c, "repeats", 0)
        for w in c.wrong:
            self.count[w.split(":")[0]] += 1
        if c.wrong:
            self.bad.append((what, c.wrong))
            print("# WRONG at %s: %s" % (what, " | ".join(c.wrong)[:1500]), flush=True)

    def line(self):
        spent = time.monotonic() - self.began
        other = sum(n for k, n in self.count.items() if k not in ("lost", "doubled"))
        return "%s: %d cycles, %d kills, %d lost, %d doubled, %d other, %d repeats by people, slowest restart %d ms, %.2f s a cycle" % (
            self.name, self.cycles, self.kills, self.count["lost"], self.count["doubled"], other, self.repeats, self.slowest,
            spent / max(1, self.cycles))


def say_call(thread, number, nth):
    return "thread %d %s #%d" % (thread, NAME.get(number, number), nth)


def kill_wrap(w, point):
    return (w.killat, "kill", *map(str, point))


def part_kill(w, chosen, deadline, stop_at=0):
    t = Tally("kill")
    for i, point in enumerate(chosen):
        if t.cycles and time.monotonic() > deadline:
            break
        for _ in range(LAND_TRIES):  # how often a call is made differs a little from run to run
            c = Cycle(w, [kill_wrap(w, point)]).run()
            t.add(say_call(*point), c)
            if c.deaths or c.wrong:
                break
        t.landed += bool(c.deaths)
        if stop_at and len(t.bad) >= stop_at:
            break
        if i % 100 == 99:
            print("# %d of %d: %s" % (i + 1, len(chosen), t.line()), flush=True)
    return t


def part_recovery(w, all_points, n, rng, deadline):
    t = Tally("recovery")
    for _ in range(n):
        if t.cycles and time.monotonic() > deadline:
            break
        wraps = [kill_wrap(w, rng.choice(all_points)) for _ in range(1 + rng.randint(1, DEEP))]
        t.add(" then ".join(" ".join(x[2:]) for x in wraps), Cycle(w, wraps).run())
    return t


def disk_wraps(w, calls):
    """Every write or sync on a file of the state, from there on and alone."""
    out = []
    for name, error in (("write", ENOSPC), ("pwrite64", ENOSPC), ("ftruncate", ENOSPC), ("fallocate", ENOSPC), ("fdatasync", EIO),
                        ("fsync", EIO)):
        n = sum(1 for c in calls if c[1] == NUMBER[name] and w.m.state in c[3])
        for nth in range(1, n + 1):
            for sign in (1, -1):
                out.append((w.killat, "fail", str(NUMBER[name]), str(sign * nth), str(error), w.m.state))
    return out


def part_disk(w, wraps, deadline):
    t = Tally("disk")
    for wrap in wraps:
        if t.cycles and time.monotonic() > deadline:
            break
        still_full = [] if wrap[3].startswith("-") else [wrap[:3] + ("1",) + wrap[4:]]  # a start on a disk that is full
        c = Cycle(w, [wrap] + still_full).run()
        t.codes.update(c.codes)
        t.add("%s from %s error %s" % (NAME[int(wrap[2])], wrap[3], wrap[4]), c)
    print("# ends under a failing disk, by status: %s" % dict(t.codes), flush=True)
    return t


# ---- planted bugs: a copy of the sources with one fault each, which the same cycles must catch ----

PLANTED = [
    ("answers are released before the commit", "bot/desk.c", "    c->waiters = d->waiters;\n",
     "    for (size_t i = 0; i < d->waiters.n; i++) d->waiters.item[i].fn(d->waiters.item[i].arg);\n    free(d->waiters.item);\n"),
    ("the outbox marks the end before it sends", "bot/outbox.c", "    if (durable)\n        deliver(b, l);\n",
     "    for (struct item *i = l->head; i; i = i->next)\n"
     "        store_put_outbox_end(desk_batch(b->o.desk), i->id, OUTBOX_DONE, \"\", clock_wall());\n"
     "    if (0)\n        deliver(b, l);\n"),
    ("the inbox row is in a transaction of its own", "bot/router_call.c", "    store_put_inbox(b, &in);\n    store_put_audit(b, &row);\n",
     "    b = store_batch_new(k->router->o.store);\n    store_put_inbox(b, &in);\n    store_put_audit(b, &row);\n"
     "    store_commit(k->router->o.store, b, NULL, NULL);\n"),
    ("an update is confirmed before it is durable", "bot/chat/telegram_poll.c",
     "        t->host.after_commit(t->host.arg, poll, t); /* only a durable update is confirmed */\n", "        poll(t);\n"),
    ("what was received is not remembered over a restart", "bot/router.c", "    while (l.n) idset_add(r->seen, l.key[--l.n]);", "    while (0) idset_add(r->seen, l.key[--l.n]);"),
    ("an attempt is not marked as possibly delivered", "bot/outbox.c", "    i->uncertain = r->state == OUTBOX_ATTEMPT;", "    i->uncertain = false;"),
]


def plant(name, path, old, new, into):
    tree = os.path.join(into, "tree")
    if not os.path.exists(tree):
        shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(".git", "build"))
        built = os.path.dirname(os.path.abspath(lib.MIA))
        shutil.copytree(built, os.path.join(tree, "build/release"))  # only what is changed is built again
        subprocess.run(["find", os.path.join(tree, "build"), "-name", "*.[oa]", "-exec", "touch", "{}", "+"], check=True)
    file = os.path.join(tree, path)
    with open(file) as f:
        text = f.read()
    assert text.count(old) == 1, "%s: the line to change is not there once" % path
    with open(file, "w") as f:
        f.write(text.replace(old, new))
    try:
        subprocess.run(["make", "-C", tree, "-j2", "MODE=release", "all"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        binary = os.path.join(into, "mia-" + re.sub(r"\W+", "-", name))
        shutil.copy(os.path.join(tree, "build/release/mia"), binary)
        return binary
    finally:
        with open(file, "w") as f:
            f.write(text)


def planted(o, killat, deadline):
    """The most telling calls first: those that write, sync, send and lock; a fault counts as caught at its third wrong cycle."""
    telling = [NUMBER[n] for n in ("pwrite64", "fdatasync", "sendto", "write", "futex", "epoll_wait", "epoll_pwait", "recvfrom") if n in NUMBER]
    into, missed = tempfile.mkdtemp(prefix="mia-planted-"), 0
    try:
        for bug in [b for b in PLANTED if o.only in b[0]]:
            w = World(plant(*bug, into), killat)
            try:
                calls = w.count()
                chosen = [c[:3] for c in calls[main_begins(calls):] if c[1] in telling]
                random.Random(o.seed).shuffle(chosen)
                t = part_kill(w, chosen[: o.sample or 400], deadline, stop_at=3)
            finally:
                w.close()
            missed += not t.bad
            print("%s planted: %s: %s" % ("ok" if t.bad else "not ok", bug[0], t.line()), flush=True)
    finally:
        shutil.rmtree(into, ignore_errors=True)
    return missed


# ---- all of it ----

def tracer():
    """The tool, built beside the program where make has not."""
    path = os.path.join(os.path.dirname(os.path.abspath(lib.MIA)), "tests/killat")
    if not os.path.exists(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        subprocess.run([os.environ.get("CC", "cc"), "-std=gnu11", "-D_GNU_SOURCE", "-O1", os.path.join(ROOT, "tests/sim/killat.c"), "-o", path],
                       check=True)
    if subprocess.run([path, "kill", "0", "0", "1000000", "true"]).returncode == NOT_ALLOWED:
        print("# skipped: this machine allows no tracing")
        sys.exit(NOT_ALLOWED)
    return path


def say_calls(calls):
    by = collections.Counter(NAME.get(c[1], c[1]) for c in calls)
    print("# %d system calls in %d threads, %d of them the loader's: %s" % (
        len(calls), len({c[0] for c in calls}), main_begins(calls), " ".join("%s %d" % x for x in by.most_common(14))), flush=True)


def campaign(o, killat):
    rng, bad = random.Random(o.seed), 0
    w = World(os.path.abspath(lib.MIA), killat)
    try:
        calls = w.count()
        say_calls(calls)
        every = points(calls)
        disk = disk_wraps(w, calls)
        n = o.sample
        parts = {"kill": lambda until: part_kill(w, rng.sample(every, min(n, len(every))) if n else every, until),
                 "recovery": lambda until: part_recovery(w, every, n // 3 if n else 300, rng, until),
                 "disk": lambda until: part_disk(w, rng.sample(disk, min(n // 3, len(disk))) if n else disk, until)}
        for name in o.part.split(","):
            t = parts[name](time.monotonic() + o.seconds * SHARE[name])
            if name == "kill":
                print("# %d of %d chosen calls were reached and killed at" % (t.landed, min(n, len(every)) if n else len(every)))
            bad += len(t.bad) + (not t.cycles)
            print("%s %s" % ("not ok" if t.bad or not t.cycles else "ok", t.line()), flush=True)
    finally:
        w.close()
    return bad


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--seed", type=int, default=int(time.time()))
    a.add_argument("--sample", type=int, default=0)
    a.add_argument("--part", default="kill,recovery,disk")
    a.add_argument("--seconds", type=float, default=1e9)
    a.add_argument("--planted", action="store_true")
    a.add_argument("--only", default="", help="of the planted: those whose name has this")
    o = a.parse_args()
    print("# seed %d" % o.seed, flush=True)
    killat = tracer()
    bad = planted(o, killat, time.monotonic() + o.seconds) if o.planted else campaign(o, killat)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
