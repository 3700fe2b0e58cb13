#!/usr/bin/python3
"""PostgreSQL restarted under load: N times, fast, immediate and killed as a whole, while commands come in all the time.

  tests/sim/pg_campaign.py [--restarts N] [--seed S]

Every command that was sent must be there exactly once at the end (inbox, audit, journal) and must have been answered,
the journal must replay to what was committed, and the audit chain must hold. Ends with one line of figures.
"""
import argparse, collections, os, random, signal, sys, threading, time
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "../scenario"), os.path.join(HERE, "../fakes")]
from lib import *
import postgres

HOWS = {signal.SIGINT: "fast", signal.SIGQUIT: "immediate", signal.SIGKILL: "killed"}


class Load(threading.Thread):
    """Asks all the time, from one chat, and remembers what and when."""

    def __init__(self, tg, rate):
        super().__init__(daemon=True)
        self.tg, self.rate, self.over, self.sent = tg, rate, threading.Event(), []

    def run(self):
        words = ["/pause", "/status", "/pause", "/version", "/pause"]
        while not self.over.is_set():
            text = words[len(self.sent) % len(words)]
            update = self.tg.tell("message", user=TG_OWNER, chat=TG_OWNER, text=text)["update"]
            self.sent.append((update, text, time.monotonic()))
            time.sleep(self.rate)


def campaign(restarts, seed, rate=0.05, quiet=False, pg=None):
    dice = random.Random(seed)
    cluster, tg = pg or postgres.Cluster(), Fake("telegram")
    m = Mia(telegram=tg, speed=300, n=30000, server=cluster.url())
    counts = collections.Counter()
    began = time.monotonic()
    try:
        # Owners are not limited in what they read; /pause works always.
        m.start().started()
        load = Load(tg, rate)
        load.start()
        for i in range(restarts):
            time.sleep(dice.uniform(0.05, 0.5))
            how = dice.choice(list(HOWS))
            cluster.stop(how)
            counts[HOWS[how]] += 1
            # Most outages are shorter than what is told to people, some are longer.
            time.sleep(dice.choice([0, 0.02, 0.1, 0.4, 1.5 if i % 5 == 0 else 0.2]))
            cluster.start()
            m.dead()
            if not quiet:
                print("\r%d of %d restarts, %d commands" % (i + 1, restarts, len(load.sent)), end="", file=sys.stderr, flush=True)
        load.over.set()
        load.join()
        ask = tg.tell("message", user=TG_OWNER, chat=TG_OWNER, text="/health")["update"]
        load.sent.append((ask, "/health", time.monotonic()))
        until("everything is answered", lambda: len([x for x in tg.state()["messages"] if x["chat_id"] == TG_OWNER]) >= len(load.sent), 60)
        until("nothing is kept any more", lambda: os.path.getsize(pending(m)) == 0 if os.path.exists(pending(m)) else True, 30)
        m.stop()
        lost, doubled = verify(m, load.sent)
        answers = len([x for x in tg.state()["messages"] if x["chat_id"] == TG_OWNER])
        figures = "%d restarts (%s), %d commands: %d lost, %d doubled, %d answers, %.0f s" % (
            restarts, ", ".join("%d %s" % (n, k) for k, n in sorted(counts.items())), len(load.sent), lost, doubled, answers,
            time.monotonic() - began)
        return lost, doubled, figures
    finally:
        m.clean()
        tg.close()
        if not pg:
            cluster.close()


def pending(m):
    return os.path.join(m.dir, "state/pending")


def verify(m, sent):
    """What is in the database against what was sent."""
    inbox = collections.Counter(n for n, in m.query("SELECT ext_id FROM inbox WHERE platform = 'telegram'"))
    lost = [u for u, *_ in sent if inbox[u] == 0]
    doubled = [u for u, *_ in sent if inbox[u] > 1]
    audit = collections.Counter(c for c, in m.query("SELECT command FROM audit WHERE platform = 'telegram'"))
    for text, n in collections.Counter(t for _, t, _ in sent).items():
        there = audit[text[1:]]
        lost += ["audit " + text] * max(0, n - there)
        doubled += ["audit " + text] * max(0, there - n)
    pauses = sum(t == "/pause" for _, t, _ in sent)
    [(events,)] = m.query("SELECT COUNT(*) FROM journal WHERE kind = 'command'")
    lost += ["journal"] * max(0, pauses - events)
    doubled += ["journal"] * max(0, events - pauses)
    rows = [n for n, in m.query("SELECT seq FROM journal ORDER BY seq")]
    assert len(rows) == len(set(rows))
    m.cli("db", "check")
    m.cli("audit", "verify")
    m.cli("replay")
    if lost or doubled:
        print("\nlost %s\ndoubled %s" % (lost[:20], doubled[:20]), file=sys.stderr)
    return len(lost), len(doubled)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--restarts", type=int, default=100)
    p.add_argument("--seed", type=int, default=1)
    o = p.parse_args()
    try:
        lost, doubled, figures = campaign(o.restarts, o.seed)
    except postgres.Missing as why:
        print("# skipped: PostgreSQL restarted under load: %s" % why)
        sys.exit(77)
    print("\npg: " + figures)
    sys.exit(1 if lost or doubled else 0)


if __name__ == "__main__":
    main()
