"""What loads do that nothing disturbs, and so the moments at which they can be harmed."""
import os
import random
import time

from loads import MODES
from server import Wrong

# make torture N=0: so many of those kinds whose moments cannot be listed, in each mode.
FULL = {"moment": 700, "deep": 75, "cut": 150, "silent": 20, "stop": 40, "ended": 60, "slain": 40, "crowd": 24,
        "overtaken": 3, "short": 60, "changed": 1, "swallowed": 0}
ONLY_IN = {"overtaken": ("staged",), "changed": ("staged",), "swallowed": ("staged", "whole")}
CROWDS = (2, 8, 32)
BEFORE, BEHIND = 1, 4  # messages around a COMMIT, of either side


def some(points, count, dice):
    """At most count of them; 0: all."""
    return dice.sample(points, count) if 0 < count < len(points) else list(points)


class Plan:
    def __init__(self, bench):
        self.calls, self.calm, self.lasts, self.objects, self.messages, self.commits = {}, {}, {}, {}, {}, {}
        for mode in MODES.values():
            self.measure(bench, mode)
            self.trace(bench, mode)
            self.listen(bench, mode)
        self.objects = dict(bench.judge.objects)

    @staticmethod
    def load(bench, mode, **more):
        """Nobody looks on: what it does is what it does alone."""
        bench.judge.settle()
        bench.judge.anew(mode)
        began = time.monotonic()
        load = bench.load(mode, **more)
        if load.wait() != 0:
            raise Wrong("a load that nothing disturbs fails: " + load.said)
        seconds = time.monotonic() - began
        bench.judge.complete(mode)
        return seconds

    def measure(self, bench, mode):
        self.lasts[mode.name] = sorted(self.load(bench, mode) for _ in range(3))[1]

    def trace(self, bench, mode):
        """All its system calls, in their order; the first one, execve, is strace's own."""
        lines = os.environ["TEMP"] + "/calls"
        self.load(bench, mode, before=["strace", "-f", "-qq", "-s", "40", "-e", "signal=none", "-o", lines])
        names, commits = [], []
        with open(lines) as file:
            for line in file:
                name = line.split(None, 1)[1].split("(")[0]
                if name.replace("_", "").isalnum() and "(" in line:
                    names.append(name)
                    if "COMMIT\\0" in line:
                        commits.append(len(names) - 1)
        os.unlink(lines)
        self.calls[mode.name] = names[1:]
        self.calm[mode.name] = commits[-2] if mode.name == "staged" else len(names) + 1

    def listen(self, bench, mode):
        """How many messages both sides send, and which of them are near a COMMIT."""
        proxy = bench.proxy()
        self.load(bench, mode, host=proxy.folder)
        client, server, self.commits[mode.name], _ = proxy.look()
        bench.close_proxies()
        self.messages[mode.name] = {"c": client, "s": server}

    # --- moments ----------------------------------------------------------------------------------

    def numbered(self, name):
        """("read", 1), ("mmap", 1), ("read", 2) ..."""
        counts = {}
        for call in self.calls[name]:
            counts[call] = counts.get(call, 0) + 1
            yield call, counts[call]

    def any_call(self, name, dice):
        return dice.choice(list(self.numbered(name)))

    def is_calm(self, name, call, number):
        return list(self.numbered(name)).index((call, number)) >= self.calm[name]

    def near(self, name):
        points = set()
        for client, server in self.commits[name]:
            points |= {("c", number) for number in range(client - BEFORE, client + 2)}
            points |= {("s", number) for number in range(server - BEFORE + 1, server + BEHIND)}
        return sorted(point for point in points if 0 < point[1] <= self.messages[name][point[0]])

    def cuts(self, name, count, dice):
        """Those near a COMMIT, all of them where all are tried, and some of the others."""
        near = ["%s %d %s" % (*point, how) for point in self.near(name) for how in ("before", "after", "half")]
        far = ["%s %d %s" % (side, number, how) for side, most in self.messages[name].items()
               for number in range(1, most + 1) for how in ("before", "after", "half")]
        near_ones = some(near, count * 2 // 3, dice)
        rest = count - len(near_ones) if count else FULL["cut"]
        return near_ones + some(sorted(set(far) - set(near)), rest, dice)

    def silences(self, name, count, dice):
        """From where a load may have a transaction to hold."""
        sides = [(side, number) for side, most in self.messages[name].items()
                 for number in range(most // 5, most * 19 // 20)]
        return ["%s %d %s" % (*point, ("ends", "stays")[place % 2])
                for place, point in enumerate(some(sides, count, dice))]

    def points(self, kind, name, count, dice, stream):
        """The points of a kind in a mode, as words; no more than count, where that is not 0."""
        most = min(count or FULL.get(kind, 0), FULL.get(kind, count))
        if kind == "call":
            return some(["%s %d" % point for point in self.numbered(name)], count, dice)
        if kind == "cut":
            return self.cuts(name, count, dice)
        if kind == "silent":
            return self.silences(name, most, dice)
        if kind == "undo":
            return some([str(number + 1) for number in range(len(self.commits[name]))], count, dice)
        if kind == "crowd":
            return ["%d %d" % (CROWDS[number % 3], number) for number in range(most)]
        if kind == "short":
            return [str(number) for number in some(range(1, stream), most, dice)]
        if kind == "changed":
            return [str(stream * 7 // 10)]
        return [str(number) for number in range(most)] if most else [""]

    def lines(self, kinds, count, seed, stream):
        """Every try as one line: KIND MODE POINT."""
        lines = []
        for kind in kinds:
            for name in ONLY_IN.get(kind, MODES):
                points = self.points(kind, name, count, random.Random("%s %s %s" % (seed, kind, name)), stream)
                lines += [" ".join([kind, name, point]).strip() for point in points]
        return lines
