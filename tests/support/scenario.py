"""What the scenario tests (tests/e2e/scenarios_*_test.py) share; their numbers are those of the list of acceptance
scenarios that Godwit is measured against.

A test derives from `Scenario`: `self.pair()` gives it a new account on each of two servers, Dovecots unless it says so;
servers start once a file, on first use. `Account` fills and reads mailboxes through a client that shares nothing with the
engine, `Pair.sync` runs `godwit sync --json --outcomes`, and every run must add up (`totals_add_up`) and show each message
of the source exactly once in the file of outcomes. A file ends with `scenario.main()`, which prints SKIPPED where nothing
can run.
"""
import base64
import collections
import contextlib
import dataclasses
import datetime
import json
import os
import re
import signal
import subprocess
import sys
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
BIN = os.path.join(os.environ.get("GODWIT_BUILD") or f"{ROOT}/build/release", "bin")
GODWIT, FAKEIMAP = f"{BIN}/godwit", f"{BIN}/fakeimap"
sys.path.insert(0, f"{ROOT}/tools/servers")
sys.dont_write_bytecode = True
import imap_client  # noqa: E402
import servers  # noqa: E402

LONG = os.environ.get("GODWIT_LONG") == "1"
SETTLE = "300"              # milliseconds that a destination must stand still after a run that was killed
ENDS = ("matched", "copied", "skipped", "failed")
_started = contextlib.ExitStack()
_servers = {}


# ---- servers

def scratch():
    """A directory for the whole file."""
    if "path" not in _servers:
        _servers["path"] = _started.enter_context(servers.scratch("scenario"))
    return _servers["path"]


def server(kind="dovecot", name="", users=(), **options):
    """A running server; the same for the same arguments. Those of another `name` are others. SkipTest if not installed."""
    if servers.missing(kind):
        raise unittest.SkipTest(servers.missing(kind))
    key = (kind, name, repr(sorted(options.items())))
    if key not in _servers:
        directory = f"{scratch()}/s{len(_servers)}"
        started = servers.KINDS[kind](directory, ca_directory=f"{scratch()}/ca", **options)
        _servers[key] = _started.enter_context(started)
    _servers[key].add_users(users)
    return _servers[key]


def started():
    """For `with`: at its end all of them are stopped."""
    return _started


class Fake:
    """A fakeimap with these arguments, from `with` on; for what no real server does on demand."""
    host, password = "127.0.0.1", "fake"

    def __init__(self, *arguments):
        self._arguments = arguments

    def __enter__(self):
        self.process = subprocess.Popen([FAKEIMAP, *self._arguments], stdout=subprocess.PIPE, text=True)
        found = re.fullmatch(r"listening 127\.0\.0\.1:(\d+)\n", self.process.stdout.readline())
        if not found:
            raise AssertionError(f"fakeimap {self._arguments} does not listen")
        self.port = int(found[1])
        return self

    def __exit__(self, *unused):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        self.process.stdout.close()

    def add_users(self, names):
        """Anybody signs in."""


# ---- messages and mailboxes

@dataclasses.dataclass(frozen=True)
class Message:
    """As read back. Equal if octets, flags and date are; the UID is only looked at."""
    octets: bytes
    flags: frozenset = frozenset()          # without \\Recent
    date: datetime.datetime = None          # of arrival
    uid: int = dataclasses.field(default=0, compare=False)

    @property
    def subject(self):
        found = re.search(rb"(?mi)^Subject: ?(.*?)\r?$", self.octets.split(b"\r\n\r\n")[0])
        return found[1].decode(errors="replace") if found else ""


def mail(subject, body="hello\r\n", message_id=True, header=(), date="Thu, 05 Mar 2020 10:00:00 +0000"):
    """The octets of a message; the Message-ID follows from the subject unless one is given, or None."""
    if message_id is True:
        message_id = f"<{subject.replace(' ', '.')}@example.org>"
    lines = [f"Date: {date}", "From: ann@example.org", "To: bob@example.org", f"Subject: {subject}"]
    lines += [f"Message-ID: {message_id}"] if message_id else []
    body = body if isinstance(body, bytes) else body.encode()
    return "\r\n".join(lines + list(header)).encode() + b"\r\n\r\n" + body


