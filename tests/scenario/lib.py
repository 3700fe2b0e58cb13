"""What scenarios share: the real program, the fakes, and waiting for things to be true (never for time to pass).

A scenario is a script NN-name with functions; run(f, g, ...) runs them, prints `ok` or `not ok` a function and exits.
"""
import glob, gzip, json, os, re, shutil, signal, sqlite3, subprocess, sys, tempfile, time, traceback, urllib.error, urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
MIA = os.environ.get("MIA", os.path.join(ROOT, "build/release/mia"))
GUILD, OWNER, CHAT, TG_OWNER = "2000000000000000001", "3000000000000000001", -1001234567890, 400
SLOWER = float(os.environ.get("MIA_TEST_SLOWER", "1"))  # under valgrind the program takes its time: so do those that wait for it
WAIT = 20.0 * SLOWER
SERVER = os.environ.get("MIA_TEST_PG")  # the address of a PostgreSQL: state is kept there
STOP_S = 8.0 * SLOWER  # a stop in order takes no longer, whatever is under way


def is_sanitized(path):
    try:
        with open(path, "rb") as f:
            text = f.read()
    except OSError:
        return False
    return b"__asan_init" in text or b"__tsan_init" in text


SANITIZED = is_sanitized(MIA)


def no_report(text):
    """Fails where a sanitizer, or an assertion of the program, has said something."""
    found = re.search(r"^.*(?:Sanitizer|runtime error: |Assertion .* failed)", text, re.M)
    assert not found, "the program's own checks found something:\n" + text[found.start():][:6000]


def until(what, fn, seconds=WAIT):
    """The first true value of fn(), asked again and again; fails after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        value = fn()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError("never happened: " + what)
        time.sleep(0.01)


class Fake:
    def __init__(self, name):
        self.process = subprocess.Popen([sys.executable, os.path.join(ROOT, "tests/fakes", name + ".py")], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        self.url = "http://127.0.0.1:%d" % self.port

    def tell(self, what, **body):
        q = urllib.request.Request(self.url + "/_fake/" + what, json.dumps(body).encode(), method="POST")
        try:
            with urllib.request.urlopen(q, timeout=10) as r:
                return json.loads(r.read() or b"{}")
        except urllib.error.HTTPError as no:
            raise AssertionError("%s %s: %d %s" % (what, body, no.code, no.read().decode("utf-8", "replace")[:2000]))

    def state(self):
        return self.tell("state")

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


class Alpaca(Fake):
    """The stand-in of Alpaca, and its judgement of what was done there."""
    KEY, SECRET = "PKTESTMIA00000000000", "canary-alpaca-secret"

    def __init__(self):
        super().__init__("alpaca")

    def environment(self):
        return dict(ALPACA_API_KEY=self.KEY, ALPACA_SECRET_KEY=self.SECRET, ALPACA_BASE_URL=self.url, ALPACA_DATA_URL=self.url)

    def ledger(self, **c):
        return self.tell("ledger", **c)

    def judge(self, naked_s=5.0, intent=None, errors=True, others=()):
        """What must hold after every run: nothing doubled, no position long without its whole stop, no request out of order.
        intent: a pattern whose group in a client order id names the one wish behind it. others: symbols held by hand."""
        l = self.ledger(intent=intent)
        assert not l["doubled"], "doubled orders: %s" % l["doubled"]
        assert l["most_accepted"] <= 1, l["by_client_order_id"]
        bare = {s: n for s, n in l["naked"].items() if n["longest"] > naked_s and s not in others}
        assert not bare, "without a whole stop: %s" % bare
        assert not errors or not l["errors"], "requests outside the specification: %s" % l["errors"][:3]
        return l


def bars(path, n=400, start=1735689600, seconds=300, price=2600.0, wave=40):
    """A deterministic market that crosses its averages every `wave` bars."""
    rows, p = ["epoch,open,high,low,close,volume,spread"], price
    for i in range(n):
        step = (1.5 if (i // wave) % 2 == 0 else -1.5) + ((i * 7919) % 11 - 5) * 0.12
        o, c = p, round(p + step, 2)
        rows.append("%d,%.2f,%.2f,%.2f,%.2f,%d,20" % (start + i * seconds, o, max(o, c) + 0.4, min(o, c) - 0.4, c, 100 + i % 50))
        p = c
    with (gzip.open(path, "wt") if path.endswith(".gz") else open(path, "w")) as f:
        f.write("\n".join(rows) + "\n")


class Mia:
    """One program with a state of its own. Start and stop it as often as wanted."""

    def __init__(self, discord=None, telegram=None, speed="max", config="", n=400, data=None, wave=40, locale="en", server=None):
        self.dir = tempfile.mkdtemp(prefix="mia-")
        self.server = Schema(server or SERVER) if server or SERVER else None
        self.discord, self.telegram, self.locale = discord, telegram, locale
        if not data:
            data = os.path.join(self.dir, "bars.csv")
            bars(data, n, wave=wave)
        self.data = data
        with open(os.path.join(self.dir, "mia.yaml"), "w") as f:
            f.write(self.yaml(speed, config))
        self.process = None
        self.out = []
        self.more = {}  # of the environment

    def yaml(self, speed, extra):
        return f"""mode: paper
