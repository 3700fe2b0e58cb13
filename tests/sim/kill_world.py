"""The world of the kill campaign: both platforms in this process, the program with its state, the people, and the judge."""
import asyncio, collections, copy, importlib.util, logging, os, re, shutil, sqlite3, subprocess, sys, tempfile, threading, time
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, "tests/scenario"), os.path.join(ROOT, "tests/fakes")]
from aiohttp import web
import lib
from kill_people import Found
from lib import CHAT, OWNER, TG_OWNER, Mia, until

READY_MS = 2000       # restart to ready, at most
CYCLE_S = 25.0        # a cycle that takes longer has hung
LOADER_STRIDE = 10
DEEP = 3
LAND_TRIES = 3
SHARE = {"kill": 0.3, "recovery": 0.15, "disk": 0.1, "net": 0.1, "memory": 0.1, "scripts": 0.25}  # of the time
BAR_MS = 60
FALLS_AFTER = 70       # bars
FIRST_NIGHT, DAY_BARS, NIGHT_S = 52, 40, 20 * 3600  # of a market with short days: bars, bars, and the gap behind later ones
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
    def command(self, name, /, **options):
        return self.call(self.d.interact("command", {"name": name, "options": options}))["id"]

    def click(self, of, custom_id):
        return self.call(self.d.interact("click", {"of": of, "custom_id": custom_id}))["id"]

    def again(self, iid):
        self.call(self.d.emit("INTERACTION_CREATE", self.d.fake.interactions[iid]["event"]))

    def say(self, text):
        m = {"from": self.t.person({}), "chat": {"id": TG_OWNER, "type": "private"}, "date": int(time.time()), "text": text,
             "message_id": 9000 + self.t.fake.next_update}
        return self.act(self.t.fake.add, {"message": m}), m["message_id"]

    def tap(self, message_id, data):
        q = {"id": str(10 ** 15 + self.t.fake.next_update), "from": self.t.person({}), "chat_instance": "1", "data": data,
             "message": {"message_id": message_id, "date": int(time.time()), "chat": {"id": TG_OWNER, "type": "private"}}}
        return self.act(self.t.fake.add, {"callback_query": q})

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

