#!/usr/bin/python3
"""What survives a kill: a desk with an open trade is asked, by Discord, to close it and, by Telegram, to pause. It is
killed at every system call of that run, started again, asked by people as people ask, and then judged.

  kill_campaign.py [--seed N] [--sample N] [--part kill,recovery,disk,net,memory,scripts] [--planted] [--seconds S]

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
import argparse, collections, os, random, re, shutil, signal, subprocess, sys, tempfile, time
from kill_people import SCRIPTS, People
from kill_world import *


# ---- one cycle ----

class Cycle:
    """wraps: how the first starts are wrapped, one a start; what follows them is not. marks: the tracer is told of readiness."""

    def __init__(self, world, wraps, marks=False):
        self.w, self.wraps, self.marks = world, list(wraps), marks
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
    def __init__(self, binary, killat, script=SCRIPTS[0]):
        self.killat, self.script = killat, script
        self.p = Platforms()
        self.m = Program(self.p, binary, script.market)
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
        c = Cycle(self, [(self.killat, "count", path)], marks=True).run()
        assert not c.wrong, "the undisturbed run is wrong: %s\n%s" % (c.wrong, self.m.text()[-1500:])
        calls = []
        with open(path) as f:
            for line in f:
                t, number, nth, where = (line.rstrip("\n").split(" ", 3) + [""])[:4]
                if int(t) < 0:
                    self.ready_at = len(calls)
                else:
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
    t = Tally("kill: " + w.script.name)
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


ENOENT, EINTR, EAGAIN, ENOMEM, EACCES, EMFILE, EPIPE, ENETUNREACH, ECONNRESET, ETIMEDOUT, ECONNREFUSED = 2, 4, 11, 12, 13, 24, 32, 101, 104, 110, 111
NET_ERRORS = (("openat", "/state", (EACCES, EMFILE)), ("socket", "", (EMFILE, ENOMEM)), ("connect", "socket:", (ECONNREFUSED, ENETUNREACH, ETIMEDOUT)),
              ("sendto", "socket:", (ECONNRESET, EPIPE, EAGAIN)), ("sendmsg", "socket:", (ECONNRESET,)), ("write", "socket:", (EPIPE, EAGAIN)),
              ("recvfrom", "socket:", (ECONNRESET, EAGAIN)), ("recvmsg", "socket:", (ECONNRESET,)), ("read", "socket:", (ECONNRESET, EINTR)))


def net_wraps(w, calls):
    """Each call fails alone: the program goes on by itself, or ends and starts again."""
    out = []
    for name, part, errors in NET_ERRORS:
        n = sum(1 for c in calls if NAME.get(c[1]) == name and (part in c[3] or not part))
        out += [(w.killat, "fail", str(NUMBER[name]), str(-nth), str(error), part) for nth in range(1, n + 1) for error in errors]
    return out


def part_net(w, wraps, deadline):
    t = Tally("net")
    for wrap in wraps:
        if t.cycles and time.monotonic() > deadline:
            break
        c = Cycle(w, [wrap]).run()
        t.codes.update(c.codes)
        t.add("%s #%s error %s" % (NAME[int(wrap[2])], wrap[3], wrap[4]), c)
    print("# ends under failing calls, by status: %s" % dict(t.codes), flush=True)
    return t


def count_allocations(w, nomem):
    """(of the loader and the libraries' constructors, of an undisturbed run)"""
    path = os.path.join(w.m.dir, "allocations")
    env = ("env", "LD_PRELOAD=" + nomem, "NOMEM_COUNT=" + path)
    subprocess.run([*env, w.m.binary, "version"], check=True, stdout=subprocess.DEVNULL)
    c = Cycle(w, [env]).run()
    assert not c.wrong, "the counted run is wrong: %s" % c.wrong
    with open(path) as f:
        first, last = map(int, f.read().split())
    return first, last


def memory_wraps(w, nomem):
    first, last = count_allocations(w, nomem)
    print("# %d allocations, %d of them before main" % (last, first), flush=True)
    return [("env", "LD_PRELOAD=" + nomem, "NOMEM_AT=%d" % n) for n in range(1, last + 1) if n > first or n % LOADER_STRIDE == 0]


def part_memory(w, wraps, deadline):
    """An end that the program chose says why; any other is a fault, whatever people were told."""
    t = Tally("memory")
    for wrap in wraps:
        if t.cycles and time.monotonic() > deadline:
            break
        c = Cycle(w, [wrap]).run()
        t.codes.update(c.codes)
        said = re.sub(r"(?m)^.*\[0x\w+\]$", "", w.m.text())  # without the tool's own lines: which call it was
        if any(c.codes) and not re.search("memory|thread cannot start", said, re.I):
            c.wrong.append("unsaid: ended with %s: %s" % (c.codes, w.m.text()[-400:]))
        t.add(wrap[2], c)
    print("# ends without memory, by status: %s" % dict(t.codes), flush=True)
    return t


# ---- planted bugs: a copy of the sources with one fault each, which the same cycles must catch ----

PLANTED = [
    ("answers are released before the commit", "bot/desk.c", "    c->waiters = d->waiters;\n",
     "    for (size_t i = 0; i < d->waiters.n; i++) d->waiters.item[i].fn(d->waiters.item[i].arg);\n    free(d->waiters.item);\n"),
    ("the outbox marks the end before it sends", "bot/outbox_lane.c", "    if (durable)\n        deliver(b, l);\n",
     "    for (struct item *i = l->head; i; i = i->next)\n"
     "        store_put_outbox_end(desk_batch(b->o.desk), i->id, OUTBOX_DONE, \"\", clock_wall());\n"
     "    if (0)\n        deliver(b, l);\n"),
    ("the inbox row is in a transaction of its own", "bot/router_call.c", "    store_put_inbox(b, &in);\n    store_put_audit(b, &row);\n",
     "    b = store_batch_new(k->router->o.store);\n    store_put_inbox(b, &in);\n    store_put_audit(b, &row);\n"
     "    store_commit(k->router->o.store, b, NULL, NULL);\n"),
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


def further_scripts(o, killat):
    """The other scripts, killed at every call after the program was ready: how it starts was killed in the first."""
    rng, bad, each = random.Random(o.seed), 0, o.seconds * SHARE["scripts"] / len(SCRIPTS[1:])
    for script in SCRIPTS[1:]:
        w = World(os.path.abspath(lib.MIA), killat, script)
        try:
            calls = w.count()
            chosen = [c[:3] for c in calls[w.ready_at:]]
            n = len(chosen)
            if o.sample:
                chosen = rng.sample(chosen, min(o.sample // 12 or 1, n))
            t = part_kill(w, chosen, time.monotonic() + each)
        finally:
            w.close()
        bad += len(t.bad)
        print("%s %s; %d of %d calls after readiness" % ("not ok" if t.bad else "ok", t.line(), t.landed, n), flush=True)
    return bad


def campaign(o, killat):
    rng, bad = random.Random(o.seed), 0
    w = World(os.path.abspath(lib.MIA), killat)
    try:
        calls = w.count()
        say_calls(calls)
        every = points(calls)
        disk = disk_wraps(w, calls)
        nomem = os.path.join(os.path.dirname(killat), "nomem.so")
        n = o.sample
        some = lambda wraps: rng.sample(wraps, min(n // 3, len(wraps))) if n else wraps
        parts = {"kill": lambda until: part_kill(w, rng.sample(every, min(n, len(every))) if n else every, until),
                 "recovery": lambda until: part_recovery(w, every, n // 3 if n else 300, rng, until),
                 "disk": lambda until: part_disk(w, some(disk), until),
                 "net": lambda until: part_net(w, some(net_wraps(w, calls)), until),
                 "memory": lambda until: part_memory(w, some(memory_wraps(w, nomem)), until)}
        for name in [n for n in o.part.split(",") if n != "scripts"]:
            if name in ("disk", "net") and not disk and os.geteuid():
                print("# skipped: %s part: only root may see which files a program that is not dumpable has open" % name, flush=True)
                continue
            t = parts[name](time.monotonic() + o.seconds * SHARE[name])
            if name == "kill":
                print("# %d of %d chosen calls were reached and killed at" % (t.landed, min(n, len(every)) if n else len(every)))
            bad += len(t.bad) + (not t.cycles)
            print("%s %s" % ("not ok" if t.bad or not t.cycles else "ok", t.line()), flush=True)
    finally:
        w.close()
    return bad + (further_scripts(o, killat) if "scripts" in o.part.split(",") else 0)


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--seed", type=int, default=int(time.time()))
    a.add_argument("--sample", type=int, default=0)
    a.add_argument("--part", default="kill,recovery,disk,net,memory,scripts")
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