def decoded(name):
    """The text of a folder's name on the wire (modified UTF-7); bytes that are none as they are."""
    def plain(found):
        coded = found[1].replace(b",", b"/")
        return base64.b64decode(coded + b"=" * (-len(coded) % 4)).decode("utf-16-be").encode() if coded else b"&"
    return re.sub(rb"&([^-]*)-", plain, name).decode(errors="surrogateescape")


def coded(name):
    """A folder's name, text or bytes as on the wire, quoted."""
    return imap_client.quoted(imap_client.modified_utf7(name) if isinstance(name, str) else name)


class Account:
    """One mailbox. Every method signs in anew, so that nothing is remembered between them."""

    def __init__(self, its_server, user):
        self.server, self.user = its_server, user
        its_server.add_users([user])

    @contextlib.contextmanager
    def connection(self):
        """Signed in."""
        connection = imap_client.Connection(self.server.host, self.server.port)
        try:
            connection.login(self.user, self.server.password)
            yield connection
        finally:
            connection.logout()

    def commands(self, *lines):
        """Each must be answered with OK; the untagged answers of the last."""
        with self.connection() as connection:
            return [connection.command(line if isinstance(line, bytes) else line.encode()) for line in lines][-1]

    def create(self, *folders):
        self.commands(*(b"CREATE " + coded(folder) for folder in folders))

    def append(self, folder, *messages, flags=(), date=None):
        """`messages`: octets, or (octets, flags, date) each; a date is text as IMAP has it, None is now."""
        with self.connection() as connection:
            for message in messages:
                octets, its_flags, its_date = message if isinstance(message, tuple) else (message, flags, date)
                arguments = f"({' '.join(its_flags)})" + (f' "{its_date}"' if its_date else "")
                connection.append(coded(folder), arguments.encode(), octets)

    def change(self, folder, *lines):
        """Commands with this folder selected, such as "UID STORE 1 +FLAGS (\\Seen)"."""
        return self.commands(b"SELECT " + coded(folder), *lines)

    def expunge(self, folder, *uids):
        self.change(folder, f"UID STORE {','.join(map(str, uids))} +FLAGS.SILENT (\\Deleted)", "EXPUNGE")

    def folders(self, subscribed=False):
        """Their names as text; only those that can be selected."""
        rows = self.commands(b'LSUB "" "*"' if subscribed else b'LIST "" "*"')
        absent = {b"\\noselect", b"\\nonexistent"}
        return {decoded(row[3]) for row in rows
                if row[0] in (b"LIST", b"LSUB") and not absent & {flag.lower() for flag in row[1]}}

    def read(self, folder):
        """[Message] in the order of their UIDs."""
        with self.connection() as connection:
            return _read(connection, folder)

    def contents(self):
        """{folder: [Message]} of everything."""
        names = sorted(self.folders())
        with self.connection() as connection:
            return {name: _read(connection, name) for name in names}

    def uidvalidity(self, folder):
        return next(row[2][1] for row in self.commands(b"STATUS %s (UIDVALIDITY)" % coded(folder)) if row[0] == b"STATUS")

    def count(self, folder="INBOX"):
        row = next(row for row in self.commands(b"STATUS %s (MESSAGES)" % coded(folder)) if row[0] == b"STATUS")
        return int(row[2][1])


