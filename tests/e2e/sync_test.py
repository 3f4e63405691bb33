#!/usr/bin/env python3
"""`godwit sync` between real Dovecots: an exact copy, nothing the second time, nothing doubled after kill -9, and one at a
time for each destination account."""
import json
import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
TOOLS = os.path.join(ROOT, "tools", "servers")
GODWIT = os.path.join(os.environ.get("GODWIT_BUILD") or f"{ROOT}/build/release", "bin", "godwit")
sys.path.insert(0, TOOLS)
sys.dont_write_bytecode = True
import servers  # noqa: E402
from godwitd import expect  # noqa: E402

MESSAGES = 2000 if os.environ.get("GODWIT_LONG") == "1" else 300
KINDS = ["missing", "extra", "bytes", "flags", "keywords", "dates", "folders", "subscriptions"]


class Pair:
    """A source and a destination that one ca.pem vouches for, and a file with their password."""

    def __init__(self, path, source, destination):
        self.path, self.source, self.destination = path, source, destination
        with open(f"{path}/password", "w", encoding="ascii") as file:
            file.write(source.password + "\n")

    def fill(self, users, count):
        subprocess.run([sys.executable, f"{TOOLS}/populate.py", "--port", str(self.source.port), "--password",
                        self.source.password, "--mailboxes", str(users), "--messages", str(count)],
                       check=True, timeout=120, stdout=subprocess.DEVNULL)

    def command(self, user, *more):
        """Implicit TLS on one side, STARTTLS on the other, both verified."""
        sides = (("1", self.source, self.source.tls_port, "--ssl1"),
                 ("2", self.destination, self.destination.port, "--tls2"))
        words = [GODWIT, "sync", "--json", "--statedir", f"{self.path}/state", "--settle", "1000"]
        for number, server, port, tls in sides:
            words += [f"--host{number}", server.host, f"--port{number}", str(port), tls, f"--ca{number}", server.ca,
                      f"--user{number}", user, f"--passfile{number}", f"{self.path}/password"]
        return words + list(more)

    def sync(self, user, *more):
        """(exit status, report)."""
        done = subprocess.run(self.command(user, *more), capture_output=True, text=True, timeout=300, check=False,
                              stdin=subprocess.DEVNULL)
        try:
            return done.returncode, json.loads(done.stdout)
        except json.JSONDecodeError:
            raise AssertionError(f"exit status {done.returncode}, {done.stdout[-500:]} {done.stderr[-2000:]}") from None

    def compare(self, user):
        """What compare.py counts, without the zeros and the number of messages."""
        done = subprocess.run([sys.executable, f"{TOOLS}/compare.py", "--json", "--source",
                               f"{self.source.host}:{self.source.port}", "--source-password", self.source.password,
                               "--destination", f"{self.destination.host}:{self.destination.port}",
                               "--destination-password", self.destination.password, user],
                              capture_output=True, text=True, timeout=120, check=False)
        counts = json.loads(done.stdout)
        return {kind: counts[kind] for kind in KINDS if counts[kind]}

    def arrived(self, user):
        """How many messages the destination shows in all folders."""
        with socket.create_connection((self.destination.host, self.destination.port), 30) as connection:
            connection.sendall(b'a LOGIN %s "%s"\r\nb LIST "" "*" RETURN (STATUS (MESSAGES))\r\nc LOGOUT\r\n'
                               % (user.encode(), self.destination.password.encode()))
            try:
                answer = connection.makefile("rb").read()
            except ConnectionResetError:   # Dovecot resets what it closes early; the caller looks again
                return 0
        if b"\r\nb OK" not in answer:
            raise AssertionError(f"{answer[-300:]} {self.destination.log()[-3000:]}")
        return sum(int(count) for count in re.findall(rb"\(MESSAGES (\d+)\)", answer))


def copied(report):
    return report["counters"]["messages_copied"]


def copies_exactly(pair, what):
    pair.fill(1, MESSAGES)
    status, report = pair.sync("user1")
    expect(f"{what}: complete", status == 0, report)
    expect(f"{what}: nothing missing, extra or different", pair.compare("user1") == {}, pair.compare("user1"))
    status, report = pair.sync("user1")
    expect(f"{what}: the second time, nothing is copied", (status, copied(report)) == (0, 0), report)


def start(pair, user, *more):
    return subprocess.Popen(pair.command(user, *more), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)


def wait(process, true):
    """Whether it came true while the process was running."""
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        if true():
            return process.poll() is None
    return False


def kill(process):
    process.kill()
    process.wait()


def notes(pair):
    return [f"{pair.path}/state/{name}" for name in os.listdir(f"{pair.path}/state")]


def ends_well(pair, user, *more):
    status, report = pair.sync(user, *more)
    expect("the run after that: complete", status == 0, report["issues"] or report["error"])
    expect("nothing is missing or doubled", pair.compare(user) == {}, pair.compare(user))
    expect("it leaves no note", not notes(pair), notes(pair))


