"""What loads do that nothing disturbs, and so the moments at which they can be harmed."""
import os
import random
import time

from loads import MODES
from server import Wrong

# make torture N=0: so many of those kinds whose moments cannot be listed, in each mode.
FULL = {"moment": 700, "deep": 75, "cut": 60, "silent": 20, "stop": 25, "ended": 40, "slain": 25, "crowd": 24,
        "overtaken": 3, "bytes": 60}
CROWDS = (2, 8, 32)
BEFORE, BEHIND = 1, 4  # messages around a COMMIT, of either side


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
        far = sorted(set(far) - set(near))
        if count == 0:
            return near + dice.sample(far, min(FULL["cut"], len(far)))
        near = dice.sample(near, min(count * 2 // 3, len(near)))
        return near + dice.sample(far, min(count - len(near), len(far)))

    def silences(self, name, count, dice):
        """Some from the first message on that a load has a transaction to hold."""
        sides = [(side, number) for side, most in self.messages[name].items()
                 for number in range(most // 5, most * 19 // 20)]
        return ["%s %d %s" % (*point, ("ends", "stays")[place % 2])
                for place, point in enumerate(dice.sample(sides, min(count or FULL["silent"], len(sides))))]

    def points(self, kind, name, count, dice, stream):
        """The points of a kind in a mode, as words; no more than count, where that is not 0."""
        most = min(count or FULL.get(kind, 0), FULL.get(kind, count))
        if kind == "call":
            points = ["%s %d" % point for point in self.numbered(name)]
            return points if count == 0 or count >= len(points) else dice.sample(points, count)
        if kind == "cut":
            return self.cuts(name, count, dice)
        if kind == "silent":
            return self.silences(name, most, dice)
        if kind == "undo":
            points = [str(number) for number in range(1, len(self.commits[name]) + 1)]
            return points if count == 0 or count >= len(points) else points[-count:]
        if kind == "crowd":
            return ["%d %d" % (CROWDS[number % 3], number) for number in range(most)]
        if kind == "bytes":
            return [str(number) for number in dice.sample(range(1, stream), most)]
        if kind == "changed":
            return [str(stream * 7 // 10)]
        if kind == "swallowed":
            return [""]
        return [str(number) for number in range(most)]

    def list(self, kinds, count, seed, stream):
        """Every try as one line: KIND MODE POINT."""
        lines = []
        for kind in kinds:
            for name in ONLY_STAGED.get(kind, MODES):
                points = self.points(kind, name, count, random.Random("%s %s %s" % (seed, kind, name)), stream)
                lines += [" ".join([kind, name, point]).strip() for point in points]
        return lines


ONLY_STAGED = {kind: ("staged",) for kind in ("overtaken", "changed")}
ONLY_STAGED["swallowed"] = ("staged", "whole")
