#!/usr/bin/env python3
"""`godwit sync --verify` between real servers: of clean copies nothing is said, and every fault that is planted through IMAP
or in the files of a mailbox is found and named, and nothing beside."""
import collections
import csv
import glob
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), "support"))
sys.dont_write_bytecode = True
import scenario  # noqa: E402
from scenario import mail  # noqa: E402

DATE = "05-Mar-2020 10:00:00 +0000"
MESSAGES = 2000 if scenario.LONG else 60
DESTINATIONS = {
    "Dovecot": lambda: scenario.server(name="destination"),
    "Cyrus": lambda: scenario.server("cyrus"),
    "Courier": lambda: scenario.server("courier"),
}
ALL = ("--verifybytes", "100")


def here():
    return scenario.server(name="source")


def body(number, size=0):
    return f"body {number}\r\n" + "x" * 70 * (size // 70) + "\r\n"


class Verify(scenario.Scenario):
    def verify(self, pair, *options, status=0):
        """(report, [findings as dictionaries]): those of the CSV, which the report counts."""
        path = f"{pair.directory}/findings.csv"
        before = pair.source.contents(), pair.destination.contents()
        run = pair.run("--verify", "--findings", path, *options)
        self.assertEqual(run.status, status, f"{run.report} {run.stderr[-2000:]}")
        with open(path, newline="", encoding="utf-8") as file:
            findings = list(csv.DictReader(file))
        self.assertEqual(collections.Counter(finding["kind"] for finding in findings),
                         collections.Counter(run.report["findings"]))
        self.assertEqual(run.report["findings_total"], len(findings))
        self.assertEqual((pair.source.contents(), pair.destination.contents()), before, "it has changed something")
        return run.report, findings

    def found(self, findings):
        """{(kind, folder, UID at the source)}."""
        return {(finding["kind"], finding["folder"], int(finding["source_uid"])) for finding in findings}

    def fill(self, account, count=MESSAGES):
        account.append("INBOX", *((mail(f"m{i}", body(i, i * 40)), ["\\Seen"] if i % 2 else ["\\Flagged", "work"], DATE)
                                  for i in range(count)))
        account.create("Work")
        account.append("Work", *((mail(f"w{i}", body(i)), [], DATE) for i in range(10)),
                       (mail("large", body(0, 1 << 20)), ["\\Answered"], DATE))

    def copied(self, there, *options):
        """A pair whose mailbox was copied with a ledger."""
        pair = self.pair(here(), there)
        self.fill(pair.source)
        pair.sync("--ledger", f"{pair.directory}/ledger", *options)
        return pair

    def test_clean_copies(self):
        """With the ledger and without, headers or octets; twice, the digest of the set is the same."""
        for what, there in DESTINATIONS.items():
            with self.subTest(what):
                pair = self.copied(there(), "--notedigests")
                ledger = ("--ledger", f"{pair.directory}/ledger")
                for options in ((), ledger, ALL, ledger + ALL):
                    report, findings = self.verify(pair, *options)
                    self.assertEqual(findings, [], options)
                    self.assertEqual(report["counters"]["messages_verified"], MESSAGES + 11)
                    self.assertEqual(report["messages_digested"], MESSAGES + 11 if ALL[0] in options else 0)
                again, _ = self.verify(pair, *ledger, *ALL)
                self.assertEqual(again["set_digest"], report["set_digest"])

    def plant(self, pair):
        """Faults at the destination, through IMAP; UIDs there are those of the source, since both were empty. What is to be
        found."""
        there = pair.destination
        old = {message.uid: message for message in there.read("INBOX")}
        there.expunge("INBOX", 3)
        there.expunge("INBOX", 5)
        there.append("INBOX", (old[5].octets + b"one line more\r\n", ["\\Flagged", "work"], DATE))
        there.expunge("INBOX", 7)
        there.append("INBOX", (old[7].octets.replace(b"body 6", b"BODY 6"), ["\\Flagged", "work"], DATE))
        there.change("INBOX", "UID STORE 9 -FLAGS (\\Flagged)", "UID STORE 11 -FLAGS (work)", "UID STORE 13 +FLAGS (\\Seen)")
        there.expunge("INBOX", 15)
        there.append("INBOX", (old[15].octets, ["\\Flagged", "work"], "05-Mar-2020 11:00:00 +0000"))
        elsewhere = "Elsewhere" if "Work" in there.folders() else "INBOX.Elsewhere"
        there.create(elsewhere)
        there.change("INBOX", f"UID COPY 17 {elsewhere}")
        there.expunge("INBOX", 17)
        there.append("INBOX", (mail("mine"), [], DATE))
        pair.source.append("INBOX", (mail("new"), [], DATE))
        return {("removed_at_destination", "INBOX", 3), ("altered", "INBOX", 5), ("altered", "INBOX", 7),
                ("flags_differ", "INBOX", 9), ("flags_differ", "INBOX", 11), ("flags_differ", "INBOX", 13),
                ("date_differs", "INBOX", 15), ("moved_at_destination", "INBOX", 17), ("extra", "INBOX", 0),
                ("missing", "INBOX", MESSAGES + 1)}

    def test_planted_faults(self):
        for what, there in DESTINATIONS.items():
            with self.subTest(what):
                pair = self.copied(there())
                wanted = self.plant(pair)
                _, findings = self.verify(pair, "--ledger", f"{pair.directory}/ledger", *ALL, status=111)
                self.assertEqual(self.found(findings), wanted)
                self.assertEqual(len(findings), len(wanted))
                details = {int(finding["source_uid"]): finding["detail"] for finding in findings}
                self.assertRegex(details[5], r"^size \d+ at the source, \d+ at the destination$")
                self.assertRegex(details[7], r"^SHA-256 [0-9a-f]{64} at the source, [0-9a-f]{64} at the destination$")
                self.assertEqual(details[9], "lacks \\Flagged")
                self.assertEqual(details[11], "lacks work")
                self.assertEqual(details[13], "has \\Seen")
                self.assertIn("Elsewhere", details[17])
                # Without a ledger nobody knows that a copy was ever there.
                _, by_key = self.verify(pair, *ALL, status=111)
                unknown = ("removed_at_destination", "INBOX", 3)
                self.assertEqual(self.found(by_key), wanted - {unknown} | {("missing", "INBOX", 3)})

    def file_of(self, directory, subject):
        for path in glob.glob(f"{directory}/*"):
            with open(path, "rb") as file:
                if b"Subject: %s" % subject in file.read().splitlines():
                    return path
        raise AssertionError(f"no {subject} in {directory}")

    def test_a_file_that_was_changed(self):
        """The same size: only the octets tell."""
        there = scenario.server(name="maildir", layout="maildir")
        pair = self.copied(there, "--notedigests")
        changed = self.file_of(f"{there.directory}/mail/{pair.destination.user}/Maildir/cur", b"m20")
        date = os.stat(changed).st_mtime
        with open(changed, "rb") as file:
            octets = file.read()
        with open(changed, "wb") as file:
            file.write(octets.replace(b"body 20", b"BODY 20"))
        os.utime(changed, (date, date))
        ledger = ("--ledger", f"{pair.directory}/ledger")
        self.assertEqual(self.verify(pair, *ledger)[1], [])
        _, findings = self.verify(pair, *ledger, *ALL, status=111)
        self.assertEqual(self.found(findings), {("altered", "INBOX", 21)})

    def test_refused(self):
        """The ledger remembers the server's words."""
        pair = self.pair(here(), self.fake("--set", "refused_every=1"))
        pair.source.append("INBOX", (mail("refused"), [], DATE))
        ledger = ("--ledger", f"{pair.directory}/ledger")
        words = pair.run(*ledger).report["issues"][0]["detail"]
        _, findings = self.verify(pair, *ledger, status=114)
        self.assertEqual(self.found(findings), {("refused", "INBOX", 1)})
        self.assertEqual(findings[0]["detail"], f"message_rejected: {words}")
        self.assertEqual(self.found(self.verify(pair, status=111)[1]), {("missing", "INBOX", 1)})

    def test_left_out_and_new(self):
        """What options left out is no fault; a folder that came since is one."""
        pair = self.pair(here())
        pair.source.append("INBOX", *((mail(f"m{i}", body(i)), [], DATE) for i in range(3)))
        pair.source.append("INBOX", (mail("big", body(0, 20_000)), [], DATE))
        options = ("--ledger", f"{pair.directory}/ledger", "--maxsize", "10000")
        pair.sync(*options)
        report, findings = self.verify(pair, *options)
        self.assertEqual(self.found(findings), {("skipped", "INBOX", 4)})
        self.assertEqual(findings[0]["detail"], "too_large")
        self.assertEqual(report["skipped"], {"too_large": 1})
        pair.source.create("Later")
        pair.source.append("Later", (mail("later"), [], DATE))
        _, findings = self.verify(pair, *options, status=111)
        self.assertEqual(self.found(findings), {("skipped", "INBOX", 4), ("folder_missing", "Later", 0), ("missing", "Later", 1)})

    def test_a_destination_that_changes_what_it_stores(self):
        """Cyrus makes X of each 8-bit octet of a header: named, with both digests."""
        pair = self.pair(here(), DESTINATIONS["Cyrus"]())
        octets = mail("plain").replace(b"Subject: plain", "Subject: für alle".encode())
        pair.source.append("INBOX", (octets, [], DATE), (mail("ascii"), [], DATE))
        pair.sync("--ledger", f"{pair.directory}/ledger")
        stored = {message.uid: message.octets for message in pair.destination.read("INBOX")}
        _, findings = self.verify(pair, "--ledger", f"{pair.directory}/ledger", *ALL,
                                  status=111 if stored[1] != octets else 0)
        self.assertEqual(self.found(findings), {("altered", "INBOX", 1)} if stored[1] != octets else set())


if __name__ == "__main__":
    scenario.main()
