#!/usr/bin/python3
"""What survives a kill: a desk with an open trade is asked, by Discord, to close it and, by Telegram, to pause. It is
killed at every system call of that run, started again, asked by people as people ask, and then judged.

  kill_campaign.py [--seed N] [--sample N] [--part kill,recovery,disk,net,memory,scripts] [--seconds S] [--jobs N] [--planted]

kill      SIGKILL before every call of every thread (loader: 1 in 10; --sample: that many, chosen by the seed)
recovery  kills during the start that follows, up to three deep, chosen by the seed
disk      ENOSPC and EIO from every write and sync of the state directory on, and for one call alone
net       each open, connect, send and receive fails once, with the errors that it can give
memory    each allocation fails once, the libraries' too (loader and constructors: 1 in 10)
scripts   the other scripts of kill_people.py, killed before every call after the program was ready
--planted builds programs with a known fault each: this test must catch every one of them

The person: says "/close all", clicks the button of whatever answer has one, and repeats after a second without an answer.
The judge reads the fakes' memory and the database, at each death (nothing was answered that is not on disk) and at the end.
"""
import argparse, collections, concurrent.futures, multiprocessing, multiprocessing.util, os, random, re, shutil, signal
import subprocess, sys, tempfile, time
from kill_people import SCRIPTS, People
from kill_world import *


# ---- one cycle ----

class Cycle:
    """wraps: how the first starts are wrapped, one a start; what follows them is not. marks: the tracer is told of readiness."""

    def __init__(self, world, wraps, marks=False):
        self.w, self.wraps, self.marks = world, list(wraps), marks
        self.wrong, self.deaths, self.starts, self.slowest = [], 0, 0, 0.0
        self.codes, self.repeats = [], 0

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
        people, end, stopping = People(w.p, w.script), time.monotonic() + CYCLE_S, False
        self.again = False
        self.start()
        while True:
            code = w.m.code()
            if code is not None:
                if stopping and code == 0:
                    if self.wrapped and w.judge.kept():  # what could not be told is told by the next start
                        self.codes.append(0)
                        until("the connection is gone", lambda: w.p.d.fake.ws is None)
                        people.restarted()
                        self.start()
                        stopping = False
                        continue
                    break
                if not self.died(people, code):
                    return self
                stopping = False
            if time.monotonic() > end:
                self.hung(people)
                return self
            if self.marks and w.m.looked():
                self.marks = False
                w.m.process.send_signal(signal.SIGUSR1)
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
        told = {i: str(p.answer(i))[:150] for i in people.on_discord()}
        self.wrong.append("lost: not settled in %d s: up=%s %s %s closed=%d/%d %s" % (
            CYCLE_S, p.up(), told, [len(p.replies(m)) for _, m in people.on_telegram()], len(p.channel("trades", "closed @")),
            len(p.group("closed @")), self.w.m.text()[-900:]))
        self.w.m.process.kill()
        self.w.m.process.wait()
        self.w.m.code()


class World:
    """A program, its base state and both platforms, for all scripts on one kind of market."""

    def __init__(self, binary, killat, market=None):
        self.killat, self.script = killat, None
        self.p = Platforms()
        self.m = Program(self.p, binary, market)
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

    def close(self):
        self.m.clean()
        shutil.rmtree(os.path.dirname(self.m.data), ignore_errors=True)


# ---- the workers: processes with worlds of their own, one cycle at a time ----

Job = collections.namedtuple("Job", "script what wraps tries says", defaults=(1, False))
Result = collections.namedtuple("Result", "what wrong deaths slowest repeats codes")
worker = {}


def worker_begins(binary, killat):
    worker.update(binary=binary, killat=killat, worlds={})
    multiprocessing.util.Finalize(None, worker_ends, exitpriority=1)


def worker_ends():
    for w in worker["worlds"].values():
        w.close()


def world(script):
    script = SCRIPTS[script]
    if script.market not in worker["worlds"]:
        worker["worlds"][script.market] = World(worker["binary"], worker["killat"], script.market)
    w = worker["worlds"][script.market]
    w.script = script
    return w


