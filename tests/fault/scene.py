"""The servers of the fault tests, the mail in them, and one pass of `godwit sync` through a proxy on each side."""
import contextlib
import dataclasses
import json
import os
import subprocess
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
GODWIT = os.path.join(os.environ.get("GODWIT_BUILD") or f"{ROOT}/build/release", "bin", "godwit")
sys.path.insert(0, os.path.join(ROOT, "tools", "servers"))
import compare  # noqa: E402
import imap_client  # noqa: E402
import servers  # noqa: E402

FOLDERS = ("INBOX", "Work", "Work.Done", "Archive", "Lists")
DESTINATIONS = {
    "dovecot mdbox": (servers.Dovecot, {"layout": "mdbox"}),
    "dovecot maildir": (servers.Dovecot, {"layout": "maildir", "prefix": "INBOX."}),
    "cyrus": (servers.Cyrus, {}),
    "courier": (servers.Courier, {}),
}
LARGE = 400 * 1024       # more than the engine reads whole
WORDS = "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor".split()


class Scene:
    """A source and the destinations that are asked for; they start when first used and end with the scene."""

    def __init__(self, path, users, fsync="never"):
        self.path, self._users, self._fsync = path, list(users), fsync
        self._stack, self._servers, self._lock = contextlib.ExitStack(), {}, threading.Lock()

    def __enter__(self):
        self.server("source")
        with open(f"{self.path}/password", "w", encoding="ascii") as file:
            file.write(servers.PASSWORD + "\n")
        return self

    def __exit__(self, *unused):
        self._stack.close()

    def server(self, name):
        """The running server. Called from the main thread, which then outlives it."""
        with self._lock:
            if name not in self._servers:
                kind, options = DESTINATIONS.get(name, (servers.Dovecot, {}))
                directory = f"{self.path}/{name.replace(' ', '-')}"
                self._servers[name] = self._stack.enter_context(kind(directory, users=self._users, fsync=self._fsync, **options))
            return self._servers[name]

    def fill(self, user, mail):
        """Puts (folder, octets, flags, date) of each message into the source."""
        source = self.server("source")
        connection = imap_client.Connection(source.host, source.port)
        connection.login(user, source.password)
        prefix, delimiter, _ = connection.namespaces()
        names = {folder: _wire(folder, prefix, delimiter) for folder, *_ in mail}
        lines = [b"CREATE " + name for folder, name in names.items() if folder != "INBOX"]
        lines += [b"APPEND %s (%s) \"%s\" {%d+}\r\n%s" % (names[folder], flags.encode(), date.encode(), len(octets), octets)
                  for folder, octets, flags, date in mail]
        for line, status in connection.pipeline(lines):
            if not status.startswith(b"OK"):
                raise AssertionError(f"{line[:60]!r}: {status!r}")
        connection.logout()

    def compare(self, user, destination):
        """The compare.Comparison of the account on both sides."""
        sides = [{"host": server.host, "port": server.port, "user": user, "password": server.password}
                 for server in (self.server("source"), self.server(destination))]
        return compare.compare(user, *sides)


def _wire(folder, prefix, delimiter):
    levels = folder.encode().split(b".")
    return imap_client.quoted(b"INBOX" if folder == "INBOX" else prefix + delimiter.join(levels))


def make_mail(rng, count, large=False):
    """Small messages that servers keep as they are. Some share one Message-ID and have other bodies, some stand twice in
    a folder or in two folders, some have no Message-ID."""
    mail = []
    folders = FOLDERS[:rng.randint(3, len(FOLDERS))]
    for number in range(count):
        folder = rng.choice(folders)
        if number % 15 == 14:
            folder, octets = (mail[-1][0] if rng.random() < 0.7 else folder), mail[-1][1]
        else:
            octets = _message(rng, number, LARGE if large and number == count // 2 else 0)
        flags = " ".join(flag for flag in ("\\Seen", "\\Flagged", "\\Answered", "$Forwarded") if rng.random() < 0.2)
        date = f"{rng.randint(1, 28):02}-Mar-{rng.randint(2001, 2024)} {rng.randint(0, 23):02}:10:20 +0000"
        mail.append((folder, octets, flags, date))
    return mail


def _message(rng, number, size):
    head = [f"Date: {rng.randint(1, 28)} Mar 2020 10:00:00 +0000", "From: Ann <ann@example.org>",
            "To: bob@example.org", f"Subject: message {number % 200}"]
    if number % 9 == 3:
        head.append(f"Message-ID: <shared{number % 2}@example.org>")
    elif number % 20 != 7:
        head.append(f"Message-ID: <{number}.{rng.randrange(1 << 40)}@example.org>")
    lines = [" ".join(rng.choices(WORDS, k=10)) for _ in range(rng.randint(1, 12))]
    lines += ["x" * 70] * (size // 72)
    return "\r\n".join([*head, "", *lines, f"number {number}", ""]).encode()


@dataclasses.dataclass
class Outcome:
    """How a pass ended. `report` is None if it was killed or printed none; `status` None if it ran past its deadline."""

    status: int | None
    report: dict | None
    errors: str
    seconds: float

    @property
    def complete(self):
        """It says itself that everything is there."""
        return self.status == 0 and bool(self.report) and self.report["complete"]


class Account:
    """One account to migrate, with what the passes over it share."""

    def __init__(self, scene, user, destination, settle, use_ledger, timeout=4, lanes=False):
        self.scene, self.user, self.destination = scene, user, destination
        self.settle, self.timeout = settle, timeout
        self._state = f"{scene.path}/state-{user}"
        self._more = ["--ledger", f"{self._state}/ledger"] if use_ledger else []
        # Several connections, and another one tried all the time; or one.
        self._more += ["--connections", "4", "--laneinterval", "10"] if lanes else ["--connections", "1"]
        self._process, self._lock = None, threading.Lock()
        os.makedirs(self._state, exist_ok=True)

    def start(self, source_port, destination_port):
        """Starts a pass through these ports."""
        words = [GODWIT, "sync", "--json", "--timeout", str(self.timeout), "--statedir", self._state,
                 "--settle", str(int(self.settle * 1000)), *self._more]
        for side, port in (("1", source_port), ("2", destination_port)):
            words += [f"--host{side}", "127.0.0.1", f"--port{side}", str(port), f"--nossl{side}", f"--notls{side}",
                      f"--user{side}", self.user, f"--passfile{side}", f"{self.scene.path}/password"]
        started = time.monotonic()
        with self._lock:
            # The proxies' thread may want to kill it at once.
            self._process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                             stderr=subprocess.PIPE)
        return started

    def kill(self):
        """-9, at once."""
        with self._lock:
            if self._process:
                self._process.kill()

    def wait(self, started, deadline):
        """The Outcome; killed when `deadline` seconds are over."""
        status = None
        try:
            out, errors = self._process.communicate(timeout=max(deadline - (time.monotonic() - started), 0))
            status = self._process.returncode
        except subprocess.TimeoutExpired:
            self.kill()
            out, errors = self._process.communicate()
        self._process = None
        report = None
        with contextlib.suppress(ValueError):
            report = json.loads(out)
        return Outcome(status, report, errors.decode(errors="replace"), time.monotonic() - started)


def missing():
    """Why the fault tests cannot run; empty if they can."""
    if not os.access(GODWIT, os.X_OK):
        return f"{GODWIT} is missing"
    return servers.missing("dovecot", "cyrus", "courier")
