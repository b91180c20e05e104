"""A private PostgreSQL server, and sessions with it that need nothing but a socket."""
import os
import shutil
import signal
import socket
import struct
import subprocess
import time

DEADLINE = 120  # seconds, for whatever is waited for


class Wrong(Exception):
    """What must be true is not."""


class Lost(Exception):
    """The session is over: its server was stopped, or is not there yet."""


class Refused(Exception):
    """The server said no."""

    def __init__(self, state, text):
        super().__init__("%s: %s" % (state, text))
        self.state = state


class Session:
    """Speaks PostgreSQL's protocol 3, as the superuser: SQL goes out, text comes back."""

    def __init__(self, folder):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(DEADLINE)
        words = ("user", "postgres", "database", "postgres", "application_name", "torture",
                 "options", "-c client_min_messages=error -c timezone=UTC", "")
        body = struct.pack("!i", 196608) + b"".join(word.encode() + b"\0" for word in words)
        try:
            self.socket.connect(folder + "/.s.PGSQL.5432")
            self.incoming = self.socket.makefile("rb")
            self.socket.sendall(struct.pack("!i", len(body) + 4) + body)
            self.answer()
        except OSError as trouble:
            self.socket.close()
            raise Lost(str(trouble)) from None

    def ask(self, sql):
        """The rows of all statements: lists of texts, None where a value is NULL."""
        body = sql.encode() + b"\0"
        try:
            self.socket.sendall(b"Q" + struct.pack("!i", len(body) + 4) + body)
            return self.answer()
        except OSError as trouble:
            raise Lost(str(trouble)) from None

    def answer(self):
        rows, refused = [], None
        while True:
            head = self.incoming.read(5)
            if len(head) < 5:
                raise Lost(str(refused or "the server closed the connection"))
            kind, body = head[:1], self.incoming.read(struct.unpack("!i", head[1:])[0] - 4)
            if kind == b"D":
                rows.append(list(self.cells(body)))
            elif kind == b"E":
                parts = {part[:1]: part[1:].decode() for part in body.split(b"\0") if part}
                refused = Refused(parts[b"C"], parts[b"M"])
            elif kind == b"Z":
                if refused:
                    raise refused
                return rows

    @staticmethod
    def cells(body):
        at = 2
        while at < len(body):
            size, = struct.unpack_from("!i", body, at)
            at += 4
            yield None if size < 0 else body[at:at + size].decode()
            at += max(size, 0)

    def close(self):
        self.incoming.close()
        self.socket.close()


def end_of(pid, seconds=DEADLINE):
    """Waits until a process is over; False: it is not."""
    import select
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    over = bool(poll.poll(seconds * 1000))
    os.close(handle)
    return over


class Cluster:
    """A copy of the server's folder that tests/torture/run has made, and the server on it."""

    def __init__(self, folder):
        self.folder, self.data = folder, folder + "/data"
        self.session = None
        self.user = os.environ["CLUSTER_USER"]
        shutil.rmtree(folder, ignore_errors=True)
        os.mkdir(folder, 0o711)
        subprocess.run(["cp", "-a", os.environ["CLUSTER"] + "/data", folder], check=True)
        if self.user:
            shutil.chown(folder, self.user)
        self.start()

    def start(self):
        line = [os.environ["CLUSTER_BIN"] + "/postgres", "-D", self.data, "-k", self.folder]
        if self.user:
            line = ["setpriv", "--reuid=" + self.user, "--regid=" + self.user, "--clear-groups", *line]
        with open(self.folder + "/log", "ab") as log:
            self.process = subprocess.Popen(line, cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True)

    def crash(self):
        """As pg_ctl stop -m immediate: what is not in the log of the server is gone."""
        self.process.send_signal(signal.SIGQUIT)
        if not end_of(self.process.pid):
            raise Wrong("the server does not stop")
        self.process.wait()
        self.forget_session()

    def stop(self):
        self.crash()
        shutil.rmtree(self.folder)

    def forget_session(self):
        if self.session:
            self.session.close()
        self.session = None

    def ask(self, sql):
        """A session that broke is another one's beginning; what is asked must bear to be asked twice."""
        until = time.monotonic() + DEADLINE
        while True:
            try:
                if not self.session:
                    self.session = Session(self.folder)
                return self.session.ask(sql)
            except Lost as lost:
                self.forget_session()
                if time.monotonic() > until:
                    raise Wrong("no answer from the server: %s" % lost) from None
                time.sleep(0.01)

    def value(self, sql):
        return self.ask(sql)[0][0]

    def until(self, sql, seconds, wrong):
        """Waits until the answer is t."""
        end, pause = time.monotonic() + seconds, 0.001
        while self.value(sql) != "t":
            if time.monotonic() > end:
                raise Wrong(wrong)
            time.sleep(pause)
            pause = min(pause * 2, 0.05)