def market(path, kind, n=4000):
    """Falls, then rises: a trade opens. Then it creeps up for ever, and nothing but a person closes the trade. Where it
    "falls", it does so through the stop a while after the base state was taken; with "days", the first ends soon after."""
    rows, p = ["epoch,open,high,low,close,volume,spread"], 2600.0
    for i in range(n):
        o, p = p, round(p + (-1.0 if i < 30 else 2.5 if i < 40 else -3.0 if kind == "falls" and i > FALLS_AFTER else 0.02), 2)
        at = 1735689600 + i * 300
        if kind == "days":
            at += 86400 - FIRST_NIGHT * 300 + max(0, (i - FIRST_NIGHT) // DAY_BARS) * NIGHT_S
        rows.append("%d,%.2f,%.2f,%.2f,%.2f,100,20" % (at, o, max(o, p) + 0.3, min(o, p) - 0.3, p))
    with open(path, "w") as f:
        f.write("\n".join(rows) + "\n")


class Program(Mia):
    """Its state is put back from a base directory; its first instruction and its death are of interest."""

    def __init__(self, platforms, binary, kind=None):
        self.binary = binary
        fakes = {n: collections.namedtuple("Url", "url")(u) for n, u in platforms.url.items()}
        data = os.path.join(tempfile.mkdtemp(prefix="mia-bars-"), "bars.csv")
        market(data, kind)
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


# ---- the judge ----

COMMANDING = ("close", "pause", "resume", "sos", "flatten", "cancel", "be", "stop", "strategy")  # one event each


def takes_effect(_, command, verdict, arguments):
    """A strategy that is to be on and needs no question for it is on already: said, and nothing is done."""
    if command == "strategy":
        return verdict == "confirmed" or verdict == "executed" and "disable" in arguments
    return verdict in ("executed", "confirmed")


class Judge:
    def __init__(self, p, m):
        self.p, self.m = p, m

    def at_death(self, people):
        """Nothing was answered that is not on disk."""
        try:
            inbox = {(r[0], r[1]) for r in self.m.rows(["SELECT platform, ext_id FROM inbox"])[0]}
        except sqlite3.Error as e:
            return ["the database cannot be read after the death: %s" % e]
        wrong = ["lost: interaction %s was answered before it was durable" % iid for iid in people.on_discord()
                 if self.p.answer(iid) and ("discord", int(iid)) not in inbox]
        for update, message in people.on_telegram():
            if ("telegram", update) in inbox:
                continue
            if self.p.replies(message):
                wrong.append("lost: update %d was answered before it was durable" % update)
            if update <= self.p.t.fake.confirmed:
                wrong.append("lost: update %d was confirmed before it was durable" % update)
        return wrong

    def kept(self):
        """How many rows wait for the next start."""
        return self.m.rows(["SELECT COUNT(*) FROM outbox WHERE state < 2"])[0][0][0]

    def effects(self, people, audit, trades, journal):
        status = " ".join(m["text"] for m in self.p.replies(people.status[1])) if people.status else ""
        wrong = people.script.effects(Found(people, status, audit, trades, self.p))
        commands = sum(1 for j in journal if j[0] == "command")
        accepted = sum(1 for a in audit if a[1] in COMMANDING and takes_effect(*a))
        if commands != accepted:
            wrong.append("%s: %d commands accepted, %d in the journal" % ("lost" if commands < accepted else "doubled", accepted, commands))
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
        for said in people.on_telegram():
            if ("telegram", said[0]) not in ids:
                continue
            replies = self.p.replies(said[1])
            plain = [m for m in replies if "possible repeat" not in m["first_text"]]
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
            if platform not in used:
                continue
            if rid <= self.base_row and rid not in self.base_waiting:  # told in the run before
                used[platform].add(int(ref.split("/")[-1]) if kind == 0 and "/" in ref else 0)
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
            plain = sum(n for x, n in together.items() if platform == "discord" or "possible repeat" not in t[x]["first_text"])
            # A routine message on Telegram whose answer was lost is left alone: it has no reference, and no second message.
            alone = max(0, merged[platform] - sum(together.values())) if platform == "telegram" else 0
            if sum(together.values()) + min(alone, len(over) - len(together)) < merged[platform]:
                wrong.append("lost: %d rows for %s are done and became no message" % (merged[platform], platform))
            if plain > merged[platform]:
                texts = [str(d[str(x)].get("embeds")) if platform == "discord" else t[x]["text"] for x in together]
                wrong.append("doubled: %d rows for %s in summaries of %d: %s" % (merged[platform], platform, plain, " / ".join(texts)[:900]))
            marked = platform == "telegram" and sum("possible repeat" in t[x]["first_text"] for x in new)
            if len(over) - len(together) > marked + alone:
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
        self.base_waiting = {r[0] for r in self.m.rows(["SELECT id FROM outbox WHERE state < 2"])[0]}
        self.base_audit, = self.m.rows(["SELECT COALESCE(MAX(id), 0) FROM audit"])[0][0]
        self.base_inbox, = self.m.rows(["SELECT COALESCE(MAX(id), 0) FROM inbox"])[0][0]
        self.base_seq, = self.m.rows(["SELECT COALESCE(MAX(seq), 0) FROM journal"])[0][0]

    def at_end(self, people):
        audit, trades, journal, inbox, outbox = self.m.rows([
            "SELECT platform, command, verdict, arguments FROM audit WHERE id > %d" % self.base_audit,
            "SELECT status, closed_reason, qty_e8, qty_entered_e8, sl_e8 FROM trades",
            "SELECT kind FROM journal WHERE seq > %d" % self.base_seq,
            "SELECT platform, ext_id, verdict FROM inbox WHERE id > %d" % self.base_inbox,
            "SELECT id, kind, state, platform, channel, message_ref FROM outbox ORDER BY id"])
        wrong = self.effects(people, audit, trades, journal) + self.answers(people, inbox, audit) + self.messages(outbox)
        wrong += ["invalid body: %s" % i["why"] for i in self.p.d.fake.invalid]
        for args in (("replay",), ("audit", "verify"), ("db", "check")):
            code, text = self.m.ask(*args)
            if code or (args[0] == "replay" and "no difference" not in text):
                wrong.append("mia %s: %s" % (" ".join(args), text.strip()[:300]))
        return wrong