feed: {{kind: replay, speed: {speed}, files: [{{symbol: XAUUSD, timeframe: M5, path: {self.data}}}]}}
broker: {{kind: paper, balance: 100000, currency: USD}}
strategies:
  - {{name: MovingAverage, symbols: [XAUUSD], capital_allocation: 50000, params: {{ma_period: 20, stop_loss_pct: 0.02}}}}
discord: {{guild_id: "{GUILD}"}}
telegram: {{chat_id: {CHAT}}}
access: {{owners: ["discord:{OWNER}", "telegram:{TG_OWNER}"], operators: ["discord:3001"], mentors: ["discord:3002"]}}
local: {{listen: "127.0.0.1:0"}}
state: {{dir: ./state}}
instruments: [{{symbol: XAUUSD, calendar: always}}]  # the made bars know no weekend
locale: {self.locale}
trading: {{min_confidence: 0, risk_management: {{max_daily_trades_per_asset: 0, max_daily_loss: 0.9}}}}
{extra}
"""

    def environment(self):
        env = {k: v for k, v in os.environ.items() if not k.startswith(("DISCORD", "TELEGRAM", "MIA_"))}
        env["LANG"] = {"fr": "fr_FR.UTF-8"}.get(self.locale, "C.UTF-8")
        if self.server:
            env["DATABASE_URL"] = self.server.url
        env.update(self.more)
        if self.discord:
            env.update(DISCORD_BOT_TOKEN="MTAw.canary-discord-token." + "b" * 38, DISCORD_API_BASE=self.discord.url + "/api/v10")
        if self.telegram:
            env.update(TELEGRAM_BOT_TOKEN="777:canary-telegram-token-" + "t" * 20, TELEGRAM_API_BASE=self.telegram.url)
        return env

    def start(self, *args, wrap=()):
        self.log = open(os.path.join(self.dir, "log"), "a+")
        self.process = subprocess.Popen([*wrap, MIA, "run", *args], cwd=self.dir, env=self.environment(), stdout=self.log,
                                        stderr=self.log, stdin=subprocess.DEVNULL)
        return self

    def change(self, was, now):
        """Edits the settings."""
        path = os.path.join(self.dir, "mia.yaml")
        with open(path) as f:
            text = f.read()
        assert was in text, was
        with open(path, "w") as f:
            f.write(text.replace(was, now))

    def text(self):
        with open(os.path.join(self.dir, "log")) as f:
            return f.read()

    def started(self):
        mark = self.text().count(" ready mode=")
        until("the program is ready", lambda: self.text().count(" ready mode=") > getattr(self, "ready", 0) or self.dead())
        self.ready = max(mark, self.text().count(" ready mode="))
        return self

    def dead(self):
        if self.process.poll() is not None:
            raise AssertionError("the program ended with %s:\n%s" % (self.process.returncode, self.text()[-3000:]))

    def stop(self, times=1):
        for _ in range(times):
            self.process.send_signal(signal.SIGTERM)
        self.ended()

    def ended(self):
        """The program was asked to stop: it does, in time, in order, and its own checks found nothing."""
        try:
            code = self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError("still running %g s after SIGTERM:\n%s" % (STOP_S, self.text()[-3000:]))
        self.log.close()
        no_report(self.text())
        assert code == 0, "a stop in order gave %d:\n%s" % (code, self.text()[-3000:])

    def kill(self):
        self.process.kill()
        self.process.wait(WAIT)
        self.log.close()

    def cli(self, *args, code=0):
        r = subprocess.run([MIA, *args], cwd=self.dir, env=self.environment(), capture_output=True, text=True, timeout=60)
        no_report(r.stdout + r.stderr)
        assert r.returncode == code, "mia %s gave %d: %s%s" % (" ".join(args), r.returncode, r.stdout[-1500:], r.stderr[-1500:])
        return r.stdout

    def query(self, sql):
        """Of a copy: the program's own files are never touched. A copy taken in the middle of a write is taken again."""
        if self.server:
            return self.server.query(sql)
        def look():  # [rows]: no rows are an answer too
            with tempfile.TemporaryDirectory(prefix="mia-look-") as copied:
                for path in glob.glob(os.path.join(self.dir, "state/mia.db*")):
                    shutil.copy(path, copied)
                db = sqlite3.connect(os.path.join(copied, "mia.db"))
                try:
                    return [db.execute(sql).fetchall()]
                except sqlite3.DatabaseError:
                    return None
                finally:
                    db.close()
        return until("the database can be read", look)[0]

    def clean(self):
        """Ends what still runs. Under a sanitizer that is a stop in order, in the middle of whatever it was doing: a kill
        would end the program before its leaks are looked for."""
        try:
            if not self.process:
                return
            if self.process.poll() is None:
                self.stop() if SANITIZED else self.kill()
            no_report(self.text())
            assert self.process.returncode in (0, -signal.SIGKILL), "it had ended with %d:\n%s" % (self.process.returncode,
                                                                                               self.text()[-3000:])
        finally:
            shutil.rmtree(self.dir, ignore_errors=True)
            if self.server:
                self.server.drop()