def _read(connection, folder):
    rows = connection.command(b"EXAMINE " + coded(folder))
    if not next(int(row[0]) for row in rows if row[1:] == [b"EXISTS"]):
        return []
    found = []
    for row in connection.command(b"UID FETCH 1:* (UID FLAGS INTERNALDATE BODY.PEEK[])"):
        if row[1:2] == [b"FETCH"]:
            values = dict(zip(row[2][::2], row[2][1::2]))
            date = datetime.datetime.strptime(values[b"INTERNALDATE"].decode().strip(), "%d-%b-%Y %H:%M:%S %z")
            flags = frozenset(flag.decode() for flag in values[b"FLAGS"] if flag.lower() != b"\\recent")
            found.append(Message(values[b"BODY[]"] or b"", flags, date, int(values[b"UID"])))
    return sorted(found, key=lambda message: message.uid)


# ---- runs of godwit sync

@dataclasses.dataclass
class Run:
    """`report` and `outcomes` as godwit wrote them; the report is None where there is none."""
    status: int
    report: dict
    outcomes: list
    stderr: str

    def __getattr__(self, name):
        """run.copied, run.matched, run.skipped, run.failed: of all folders together."""
        if name in ENDS:
            return self.report["counters"][f"messages_{name}"]
        raise AttributeError(name)

    @property
    def pending(self):
        """Messages without an end: what a dry run would have copied."""
        return self.report["counters"]["messages_total"] - sum(getattr(self, end) for end in ENDS)

    @property
    def reasons(self):
        """Of messages that were skipped: {reason: count}."""
        return self.report["skipped"]

    def folder(self, source):
        """Its part of the report."""
        return next(folder for folder in self.report["folders"] if folder["source"] == source)


def totals_add_up(report, dry=False):
    """In each folder and in all: total = matched + copied + skipped + failed, skipped = the sum by reason. What a dry run
    would have copied has no end."""
    parts = [part for part in report["folders"] if not part["error"]] + [report]
    for part in parts:
        counters = part["counters"]
        total = sum(counters[f"messages_{end}"] for end in ENDS)
        where = part.get("source", "all folders")
        good = counters["messages_total"] >= total if dry else counters["messages_total"] == total
        assert good, f"{where}: the ends do not add up: {counters}"
        assert counters["messages_skipped"] == sum(part["skipped"].values()), f"{where}: {counters} {part['skipped']}"
    for end in ENDS + ("total",):
        name = f"messages_{end}"
        over_all = sum(folder["counters"][name] for folder in report["folders"])
        assert report["counters"][name] == over_all, f"{name}: {over_all} in the folders, {report['counters'][name]} in all"


def outcomes_add_up(run):
    """Each message is told once, with the end that the report counts."""
    told = collections.Counter((line["folder"], line["uid"]) for line in run.outcomes)
    assert not told or max(told.values()) == 1, f"told more than once: {told.most_common(5)}"
    ends = collections.Counter(line["outcome"].replace("already_there", "matched") for line in run.outcomes)
    assert all(ends[end] == getattr(run, end) for end in ENDS), f"{ends}, but {run.report['counters']}"


class Pair:
    """A source and a destination account, and a directory for what the runs between them keep."""

    def __init__(self, source, destination, directory):
        self.source, self.destination, self.directory = source, destination, directory
        os.makedirs(directory, exist_ok=True)

    def command(self, *options):
        """(words, environment). What `options` repeat counts instead of what is said here."""
        words = [GODWIT, "sync", "--json", "--statedir", f"{self.directory}/state", "--settle", SETTLE,
                 "--outcomes", f"{self.directory}/outcomes"]
        environment = dict(os.environ)
        for number, side in (("1", self.source), ("2", self.destination)):
            words += [f"--host{number}", side.server.host, f"--port{number}", str(side.server.port),
                      f"--nossl{number}", f"--notls{number}", f"--user{number}", side.user]
            environment[f"GODWIT_PASSWORD{number}"] = side.server.password
        return words + list(options), environment

    def start(self, *options):
        """The process, for tests that kill it."""
        words, environment = self.command(*options)
        return subprocess.Popen(words, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)

    def run(self, *options, timeout=300):
        """A Run, whatever came of it."""
        words, environment = self.command(*options)
        outcomes = f"{self.directory}/outcomes"
        with contextlib.suppress(FileNotFoundError):
            os.unlink(outcomes)
        done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=timeout, check=False,
                              stdin=subprocess.DEVNULL)
        lines = []
        if os.path.exists(outcomes):
            with open(outcomes, encoding="utf-8") as file:
                lines = [json.loads(line) for line in file]
        report = json.loads(done.stdout) if done.stdout.startswith("{") else None
        return Run(done.returncode, report, lines, done.stderr)

    def sync(self, *options, status=0, timeout=300):
        """A Run that ends with this exit status and whose numbers add up."""
        run = self.run(*options, timeout=timeout)
        assert run.status == status, f"exit status {run.status}: {run.report} {run.stderr[-2000:]}"
        if run.report:
            totals_add_up(run.report, dry="--dry" in options)
            outcomes_add_up(run)
        return run


