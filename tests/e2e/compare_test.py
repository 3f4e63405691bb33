#!/usr/bin/env python3
"""tools/servers/compare.py on two real Dovecots: silent on equal accounts, and exact about one change of each kind."""
import csv
import imaplib
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
SERVERS = os.path.join(ROOT, "tools", "servers")
sys.path.insert(0, SERVERS)
sys.dont_write_bytecode = True
import servers  # noqa: E402

DATE = '"05-Mar-2020 10:00:00 +0100"'
OTHER_DATE = '"05-Mar-2020 10:00:01 +0100"'


def octets(number, body="text"):
    return (f"From: a@example.org\r\nSubject: {number}\r\nMessage-ID: <{number}@example.org>\r\n\r\n{body}\r\n").encode()


class Mailbox:
    """One user on one server, filled and changed by plain IMAP."""

    def __init__(self, server, user, prefix=""):
        self.prefix = prefix
        self.delimiter = server.delimiter
        self.imap = imaplib.IMAP4(server.host, server.port)
        self.imap.login(user, server.password)

    def do(self, command, *arguments):
        status, answer = getattr(self.imap, command)(*arguments)
        if status != "OK":
            raise AssertionError(f"{command} {arguments[:1]}: {answer}")
        return answer

    def append(self, number, flags="(\\Seen projekt)", date=DATE, body="text"):
        self.do("append", "INBOX", flags, date, octets(number, body))

    def fill(self):
        self.do("create", self.prefix + "Work")
        self.do("subscribe", self.prefix + "Work")
        self.do("create", self.prefix + self.delimiter.join(("Parent", "Child")))
        for number in range(4):
            self.append(number)
        return self

    def replace(self, number, **changes):
        """Removes message `number` (counted from 0) and puts it again with the changes."""
        self.remove(number)
        self.append(number, **changes)

    def remove(self, number):
        self.do("select", "INBOX")
        self.do("store", str(number + 1), "+FLAGS", "(\\Deleted)")
        self.do("expunge")
        self.do("close")

    def store(self, number, operation, flags):
        self.do("select", "INBOX")
        self.do("store", str(number + 1), operation, flags)
        self.do("close")


# Kind of difference to a change at the destination that makes exactly one of it, and how many are counted.
CHANGES = {
    "missing": lambda box: box.remove(1),
    "extra": lambda box: box.append(9),
    "bytes": lambda box: box.replace(1, body="other"),
    "flags": lambda box: box.store(1, "+FLAGS", "(\\Flagged)"),
    "keywords": lambda box: box.store(1, "-FLAGS", "(projekt)"),
    "dates": lambda box: box.replace(1, date=OTHER_DATE),
    "folders": lambda box: box.do("create", box.prefix + "Only"),
    "subscriptions": lambda box: box.do("unsubscribe", box.prefix + "Work"),
}


# Several changes at once at the destination, and what must be counted.
COMBINATIONS = {
    "one replaced by another": (lambda box: (box.remove(1), box.append(9)), {"missing": 1, "extra": 1}),
    "one stands twice": (lambda box: box.append(1), {"extra": 1}),
    "two with one Message-ID": (lambda box: box.append(1, body="other"), {"extra": 1}),
    "flags and date": (lambda box: box.replace(1, flags="(projekt)", date=OTHER_DATE), {"flags": 1, "dates": 1}),
    "octets and keywords": (lambda box: box.replace(1, flags="(\\Seen)", body="other"), {"bytes": 1, "keywords": 1}),
    "a folder is gone": (lambda box: (box.do("unsubscribe", box.prefix + "Work"), box.do("delete", box.prefix + "Work")),
                         {"folders": 1, "subscriptions": 1}),
    "an empty parent is a folder": (lambda box: box.do("create", box.prefix + "Parent"), {}),
}


def run_compare(*arguments):
    done = subprocess.run([sys.executable, os.path.join(SERVERS, "compare.py"), "--json", *arguments],
                          capture_output=True, text=True, timeout=60, check=False)
    if not done.stdout:
        raise AssertionError(f"compare.py: {done.returncode} {done.stderr}")
    return done.returncode, json.loads(done.stdout)


def compare(source, destination, user, tls="none", options=()):
    """(exit status, counts) of compare.py."""
    port = "tls_port" if tls == "implicit" else "port"
    status, found = run_compare(
        "--source", f"{source.host}:{getattr(source, port)}", "--source-password", source.password,
        "--destination", f"{destination.host}:{getattr(destination, port)}",
        "--destination-password", destination.password, "--source-tls", tls, "--destination-tls", tls, *options, user)
    return status, {kind: found[kind] for kind in ("messages", *CHANGES)}


def compare_csv(path, source, destination, users, password):
    """(exit status, counts and accounts) of a list of accounts."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow([f"{side}_{field}" for side in ("source", "destination")
                       for field in ("host", "port", "tls", "user", "password", "auth_user")])
        for user in users:
            rows.writerow(["localhost", source.port, "starttls", user, source.password, source.master_user,
                           destination.host, destination.tls_port, "implicit", user, password, ""])
    return run_compare("--csv", path, "--ca", source.ca, "--ca", destination.ca)


def expect(what, found, wanted):
    if found != wanted:
        raise AssertionError(f"{what}: found {found}, wanted {wanted}")
    print("ok:", what)


def check_combinations(source, destination):
    for index, (what, (change, wanted)) in enumerate(COMBINATIONS.items()):
        Mailbox(source, f"c{index}").fill()
        box = Mailbox(destination, f"c{index}", prefix="INBOX.").fill()
        change(box)
        expect(what, compare(source, destination, f"c{index}"),
               (1 if wanted else 0, {"messages": 4, **dict.fromkeys(CHANGES, 0), **wanted}))


def check_lists(path, source, destination):
    users = ["flags", "dates"]
    status, found = compare_csv(f"{path}/accounts.csv", source, destination, users, destination.password)
    expect("a list: status and sums", (status, found["messages"], found["flags"], found["dates"]), (1, 8, 1, 1))
    expect("a list: accounts", [(row["account"], row["flags"], row["dates"]) for row in found["accounts"]],
           [("flags=flags", 1, 0), ("dates=dates", 0, 1)])
    status, found = compare_csv(f"{path}/accounts.csv", source, destination, users, "wrong")
    expect("a wrong password is an error", (status, found["errors"]), (2, 2))
    expect("an ignored kind", compare(source, destination, "flags", options=["--ignore", "flags"])[0], 0)


def main():
    with servers.scratch("compare") as path, servers.Dovecot(f"{path}/a", "a") as source, \
            servers.Dovecot(f"{path}/b", "b", layout="maildir", prefix="INBOX.") as destination:
        nothing = {"messages": 4, **dict.fromkeys(CHANGES, 0)}
        for kind, change in CHANGES.items():
            Mailbox(source, kind).fill()
            box = Mailbox(destination, kind, prefix="INBOX.").fill()
            expect(f"{kind}: equal accounts", compare(source, destination, kind), (0, nothing))
            change(box)
            expect(f"{kind}: one change", compare(source, destination, kind), (1, {**nothing, kind: 1}))
        check_combinations(source, destination)
        check_lists(path, source, destination)
        for tls in ("starttls", "implicit"):
            expect(f"over {tls}", compare(source, destination, "flags", tls), (1, {**nothing, "flags": 1}))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except servers.ServerError as error:
        if "not installed" in str(error):
            print(f"SKIPPED: {error}")
            sys.exit(0)
        raise
