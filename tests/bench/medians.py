"""Medians of the chat bench's lines, and ours as ratios of the peer in the same run."""
import re, statistics, sys

figures = {"start ms": r"->\S*(?: getUpdates)? (\d+)ms", "p50 us": r"p50 (\d+)us", "p99 us": r"p99 (\d+)us",
           "50 in flight /s": r"50 in flight: (\d+)/s", "idle MiB": r"RSS idle ([\d.]+)", "after MiB": r"after ([\d.]+) MiB"}
runs = {}
for line in open(sys.argv[1]):
    name = line.split(":")[0]
    kind = "telegram" if "getUpdates" in line else "discord"
    for figure, pattern in figures.items():
        m = re.search(pattern, line)
        if m:
            runs.setdefault((kind, name), {}).setdefault(figure, []).append(float(m.group(1)))
for kind, peer in (("discord", "discord.js"), ("telegram", "grammY")):
    ours, theirs, floor = runs.get((kind, "mia")), runs.get((kind, peer)), runs.get((kind, "floor"), {})
    if not ours or not theirs:
        print("%s: no figures for both" % kind)
        continue
    for figure in figures:
        if figure in ours and figure in theirs:
            a, b = statistics.median(ours[figure]), statistics.median(theirs[figure])
            c = "   floor %8.1f" % statistics.median(floor[figure]) if figure in floor else ""
            print("%-9s %-16s mia %8.1f   %s %8.1f   ratio %.2f%s" % (kind, figure, a, peer, b, a / b if b else 0, c))
many, few = runs.get(("discord", "mia-many"), {}), runs.get(("discord", "mia"), {})
if "after MiB" in many and "after MiB" in few:
    print("memory after 7,000 commands %.1f MiB, after 100,000 %.1f MiB" % (statistics.median(few["after MiB"]), many["after MiB"][0]))
