#!/usr/bin/env python3
"""bench_proxy: delays are at least the configured ones and hardly more, rates are kept, nothing is lost, ends are passed on."""
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools", "servers"))
sys.dont_write_bytecode = True
import godwitd  # noqa: E402

PROXY = f"{godwitd.BINARIES}/bench_proxy"
TIMEOUT = 20
MIB = 1 << 20


class Server:
    """A listener whose connections are each handed to `serve` in a thread."""

    def __init__(self, serve):
        self._serve = serve
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self.port = self._listener.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self._run, daemon=True).start()
        return self

    def __exit__(self, *unused):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _run(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.settimeout(TIMEOUT)
            threading.Thread(target=self._serve_one, args=(connection,), daemon=True).start()

    def _serve_one(self, connection):
        with connection:
            self._serve(connection)


class Proxy:
    def __init__(self, port, *options):
        self._command = [PROXY, "--to", f"127.0.0.1:{port}", "--listen", "0", *options]

    def __enter__(self):
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        self.port = json.loads(self._process.stdout.readline())["port"]
        return self

    def __exit__(self, *unused):
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), TIMEOUT)

    def tally(self, number=signal.SIGUSR1):
        self._process.send_signal(number)
        return json.loads(self._process.stdout.readline())

    def end(self):
        tally = self.tally(signal.SIGTERM)
        return tally, self._process.wait(TIMEOUT)


def echo(connection):
    connection.sendall(b"hello\n")
    while octets := connection.recv(1 << 16):
        connection.sendall(octets)


def digest_of(connection):
    """Reads to the end, then answers with the digest and ends."""
    found = hashlib.sha256()
    while octets := connection.recv(1 << 18):
        found.update(octets)
    connection.sendall(found.digest())


def read_all(connection):
    octets = b""
    while more := connection.recv(1 << 16):
        octets += more
    return octets


class Proxied(unittest.TestCase):
    def test_delays_are_kept_and_counted(self):
        round_trip = 0.02
        with Server(echo) as server, Proxy(server.port, "--round-trip", "20") as proxy:
            began = time.monotonic()
            with proxy.connect() as connection:
                self.assertEqual(connection.recv(100), b"hello\n")
                self.assertGreaterEqual(time.monotonic() - began, 2 * round_trip)
                took = []
                for _ in range(10):
                    began = time.monotonic()
                    connection.sendall(b"x")
                    self.assertEqual(connection.recv(100), b"x")
                    took.append(time.monotonic() - began)
                self.assertGreaterEqual(min(took), round_trip)
                self.assertLess(sorted(took)[5], 1.5 * round_trip)
                self.assertEqual(proxy.tally()["round_trips"], 10)
                began = time.monotonic()        # many under way at once cost one round trip
                for _ in range(50):
                    connection.sendall(b"y")
                count = 0
                while count < 50:
                    count += len(connection.recv(100))
                self.assertLess(time.monotonic() - began, 3 * round_trip)
            tally, status = proxy.end()
        self.assertEqual(status, 0)
        self.assertEqual((tally["connections"], tally["up_bytes"], tally["down_bytes"]), (1, 60, 66))

    def test_the_rate_is_kept_each_way(self):
        octets = bytes(2 * MIB)
        with Server(lambda connection: (connection.sendall(octets), connection.recv(1))) as server, \
                Proxy(server.port, "--rate", "32000000") as proxy, proxy.connect() as connection:
            began, count = time.monotonic(), 0
            while count < len(octets):
                count += len(connection.recv(1 << 16))
            rate = len(octets) * 8 / (time.monotonic() - began)
        self.assertLess(abs(rate / 32_000_000 - 1), 0.1)
        with Server(digest_of) as server, Proxy(server.port, "--rate", "32000000", "--round-trip", "10") as proxy, \
                proxy.connect() as connection:
            began = time.monotonic()
            connection.sendall(octets)
            connection.shutdown(socket.SHUT_WR)
            self.assertEqual(read_all(connection), hashlib.sha256(octets).digest())
            rate = len(octets) * 8 / (time.monotonic() - began - 0.01)
        self.assertLess(abs(rate / 32_000_000 - 1), 0.1)

    def test_much_passes_unharmed_and_the_end_after_it(self):
        octets = os.urandom(MIB) * 100
        for options in ((), ("--round-trip", "4")):
            with self.subTest(options), Server(digest_of) as server, Proxy(server.port, *options) as proxy, \
                    proxy.connect() as connection:
                connection.sendall(octets)
                connection.shutdown(socket.SHUT_WR)     # the other direction stays open
                self.assertEqual(read_all(connection), hashlib.sha256(octets).digest())
                self.assertEqual(proxy.tally()["up_bytes"], len(octets))

    def test_hundreds_of_connections(self):
        with Server(echo) as server, Proxy(server.port, "--round-trip", "20") as proxy:
            connections = [proxy.connect() for _ in range(300)]
            try:
                for number, connection in enumerate(connections):
                    connection.sendall(b"%d\n" % number)
                for number, connection in enumerate(connections):
                    wanted, seen = b"hello\n%d\n" % number, b""
                    while len(seen) < len(wanted):
                        seen += connection.recv(100)
                    self.assertEqual(seen, wanted)
            finally:
                for connection in connections:
                    connection.close()
            self.assertEqual(proxy.tally()["connections"], len(connections))

    def test_a_server_that_is_not_there_is_a_reset(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            with Proxy(taken.getsockname()[1], "--round-trip", "5") as proxy, proxy.connect() as connection:
                with self.assertRaises(ConnectionResetError):
                    connection.recv(1)


if __name__ == "__main__":
    if not os.access(PROXY, os.X_OK):
        print(f"SKIPPED: {PROXY} is not built")
        sys.exit(0)
    unittest.main(verbosity=2)
