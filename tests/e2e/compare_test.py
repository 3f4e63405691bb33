#!/usr/bin/env python3
"""tools/servers/compare.py on two real Dovecots: silent on equal accounts, and exact about one change of each kind."""
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


def compare(source, destination, user, tls="none"):
    """(exit status, counts) of compare.py."""
    side = {"none": lambda server: server.port, "starttls": lambda server: server.port,
            "implicit": lambda server: server.tls_port}[tls]
    done = subprocess.run(
        [sys.executable, os.path.join(SERVERS, "compare.py"), "--json",
         "--source", f"{source.host}:{side(source)}", "--source-password", source.password, "--source-tls", tls,
         "--destination", f"{destination.host}:{side(destination)}", "--destination-password", destination.password,
         "--destination-tls", tls, user],
        capture_output=True, text=True, timeout=60, check=False)
    if done.returncode not in (0, 1):
        raise AssertionError(f"compare.py: {done.returncode} {done.stderr}")
    return done.returncode, json.loads(done.stdout)


def expect(what, found, wanted):
    if found != wanted:
        raise AssertionError(f"{what}: found {found}, wanted {wanted}")
    print("ok:", what)


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
