"""What the tests of the daemon under faults share: mail servers, daemons, the verdict on a run, and the table of all."""
import argparse
import collections
import glob
import os
import random
import shutil
import sys
import time
import traceback

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools", "servers"))
import compare  # noqa: E402
import godwitd  # noqa: E402
import imap_client  # noqa: E402
import populate  # noqa: E402
import servers  # noqa: E402
from table import FAILURES, Table  # noqa: E402

LONG = os.environ.get("GODWIT_LONG") == "1"
LONG_RUNS = 20
DONE_SECONDS = 420           # what a run may need to end well once nothing strikes any more
SETTINGS = ("limits:\n  lease: 3s\n  poll: 200ms\n  hosts:\n    default:\n      connections_as_source: 4\n"
            "retry:\n  backoff_base: 200ms\n  backoff_cap: 1s\nsync:\n  settle: 1s\n")
_OF_KIND = {"missing": "lost", "bytes": "lost", "extra": "doubled"}


class Stage:
    """A source and a destination for all runs of a test; `destination` are more arguments of that one."""

    def __init__(self, path, **destination):
        self.path, self._number = path, 0
        self.source = servers.Dovecot(f"{path}/source", ca_directory=f"{path}/ca")
        self.destination = servers.Dovecot(f"{path}/destination", ca_directory=f"{path}/ca", fsync="optimized", **destination)

    def __enter__(self):
        self.source.start()
        self.destination.start()
        return self

    def __exit__(self, *unused):
        self.destination.stop()
        self.source.stop()

    def new_name(self):
        """For accounts and folders of one run."""
        self._number += 1
        return f"r{self._number}"


class Run:
    """Accounts of its own, a daemon that migrates them, and what was found at the end."""

    def __init__(self, stage, name, seed, mailboxes=8, messages=1600):
        self.stage, self.name, self.seed = stage, name, seed
        self.rng = random.Random(f"{name}-{seed}")
        self.source, self.destination = stage.source, stage.destination
        self.struck, self.strikes = False, 0
        self.found, self.notes = dict.fromkeys(FAILURES, 0), []
        self.foreign = {}        # {user: {folder on the wire: octets of messages that others put there}}
        self.messages = messages
        own = stage.new_name()
        self.path = f"{stage.path}/{own}"
        os.mkdir(self.path, 0o711)
        self.users = populate.populate(self.source.host, self.source.port, self.source.password, mailboxes, messages, own,
                                       f"{name}-{seed}")

    def daemon(self, settings="", name="daemon"):
        """Not started yet; its state lasts for the run."""
        directory = f"{self.path}/{name}"
        os.mkdir(directory, 0o711)
        return godwitd.Godwitd(directory, self.source.ca, SETTINGS + settings)

    def submit(self, daemon, **options):
        """Imports the accounts; the id of the batch."""
        batch = daemon.create_batch(f"{self.name}-{self.seed}")
        daemon.import_rows(batch, godwitd.rows(self.source, self.destination, self.users, **options))
        return batch

    def wait_for(self, daemon, batch, fraction):
        """Until about so much of the mail is at the destination; whether something is left to copy."""
        daemon.wait(batch, f"at {fraction:.0%}", lambda s: here(s) >= self.messages * fraction)
        return self.in_the_middle(daemon, batch)

    def in_the_middle(self, daemon, batch):
        """Notes a strike at this moment."""
        middle = daemon.batch(batch)["states"]["done"] < len(self.users)
        self.struck = self.struck or middle
        self.strikes += 1
        return middle

    def keep_logs(self, directory):
        """What the daemons of this run wrote."""
        os.makedirs(directory, exist_ok=True)
        for log in glob.glob(f"{self.path}/*/godwitd.log"):
            shutil.copy(log, f"{directory}/{self.name}-{self.seed}-{os.path.basename(os.path.dirname(log))}.log")

    def fail(self, failure, note, number=1):
        """One finding."""
        self.found[failure] += number
        self.notes.append(f"{failure}: {note}")

    def finish(self, daemon, batch, seconds=DONE_SECONDS):
        """Waits for the end and judges it."""
        try:
            daemon.wait_done(batch, seconds)
        except AssertionError as error:
            stuck = [m for m in daemon.migrations(batch) if m["state"] != "done"]
            self.fail("stuck", f"{[(m['state'], m.get('error')) for m in stuck][:3]} {error}", max(len(stuck), 1))
        self.judge(daemon.migrations(batch))

    def another_pass(self, daemon, batch, seconds=DONE_SECONDS):
        """What arrived late is cleared away by the next pass: a duplicate may exist only until it ends."""
        def passes():
            return {m["id"]: len(daemon.request("GET", f"/api/v1/migrations/{m['id']}/passes")[1]["data"])
                    for m in daemon.migrations(batch)}

        daemon.wait_done(batch, seconds)
        before = passes()
        daemon.act("batches", batch, "start")
        daemon.wait(batch, "done once more", lambda s: s["states"]["done"] == s["migrations"] and
                    all(count > before[name] for name, count in passes().items()), seconds)

    def judge(self, migrations):
        """Counters against what stands at the source, and both sides against each other."""
        totals = {}
        for migration in migrations:
            progress = migration["progress"]
            user, total = migration["source"]["user"], progress["messages_total"]
            totals[user] = total
            parts = {part: progress[f"messages_{part}"] for part in ("copied", "matched", "skipped", "failed")}
            if sum(parts.values()) != total:
                self.fail("counter", f"{user}: {parts} are not {total}")
        for user in self.users:
            sides = [{"host": side.host, "port": side.port, "user": user, "password": side.password}
                     for side in (self.source, self.destination)]
            result = compare.compare(user, *sides)
            if result.error:
                self.fail("other", f"{user}: {result.error}")
            if totals.get(user) != result.messages:
                self.fail("counter", f"{user}: {totals.get(user)} counted, {result.messages} at the source")
            foreign = sum(len(messages) for messages in self.foreign.get(user, {}).values())
            self._judge_account(user, result, foreign)

    def _judge_account(self, user, result, foreign):
        counts = collections.Counter()
        for kind, folder, message in result.details:
            counts[kind] += 1
            if kind != "extra" or not foreign:
                self.notes.append(f"{user}: {kind}: {folder}: {message}")
        counts["extra"] -= foreign
        for kind, number in counts.items():
            self.found[_OF_KIND.get(kind, "other")] += abs(number)
        for folder, expected in self.foreign.get(user, {}).items():
            left = collections.Counter(expected) - collections.Counter(octets_in(self.destination, user, folder))
            if left:
                self.fail("lost", f"{user}: {folder!r}: {left.total()} foreign messages were touched", left.total())


