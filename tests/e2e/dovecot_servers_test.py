#!/usr/bin/env python3
"""tools/servers: a Dovecot starts, answers on both ports with a good certificate, holds sample mail, and ends."""
import imaplib
import os
import pwd
import select
import signal
import ssl
import subprocess
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
TOOLS = os.path.join(ROOT, "tools", "servers")
sys.path.insert(0, TOOLS)
sys.dont_write_bytecode = True
import compare  # noqa: E402
import imap_client  # noqa: E402
import populate  # noqa: E402
import servers  # noqa: E402

WAIT_SECONDS = 20


def command(action, directory, *more, **options):
    return subprocess.run([f"{TOOLS}/server", action, "--dir", directory, *more], capture_output=True, text=True,
                          timeout=60, check=False, **options)


def settings(directory):
    with open(f"{directory}/server.env", encoding="utf-8") as file:
        return dict(line.rstrip("\n").split("=", 1) for line in file)


def ended(pid):
    """Waits for a process that need not be our child."""
    try:
        return bool(select.select([os.pidfd_open(pid)], [], [], WAIT_SECONDS)[0])
    except ProcessLookupError:
        return True


def master_pid(directory):
    with open(f"{directory}/run/master.pid", encoding="ascii") as file:
        return int(file.read())


class Module(unittest.TestCase):
    """servers.Dovecot."""

    def test_every_layout_has_its_delimiter_and_prefix(self):
        for layout, prefix, delimiter in (("fs", "", b"/"), ("maildir", "INBOX.", b"."), ("mdbox", "", b"/")):
            with self.subTest(layout), servers.scratch("layout") as path, \
                    servers.Dovecot(f"{path}/s", layout=layout, prefix=prefix) as server:
                connection = imap_client.Connection(server.host, server.port)
                connection.login("someone", server.password)
                self.assertEqual(connection.namespaces(), (prefix.encode(), delimiter, []))
                connection.logout()

    def test_certificates_are_good_for_name_and_address(self):
        with servers.scratch("tls") as path:
            ca = servers.certificate_authority(f"{path}/ca")
            trust = ssl.create_default_context(cafile=ca)
            with servers.Dovecot(f"{path}/a", ca_directory=f"{path}/ca") as one, \
                    servers.Dovecot(f"{path}/b", ca_directory=f"{path}/ca") as other:
                self.assertNotEqual(one.port, other.port)
                for server in (one, other):
                    imaplib.IMAP4_SSL("localhost", server.tls_port, ssl_context=trust, timeout=10).shutdown()
                    plain = imaplib.IMAP4("127.0.0.1", server.port, timeout=10)
                    plain.starttls(trust)
                    plain.login("someone", server.password)
                    plain.logout()
                with self.assertRaises(ssl.SSLCertVerificationError):
                    imaplib.IMAP4_SSL("localhost", one.tls_port, ssl_context=ssl.create_default_context(), timeout=10)

    def test_a_master_user_acts_for_others(self):
        with servers.scratch("master") as path, servers.Dovecot(f"{path}/s") as server:
            connection = imap_client.Connection(server.host, server.port)
            connection.login("someone", server.password, auth_user=server.master_user)
            connection.command(b"CREATE Mine")
            direct = imap_client.Connection(server.host, server.port)
            direct.login("someone", server.password)
            self.assertTrue(direct.command(b'LIST "" Mine'))
            with self.assertRaises(imap_client.ImapError):
                imap_client.Connection(server.host, server.port).login("someone", "wrong")

    def test_nothing_is_left_after_stop_and_mail_stays(self):
        with servers.scratch("stop") as path:
            server = servers.Dovecot(f"{path}/s").start()
            users = populate.populate(server.host, server.port, server.password, 1, 20)
            pid = server.process.pid
            server.stop()
            server.stop()
            self.assertTrue(ended(pid))
            with server:
                account = compare.Account(server.host, server.port, users[0], server.password)
                total = sum(len(account.messages(name)) for name in account.folders()[0].values())
            self.assertEqual(total, 20)

    def test_a_taken_port_is_an_error_with_the_reason(self):
        with servers.scratch("port") as path, servers.Dovecot(f"{path}/a") as server:
            with self.assertRaisesRegex(servers.ServerError, "Address already in use"):
                servers.Dovecot(f"{path}/b", port=server.port, tls_port=server.tls_port).start()
            with self.assertRaisesRegex(servers.ServerError, "Address already in use"):
                servers.Dovecot(f"{path}/c", port=servers.free_port(), tls_port=server.tls_port).start()

    def test_the_same_seed_makes_the_same_mail(self):
        with servers.scratch("seed") as path, servers.Dovecot(f"{path}/a", layout="fs") as one, \
                servers.Dovecot(f"{path}/b", layout="maildir", prefix="INBOX.") as other:
            for server in (one, other):
                populate.populate(server.host, server.port, server.password, 1, 60)
            accounts = [compare.Account(server.host, server.port, "user1", server.password) for server in (one, other)]
            result = compare.compare_accounts(*accounts)
            self.assertEqual((result.messages, dict(result.counts)), (60, {}))
            self.assertGreaterEqual(len(accounts[0].folders()[0]), 14)
            populate.populate(other.host, other.port, other.password, 1, 60, seed="2")
            self.assertGreater(compare.compare_accounts(*accounts).counts["extra"], 0)


