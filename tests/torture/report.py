"""What was tried: for the terminal, and tests/RELIABILITY.md."""
import os
import sys
import time

from faults import KINDS
from loads import MODES

LATE = 0.9  # of all tries at least so many must have fired
EVERY = 30  # seconds between two lines where no terminal is


class Report:
    def __init__(self, seed, count, workers, total):
        self.seed, self.count, self.workers, self.total = seed, count, workers, total
        self.rows, self.found, self.failures, self.looks = {}, {}, [], 0
        self.done, self.began, self.told = 0, time.monotonic(), time.monotonic()
        self.line("# %d tries, %d at a time" % (total, workers))

    def add(self, spec, fired, wrong):
        kind, mode = spec.split()[:2]
        row = self.rows.setdefault((kind, mode), [0, 0, 0])
        for place, more in enumerate((1, fired, bool(wrong))):
            row[place] += more
        for text in wrong:
            self.failures.append((spec, text))
            self.line("not ok - %s (make torture SEED=%s ONLY='%s'): %s" % (
                self.title(kind, mode), self.seed, spec, text.replace("\n", "\n# ")))
        self.done += 1
        self.tell()

    def add_mutant(self, name, found):
        """found: the try that failed and why, or None."""
        self.found[name] = found
        self.line("%s - found: %s (%s)" % (("ok", name, ": ".join(found)) if found else
                                          ("not ok", name, "by nothing")))
        self.done += 1

    @staticmethod
    def title(kind, mode):
        return "%s, %s" % (KINDS[kind], mode)

    # --- while it runs ----------------------------------------------------------------------------

    def state(self):
        seconds = time.monotonic() - self.began
        return "%d of %d, %d failures, %.1f a second" % (self.done, self.total, len(self.failures),
                                                         self.done / seconds)

    def tell(self):
        if sys.stderr.isatty():
            print("\r%s\033[K" % self.state(), end="", file=sys.stderr, flush=True)
        elif time.monotonic() - self.told > EVERY:
            print("#", self.state(), flush=True)
            self.told = time.monotonic()

    @staticmethod
    def line(text):
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr, flush=True)
        print(text, flush=True)

    # --- at the end -------------------------------------------------------------------------------

    def in_order(self):
        order = [(kind, mode) for kind in KINDS for mode in MODES]
        return [(self.title(*key), *self.rows[key]) for key in order if key in self.rows]

    def finish(self):
        """1 where something is wrong, or hardly any fault of a kind has fired."""
        self.seconds = time.monotonic() - self.began
        bad = bool(self.failures)
        for title, tried, fired, failures in self.in_order():
            rare = fired == 0 or (tried >= 50 and fired < LATE * tried)
            bad |= rare
            self.line("%s - %s: %d tried, %d fired, %d failures" % ("not ok" if failures or rare else "ok", title,
                                                                    tried, fired, failures))
        for name in [name for name, found in self.found.items() if not found]:
            bad = True
            self.line("not ok - found: %s" % name)
        self.line("# %s, %d s" % (self.state(), self.seconds))
        return 1 if bad else 0

    def write(self, plan, missed):
        calls = tuple(len(plan.calls[name]) for name in ("staged", "whole", "append"))
        lines = ["# What was tried", "",
                 "Written by `make torture SEED=%d N=%d` (%d s, %d at a time): a load of three tables and a view is" % (
                     self.seed, self.count, self.seconds, self.workers),
                 "killed, cut and stopped at that many moments of each kind, chosen by the seed (0: every one).  Then",
                 "the same command runs again, and the tables must hold what the source holds, by pg-verify and by a",
                 "comparison of their own; rowpipe's own counts must agree with them, and nothing else may be left: no",
                 "schema, lock, session or file.  A fault that did not fire, since the load was over, counts as tried",
                 "only.", "",
                 "Undisturbed, the load makes %d system calls when it is staged, %d in one transaction, and %d" % calls,
                 "as a staged append.", "",
                 "All the while two look on, one with a new snapshot each time, one with a snapshot that it keeps for",
                 "a while: in %s looks nobody may ever have seen a part." % format(self.looks, ","), "",
                 "| fault | tried | fired | failures |", "|---|---|---|---|"]
        rows = self.in_order()
        lines += ["| %s | %d | %d | %d |" % row for row in rows]
        lines.append("| all | %d | %d | %d |" % tuple(sum(row[place] for row in rows) for place in (1, 2, 3)))
        lines += ["", "Builds that lack one rule each, which the same must find:", "",
                  "| what is lacking | found by |", "|---|---|"]
        for name in missed:
            found = self.found.get(name)
            lines.append("| %s | %s |" % (name, self.title(*found[0].split()[:2]) if found else "**nothing**"))
        with open(os.path.join(os.environ["ROOT"], "tests/RELIABILITY.md"), "w") as file:
            file.write("\n".join(lines) + "\n")
