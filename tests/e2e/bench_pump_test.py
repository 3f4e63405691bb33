#!/usr/bin/env python3
"""bench_pump on real Dovecots: what it copies differs in nothing, and its exit status tells what was refused."""
import json
import os
import subprocess
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools", "servers"))
sys.dont_write_bytecode = True
import godwitd  # noqa: E402
import servers  # noqa: E402

PUMP = f"{godwitd.BINARIES}/bench_pump"
USERS = ["user1", "user2"]
MESSAGES = 120


class Pump(unittest.TestCase):
    """From one filled source to a destination of each kind."""

    @classmethod
    def setUpClass(cls):
        path = cls.enterClassContext(servers.scratch("pump"))
        cls.source, cls.mdbox, cls.maildir, cls.plain = (
            servers.Dovecot(f"{path}/{name}", layout=layout, extra=extra, ca_directory=f"{path}/ca").start()
            for name, layout, extra in (("source", "mdbox", ""), ("mdbox", "mdbox", ""), ("maildir", "maildir", ""),
                                        ("plain", "fs", "imap_capability = IMAP4rev1 UIDPLUS")))
        for server in (cls.source, cls.mdbox, cls.maildir, cls.plain):
            cls.addClassCleanup(server.kill)     # which takes no second, as stop() does
        godwitd.populate(cls.source, len(USERS), MESSAGES)

    def run_pump(self, destination, prefix, *more, tls=False, password=None, users=USERS):
        port = "tls_port" if tls else "port"
        command = [PUMP, "--source", f"{self.source.host}:{getattr(self.source, port)}", "--destination",
                   f"{destination.host}:{getattr(destination, port)}", "--password", password or self.source.password]
        for user in users:
            command += ["--user", user, "--destination-user", prefix + user]
        return subprocess.run(command + ["--tls"] * tls + list(more), capture_output=True, text=True, timeout=60,
                              check=False)

    def copy(self, destination, prefix, *more, tls=False):
        done = self.run_pump(destination, prefix, *more, tls=tls)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        counts = json.loads(done.stdout)
        self.assertEqual(counts["messages"], MESSAGES)
        self.assertGreater(counts["seconds"], 0)
        found = godwitd.compare(self.source, destination, [f"{user}={prefix}{user}" for user in USERS])
        different = godwitd.differences(found)
        different.pop("subscriptions", None)     # which a bare pump leaves alone
        self.assertEqual((found["messages"], found["errors"], different), (MESSAGES, 0, {}))
        return counts

    def test_many_messages_in_a_command(self):
        counts = self.copy(self.mdbox, "many-")
        looked = self.run_pump(self.mdbox, "many-", "--mode", "list")
        self.assertEqual({**json.loads(looked.stdout), "seconds": 0}, {**counts, "bytes": 0, "seconds": 0})
        looked = self.run_pump(self.mdbox, "many-", "--mode", "list", "--list-status")
        self.assertEqual({**json.loads(looked.stdout), "seconds": 0}, {**counts, "bytes": 0, "seconds": 0})

    def test_one_message_in_a_command(self):
        self.copy(self.mdbox, "one-", "--batch-messages", "1", "--parallel", "2")

    def test_small_batches_over_tls_and_another_delimiter(self):
        self.copy(self.maildir, "tls-", "--batch-bytes", "20000", "--parallel", "2", tls=True)

    def test_without_multiappend_and_literal_plus(self):
        self.copy(self.plain, "plain-", "--parallel", "2")

    def test_only_the_inbox(self):
        done = self.run_pump(self.mdbox, "inbox-", "--no-list")
        self.assertEqual(done.returncode, 0, done.stderr)
        counts = json.loads(done.stdout)
        self.assertEqual(counts["folders"], len(USERS))
        self.assertTrue(0 < counts["messages"] < MESSAGES)

    def test_what_is_refused_is_told(self):
        done = self.run_pump(self.mdbox, "wrong-", password="wrong")
        self.assertEqual(done.returncode, 1)
        self.assertIn("AUTHENTICATIONFAILED", done.stderr)
        self.assertEqual(self.run_pump(self.mdbox, "none-", users=[]).returncode, 64)


if __name__ == "__main__":
    if servers.missing() or not os.access(PUMP, os.X_OK):
        print("SKIPPED:", servers.missing() or f"{PUMP} is not built")
        sys.exit(0)
    unittest.main(verbosity=2)
