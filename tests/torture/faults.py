"""Every way in which a load may die.

A fault is a function (bench, mode, dice, *point): it begins a load, does harm to it, and waits until
the load is over.  What it gives back is False where the harm came too late.  Then the bench looks, runs
the same command again, and looks again.
"""
import os
import re
import signal
import time

from server import DEADLINE, Wrong, end_of

TOO_LATE = 4  # so often it is tried, where the load was over before
RETRIES = (75, 76)
ANY = range(1, 128)

# What the report calls them.
KINDS = {
    "call": "kill -9 at a system call",
    "moment": "kill -9 at any moment",
    "deep": "kill -9 of what goes on after a kill, three deep",
    "cut": "the connection cut at a message",
    "silent": "a connection that falls silent",
    "undo": "a COMMIT that is answered with ROLLBACK",
    "stop": "the server stopped at once",
    "ended": "its session ended",
    "slain": "kill -9 of its server process",
    "crowd": "loaders of one stream at once, some killed",
    "overtaken": "a loader that sleeps is overtaken",
    "short": "a stream cut at a byte",
    "changed": "other rows under the same id",
    "swallowed": "a trigger swallows rows",
}


def until_fired(bench, mode, harm):
    """harm() does it, and says whether it was in time."""
    for late in range(TOO_LATE):
        if late:
            bench.anew(mode)
        if harm():
            return True
    return False


def wait_for(event, load):
    """Waits for something to come true, or for the load to be over; gives back what came."""
    until = time.monotonic() + DEADLINE
    while True:
        found = event()
        if found or load.is_over():
            return found
        if time.monotonic() > until:
            raise Wrong("it hangs")
        time.sleep(0.002)


# --- kills ----------------------------------------------------------------------------------------

def below_strace(call, when):
    return ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + call, "-e", "signal=none",
            "-e", "inject=%s:signal=KILL:when=%d" % (call, when)]


def kill_at(bench, mode, call, when):
    return bench.over(mode, bench.load(mode, before=below_strace(call, when)), (137,)) == 137


def call(bench, mode, dice, name, number):
    """Where a load has no more to do than to be published, an old snapshot would make it wait."""
    number = int(number)
    if bench.plan.is_calm(mode.name, name, number):
        bench.rest()
        bench.watch(mode, held=False)
    fired = kill_at(bench, mode, name, number)
    bench.watch(mode)
    return fired


def deep(bench, mode, dice, _):
    def harm():
        for depth in range(3):
            name, number = bench.plan.any_call(mode.name, dice)
            if not kill_at(bench, mode, name, max(1, int(number * (0.8 if depth else 1)))):
                return False
            bench.judge.settle()
            bench.judge.unseen(mode)
        return True
    return until_fired(bench, mode, harm)


def wait_a_while(bench, mode, load, dice):
    """Some part of the time that a load takes, which is learned on the way; whether it is still at work."""
    began, part = time.monotonic(), dice.uniform(0, 1)
    time.sleep(bench.lasts[mode.name] * part)
    if not load.is_over():
        bench.lasts[mode.name] *= 1.03 if part > 0.85 else 1.002
        return True
    bench.lasts[mode.name] = 0.8 * bench.lasts[mode.name] + 0.2 * min(time.monotonic() - began,
                                                                    bench.lasts[mode.name] * 0.8)
    return False


def moment(bench, mode, dice, _):
    def harm():
        load = bench.load(mode, piped=dice.random() < 0.5)
        wait_a_while(bench, mode, load, dice)
        load.kill()
        return bench.over(mode, load, (137,)) == 137
    return until_fired(bench, mode, harm)


# --- links ----------------------------------------------------------------------------------------

def cut(bench, mode, dice, side, number, how):
    piped = dice.random() < 0.5
    proxy = bench.proxy(side, number, how)
    load = bench.load(mode, host=proxy.folder, piped=piped)
    return bench.over(mode, load, RETRIES, proxy)


def undo(bench, mode, dice, number):
    proxy = bench.proxy("C", number, "undo")
    load = bench.load(mode, host=proxy.folder, piped=dice.random() < 0.5)
    return bench.over(mode, load, ANY, proxy)


# Of the stream's lock, or of a snapshot that a staged load waits for.
HOLDER = re.compile(r"process (\d+) (?:of role \S+ )?\(rowpipe/pg-load[^)]*\)")


def silent(bench, mode, dice, side, number, then):
    """Nothing arrives any more, and nobody is told: the client is killed, its session stays."""
    proxy = bench.proxy(side, number, "freeze")
    load = bench.load(mode, host=proxy.folder)
    wait_for(proxy.fired, load)
    fired = load.kill(signal.SIGKILL if dice.random() < 0.7 else signal.SIGTERM)
    if load.wait() not in (0, 76, 137, 143):
        raise Wrong("killed, it says: " + load.said)
    following = bench.load(mode)
    if then == "ends":
        end_of(following.process.pid, dice.uniform(0.1, 2))
        proxy.close()
    code = following.wait()
    if code not in (0, 75):
        raise Wrong("behind a silent one: %d: %s" % (code, following.said))
    if code == 75:
        holder = HOLDER.search(following.said)
        if not holder:
            raise Wrong("it does not say who is at work: " + following.said)
        bench.cluster.ask("SELECT pg_terminate_backend(%s)" % holder[1])
    return fired


# --- the server -----------------------------------------------------------------------------------

def stop(bench, mode, dice, _):
    def harm():
        load = bench.load(mode, piped=dice.random() < 0.3)
        at_work = wait_a_while(bench, mode, load, dice)
        bench.cluster.crash()
        bench.cluster.start()
        bench.over(mode, load, RETRIES)
        return at_work
    return until_fired(bench, mode, harm)


