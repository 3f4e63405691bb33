#!/usr/bin/env python3
"""From a copy to its proof and back, between two Dovecots and through the daemon: verify passes and what they find, the signed
report and every way to falsify it, a dry undo and one for real."""
import csv
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "../../tools/servers"))
sys.dont_write_bytecode = True
import godwitd  # noqa: E402
import imap_client  # noqa: E402
import servers  # noqa: E402
from godwitd import expect  # noqa: E402

USERS = ["user1", "user2"]
MESSAGES = 200
INTACT, UNKNOWN, ALTERED, NO_REPORT = 0, 1, 65, 66


class Cli:
    """`godwit`, told where the daemon is, or not."""

    def __init__(self, daemon, directory):
        self.directory = directory
        self.environment = {"PATH": os.environ["PATH"], "GODWIT_SERVER": daemon.url, "GODWIT_TOKEN": daemon.token}

    def __call__(self, *arguments, status=0, online=True):
        environment = self.environment if online else {"PATH": os.environ["PATH"], "GODWIT_TOKEN_FILE": "/nowhere"}
        done = subprocess.run([f"{godwitd.BINARIES}/godwit", *arguments], env=environment, capture_output=True, text=True,
                              timeout=120, check=False)
        if done.returncode != status:
            raise AssertionError(f"godwit {' '.join(arguments)}: {done.returncode}, not {status}: {done.stdout} {done.stderr}")
        return done.stdout

    def path(self, name):
        return f"{self.directory}/{name}"


def connect(server, user):
    connection = imap_client.Connection(server.host, server.port)
    connection.login(user, server.password)
    return connection


def message_count(server, user, folder="INBOX"):
    connection = connect(server, user)
    rows = connection.command(b'STATUS %s (MESSAGES)' % imap_client.quoted(folder))
    connection.logout()
    counts = [row for row in rows if b"STATUS" in row]
    return int(counts[0][-1][1])


def add_foreign(server, user):
    """A message of the user's own, at the destination before anything is copied."""
    connection = connect(server, user)
    connection.append(b"INBOX", b"", b"Message-ID: <mine@example>\r\nSubject: mine\r\n\r\nmine\r\n")
    connection.logout()


def remove_one(server, user):
    """The second message, and no other that is marked as deleted."""
    connection = connect(server, user)
    connection.command(b"SELECT INBOX")
    fields = next(row[-1] for row in connection.command(b"FETCH 2 (UID)") if b"FETCH" in row)
    uid = fields[fields.index(b"UID") + 1]
    connection.command(b"UID STORE %s +FLAGS.SILENT (\\Deleted)" % uid)
    connection.command(b"UID EXPUNGE %s" % uid)
    connection.logout()


def ids_of(daemon, batch):
    return {migration["source"]["user"]: migration["id"] for migration in daemon.migrations(batch)}


def check_verify(daemon, cli, batch, destination):
    before = {m["id"]: (m["state"], m["phase"], m["progress"]) for m in daemon.migrations(batch)}
    said = cli("verify", "acme", "--bytes", "100", "--wait")
    expect("a clean copy is said to be one", "2 migrations: nothing is wrong" in said, said)
    after = {m["id"]: (m["state"], m["phase"], m["progress"]) for m in daemon.migrations(batch)}
    expect("the migrations are as before", before == after, (before, after))
    ids = ids_of(daemon, batch)
    remove_one(destination, "user1")
    said = cli("verify", ids["user1"], "--wait", status=1)
    expect("a message that was removed is a fault", "1 fault in 1" in said, said)
    found = json.loads(cli("findings", ids["user1"], "--kind", "removed_at_destination", "--json"))
    expect("it is named", len(found) == 1 and found[0]["source_uid"], found)
    return ids