def cycles(job):
    """The results of a job: more than one where its call was not reached, for how often one is made differs from run to run."""
    w, out = world(job.script), []
    for _ in range(job.tries):
        c = Cycle(w, job.wraps).run()
        said = re.sub(r"(?m)^.*\[0x\w+\]$", "", w.m.text())  # without the tool's own lines: which call it was
        if job.says and any(c.codes) and not re.search("memory|thread cannot start", said, re.I):
            c.wrong.append("unsaid: ended with %s: %s" % (c.codes, w.m.text()[-4000:]))
        out.append(Result(job.what, c.wrong, c.deaths, c.slowest, c.repeats, c.codes))
        if c.deaths or c.wrong:
            break
    return out


def count_calls(script):
    """All calls of an undisturbed run, in order, as (thread, number, nth, path); and which of them was the first when ready."""
    w = world(script)
    path, calls, ready_at = os.path.join(w.m.dir, "calls"), [], 0
    c = Cycle(w, [(w.killat, "count", path)], marks=True).run()
    assert not c.wrong, "the undisturbed run is wrong: %s\n%s" % (c.wrong, w.m.text()[-1500:])
    with open(path) as f:
        for line in f:
            t, number, nth, where = (line.rstrip("\n").split(" ", 3) + [""])[:4]
            if int(t) < 0:
                ready_at = len(calls)
            else:
                calls.append((int(t), int(number), int(nth), where))
    return calls, ready_at


def count_allocations(nomem):
    """(of the loader and the libraries' constructors, of an undisturbed run)"""
    w = world(0)
    path = os.path.join(w.m.dir, "allocations")
    env = ("env", "LD_PRELOAD=" + nomem, "NOMEM_COUNT=" + path)
    subprocess.run([*env, w.m.binary, "version"], check=True, stdout=subprocess.DEVNULL)
    c = Cycle(w, [env]).run()
    assert not c.wrong, "the counted run is wrong: %s" % c.wrong
    with open(path) as f:
        first, last = map(int, f.read().split())
    return first, last


class Crew:
    def __init__(self, n, binary, killat):
        self.n, self.killat = n, killat
        self.pool = concurrent.futures.ProcessPoolExecutor(n, multiprocessing.get_context("spawn"), worker_begins, (binary, killat))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.pool.shutdown(cancel_futures=True)

    def ask(self, fn, *args):
        return self.pool.submit(fn, *args).result()

    def work(self, name, jobs, deadline, stop_at=0):
        t, todo, under_way = Tally(name), iter(jobs), set()
        while True:
            over = t.begun and time.monotonic() > deadline or stop_at and len(t.bad) >= stop_at
            while not over and len(under_way) < self.n:
                job = next(todo, None)
                if not job:
                    break
                t.begun += 1
                under_way.add(self.pool.submit(cycles, job))
            if not under_way:
                return t
            done, under_way = concurrent.futures.wait(under_way, return_when=concurrent.futures.FIRST_COMPLETED)
            for d in done:
                t.add(d.result())
            if t.jobs % 100 == 0:
                print("# %d of %d: %s" % (t.jobs, len(jobs), t.line()), flush=True)


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
        self.name, self.begun, self.jobs, self.cycles, self.kills, self.landed, self.slowest, self.repeats = name, 0, 0, 0, 0, 0, 0.0, 0
        self.codes = collections.Counter()
        self.count, self.bad, self.began = collections.Counter(), [], time.monotonic()

    def add(self, results):
        self.jobs += 1
        self.landed += bool(results[-1].deaths)
        for r in results:
            self.cycles += 1
            self.kills += r.deaths
            self.slowest = max(self.slowest, r.slowest)
            self.repeats += r.repeats
            self.codes.update(r.codes)
            for w in r.wrong:
                self.count[w.split(":")[0]] += 1
            if r.wrong:
                self.bad.append((r.what, r.wrong))
                print("# WRONG at %s: %s" % (r.what, " | ".join(r.wrong)[:6000]), flush=True)

    def line(self):
        spent = time.monotonic() - self.began
        other = sum(n for k, n in self.count.items() if k not in ("lost", "doubled"))
        return "%s: %d cycles, %d kills, %d lost, %d doubled, %d other, %d repeats by people, slowest restart %d ms, %d s" % (
            self.name, self.cycles, self.kills, self.count["lost"], self.count["doubled"], other, self.repeats, self.slowest, spent)


def say_call(thread, number, nth):
    return "thread %d %s #%d" % (thread, NAME.get(number, number), nth)


def kill_wrap(killat, point):
    return (killat, "kill", *map(str, point))


