#!/usr/bin/env python3
"""The program fakeimap over TCP: accounts, messages, personas, many connections, and its end."""
import contextlib
import imaplib
import os
import re
import signal
import socket
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
BIN = os.path.join(os.environ.get("GODWIT_BUILD") or f"{ROOT}/build/release", "bin")
FAKEIMAP = os.path.join(BIN, "fakeimap")
GODWIT = os.path.join(BIN, "godwit")
sys.path.insert(0, os.path.join(ROOT, "tools", "servers"))
sys.dont_write_bytecode = True
from godwitd import expect  # noqa: E402

MESSAGE = b"Message-ID: <late@x>\r\n\r\nbody\r\n"


@contextlib.contextmanager
def fake(*arguments):
    """(port, process) of a fakeimap that listens; it is stopped at the end, and must have gone in order."""
    process = subprocess.Popen([FAKEIMAP, *arguments], stdout=subprocess.PIPE, text=True)
    try:
        first = process.stdout.readline()
        found = re.fullmatch(r"listening (?:127\.0\.0\.1|\[::1\]):(\d+)\n", first)
        if not found:
            raise AssertionError(f"first line: {first!r}")
        yield int(found[1]), process
        process.send_signal(signal.SIGTERM)
        if process.wait(timeout=20) != 0:
            raise AssertionError(f"exit status {process.returncode}")
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def sign_in(port, user="anybody", password="fake"):
    imap = imaplib.IMAP4("127.0.0.1", port, timeout=20)
    imap.login(user, password)
    return imap


def octets(imap, folder="INBOX"):
    """Every message of a folder."""
    imap.select(f'"{folder}"', readonly=True)
    rows = imap.uid("FETCH", "1:*", "(UID BODY.PEEK[])")[1]
    return [row[1] for row in rows if isinstance(row, tuple)]


def refused(port, user, password):
    try:
        sign_in(port, user, password)
    except imaplib.IMAP4.error:
        return True
    return False


def check_accounts():
    wanted = ["--accounts", "2", "--folders", "3", "--messages", "20", "--password", "pw", "--size", "1000"]
    with fake(*wanted) as (port, _):
        imap = sign_in(port, "user1", "pw")
        names = [row.decode().rsplit(' "/" ', 1)[1] for row in imap.list()[1]]
        expect("three folders", names == ['"Folder 2"', '"Folder 3"', '"INBOX"'], names)
        one = {folder: octets(imap, folder) for folder in ("INBOX", "Folder 2")}
        expect("twenty messages in each", all(len(found) == 20 for found in one.values()))
        expect("of about the size", 700 < sum(map(len, one["INBOX"])) / 20 < 1300)
        expect("all different", len({found for folder in one.values() for found in folder}) == 40)
        other = octets(sign_in(port, "user2", "pw"))
        expect("another user's are others", not set(other) & set(one["INBOX"]))
        expect("no third user", all(refused(port, user, "pw") for user in ("user0", "user3", "user", "anybody")))
        expect("no other password", refused(port, "user2", "fake"))
        with fake("--messages=20", "--size=1000") as (again, _), fake("--messages=20", "--seed=2") as (seeded, _):
            expect("the same in another process", octets(sign_in(again, "user1")) == one["INBOX"])
            expect("another seed, other messages", not set(octets(sign_in(seeded, "user1"))) & set(one["INBOX"]))


def check_append():
    with fake() as (port, _):
        imap, other = sign_in(port), sign_in(port)
        other.select()
        status, answer = imap.append("INBOX", "(\\Seen work)", '"05-Mar-2020 10:00:00 +0100"', MESSAGE)
        expect("append", status == "OK" and b"[APPENDUID 1 1]" in answer[0], answer)
        other.noop()
        expect("the other session hears of it", other.response("EXISTS")[1][-1] == b"1")
        row = other.uid("FETCH", "1", "(FLAGS INTERNALDATE BODY.PEEK[])")[1][0]
        expect("what was appended", row[1] == MESSAGE and b"\\Seen work" in row[0] and b"05-Mar-2020" in row[0], row)
        large = b"Subject: large\r\n\r\n" + b"x" * 20_000_000
        imap.append("INBOX", None, None, large)
        expect("20 MB there and back", octets(other)[1] == large)


def check_late_commit():
    wanted = ["--persona", "late_commit", "--set", "late_commit_every=1", "--set", "late_commit_least_ms=200"]
    with fake(*wanted) as (port, _):
        try:
            sign_in(port).append("INBOX", None, None, MESSAGE)
            raise AssertionError("an answer")
        except (imaplib.IMAP4.abort, OSError):
            pass
        imap = sign_in(port)
        expect("not there at once", octets(imap) == [])
        deadline = time.monotonic() + 10
        while not octets(imap) and time.monotonic() < deadline:
            time.sleep(0.02)
        expect("there later", octets(imap) == [MESSAGE])


def check_many():
    with fake("--messages", "10") as (port, process):
        connections = [sign_in(port, f"u{number % 50}") for number in range(300)]
        for imap in connections:
            imap.select()
        expect("300 sessions at once", all(imap.noop()[0] == "OK" for imap in connections))
        process.send_signal(signal.SIGINT)
        expect("SIGINT ends it, whoever is connected", process.wait(timeout=20) == 0, process.returncode)
        expect("and cuts them", connections[0].sock.recv(1) == b"")


def check_command_line():
    for words, status in (("--help", 0), ("--persona unheard", 64), ("--set colour=red", 64), ("--messages", 64),
                          ("--listen nowhere", 64), ("--listen 127.0.0.1:99999", 64), ("extra", 64)):
        done = subprocess.run([FAKEIMAP, *words.split()], capture_output=True, text=True, timeout=20, check=False)
        expect(f"{words}: {status}", done.returncode == status, done)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = subprocess.run([FAKEIMAP, "--listen", f"127.0.0.1:{taken.getsockname()[1]}"], capture_output=True,
                              timeout=20, check=False)
        expect("a port that is taken", done.returncode == 1 and not done.stdout, done)


def sync(source, destination):
    words = [GODWIT, "sync", "--json"]
    for side, host, port, user in (("1", "127.0.0.1", source, "a"), ("2", "localhost", destination, "b")):
        words += [f"--host{side}", host, f"--port{side}", str(port), f"--nossl{side}", f"--notls{side}",
                  f"--user{side}", user, f"--password{side}", "fake"]
    return subprocess.run(words, capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL)


def check_sync():
    with fake("--folders", "3", "--messages", "200") as (source, _), \
            fake("--set", "prefix=INBOX.", "--set", "delimiter=.") as (destination, _):
        done = sync(source, destination)
        expect("godwit sync from one to another", done.returncode == 0, done)
        one, two = sign_in(source, "a"), sign_in(destination, "b")
        for here, there in (("INBOX", "INBOX"), ("Folder 2", "INBOX.Folder 2"), ("Folder 3", "INBOX.Folder 3")):
            expect(f"the same messages in {here}", sorted(octets(one, here)) == sorted(octets(two, there)))


def main():
    check_command_line()
    check_accounts()
    check_append()
    check_late_commit()
    check_many()
    check_sync()
    return 0


if __name__ == "__main__":
    sys.exit(main())
