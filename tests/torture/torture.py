"""tests/torture/torture.py SEED N, from tests/torture/run: every way in which a load may die.

After each death the same command runs again until it says 0, as it promises; then the tables must hold
what the source holds, and nothing else may be left: no schema, no lock, no session.  Each fault must
have fired, or it is no try.
"""
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

ROOT, TEMP, CLUSTER = os.environ["ROOT"], os.environ["TEMP"], os.environ["CLUSTER"]
PROXY = os.path.join(os.environ["ROWPIPE_TESTS"], "proxy")
STREAM = os.path.join(TEMP, "shop.rows")
TABLES = ("users", "orders", "notes")
OPTIONS = {"staged": ["--commit-every", "1"], "whole": ["--commit-every", "0"]}
CALLS = ("sendto", "recvfrom", "read", "poll", "write", "close", "openat", "mmap", "lseek")
DEADLINE = 60


class Wrong(Exception):
    pass


class Found(Exception):
    """A build that lacks a rule was caught: that is enough."""


def shell(text, **more):
    return subprocess.run(text, shell=True, cwd=TEMP, check=True, executable="/bin/bash", **more)


def sql(text, check=True):
    run = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", text],
                         env=dict(os.environ, PGHOST=CLUSTER), capture_output=True, text=True)
    if run.returncode != 0 and check:
        raise Wrong("psql: " + run.stderr)
    return run.stdout.strip()


def server(action):
    line = [os.path.join(os.environ["CLUSTER_BIN"], "pg_ctl"), "-w", "-D", CLUSTER + "/data", *action.split()]
    user = os.environ["CLUSTER_USER"]
    if user:
        line = ["setpriv", "--reuid=" + user, "--regid=" + user, "--clear-groups", *line]
    subprocess.run(line, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)


def make_source():
    db = sqlite3.connect(os.path.join(TEMP, "shop.db"))
    db.executescript("""
        CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)
        INSERT INTO users SELECT i, 'user ' || i || hex(zeroblob(100)) FROM n;
        CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users (id));
        INSERT INTO orders SELECT id, id FROM users WHERE id <= 2000;
        CREATE TABLE notes (id INTEGER PRIMARY KEY, v TEXT);
        CREATE VIEW rich AS SELECT name FROM users JOIN orders ON user_id = users.id;
    """)
    db.commit()
    make = "sqlite-extract --stream-id=00112233445566778899aabbccddeeff %s | rows-retype | rows-rename >%s"
    shell(make % ("shop.db", "shop.rows"))
    shutil.copy(os.path.join(TEMP, "shop.db"), os.path.join(TEMP, "changed.db"))
    other = sqlite3.connect(os.path.join(TEMP, "changed.db"))
    other.execute("UPDATE users SET name = 'other' || substr(name, 6) WHERE id = 1")
    other.commit()
    shell(make % ("changed.db", "changed.rows"))
    return {table: "\n".join("|".join("" if cell is None else str(cell) for cell in row)
                             for row in db.execute("SELECT * FROM %s ORDER BY 1" % table)) for table in TABLES}


class Load:
    """pg-load: one process, from a file or through a pipe, perhaps below strace or behind a proxy."""

    def __init__(self, binary, options, stream=STREAM, piped=False, before=(), host=None, slow=False):
        line = [*before, binary, *options, *([] if piped else [stream])]
        self.errors = open(os.path.join(TEMP, "stderr"), "w+")
        feed = subprocess.PIPE if slow else open(stream, "rb") if piped else subprocess.DEVNULL
        if piped and not slow:
            cat = subprocess.Popen(["cat", stream], stdout=subprocess.PIPE)
            feed.close()
            feed = cat.stdout
        self.process = subprocess.Popen(line, cwd=TEMP, stdin=feed, stdout=subprocess.PIPE, stderr=self.errors,
                                        env=dict(os.environ, PGHOST=host or CLUSTER), start_new_session=True)
        if piped and not slow:
            feed.close()

    def wait(self):
        try:
            self.out = self.process.communicate(timeout=DEADLINE)[0].decode()
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            raise Wrong("it hangs")
        code = self.process.returncode
        self.errors.seek(0)
        self.said = self.errors.read()
        return 128 - code if code < 0 else code