def kill_jobs(killat, chosen, script=0):
    return [Job(script, say_call(*point), [kill_wrap(killat, point)], LAND_TRIES) for point in chosen]


def recovery_jobs(killat, every, n, rng):
    out = []
    for _ in range(n):
        wraps = [kill_wrap(killat, rng.choice(every)) for _ in range(1 + rng.randint(1, DEEP))]
        out.append(Job(0, " then ".join(" ".join(x[2:]) for x in wraps), wraps))
    return out


STATE = "/state/"


def disk_jobs(killat, calls):
    """Every write or sync on a file of the state, from there on, a start on the full disk included, and alone."""
    out = []
    for name, error in (("write", ENOSPC), ("pwrite64", ENOSPC), ("ftruncate", ENOSPC), ("fallocate", ENOSPC), ("fdatasync", EIO),
                        ("fsync", EIO)):
        n = sum(1 for c in calls if c[1] == NUMBER[name] and STATE in c[3])
        fail = lambda nth: (killat, "fail", str(NUMBER[name]), str(nth), str(error), STATE)
        for nth in range(1, n + 1):
            out.append(Job(0, "%s from #%d on error %d" % (name, nth, error), [fail(nth), fail(1)]))
            out.append(Job(0, "%s #%d error %d" % (name, nth, error), [fail(-nth)]))
    return out


ENOENT, EINTR, EAGAIN, ENOMEM, EACCES, EMFILE, EPIPE, ENETUNREACH, ECONNRESET, ETIMEDOUT, ECONNREFUSED = 2, 4, 11, 12, 13, 24, 32, 101, 104, 110, 111
NET_ERRORS = (("openat", STATE, (EACCES, EMFILE)), ("socket", "", (EMFILE, ENOMEM)), ("connect", "socket:", (ECONNREFUSED, ENETUNREACH, ETIMEDOUT)),
              ("sendto", "socket:", (ECONNRESET, EPIPE, EAGAIN)), ("sendmsg", "socket:", (ECONNRESET,)), ("write", "socket:", (EPIPE, EAGAIN)),
              ("recvfrom", "socket:", (ECONNRESET, EAGAIN)), ("recvmsg", "socket:", (ECONNRESET,)), ("read", "socket:", (ECONNRESET, EINTR)))


def net_jobs(killat, calls):
    """Each call fails alone: the program goes on by itself, or ends and starts again."""
    out = []
    for name, part, errors in NET_ERRORS:
        n = sum(1 for c in calls if NAME.get(c[1]) == name and part in c[3])
        out += [Job(0, "%s #%d error %d" % (name, nth, error), [(killat, "fail", str(NUMBER[name]), str(-nth), str(error), part)])
                for nth in range(1, n + 1) for error in errors]
    return out


def memory_jobs(crew):
    """An end that the program chose says why; any other is a fault, whatever people were told."""
    nomem = os.path.join(os.path.dirname(crew.killat), "nomem.so")
    first, last = crew.ask(count_allocations, nomem)
    print("# %d allocations, %d of them before main" % (last, first), flush=True)
    return [Job(0, "allocation %d" % n, [("env", "LD_PRELOAD=" + nomem, "NOMEM_AT=%d" % n)], 1, True)
            for n in range(1, last + 1) if n > first or n % LOADER_STRIDE == 0]


# ---- planted bugs: a copy of the sources with one fault each, which the same cycles must catch ----

