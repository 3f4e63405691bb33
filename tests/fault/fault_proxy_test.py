#!/usr/bin/env python3
"""The fault proxy: framing at every cut, and each action as both sides see it."""
import os
import socket
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
sys.dont_write_bytecode = True
from fault_proxy import DRIP_OCTETS, Fault, FaultProxy  # noqa: E402
from imap_framing import ClientFramer, ServerFramer  # noqa: E402

COMMANDS = (b'a1 LOGIN u "p"\r\n'
            b"a2 APPEND INBOX {5}\r\nhello\r\n"
            b"a3 APPEND INBOX (\\Seen) {3+}\r\nabc {0+}\r\n\r\n"
            b"a4 APPEND Missing {9}\r\n"                      # refused: no literal follows
            b"a5 APPEND INBOX {7+}\r\n{9}\r\na6 {2+}\r\nxy\r\n"
            b"a7 NOOP\r\n")
ANSWERS = {b"a1": b"a1 OK hi\r\n", b"a2": b"+ go\r\n", b"a4": b"a4 NO [TRYCREATE] none\r\n"}
FETCHED = b"* 1 FETCH (UID 1 BODY[] {12}\r\na9 OK no\r\n\r\n FLAGS ())\r\na8 OK done\r\n"


class Framing(unittest.TestCase):
    """Marks do not depend on how the stream is cut."""

    def marks(self, size):
        client = ClientFramer()
        server = ServerFramer(client)
        found, at = [], 0
        while at < len(COMMANDS):
            piece = COMMANDS[at:at + size]
            # A client waits for the answer to what asks for one.
            for asked in (b"INBOX {5}\r\n", b"Missing {9}\r\n"):
                end = COMMANDS.index(asked) + len(asked)
                if at < end < at + len(piece):
                    piece = COMMANDS[at:end]
            at += len(piece)
            found += [mark for mark in client.feed(piece) if mark.kind != "line"]
            for text, tag in ((b"INBOX {5}\r\n", b"a2"), (b"Missing {9}\r\n", b"a4")):
                if at == COMMANDS.index(text) + len(text):
                    server.feed(ANSWERS[tag])
        return found, client.appends

    def test_client(self):
        whole, appends = self.marks(len(COMMANDS))
        self.assertEqual([(mark.kind, mark.value) for mark in whole if mark.kind != "literal"],
                         [("command", b"LOGIN"), ("append", 1), ("append", 2), ("append", 2), ("command", b"NOOP")])
        for mark in whole:
            if mark.kind == "append":
                self.assertTrue(COMMANDS[mark.start:].startswith(b"a") and COMMANDS[:mark.end].endswith(b"\r\n"), mark)
        sizes = [mark.end - mark.start for mark in whole if mark.kind == "literal"]
        self.assertEqual(sizes, [5, 3, 0, 9, 7, 2])
        self.assertEqual(appends, [b"a2", b"a3", b"a5"])
        for size in range(1, 40):
            self.assertEqual(self.marks(size), (whole, appends), size)

    def test_server(self):
        for size in range(1, len(FETCHED) + 1):
            server = ServerFramer(ClientFramer())
            found = [mark for at in range(0, len(FETCHED), size) for mark in server.feed(FETCHED[at:at + size])]
            self.assertEqual([(mark.kind, FETCHED[mark.start:mark.end]) for mark in found if mark.kind != "line"],
                             [("literal", b"a9 OK no\r\n\r\n"), ("tagged", b"a8 OK done\r\n")])


class Peer:
    """A server for one test: keeps what each connection sent; answers each line by `answer`."""

    def __init__(self, answer=lambda line: b"", greeting=b"* OK hi\r\n"):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.answer, self.greeting = answer, greeting
        self.received, self.ends, self.connections = [], [], []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.received.append(b"")
            self.ends.append(None)
            self.connections.append(connection)
            threading.Thread(target=self._serve, args=(connection, len(self.ends) - 1), daemon=True).start()

    def _serve(self, connection, number):
        line = b""
        try:
            connection.sendall(self.greeting)
            while octets := connection.recv(1):
                self.received[number] += octets
                line += octets
                if octets == b"\n":
                    connection.sendall(self.answer(line))
                    line = b""
            self.ends[number] = "fin"
        except ConnectionResetError:
            self.ends[number] = "rst"
        except OSError as error:
            self.ends[number] = error
        connection.close()

    def wait(self, what, seconds=5):
        deadline = time.monotonic() + seconds
        while not (self.connections and what(self)) and time.monotonic() < deadline:
            time.sleep(0.005)   # between two looks
        return what(self)