class Torture:
    def __init__(self, binary, seed, count, source, mutant=False):
        self.binary, self.count, self.source = binary, count, source
        self.mutant = mutant
        self.random = random.Random(seed)
        self.results = {}

    # --- what must be true ------------------------------------------------------------------------

    def anew(self):
        sql("SET client_min_messages = error; DROP SCHEMA IF EXISTS public, rowpipe CASCADE; CREATE SCHEMA public;"
            "DO $$ DECLARE n text; BEGIN FOR n IN SELECT nspname FROM pg_namespace WHERE nspname LIKE 'rowpipe\\_stage%'"
            " LOOP EXECUTE 'DROP SCHEMA ' || n || ' CASCADE'; END LOOP; END $$")

    def settle(self):
        """What a dead client left behind ends."""
        until = time.monotonic() + 10
        while time.monotonic() < until:
            if sql("SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'rowpipe%'") == "0":
                return
            time.sleep(0.05)
        raise Wrong("a session is left")

    def unseen(self):
        found = sql("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1")
        if found not in ("", self.everything):
            raise Wrong("half of it is visible: " + found)

    def whole(self):
        for table in TABLES:
            if sql("SELECT * FROM %s ORDER BY 1" % table) != self.source[table]:
                raise Wrong("%s does not hold what the source holds" % table)
        run = subprocess.run(["pg-verify", "-q", STREAM], env=dict(os.environ, PGHOST=CLUSTER), capture_output=True)
        if run.returncode != 0:
            raise Wrong("pg-verify: %d" % run.returncode)
        left = sql("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'rowpipe\\_%' UNION ALL "
                   "SELECT status FROM rowpipe.runs WHERE status <> 'complete'")
        if left:
            raise Wrong("left: " + left)

    def again(self, options, piped=False):
        """The same command, which finishes the work."""
        self.settle()
        load = Load(self.binary, options, piped=piped)
        code = load.wait()
        if code != 0:
            raise Wrong("again it says %d: %s" % (code, load.said))
        self.settle()
        self.whole()

    def test(self, kind, case):
        """case() is False where the fault did not fire."""
        tried, fired, wrong = self.results.setdefault(kind, [0, 0, []])
        try:
            happened = case() is not False
        except Wrong as problem:
            happened = True
            wrong.append(str(problem).strip())
        self.results[kind] = [tried + 1, fired + happened, wrong]
        self.clear()
        if wrong and self.mutant:
            raise Found()

    def clear(self):
        if sql("SELECT 1", check=False) != "1":
            server("start")
        sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'rowpipe%'")
        self.anew()

    def choose(self, points):
        points = list(points)
        if self.count == 0 or len(points) <= self.count:
            return points
        return sorted(self.random.sample(points, self.count), key=str)

    # --- deaths -----------------------------------------------------------------------------------

    def count_calls(self, options):
        counts = os.path.join(TEMP, "calls")
        load = Load(self.binary, options, before=["strace", "-f", "-qq", "-o", counts, "-e", "trace=" + ",".join(CALLS)])
        if load.wait() != 0:
            raise Wrong("strace: " + load.said)
        self.everything = sql("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1")
        self.anew()
        with open(counts) as lines:
            names = [line.split(" ", 1)[1].split("(")[0].strip() for line in lines if "(" in line]
        return {call: names.count(call) for call in CALLS}

    def kill_at(self, call, when, options):
        load = Load(self.binary, options, before=["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + call, "-e",
                                                  "inject=%s:signal=KILL:when=%d" % (call, when)])
        killed = load.wait() == 137
        if killed:
            self.settle()
            self.unseen()
        return killed

    def kills(self):
        for kind, options in OPTIONS.items():
            calls = self.count_calls(options)
            points = [(call, n) for call in CALLS for n in range(1, calls[call] + 1)]
            for call, when in self.choose(points):
                def case():
                    fired = self.kill_at(call, when, options)
                    self.again(options)
                    return fired
                self.test("kill -9 at a system call, %s" % kind, case)

    def sends(self):
        """Each moment at which the server is told something."""
        calls = self.count_calls(OPTIONS["staged"])
        for when in range(calls["sendto"], 0, -1):
            def case():
                self.kill_at("sendto", when, OPTIONS["staged"])
                self.again(OPTIONS["staged"])
            self.test("kill -9 at sendto", case)

    def kills_of_kills(self):
        calls = self.count_calls(OPTIONS["staged"])
        for _ in range(max(1, (self.count or 100) // 4)):
            def case():
                fired = 0
                for _ in range(3):
                    call = self.random.choice(("sendto", "recvfrom", "read"))
                    fired += self.kill_at(call, self.random.randint(calls[call] // 4, calls[call]), OPTIONS["staged"])
                self.again(OPTIONS["staged"])
                return fired > 0
            self.test("kill -9, three deep", case)

    # --- cuts -------------------------------------------------------------------------------------

    def through(self, where, options, piped=False, stream=STREAM):
        """A load behind the proxy: its status, messages of both sides, COMMITs, whether the fault fired."""
        folder, counts = os.path.join(TEMP, "px"), os.path.join(TEMP, "counts")
        shutil.rmtree(folder, ignore_errors=True)
        os.mkdir(folder)
        proxy = subprocess.Popen([PROXY, folder, CLUSTER, counts, *map(str, where)], start_new_session=True)
        try:
            while not os.path.exists(folder + "/.s.PGSQL.5432") or not os.path.getsize(counts):
                time.sleep(0.01)
            load = Load(self.binary, options, host=folder, piped=piped, stream=stream)
            code = load.wait()
            with open(counts) as file:
                client, answers, commits, fired = map(int, file.read().split())
        finally:
            os.killpg(proxy.pid, signal.SIGKILL)
            proxy.wait()
        return load, code, client, answers, commits, bool(fired)

    def cuts(self):
        for kind, options in OPTIONS.items():
            _, _, client, answers, _, _ = self.through((), options)
            self.anew()
            points = [(side, n, how) for side, most in (("c", client), ("s", answers))
                      for n in range(1, most + 1) for how in ("before", "after", "half")]
            for place, point in enumerate(self.choose(points)):
                piped = place % 2 == 1

                def case():
                    load, code, _, _, _, fired = self.through(point, options, piped)
                    if fired and code not in (0, 75, 76):
                        raise Wrong("%s: status %d: %s" % (point, code, load.said))
                    self.settle()
                    self.unseen()
                    self.again(options, piped)
                    return fired
                self.test("the connection cut at a message, %s" % kind, case)

    def swapped_commit(self):
        """COMMIT becomes ROLLBACK on its way: the answer says so, and nothing is there."""
        for kind, options in OPTIONS.items():
            _, _, _, _, commits, _ = self.through((), options)
            self.anew()

            def case():
                load, code, _, _, _, fired = self.through(("C", commits, "undo"), options)
                if code == 0:
                    raise Wrong("it says 0, and the answer was ROLLBACK")
                self.again(options)
                return fired
            self.test("a COMMIT that is answered with ROLLBACK, %s" % kind, case)

    # --- the server -------------------------------------------------------------------------------

    def lasts(self, options):
        """How long a load takes that nothing disturbs."""
        began = time.monotonic()
        if Load(self.binary, options).wait() != 0:
            raise Wrong("a load that nothing disturbs fails")
        seconds = time.monotonic() - began
        self.anew()
        return seconds

    def stops(self):
        for kind, options in OPTIONS.items():
            lasts = self.lasts(options)
            for _ in range(max(1, (self.count or 200) // 4)):
                def case():
                    load = Load(self.binary, options)
                    time.sleep(lasts * self.random.uniform(0.05, 0.9))
                    late = load.process.poll() is not None
                    server("stop -m immediate")
                    server("start")
                    code = load.wait()
                    if code not in (0, 75):
                        raise Wrong("status %d: %s" % (code, load.said))
                    self.unseen()
                    self.again(options)
                    return not late
                self.test("pg_ctl stop -m immediate, %s" % kind, case)

    def backends(self):
        for kind, options in OPTIONS.items():
            lasts = self.lasts(options)
            for _ in range(max(1, (self.count or 200) // 2)):
                def case():
                    load = Load(self.binary, options)
                    time.sleep(lasts * self.random.uniform(0.1, 0.8))
                    ended = sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                                "WHERE application_name LIKE 'rowpipe%'")
                    code = load.wait()
                    if code not in (0, 75, 76):
                        raise Wrong("status %d: %s" % (code, load.said))
                    self.unseen()
                    self.again(options)
                    return ended != ""
                self.test("its session ended, %s" % kind, case)

    # --- others -----------------------------------------------------------------------------------

    def crowds(self):
        for kind, options in OPTIONS.items():
            for _ in range(max(1, (self.count or 100) // 8)):
                def case():
                    loads = []
                    for place in range(self.random.choice((2, 4, 8))):
                        load = Load(self.binary, options)
                        load.errors = open(os.path.join(TEMP, "stderr"), "w+")
                        loads.append(load)
                        time.sleep(self.random.uniform(0, 0.1))
                    victim = self.random.choice(loads)
                    victim.process.kill()
                    for load in loads:
                        code = load.wait()
                        if code not in (0, 75) and load is not victim:
                            raise Wrong("one of several says %d: %s" % (code, load.said))
                    self.unseen()
                    self.again(options)
                self.test("loaders of one stream at once, one killed, %s" % kind, case)

    def overtaken(self):
        """A loader that sleeps while another one takes its stream over must not go on."""
        def case():
            load = Load(self.binary, OPTIONS["staged"], piped=True, slow=True)
            with open(STREAM, "rb") as file:
                data = file.read()
            feed = load.process.stdin
            feed.write(data[:len(data) * 7 // 10])
            feed.flush()
            while sql("SELECT count(*) > 0 FROM rowpipe.progress", check=False) != "t":
                time.sleep(0.02)
            time.sleep(0.2)
            os.kill(load.process.pid, signal.SIGSTOP)
            other = Load(self.binary, OPTIONS["staged"])
            code = other.wait()
            os.kill(load.process.pid, signal.SIGCONT)
            try:
                feed.write(data[len(data) * 7 // 10:])
                feed.close()
            except BrokenPipeError:
                pass
            load.process.stdin = None
            first = load.wait()
            if (code, first) != (0, 75):
                raise Wrong("the one that was overtaken says %d, the other one %d" % (first, code))
            self.again(OPTIONS["staged"])
        for _ in range(3):
            self.test("a loader that sleeps is overtaken", case)

    def streams(self):
        """Streams that end early, and one that begins alike and holds other rows."""
        size = os.path.getsize(STREAM)
        for part in self.choose(range(1, size, max(1, size // 60))):
            def cut():
                with open(STREAM, "rb") as file, open(os.path.join(TEMP, "cut.rows"), "wb") as to:
                    to.write(file.read(part))
                load = Load(self.binary, OPTIONS["staged"], stream=os.path.join(TEMP, "cut.rows"))
                code = load.wait()
                self.unseen()
                if code != 65 or sql("SELECT count(*) FROM pg_class WHERE relname = 'rich'") != "0":
                    raise Wrong("a stream that was cut: %d" % code)
                self.again(OPTIONS["staged"])
            self.test("a stream cut at a byte", cut)

        def changed():
            cut = os.path.join(TEMP, "cut.rows")
            with open(STREAM, "rb") as file, open(cut, "wb") as to:
                to.write(file.read(size * 7 // 10))
            Load(self.binary, OPTIONS["staged"], stream=cut).wait()
            code = Load(self.binary, OPTIONS["staged"], stream=os.path.join(TEMP, "changed.rows")).wait()
            if code != 78:
                raise Wrong("other rows under the same id: %d" % code)
            self.again(OPTIONS["staged"])
        self.test("other rows under the same id", changed)

    def swallowed(self):
        """A trigger that an event trigger puts on every new table, and that swallows rows."""
        def case():
            sql("CREATE SCHEMA evil; CREATE FUNCTION evil.swallow() RETURNS trigger LANGUAGE plpgsql AS "
                "'BEGIN RETURN CASE WHEN NEW.id % 2 = 0 THEN NEW END; END';"
                "CREATE FUNCTION evil.spread() RETURNS event_trigger LANGUAGE plpgsql AS $$ DECLARE o record; BEGIN "
                "FOR o IN SELECT * FROM pg_event_trigger_ddl_commands() WHERE object_identity LIKE '%.users' LOOP "
                "EXECUTE 'CREATE TRIGGER swallow BEFORE INSERT ON ' || o.object_identity || "
                "' FOR EACH ROW EXECUTE FUNCTION evil.swallow()'; END LOOP; END $$;"
                "CREATE EVENT TRIGGER spread ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION evil.spread()")
            try:
                codes = [Load(self.binary, options).wait() for options in OPTIONS.values()]
                self.unseen()
            finally:
                sql("SET client_min_messages = error; DROP EVENT TRIGGER spread; DROP SCHEMA evil CASCADE")
            if codes != [78, 78]:
                raise Wrong("rows were swallowed, and it says %s" % codes)
            sql("SELECT 1")
        self.test("a trigger swallows rows", case)

    def all(self):
        for part in (self.kills, self.kills_of_kills, self.cuts, self.swapped_commit, self.stops, self.backends,
                     self.crowds, self.overtaken, self.streams, self.swallowed):
            part()


# --- builds that lack a rule ----------------------------------------------------------------------

MUTANTS = (
    ("END is not asked for", "filters/pg-load.c", "\t\ttake_frame(loading);\n",
     "\t\ttake_frame(loading);\n\tif (flow->fault.status == STATUS_STREAM) {\n\t\tflow->fault.status = 0;\n"
     "\t\tloading->flow.in.ended = true;\n\t}\n", ("streams",)),
    ("no lock", "lib/db/control.c", "SELECT pg_catalog.pg_advisory_xact_lock(\" STREAM_LOCK \")",
     "SELECT 1 WHERE $1 <> ''", ("crowds", "cuts")),
    ("progress in a transaction of its own", "lib/db/staging.c",
     "\tload_close_copy(load, fault);\n\tload->control.arena",
     "\tload_close_copy(load, fault);\n\tlibpq_commit(load->libpq, fault);\n\tlibpq_begin(load->libpq, fault);\n"
     "\tload->control.arena", ("sends",)),
    ("the rows of COPY are not counted", "lib/db/libpq.c", "\tif (taken != rows)\n", "\tif (taken > rows)\n",
     ("swallowed",)),
    ("the answer to COMMIT is not read", "lib/db/libpq.c", "if (strcmp(PQcmdStatus(result), \"COMMIT\") != 0)",
     "if (strcmp(PQcmdStatus(result), \"COMMIT\") > 99)", ("swapped_commit",)),
    ("the chain is not compared", "lib/db/staging.c",
     "staging->met = strcmp(chain_text(ledger, chain), staging->chain) == 0;",
     "chain_text(ledger, chain);\n\tstaging->met = true;", ("streams",)),
    ("the attempt is not compared", "lib/db/control.c", "\tif (rows.count == 0 || cell_number(&rows, 0, 0) != run->attempt)",
     "\tif (rows.count > 99)", ("overtaken", "crowds")),
)


def mutate(tree, file, old, new):
    with open(os.path.join(tree, file)) as source:
        text = source.read()
    if text.count(old) != 1:
        raise SystemExit("the list of mutants is out of date: %s in %s" % (old, file))
    return text.replace(old, new)


def build(tree, file, old, new):
    """A copy of the checkout with one text replaced; only what depends on it is compiled."""
    subprocess.run(["cp", "-a", "--reflink=auto", ROOT, tree], check=True)
    text = mutate(tree, file, old, new)
    with open(os.path.join(tree, file), "w") as source:
        source.write(text)
    subprocess.run(["make", "-C", tree, "bin/pg-load"], check=True, stdout=subprocess.DEVNULL)
    return os.path.join(tree, "bin/pg-load")


def try_mutant(mutant, seed, count, source):
    name, file, old, new, parts = mutant
    tree = os.path.join(TEMP, "mutant")
    torture = Torture(build(tree, file, old, new), seed, count, source, mutant=True)
    torture.everything = ""
    try:
        for part in parts:
            getattr(torture, part)()
        return False
    except (Found, Wrong):
        return True
    finally:
        torture.clear()
        shutil.rmtree(tree)


# --- the report -----------------------------------------------------------------------------------

def write_report(seed, count, torture, caught, seconds):
    lines = ["# What was tried", "",
             "Written by `make torture SEED=%d N=%d` (%d s): a load of three tables and a view is killed, cut and" % (
                 seed, count, seconds),
             "stopped at that many moments of each kind, chosen by the seed (0: every one).  Then the same command",
             "runs again, and the tables must hold what the source holds, by pg-verify and by a comparison of their",
             "own; nothing else may be left, and nobody may ever have seen a part.  A fault that did not fire, since",
             "the load was over, counts as tried only.", "",
             "| fault | tried | fired | failures |", "|---|---|---|---|"]
    for kind, (tried, fired, wrong) in torture.results.items():
        lines.append("| %s | %d | %d | %d |" % (kind, tried, fired, len(wrong)))
    lines += ["", "Builds that lack one rule each, which the same must find:", "", "| what is lacking | found |", "|---|---|"]
    lines += ["| %s | %s |" % (name, "yes" if found else "**no**") for name, found in caught.items()]
    with open(os.path.join(ROOT, "tests/RELIABILITY.md"), "w") as file:
        file.write("\n".join(lines) + "\n")


def main():
    if sys.argv[1] == "mutants":  # can they be made still?
        for _, file, old, new, parts in MUTANTS:
            mutate(ROOT, file, old, new)
            assert all(hasattr(Torture, part) for part in parts)
        return 0
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    started = time.monotonic()
    source = make_source()
    torture = Torture(os.path.join(ROOT, "bin/pg-load"), seed, count, source)
    torture.all()
    caught = {mutant[0]: try_mutant(mutant, seed, count or 40, source) for mutant in MUTANTS}
    write_report(seed, count, torture, caught, time.monotonic() - started)
    failed = False
    for kind, (tried, fired, wrong) in torture.results.items():
        print("%s - %s: %d tried, %d fired, %d failures" % ("not ok" if wrong or not fired else "ok", kind, tried, fired,
                                                           len(wrong)))
        failed |= bool(wrong) or fired == 0
        for text in wrong[:3]:
            print("#", text.replace("\n", "\n# "))
    for name, found in caught.items():
        print("%s - found: %s" % ("ok" if found else "not ok", name))
        failed |= not found
    return 1 if failed else 0


sys.exit(main())