def survives_kill(pair, user, *more):
    """Killed when about a third, then two thirds have arrived; the next run finishes."""
    for third in (1, 2):
        process = start(pair, user, *more)
        wait(process, lambda third=third: pair.arrived(user) >= third * MESSAGES // 3)
        kill(process)
    ends_well(pair, user, *more)


class LateProxy:
    """Hands on what a client sends `seconds` later, also when that client is gone by then."""

    def __init__(self, port, seconds):
        self.server, self.seconds, self.under_way = port, seconds, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            client, _ = self.listener.accept()
            server = socket.create_connection(("127.0.0.1", self.server))
            waiting = queue.SimpleQueue()
            for work in ((self._take, client, waiting), (self._give, waiting, server), (self._answer, server, client)):
                threading.Thread(target=work[0], args=work[1:], daemon=True).start()

    def _take(self, client, waiting):
        octets = b"x"
        while octets:
            try:
                octets = client.recv(1 << 16)
            except OSError:
                octets = b""
            self.under_way += len(octets)
            waiting.put((time.monotonic() + self.seconds, octets))

    def _give(self, waiting, server):
        while True:
            due, octets = waiting.get()
            time.sleep(max(0.0, due - time.monotonic()))
            if not octets:
                return server.shutdown(socket.SHUT_WR)
            server.sendall(octets)
            self.under_way -= len(octets)

    @staticmethod
    def _answer(server, client):
        gone = False
        while octets := server.recv(1 << 16):
            try:
                gone or client.sendall(octets)
            except OSError:
                gone = True


def waits_for_late_appends(pair, user, *more, note=True):
    """What a killed run has sent arrives when the next one has begun, at once. `note`: whether that finds a note."""
    proxy = LateProxy(pair.destination.port, 0.2)
    process = start(pair, user, "--connectto2", proxy.address, *more)
    killed_in_time = wait(process, lambda: pair.arrived(user) and proxy.under_way > 20_000)
    kill(process)
    expect(f"{user}: kill -9 comes with appends under way", killed_in_time)
    expect("a note stays behind", len(notes(pair)) == 1, notes(pair))
    if not note:
        os.unlink(notes(pair)[0])
    ends_well(pair, user, *more)


def one_at_a_time(pair, user):
    """A second run on the same destination is refused while the first one lives."""
    process = start(pair, user)
    expect("the first run takes its note", wait(process, lambda: any(map(os.path.getsize, notes(pair)))))
    process.send_signal(signal.SIGSTOP)
    done = subprocess.run(pair.command(user), capture_output=True, text=True, timeout=60, check=False,
                          stdin=subprocess.DEVNULL)
    process.send_signal(signal.SIGCONT)
    expect("the second run is refused", done.returncode == 75, (done.returncode, done.stdout, done.stderr))
    expect("with a clear word", f"another godwit sync (pid {process.pid}) is writing to this account" in done.stderr,
           done.stderr)
    expect("the first run ends well", process.wait(60) == 0)
    expect("nothing is missing or doubled", pair.compare(user) == {}, pair.compare(user))


def refuses(pair):
    """What must not work does not, with the right words and no password in them."""
    done = subprocess.run(pair.command("user1", "--ca2", "/etc/ssl/certs/ca-certificates.crt"), capture_output=True,
                          text=True, timeout=60, check=False, stdin=subprocess.DEVNULL)
    expect("a certificate of an unknown authority is refused", done.returncode != 0, done.stdout)
    expect("no password in the output", pair.source.password not in done.stdout + done.stderr)
    with open(f"{pair.path}/wrong", "w", encoding="ascii") as file:
        file.write("canary-password\n")
    done = subprocess.run(pair.command("user1", "--passfile1", f"{pair.path}/wrong"), capture_output=True, text=True,
                          timeout=60, check=False, stdin=subprocess.DEVNULL)
    expect("a wrong password fails", done.returncode != 0, done.stdout)
    expect("and is not in the output", "canary-password" not in done.stdout + done.stderr)


def main():
    if servers.missing():
        print("SKIPPED:", servers.missing())
        return 0
    with servers.scratch("sync") as path, servers.Dovecot(f"{path}/a", "a", ca_directory=f"{path}/tls") as source:
        with servers.Dovecot(f"{path}/b", "b", layout="maildir", prefix="INBOX.", ca_directory=f"{path}/tls") as other:
            copies_exactly(Pair(path, source, other), "to Maildir++ below INBOX.")
        with servers.Dovecot(f"{path}/c", "c", ca_directory=f"{path}/tls") as same:
            pair = Pair(path, source, same)
            pair.fill(6, MESSAGES)
            ledger = ["--ledger", f"{path}/ledger"]
            survives_kill(pair, "user1")
            survives_kill(pair, "user2", *ledger)
            waits_for_late_appends(pair, "user3")
            waits_for_late_appends(pair, "user4", *ledger)
            waits_for_late_appends(pair, "user5", *ledger, note=False)
            one_at_a_time(pair, "user6")
            refuses(pair)
    return 0


if __name__ == "__main__":
    sys.exit(main())
