"""What is loaded, in which modes, and the processes that load it."""
import hashlib
import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time

from server import DEADLINE, Wrong, end_of

TABLES = {"users": "id, name, about", "orders": "id, user_id", "notes": "id, v"}
NEW, OLD = range(1, 1201), range(100001, 100101)  # the keys of what is loaded, and of what an append finds


class Mode:
    def __init__(self, name, options, appends=False):
        self.name, self.options, self.appends = name, options, appends
        self.compared = "all.rows" if appends else "shop.rows"  # pg-verify's


MODES = {mode.name: mode for mode in (
    Mode("staged", ["--commit-every", "1", "--publish-wait", "20"]),
    Mode("whole", ["--commit-every", "0"]),
    Mode("append", ["--mode", "append", "--commit-every", "1"], appends=True))}


# --- the source -----------------------------------------------------------------------------------

def rows_of(keys, first="user"):
    """The same rows for SQLite and for SQL of the target."""
    users = [(key, "%s %d" % (first if key == keys[0] else "user", key), "%d" % key + "7" * 700) for key in keys]
    return {"users": users, "orders": [(key, key) for key in keys[:len(keys) // 2]], "notes": []}


def make_database(path, rows):
    db = sqlite3.connect(path)
    db.executescript("""
        CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, about TEXT);
        CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users (id));
        CREATE TABLE notes (id INTEGER PRIMARY KEY, v TEXT);
        CREATE VIEW rich AS SELECT name FROM users JOIN orders ON user_id = users.id;
    """)
    db.executemany("INSERT INTO users VALUES (?, ?, ?)", rows["users"])
    db.executemany("INSERT INTO orders VALUES (?, ?)", rows["orders"])
    db.commit()
    db.close()


def make_source(folder):
    """shop.rows is loaded; changed.rows begins alike; all.rows is what an append leads to."""
    new, old = rows_of(NEW), rows_of(OLD)
    both = {table: new[table] + old[table] for table in TABLES}
    for name, rows in (("shop", new), ("changed", rows_of(NEW, "other")), ("all", both)):
        make_database("%s/%s.db" % (folder, name), rows)
        subprocess.run("sqlite-extract --stream-id=00112233445566778899aabbccddeeff %s.db | rows-retype | "
                       "rows-rename >%s.rows && rm %s.db" % (name, name, name), shell=True, cwd=folder, check=True)


def digest(rows):
    """As the judge's SQL makes it."""
    lines = ("|".join(map(str, row)) for row in sorted(rows))
    return "%d %s" % (len(rows), hashlib.md5("\n".join(lines).encode()).hexdigest())


def digests(appends):
    new, old = rows_of(NEW), rows_of(OLD)
    return [digest(new[table] + (old[table] if appends else [])) for table in TABLES]


def counts(*keys):
    """What torture.see says of loads of these keys."""
    users, orders = sum(map(len, keys)), sum(len(part) // 2 for part in keys)
    return "%d %d 0 %d" % (users, orders, orders)


# --- processes ------------------------------------------------------------------------------------

class Load:
    """pg-load: one process, from a file or through a pipe, perhaps below strace or behind a proxy."""

    def __init__(self, binary, mode, folder, host, stream="shop.rows", piped=False, before=(), slow=False):
        line = [*before, binary, *mode.options, *([] if piped or slow else [stream])]
        self.out, self.errors = tempfile.TemporaryFile("w+"), tempfile.TemporaryFile("w+")
        self.feeder = None
        feed = subprocess.PIPE if slow else subprocess.DEVNULL
        if piped:
            self.feeder = subprocess.Popen(["cat", stream], cwd=folder, stdout=subprocess.PIPE,
                                           stderr=subprocess.DEVNULL)
            feed = self.feeder.stdout
        self.process = subprocess.Popen(line, cwd=folder, stdin=feed, stdout=self.out, stderr=self.errors,
                                        env=dict(os.environ, PGHOST=host, TMPDIR=folder), start_new_session=True)
        if piped:
            feed.close()

    def is_over(self):
        return self.process.poll() is not None

    def kill(self, how=signal.SIGKILL):
        """Whether there was somebody to kill."""
        if self.is_over():
            return False
        self.process.send_signal(how)
        return True

    def wait(self, seconds=DEADLINE):
        hangs = not end_of(self.process.pid, seconds)
        if hangs:
            os.killpg(self.process.pid, signal.SIGKILL)
        code = self.process.wait()
        if self.process.stdin:
            try:
                self.process.stdin.close()
            except BrokenPipeError:
                pass
        if self.feeder:
            self.feeder.wait()
        self.said, self.told = self.text(self.errors), self.text(self.out)
        if hangs:
            raise Wrong("it hangs: " + self.said)
        return 128 - code if code < 0 else code

    @staticmethod
    def text(file):
        file.seek(0)
        text = file.read().strip()
        file.close()
        return text


class Proxy:
    """tests/drivers/proxy: a link to the server that is cut, or falls silent, at a message."""

    def __init__(self, server, where=()):
        self.folder, self.file = server + "/px", server + "/px/counts"
        shutil.rmtree(self.folder, ignore_errors=True)
        os.mkdir(self.folder)
        proxy = os.path.join(os.environ["ROWPIPE_TESTS"], "proxy")
        self.process = subprocess.Popen([proxy, self.folder, server, self.file, *map(str, where)],
                                        start_new_session=True, stdin=subprocess.DEVNULL)
        until = time.monotonic() + DEADLINE
        while not os.path.exists(self.file) or not os.path.getsize(self.file):
            if time.monotonic() > until:
                raise Wrong("no proxy")
            time.sleep(0.002)

    def look(self):
        """Messages of the client and of the server, where COMMITs were among them, whether it has happened."""
        with open(self.file) as file:
            first, *commits = [tuple(map(int, line.split())) for line in file]
        return first[0], first[1], commits, bool(first[3])

    def fired(self):
        return self.look()[3]

    def close(self):
        if self.process:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None
            shutil.rmtree(self.folder)