# ---- tests

class Scenario(unittest.TestCase):
    """Tests with accounts of their own."""
    maxDiff = 3000
    _accounts = 0

    def pair(self, source=None, destination=None):
        """New accounts on these servers."""
        Scenario._accounts += 1
        user = f"user{Scenario._accounts}"
        source = source or server(name="source")
        destination = destination or server(name="destination")
        return Pair(Account(source, user), Account(destination, user), f"{scratch()}/{user}")

    def fake(self, *arguments):
        """A Fake until the end of the test."""
        return self.enterContext(Fake(*arguments))

    def assert_same(self, pair, folder="INBOX", there=None):
        """The folder holds the source's messages, as often, with the same octets, flags and date; and nothing else."""
        wanted, found = pair.source.read(folder), pair.destination.read(there or folder)
        self.assert_messages(found, wanted, folder)

    def assert_messages(self, found, wanted, what=""):
        found, wanted = collections.Counter(found), collections.Counter(wanted)
        missing, extra = ([(m.subject, sorted(m.flags), m.date, m.octets[-80:]) for m in counts][:5]
                          for counts in (wanted - found, found - wanted))
        self.assertFalse(missing or extra, f"{what}: missing {missing}, extra {extra}")

    def assert_subjects(self, account, wanted, folder="INBOX"):
        """Exactly these messages stand there, by their subjects."""
        self.assertEqual(sorted(message.subject for message in account.read(folder)), sorted(wanted))

    def assert_every_outcome(self, pair, run, folders=None):
        """The file of outcomes names each message of the source (or of these folders of it) exactly once."""
        contents = pair.source.contents()
        there = [(folder, message.uid) for folder in folders or contents for message in contents[folder]]
        self.assertEqual(sorted((line["folder"], line["uid"]) for line in run.outcomes), sorted(there))

    def assert_again_nothing(self, pair, *options):
        """Another run finds all as it should be: copies nothing, and neither side changes. That run."""
        before = pair.source.contents(), pair.destination.contents()
        run = pair.sync(*options)
        self.assertEqual((run.copied, run.failed), (0, 0))
        for side, (old, new) in zip(("source", "destination"), zip(before, (pair.source.contents(),
                                                                            pair.destination.contents()))):
            self.assertEqual(list(old), list(new), side)
            for folder in old:
                self.assert_messages(new[folder], old[folder], f"{side}: {folder}")
        return run


def wait_until(true, what, seconds=30):
    """Until true() is."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"still not {what}"
        time.sleep(0.01)   # between two looks


def main():
    """Runs the tests of the file that calls it, and ends."""
    missing = servers.missing() or ("" if os.access(GODWIT, os.X_OK) else f"{GODWIT} is not built")
    if missing:
        print("SKIPPED:", missing)
        sys.exit(0)
    with started():
        program = unittest.main(verbosity=2, exit=False, warnings="ignore")
    for test, reason in program.result.skipped:
        print(f"not run: {test}: {reason}")
    sys.exit(0 if program.result.wasSuccessful() else 1)
