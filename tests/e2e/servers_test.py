#!/usr/bin/env python3
"""Every kind of mail server of tools/servers: starts, signs users in, keeps a message byte for byte, leaves nothing."""
import os
import subprocess
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
TOOLS = os.path.join(ROOT, "tools", "servers")
sys.path.insert(0, TOOLS)
sys.dont_write_bytecode = True
import imap_client  # noqa: E402
import servers  # noqa: E402

MESSAGE = (b"Date: Thu, 05 Mar 2020 10:00:00 +0000\r\nFrom: ann@example.org\r\nSubject: one\r\n"
           b"Message-ID: <one@example.org>\r\n\r\nfirst line\r\n.\r\n" + b"x" * 3000 + b"\r\n* 1 EXISTS\r\n")
DELIMITERS = {"dovecot": b"/", "cyrus": b".", "courier": b".", "mailutils": b"/"}
PREFIXES = {"dovecot": b"", "cyrus": b"INBOX.", "courier": b"INBOX.", "mailutils": b""}


def processes_of(directory):
    """Command lines that name the directory."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                words = file.read().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if directory in words and int(pid) != os.getpid():
            found.append(words)
    return found


def signed_in(server, user, **options):
    connection = imap_client.Connection("localhost", **{"port": server.port, **options})
    connection.login(user, server.password)
    return connection


class Kinds(unittest.TestCase):
    """One test for each kind."""

    def check(self, kind):
        server_class = servers.KINDS[kind]
        if server_class.missing():
            print("SKIPPED:", server_class.missing())
            return
        with servers.scratch(kind) as path:
            server = server_class(f"{path}/s", users=[f"user{number}" for number in range(200)])
            with server:
                self.use(server)
            server.stop()
            self.assertEqual(processes_of(path), [])
            with server:
                self.still_there(signed_in(server, "user7"))
                self.assertNotEqual(processes_of(path), [])
            self.assertEqual(processes_of(path), [])

    def use(self, server):
        connection = signed_in(server, "user7")
        prefix, delimiter, _ = connection.namespaces()
        self.assertEqual((delimiter, prefix), (DELIMITERS[server.KIND], PREFIXES[server.KIND]))
        self.assertEqual(delimiter.decode(), server.delimiter)
        connection.append(b"INBOX", b"()", MESSAGE)
        self.still_there(connection)
        connection.command(b"CREATE " + imap_client.quoted(delimiter.join([prefix.rstrip(delimiter) or b"Work", b"Sub"])))
        for tls, port in (("starttls", server.port), ("implicit", server.tls_port)):
            signed_in(server, "user8", port=port, tls=tls, ca=(server.ca,)).logout()
        server.add_users(["later"])
        signed_in(server, "later").logout()
        with self.assertRaises(imap_client.ImapError):
            imap_client.Connection(server.host, server.port).login("later", "wrong")

    def still_there(self, connection):
        connection.command(b"SELECT INBOX")
        rows = connection.command(b"FETCH 1:* (UID BODY.PEEK[])")
        values = rows[0][2]
        self.assertEqual((len(rows), values[values.index(b"BODY[]") + 1]), (1, MESSAGE))

    def test_dovecot(self):
        self.check("dovecot")

    def test_cyrus(self):
        self.check("cyrus")

    def test_courier(self):
        self.check("courier")

    def test_mailutils(self):
        self.check("mailutils")

    def test_a_taken_port_is_an_error_with_the_reason(self):
        for kind in ("cyrus", "courier", "mailutils"):
            with self.subTest(kind), servers.scratch("taken") as path, servers.Dovecot(f"{path}/d") as taken:
                if servers.missing(kind):
                    continue
                server = servers.KINDS[kind](f"{path}/s", port=taken.port, tls_port=servers.free_port())
                with self.assertRaisesRegex(servers.ServerError, "(?i)in use"):
                    server.start()
                self.assertEqual(processes_of(f"{path}/s"), [])

    def test_nothing_outlives_a_killed_owner(self):
        for kind in ("cyrus", "courier", "mailutils"):
            if servers.missing(kind):
                continue
            with self.subTest(kind), servers.scratch("killed") as path:
                code = (f"import sys; sys.path.insert(0, {TOOLS!r}); import os, servers; "
                        f"servers.KINDS[{kind!r}]({path + '/s'!r}).start(); os.kill(os.getpid(), 9)")
                done = subprocess.run([sys.executable, "-c", code], timeout=60, check=False)
                self.assertEqual(done.returncode, -9)
                for _ in range(200):
                    if not processes_of(path):
                        break
                    subprocess.run(["sleep", "0.05"], check=True)   # between two looks
                self.assertEqual(processes_of(path), [])


class Command(unittest.TestCase):
    """tools/servers/server with --kind."""

    def test_other_kinds(self):
        if servers.missing("courier"):
            print("SKIPPED:", servers.missing("courier"))
            return
        with servers.scratch("cli") as path:
            words = [f"{TOOLS}/server", "start", "--dir", f"{path}/s", "--kind", "courier", "--user", "ann"]
            subprocess.run(words, check=True, timeout=60)
            with open(f"{path}/s/server.env", encoding="utf-8") as file:
                values = dict(line.rstrip("\n").split("=", 1) for line in file)
            connection = imap_client.Connection(values["HOST"], int(values["PORT"]))
            connection.login("ann", values["PASSWORD"])
            wrong = subprocess.run([*words, "--layout", "fs"], capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual(wrong.returncode, 64)
            self.assertIn("layout", wrong.stderr)
            subprocess.run([words[0], "stop", "--dir", f"{path}/s"], check=True, timeout=60)
            self.assertEqual(processes_of(path), [])


if __name__ == "__main__":
    if servers.missing():
        print("SKIPPED:", servers.missing())
        sys.exit(0)
    unittest.main(verbosity=2, warnings="ignore")   # of sockets that the end of the process closes