class Takes:
    """Answers as a server that takes everything."""

    def __init__(self):
        self._append = None

    def __call__(self, line):
        tag, self._append = self._append or line.split()[0], None
        if line.endswith(b"+}\r\n"):
            self._append = tag
            return b""
        return tag + b" OK [APPENDUID 1 7] done\r\n"


def read(client, seconds=5.0):
    """Everything until the end ("fin"), a reset ("rst") or silence ("silence"), and which."""
    client.settimeout(seconds)
    got = b""
    try:
        while octets := client.recv(4096):
            got += octets
    except ConnectionResetError:
        return got, "rst"
    except TimeoutError:
        return got, "silence"
    return got, "fin"


class Actions(unittest.TestCase):
    """What either side sees."""

    def setUp(self):
        self.opened = []

    def tearDown(self):
        for thing in reversed(self.opened):
            thing()

    def connect(self, fault, answer=lambda line: b"a1 OK 0123456789\r\n"):
        peer = Peer(answer)
        proxy = FaultProxy(peer.port, [fault] if fault else []).start()
        client = socket.create_connection((proxy.host, proxy.port), 5)
        self.opened += [peer.listener.close, proxy.stop, client.close]
        return client, proxy, peer

    def test_nothing_is_changed_without_a_fault(self):
        client, proxy, peer = self.connect(None)
        client.sendall(b"a1 NOOP\r\n" * 3)
        client.shutdown(socket.SHUT_WR)
        self.assertEqual(read(client), (b"* OK hi\r\n" + b"a1 OK 0123456789\r\n" * 3, "fin"))
        self.assertEqual((peer.received, proxy.connections, proxy.fired), ([b"a1 NOOP\r\n" * 3], 1, 0))
        self.assertEqual(proxy.octets, {"up": 27, "down": 9 + 54})
        self.assertEqual((proxy.round_trips, dict(proxy.moments)), (1, {"tagged": 3}))

    def test_ends_after_octets(self):
        for action, ours, theirs in (("rst", "rst", "rst"), ("fin", "fin", "fin"), ("drop", "silence", None)):
            with self.subTest(action):
                client, proxy, peer = self.connect(Fault("bytes_up", action, count=5))
                got, end = b"", ""
                client.sendall(b"a1 NOOP\r\n")
                got, end = read(client, 0.5)
                self.assertIn(got, (b"", b"* OK hi\r\n"))
                self.assertEqual((end, proxy.fired), (ours, 1))
                self.assertTrue(peer.wait(lambda peer: peer.ends[:1] == [theirs]), peer.ends)
                if theirs != "rst":      # which takes away what was not read yet
                    self.assertTrue(peer.wait(lambda peer: peer.received[0] == b"a1 NO"), peer.received)

    def test_half_close(self):
        client, _, peer = self.connect(Fault("bytes_down", "half_close", count=12))
        client.sendall(b"a1 NOOP\r\n")
        self.assertEqual(read(client), (b"* OK hi\r\na1 ", "fin"))
        client.sendall(b"more\r\n")
        self.assertTrue(peer.wait(lambda peer: peer.received[0] == b"a1 NOOP\r\nmore\r\n"))

    def test_stall_for_a_time_and_for_ever(self):
        for seconds, end in ((0.3, b"a1 OK 0123456789\r\n"), (0, b"")):
            with self.subTest(seconds):
                client, _, _ = self.connect(Fault("tagged", "stall", seconds=seconds))
                self.assertEqual(client.recv(9), b"* OK hi\r\n")
                started = time.monotonic()
                client.sendall(b"a1 NOOP\r\n")
                client.settimeout(1)
                got = b""
                try:
                    got = client.recv(99)
                    self.assertGreater(time.monotonic() - started, 0.29)
                except TimeoutError:
                    pass
                self.assertEqual(got, end)

    def test_inside_a_literal(self):
        client, _, peer = self.connect(Fault("literal_up", "fin", count=2, fraction=0.5))
        client.sendall(b"a1 APPEND x {3+}\r\nabc\r\na2 APPEND x {10+}\r\n01234567")
        self.assertTrue(peer.wait(lambda peer: peer.ends[:1] == ["fin"]))
        self.assertEqual(peer.received[0], b"a1 APPEND x {3+}\r\nabc\r\na2 APPEND x {10+}\r\n01234")

    def test_inside_a_literal_of_the_server(self):
        answer = b"* 1 FETCH (BODY[] {10}\r\n0123456789)\r\na1 OK\r\n"
        client, _, _ = self.connect(Fault("literal_down", "fin", fraction=0.7), lambda line: answer)
        client.sendall(b"a1 FETCH\r\n")
        self.assertEqual(read(client), (b"* OK hi\r\n* 1 FETCH (BODY[] {10}\r\n0123456", "fin"))

    def test_between_append_and_answer(self):
        client, _, peer = self.connect(Fault("append_answered", "rst"), Takes())
        self.assertEqual(client.recv(9), b"* OK hi\r\n")
        client.sendall(b"a1 APPEND x {3+}\r\nabc\r\n")
        self.assertEqual(read(client), (b"", "rst"))
        self.assertEqual(peer.received[0], b"a1 APPEND x {3+}\r\nabc\r\n")

    def test_after_the_last_octet_of_an_append(self):
        killed = threading.Event()
        client, _, peer = self.connect(Fault("append_sent", "none", count=2, on_fire=killed.set), Takes())
        client.sendall(b"a1 APPEND x {3+}\r\nabc\r\na2 APPEND x {3+}\r\nabc\r")
        self.assertTrue(peer.wait(lambda peer: peer.received[0].endswith(b"abc\r")))
        self.assertFalse(killed.is_set())
        client.sendall(b"\n")
        self.assertTrue(killed.wait(5))

    def test_late_delivery(self):
        client, proxy, peer = self.connect(Fault("append_sent", "late", hold=1, seconds=0.4), Takes())
        self.assertEqual(client.recv(9), b"* OK hi\r\n")
        client.sendall(b"a1 APPEND x {3+}\r\nabc\r\na2 NOOP\r\n")
        self.assertEqual(read(client, 0.3), (b"", "fin"))
        self.assertTrue(peer.wait(lambda peer: peer.received[0] == b"a1 APPEND x {3+}\r\nabc\r"))
        self.assertFalse(proxy.wait_delivered(0))
        self.assertTrue(proxy.wait_delivered(5))
        self.assertEqual(peer.received[0], b"a1 APPEND x {3+}\r\nabc\r\na2 NOOP\r\n")
        self.assertEqual(peer.ends[0], "fin")

    def test_garbage_and_a_truncated_line(self):
        client, _, _ = self.connect(Fault("tagged", "garbage", octets=b"\xff{9"), Takes())
        client.sendall(b"a1 NOOP\r\na2 NOOP\r\n")
        client.shutdown(socket.SHUT_WR)
        done = b" OK [APPENDUID 1 7] done\r\n"
        self.assertEqual(read(client)[0], b"* OK hi\r\n\xff{9a1" + done + b"a2" + done)
        client, _, _ = self.connect(Fault("tagged", "truncate", count=2), Takes())
        client.sendall(b"a1 NOOP\r\na2 NOOP\r\na3 NOOP\r\n")
        client.shutdown(socket.SHUT_WR)
        line = b"a2" + done
        self.assertEqual(read(client)[0], b"* OK hi\r\na1" + done + line[:len(line) // 2] + b"\r\na3" + done)

    def test_drip(self):
        client, _, _ = self.connect(Fault("tagged", "drip", count=2), Takes())
        started = time.monotonic()
        client.sendall(b"a1 NOOP\r\n" * 20)
        client.shutdown(socket.SHUT_WR)
        self.assertEqual(read(client)[0], b"* OK hi\r\n" + b"a1 OK [APPENDUID 1 7] done\r\n" * 20)
        self.assertGreater(time.monotonic() - started, DRIP_OCTETS * 0.004)

    def test_only_the_connection_it_is_meant_for(self):
        client, proxy, peer = self.connect(Fault("bytes_down", "rst", connection=1, count=3))
        other = socket.create_connection((proxy.host, proxy.port), 5)
        self.opened.append(other.close)
        self.assertEqual(read(other)[1], "rst")
        self.assertEqual(client.recv(9), b"* OK hi\r\n")
        self.assertTrue(peer.wait(lambda peer: peer.ends[1] == "rst"))
        self.assertEqual((proxy.connections, peer.ends[0]), (2, None))


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")   # of sockets that the end of the process closes