class Schema:
    """A schema of its own on a PostgreSQL: what a program's state is kept in."""
    count = 0

    def __init__(self, address):
        Schema.count += 1
        self.address, self.name = address, "s_%d_%d" % (os.getpid(), Schema.count)
        self.url = "%s%soptions=-csearch_path%%3D%s" % (address, "&" if "?" in address else "?", self.name)
        self.psql(address, "CREATE SCHEMA " + self.name)

    @staticmethod
    def psql(url, sql):
        r = subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", sql], capture_output=True, text=True, timeout=60)
        assert r.returncode == 0, r.stderr
        return r.stdout.strip()

    def query(self, sql):
        """The rows as tuples, in the order of their columns."""
        text = self.psql(self.url, "SELECT json_agg(r) FROM (%s) r" % sql.rstrip("; "))
        rows = json.loads(text, object_pairs_hook=lambda pairs: [v for _, v in pairs]) if text else None
        return [tuple(r) for r in rows or []]

    def drop(self):
        subprocess.run(["psql", "-XAtq", "-d", self.address, "-c", "DROP SCHEMA %s CASCADE" % self.name], capture_output=True)


class Skip(Exception):
    """Raised by a test that cannot run here; its text says why."""


def run(*tests, once=()):
    """once: of these, those that take the same way whatever holds the state; a second run on a server leaves them out."""
    failed = 0
    for t in tests:
        if SERVER and t in once:
            continue
        name = t.__name__.replace("_", " ")
        try:
            t()
            print("ok", name, flush=True)
        except Skip as why:
            print("# skipped: %s: %s" % (name, why), flush=True)
        except Exception:
            failed += 1
            print("not ok", name, flush=True)
            traceback.print_exc()
    sys.exit(1 if failed else 0)