def check_report(cli, daemon, migration):
    for name in ("r.json", "r.csv", "r.html"):
        cli("report", "show", migration, "--output", cli.path(name))
    with open(cli.path("r.json"), encoding="utf-8") as file:
        document = json.load(file)
    report, signature = document["report"], document["signature"]
    with open(cli.path("r.csv"), encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    expect("the CSV has the findings of the JSON", [row["kind"] for row in rows] == [f["kind"] for f in report["findings"]], rows)
    expect("the verdict is that of the findings", report["verdict"]["code"] == "faults" and report["faults"] == 1, report)
    key = daemon.request("GET", "/api/v1/report_keys")[1]["data"][0]
    expect("the key is the daemon's", key["fingerprint"] == signature["fingerprint"], (key, signature))
    mode = os.stat(f"{daemon.directory}/state/report_key.pem").st_mode & 0o777
    expect("its file is its owner's only", mode == 0o600, oct(mode))
    for name in ("r.json", "r.html"):
        said = cli("report", "verify", cli.path(name), "--csv", cli.path("r.csv"))
        expect(f"{name} is intact, by the daemon's keys", "a key of the daemon" in said, said)
        said = cli("report", "verify", cli.path(name), "--key", signature["fingerprint"], online=False)
        expect(f"{name} is intact, by the key that was given", "the key that was given" in said, said)
        said = cli("report", "verify", cli.path(name), online=False, status=UNKNOWN)
        expect(f"{name} is intact, the key unknown", "is not known" in said, said)
    cli("report", "verify", cli.path("r.json"), "--key", "0" * 64, status=ALTERED)
    cli("report", "verify", cli.path("r.csv"), status=NO_REPORT)


def check_falsified(cli):
    """Changed, left out, added: each is found."""
    with open(cli.path("r.csv"), "ab") as file:
        file.write(b"missing,INBOX,INBOX,1,,1,\r\n")
    cli("report", "verify", cli.path("r.json"), "--csv", cli.path("r.csv"), status=ALTERED)
    for name in ("r.json", "r.html"):
        with open(cli.path(name), "rb") as file:
            octets = file.read()
        changes = {"the verdict": octets.replace(b'"code":"faults"', b'"code":"clean"'),
                   "a user": octets.replace(b"user1", b"user2", 1), "one digit": octets.replace(b"2", b"3", 1),
                   "a blank more": octets.replace(b":", b": ", 1), "the end": octets + b"\n"}
        for what, changed in changes.items():
            expect(f"{what} of {name} was changed", changed != octets)
            with open(cli.path("x"), "wb") as file:
                file.write(changed)
            cli("report", "verify", cli.path("x"), status=ALTERED)
    expect("every falsified report is found out", True)


def check_undo(daemon, cli, ids, batch, destination):
    migration, user = ids["user2"], "user2"
    full = message_count(destination, user)
    cli("undo", migration, "--for-real", status=2)
    said = cli("undo", migration, "--wait")
    expect("the dry run says what to do next", f"godwit undo {migration} --for-real" in said, said)
    expect("and has changed nothing", message_count(destination, user) == full)
    would = json.loads(cli("findings", migration, "--kind", "removed", "--json"))
    expect("it names what it would remove", len(would) > 0, would)
    cli("undo", migration, "--for-real", "--wait")
    shown = daemon.request("GET", f"/api/v1/migrations/{migration}")[1]
    expect("the migration is as new", (shown["phase"], shown["state"]) == ("presync", "waiting"), shown)
    did = json.loads(cli("findings", migration, "--kind", "removed", "--json"))
    expect("it removed what it said", len(did) == len(would), (len(did), len(would)))
    expect("what was there before is still there", message_count(destination, user) == 1, message_count(destination, user))
    cli("report", "show", migration, "--output", cli.path("undo.html"))
    expect("the undo has its report", "exactly as it was written" in cli("report", "verify", cli.path("undo.html")))
    daemon.act("migrations", migration, "start")
    daemon.wait(batch, "copied again", lambda summary: summary["states"]["done"] == 2)
    expect("copied again, all is there", message_count(destination, user) == full, message_count(destination, user))
    said = cli("verify", migration, "--bytes", "100", "--wait")
    expect("and verified", "nothing is wrong" in said, said)


def main():
    reason = godwitd.missing()
    if reason:
        print("SKIPPED:", reason)
        return 0
    with servers.scratch("report") as path, \
            servers.Dovecot(f"{path}/source", ca_directory=f"{path}/ca") as source, \
            servers.Dovecot(f"{path}/destination", ca_directory=f"{path}/ca") as destination:
        godwitd.populate(source, len(USERS), MESSAGES)
        for user in USERS:
            add_foreign(destination, user)
        with godwitd.Godwitd(path, source.ca) as daemon:
            batch = daemon.create_batch("acme")
            daemon.import_rows(batch, godwitd.rows(source, destination, USERS))
            daemon.wait_done(batch)
            cli = Cli(daemon, path)
            cli("report", "show", next(iter(ids_of(daemon, batch).values())), status=2)
            ids = check_verify(daemon, cli, batch, destination)
            check_report(cli, daemon, ids["user1"])
            check_falsified(cli)
            check_undo(daemon, cli, ids, batch, destination)
    return 0


if __name__ == "__main__":
    sys.exit(main())