class Command(unittest.TestCase):
    """tools/servers/server."""

    def test_start_and_stop(self):
        with servers.scratch("cli") as path:
            for _ in range(2):
                self.assertEqual(command("start", path).returncode, 0)
                values = settings(path)
                connection = imap_client.Connection(values["HOST"], int(values["PORT"]))
                connection.login("someone", values["PASSWORD"])
                self.assertEqual(os.stat(f"{path}/server.env").st_mode & 0o777, 0o600)
                again = command("start", path)
                self.assertEqual(again.returncode, 1)
                self.assertIn("runs there already", again.stderr)
                pid = int(values["PID"])
                self.assertEqual(command("stop", path).returncode, 0)
                self.assertTrue(ended(pid))
                self.assertEqual(command("stop", path).returncode, 0)

    def test_it_ends_with_its_owner(self):
        with servers.scratch("owner") as path, subprocess.Popen(["cat"], stdin=subprocess.PIPE) as owner:
            self.assertEqual(command("start", path, "--owner", str(owner.pid)).returncode, 0)
            pid = int(settings(path)["PID"])
            owner.stdin.close()
            owner.wait(WAIT_SECONDS)
            self.assertTrue(ended(pid))

    def test_the_server_ends_with_a_killed_supervisor(self):
        with servers.scratch("kill") as path:
            self.assertEqual(command("start", path, "--owner", "0").returncode, 0)
            master = master_pid(path)
            os.kill(int(settings(path)["PID"]), signal.SIGKILL)
            self.assertTrue(ended(master))
            self.assertEqual(command("start", path).returncode, 0)
            self.assertEqual(command("stop", path).returncode, 0)

    def test_a_directory_that_others_may_not_pass_is_named(self):
        with servers.scratch("mode") as path:
            os.mkdir(f"{path}/private", 0o700)
            done = command("start", f"{path}/private/s")
            if os.getuid():
                self.assertEqual(command("stop", f"{path}/private/s").returncode, 0)
            else:
                self.assertEqual(done.returncode, 1)
                self.assertIn(f"may not pass {path}/private", done.stderr)

    def test_an_ordinary_user_needs_nothing_more(self):
        if os.getuid():
            return     # then all the others have shown it
        try:
            servers.require_passable(TOOLS)
        except servers.ServerError as error:
            print(f"not as another user: {error}")
            return
        user = pwd.getpwnam("nobody")
        with servers.scratch("user") as path:
            os.chown(path, user.pw_uid, user.pw_gid)
            options = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "cwd": "/"}
            done = command("start", f"{path}/s", "--layout", "maildir", **options)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            values = settings(f"{path}/s")
            populate.populate(values["HOST"], int(values["PORT"]), values["PASSWORD"], 1, 5)
            self.assertEqual(os.stat(f"{path}/s/mail/user1").st_uid, user.pw_uid)
            self.assertEqual(command("stop", f"{path}/s", **options).returncode, 0)


if __name__ == "__main__":
    if servers.missing():
        print("SKIPPED:", servers.missing())
        sys.exit(0)
    unittest.main(verbosity=2, warnings="ignore")   # of sockets that the end of the process closes