def here(summary):
    """Messages of a batch that are known to be at the destination."""
    return summary["progress"]["messages_copied"] + summary["progress"]["messages_matched"]


def sign_in(server, user):
    """A connection of this test."""
    connection = imap_client.Connection(server.host, server.port)
    connection.login(user, server.password)
    return connection


def octets_in(server, user, folder):
    """Of every message there."""
    connection = sign_in(server, user)
    count = next(int(row[0]) for row in connection.command(b"EXAMINE " + imap_client.quoted(folder)) if row[1:] == [b"EXISTS"])
    rows = connection.command(b"FETCH 1:* (BODY.PEEK[])") if count else []
    connection.logout()
    return [row[2][1] for row in rows if row[1:2] == [b"FETCH"]]


def arguments(description, names):
    """Of every test of this kind."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=int(os.environ.get("GODWIT_SEED", "1")), help="of the first run")
    parser.add_argument("--runs", type=int, default=LONG_RUNS if LONG else 1, help="of each fault")
    parser.add_argument("--fault", choices=names, action="append", help="only this one")
    return parser.parse_args()


def main(description, faults, **destination):
    """Runs each function of `faults` {name: function(stage, seed) -> Run} and prints the table; the exit status."""
    if godwitd.missing():
        print("SKIPPED:", godwitd.missing())
        return 0
    options = arguments(description, list(faults))
    godwitd.quiet = True
    table, failed = Table(faults), []
    with servers.scratch("daemon") as path, Stage(path, **destination) as stage:
        for seed in range(options.seed, options.seed + options.runs):
            for name in options.fault or faults:
                began = time.monotonic()
                run = None
                try:
                    run = faults[name](stage, seed)
                    found, notes, struck, strikes = run.found, run.notes, run.struck, run.strikes
                except Exception:
                    found, notes, struck, strikes = {"other": 1}, [traceback.format_exc()], False, 0
                table.add(name, struck, strikes, time.monotonic() - began, found)
                if any(found.values()):
                    failed.append((name, seed))
                    if run:
                        run.keep_logs(f"{ROOT}/build/fault")
                    print("\n  ".join([f"FAILED: {name}, seed {seed}: {found}", *notes[:20]]), flush=True)
    print(table)
    for name, seed in failed:
        print(f"repeat with: {sys.argv[0]} --fault {name!r} --seed {seed} --runs 1")
    return 0 if table.good and not failed else 1