SESSIONS = "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'rowpipe%'"


def hit_session(bench, mode, dice, hit):
    """hit(sessions), as soon as there is one, but not before a part of the load's time is over."""
    def harm():
        load = bench.load(mode, piped=dice.random() < 0.3)
        wait_a_while(bench, mode, load, dice)
        sessions = wait_for(lambda: bench.cluster.ask(SESSIONS), load)
        done = any([hit(int(row[0])) for row in sessions])
        bench.over(mode, load, RETRIES)
        return done
    return until_fired(bench, mode, harm)


def ended(bench, mode, dice, _):
    return hit_session(bench, mode, dice,
                       lambda pid: bench.cluster.value("SELECT pg_terminate_backend(%d)" % pid) == "t")


def slain(bench, mode, dice, _):
    """The server takes that for damage: it ends all sessions, and begins anew from its log."""
    def hit(pid):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
        bench.cluster.forget_session()
        return True
    return hit_session(bench, mode, dice, hit)


# --- others ---------------------------------------------------------------------------------------

BUSY = re.compile("another loader of this stream is at work|another loader has taken this stream over")


def gather(bench, mode, dice, size, most):
    """So many loaders, who begin soon after each other, and some of whom are killed, in most seconds: how many."""
    loads = []
    for _ in range(size):
        loads.append(bench.load(mode))
        time.sleep(dice.uniform(0, 0.2 / size))
    victims = dice.sample(loads, max(1, size // 8))
    killed = 0
    for victim in victims:
        time.sleep(dice.uniform(0, most / len(victims)))
        killed += victim.kill()
    won = 0
    for load in loads:
        code = load.wait()
        if code == 75 and not BUSY.search(load.said):
            raise Wrong("one of several does not say who has it: " + load.said)
        if code not in (0, 75) and not (code == 137 and load in victims):
            raise Wrong("one of several says %d: %s" % (code, load.said))
        won += code == 0 and "already complete" not in load.told
    if won > 1 or (won == 0 and killed == 0):
        raise Wrong("%d of them say that they have loaded it" % won)
    return killed


def crowd(bench, mode, dice, size, _):
    """One loads; the others wait for it, or say who it is."""
    parts = iter((0.6, 0.3, 0.1, 0))
    return until_fired(bench, mode,
                       lambda: gather(bench, mode, dice, int(size), next(parts) * bench.lasts[mode.name]) > 0)


def overtaken(bench, mode, dice, _):
    """A loader that sleeps while another one takes its stream over must not go on."""
    load = bench.load(mode, slow=True)
    with open(bench.folder + "/shop.rows", "rb") as file:
        data = file.read()
    feed, most = load.process.stdin, len(data) * 7 // 10
    feed.write(data[:most])
    feed.flush()
    bench.cluster.until("SELECT to_regclass('rowpipe.progress') IS NOT NULL", 20, "no load begins")
    bench.cluster.until("SELECT count(*) > 1 FROM rowpipe.progress", 20, "nothing is staged")
    bench.cluster.until("SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name LIKE 'rowpipe%' AND "
                        "state = 'idle' AND clock_timestamp() - state_change > '0.1 s'", 20, "it does not wait")
    load.process.send_signal(signal.SIGSTOP)
    other = bench.load(mode)
    code = other.wait()
    load.process.send_signal(signal.SIGCONT)
    try:
        feed.write(data[most:])
        feed.close()
    except BrokenPipeError:
        pass
    load.process.stdin = None
    first = load.wait()
    if (code, first) != (0, 75):
        raise Wrong("the one that was overtaken says %d, the other one %d: %s; %s" % (first, code, load.said,
                                                                                     other.said))


def begin_stream(bench, mode, size):
    """A stream that ends early."""
    part = bench.folder + "/part.rows"
    with open(bench.folder + "/shop.rows", "rb") as file, open(part, "wb") as to:
        to.write(file.read(size))
    code = bench.load(mode, stream="part.rows").wait()
    os.unlink(part)
    return code


def short(bench, mode, dice, size):
    code = begin_stream(bench, mode, int(size))
    bench.judge.unseen(mode)
    if code != 65 or bench.cluster.value("SELECT torture.see()") != bench.judge.before(mode):
        raise Wrong("a stream that was cut: %d" % code)


def changed(bench, mode, dice, size):
    begin_stream(bench, mode, int(size))
    code = bench.load(mode, stream="changed.rows").wait()
    if code != 78:
        raise Wrong("other rows under the same id: %d" % code)


def swallowed(bench, mode, dice):
    """A trigger that an event trigger puts on every new table, and that swallows rows."""
    bench.cluster.ask(
        "CREATE SCHEMA evil; CREATE FUNCTION evil.swallow() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN RETURN CASE WHEN NEW.id % 2 = 0 THEN NEW END; END';"
        "CREATE FUNCTION evil.spread() RETURNS event_trigger LANGUAGE plpgsql AS $$ DECLARE o record; BEGIN "
        "FOR o IN SELECT * FROM pg_event_trigger_ddl_commands() WHERE object_identity LIKE '%.users' LOOP "
        "EXECUTE 'CREATE TRIGGER swallow BEFORE INSERT ON ' || o.object_identity || "
        "' FOR EACH ROW EXECUTE FUNCTION evil.swallow()'; END LOOP; END $$;"
        "CREATE EVENT TRIGGER spread ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION evil.spread()")
    try:
        code = bench.load(mode).wait()
    finally:
        bench.rest()
        bench.judge.settle()
        bench.cluster.ask("DROP EVENT TRIGGER spread; DROP SCHEMA evil CASCADE")
    bench.watch(mode)
    if code != 78:
        raise Wrong("rows were swallowed, and it says %d" % code)