PLANTED = [
    ("answers are released before the commit", "bot/desk.c", "    c->waiters = d->waiters;\n",
     "    for (size_t i = 0; i < d->waiters.n; i++) d->waiters.item[i].fn(d->waiters.item[i].arg);\n    free(d->waiters.item);\n"),
    ("the outbox marks the end before it sends", "bot/outbox_lane.c", "    if (durable)\n        lane_deliver(b, l);\n",
     "    for (struct item *i = l->head; i; i = i->next)\n"
     "        store_put_outbox_end(desk_batch(b->o.desk), i->id, OUTBOX_DONE, \"\", clock_wall());\n"
     "    if (durable && 0)\n        lane_deliver(b, l);\n"),
    ("the inbox row is in a transaction of its own", "bot/router_call.c", "    store_put_inbox(b, &in);\n    store_put_audit(b, &row);\n",
     "    b = store_batch_new(k->router->o.store);\n    store_put_inbox(b, &in);\n    store_put_audit(b, &row);\n"
     "    store_commit(k->router->o.store, b, NULL, NULL);\n    store_wait(k->router->o.store);\n"),
    ("an update is confirmed before it is durable", "bot/chat/telegram_poll.c",
     "        t->host.after_commit(t->host.arg, next_poll, t); /* only a durable update is confirmed */\n", "        next_poll(t);\n"),
    ("what was received is not remembered over a restart", "bot/router.c", "    while (l.n) idset_add(r->seen, l.key[--l.n]);", "    while (0) idset_add(r->seen, l.key[--l.n]);"),
    ("an attempt is not marked as possibly delivered", "bot/outbox_load.c", "    i->uncertain = r->state == OUTBOX_ATTEMPT;", "    i->uncertain = false;"),
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
            with Crew(o.jobs, plant(*bug, into), killat) as crew:
                calls, _ = crew.ask(count_calls, 0)
                chosen = [c[:3] for c in calls[main_begins(calls):] if c[1] in telling]
                random.Random(o.seed).shuffle(chosen)
                t = crew.work("kill", kill_jobs(killat, chosen[: o.sample or 400]), deadline, stop_at=3)
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


def further_scripts(o, crew, rng):
    """The other scripts, killed at every call after the program was ready: how it starts was killed in the first."""
    bad, each = 0, o.seconds * SHARE["scripts"] / len(SCRIPTS[1:])
    for i, script in enumerate(SCRIPTS[1:], 1):
        if o.only not in script.name:
            continue
        calls, ready_at = crew.ask(count_calls, i)
        chosen = [c[:3] for c in calls[ready_at:]]
        n = len(chosen)
        if o.sample:
            chosen = rng.sample(chosen, min(o.sample // 12 or 1, n))
        t = crew.work("kill: " + script.name, kill_jobs(crew.killat, chosen, i), time.monotonic() + each)
        bad += len(t.bad)
        print("%s %s; %d of %d calls after readiness" % ("not ok" if t.bad else "ok", t.line(), t.landed, n), flush=True)
    return bad


def campaign(o, crew):
    rng, bad, n = random.Random(o.seed), 0, o.sample
    calls, _ = crew.ask(count_calls, 0)
    say_calls(calls)
    every = points(calls)
    some = lambda jobs, share=3: rng.sample(jobs, min(n // share, len(jobs))) if n else jobs
    parts = {"kill": lambda: some(kill_jobs(crew.killat, every), 1),
             "recovery": lambda: recovery_jobs(crew.killat, every, n // 3 if n else 300, rng),
             "disk": lambda: some(disk_jobs(crew.killat, calls)),
             "net": lambda: some(net_jobs(crew.killat, calls)),
             "memory": lambda: some(memory_jobs(crew))}
    for name in [n for n in o.part.split(",") if n != "scripts"]:
        if name in ("disk", "net") and not disk_jobs(crew.killat, calls) and os.geteuid():
            print("# skipped: %s part: only root may see which files a program that is not dumpable has open" % name, flush=True)
            continue
        if name == "memory" and lib.SANITIZED:
            print("# skipped: memory part: a sanitizer brings an allocator of its own", flush=True)
            continue
        jobs = parts[name]()
        t = crew.work(name, jobs, time.monotonic() + o.seconds * SHARE[name])
        bad += len(t.bad) + (not t.cycles)
        print("%s %s; %d of %d were ended, by status: %s" % ("not ok" if t.bad or not t.cycles else "ok", t.line(), t.landed, len(jobs),
                                                            dict(t.codes)), flush=True)
    return bad + (further_scripts(o, crew, rng) if "scripts" in o.part.split(",") else 0)


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--seed", type=int, default=int(time.time()))
    a.add_argument("--sample", type=int, default=0)
    a.add_argument("--part", default="kill,recovery,disk,net,memory,scripts")
    a.add_argument("--seconds", type=float, default=1e9)
    a.add_argument("--jobs", "-j", type=int, default=1, help="workers, each with a world of its own")
    a.add_argument("--planted", action="store_true")
    a.add_argument("--only", default="", help="of the planted, or of the scripts: those whose name has this")
    o = a.parse_args()
    print("# seed %d" % o.seed, flush=True)
    killat = tracer()
    if o.planted:
        sys.exit(1 if planted(o, killat, time.monotonic() + o.seconds) else 0)
    with Crew(o.jobs, os.path.abspath(lib.MIA), killat) as crew:
        bad = campaign(o, crew)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
