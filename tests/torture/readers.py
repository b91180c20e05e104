"""Two who look on all the time: neither may ever see a part of a load."""
import threading
import time

from judge import SEEN
from server import Lost, Refused, Session

PAUSE, HOLD = 0.03, 0.25  # seconds between two looks, and how long a snapshot is held


class Reader(threading.Thread):
    """Asks while it is awake.  Whoever has seen all must see all from then on, crashes or not."""

    def __init__(self, folder, judge, random):
        super().__init__(daemon=True)
        self.folder, self.judge, self.random = folder, judge, random
        self.session, self.mode = None, None
        self.problems, self.looks, self.met = [], 0, set()
        self.change, self.idle, self.over = threading.Condition(), True, False
        self.sleep = threading.Event()
        self.start()

    def watch(self, mode):
        with self.change:
            self.mode, self.all_seen = mode, False
            self.sleep.clear()
            self.change.notify_all()

    def rest(self):
        """Waits until it holds nothing."""
        with self.change:
            self.mode = None
            self.sleep.set()
            self.change.wait_for(lambda: self.idle)

    def quit(self):
        with self.change:
            self.over = True
            self.change.notify_all()
        self.join()

    def run(self):
        while True:
            with self.change:
                self.idle = True
                self.change.notify_all()
                self.change.wait_for(lambda: self.over or self.mode)
                if self.over:
                    return
                self.idle, mode = False, self.mode
            try:
                if not self.session:
                    self.session = Session(self.folder)
                self.look(mode)
            except Lost:
                self.session = None
                self.sleep.wait(PAUSE)
            except Refused as refused:
                self.problems.append("a reader is refused: %s" % refused)
                self.sleep.wait(1)

    def ask(self, mode):
        """Names and counts, each in one statement: a snapshot has the whole of both."""
        (names,), (seen,) = self.session.ask("SELECT torture.names(); SELECT torture.see()")
        before, after = self.judge.before(mode), self.judge.after(mode)
        self.looks += 1
        self.met.add("before" if seen == before else "after")
        if names not in ((SEEN,) if mode.appends else ("nothing", SEEN)) or seen not in (before, after):
            self.problems.append("a reader (%s) sees a part: %s; %s" % (self.level, names, seen))
        return names, seen

    def nap(self, most):
        return self.sleep.wait(self.random.uniform(0.2, 1) * most)


class Fresh(Reader):
    level = "READ COMMITTED"

    def look(self, mode):
        names, seen = self.ask(mode)
        if self.all_seen and (seen != self.judge.after(mode) or names == "nothing"):
            self.problems.append("a reader saw all, and then: %s; %s" % (names, seen))
        self.all_seen |= seen == self.judge.after(mode)
        self.nap(PAUSE)


class Held(Reader):
    level = "REPEATABLE READ"

    def look(self, mode):
        """Now and then its snapshot is older than the load, or than its last segment."""
        until = time.monotonic() + self.random.uniform(0.1, 1) * HOLD
        self.session.ask("BEGIN ISOLATION LEVEL REPEATABLE READ")
        first = last = self.ask(mode)
        over = False
        while not over and time.monotonic() < until:
            over = self.nap(3 * PAUSE)
            names, seen = self.ask(mode)
            # A table that was made meanwhile is there for everybody, its rows too: with all of them.
            if names != first[0] or (seen != last[1] and last[1] != "nothing"):
                self.problems.append("one snapshot sees %s, then %s; %s" % (last, names, seen))
            last = names, seen
        self.session.ask("COMMIT")
        self.nap(PAUSE)
