#!/usr/bin/env python3
"""Scenario 28 and what else options do to the content of messages: skipmess, regexmess, disarmreadreceipts, addheader,
truncmess, maxlinelength, in this order.

Transforming by a command (pipemess) is not there; it is refused by name. A later run knows a changed message by its
Message-ID (without one by Date, From, To, Subject), so it copies nothing again as long as these stay. Where an option
changes them, only a ledger knows what was copied: without one every run copies such messages once more.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), "support"))
sys.dont_write_bytecode = True
import scenario  # noqa: E402
from scenario import mail  # noqa: E402

DATE = "05-Mar-2020 10:00:00 +0000"      # as in the headers of mail()
THERE = {
    "Dovecot": lambda: scenario.server(name="destination"),
    "Cyrus": lambda: scenario.server("cyrus"),
    "Courier": lambda: scenario.server("courier"),
    "Mailutils": lambda: scenario.server("mailutils"),
}
LEDGER = "{directory}/ledger"
RECEIPT = "Disposition-Notification-To: ann@example.org"


class Content(scenario.Scenario):
    """Messages are read back and compared octet for octet with what the test makes of them itself."""

    def source_with(self, *messages, there=None):
        """A new pair whose source holds these octets."""
        pair = self.pair(scenario.server(name="source"), (there or THERE["Dovecot"])())
        pair.source.append("INBOX", *messages, date=DATE)
        return pair

    def assert_octets(self, pair, *wanted):
        self.assertEqual(sorted(message.octets for message in pair.destination.read("INBOX")), sorted(wanted))

    def assert_each(self, messages, wanted, *options):
        """On each server: exactly these messages arrive, and nothing more the next time, with a ledger or without."""
        for what, there in THERE.items():
            for ledger in ((), ("--ledger", LEDGER)):
                with self.subTest(f"{what} {ledger}"):
                    pair = self.source_with(*messages, there=there)
                    words = [*options, *(word.format(directory=pair.directory) for word in ledger)]
                    self.assertEqual(pair.sync(*words).copied, len(wanted))
                    self.assert_octets(pair, *wanted)
                    self.assert_again_nothing(pair, *words)


class Skipped(Content):
    """skipmess, maxlinelength, minmaxlinelength."""

    def test_28_by_content(self):
        in_header, in_body = mail("SPAM offer"), mail("two", "x\r\nbuy now!\r\n")
        at_the_end = mail("large", "line of text\r\n" * 200_000 + "buy now!\r\n")
        other = mail("three", "I buy, now and then\r\n")
        pair = self.source_with(in_header, in_body, at_the_end, other)
        run = pair.sync("--skipmess", "m/^Subject: SPAM/m", "--skipmess", "/buy now!/")
        self.assertEqual((run.copied, run.skipped, run.reasons.get("content")), (1, 3, 3))
        self.assert_octets(pair, other)
        self.assert_every_outcome(pair, run)
        self.assertEqual(pair.sync().copied, 3)      # nothing of this is remembered
        self.assert_octets(pair, in_header, in_body, at_the_end, other)

    def test_28_by_octets(self):
        self.assert_each([mail("a", b"caf\xc3\xa9\r\n"), mail("b", b"cafe\r\n")], [mail("b", b"cafe\r\n")],
                         "--skipmess", "m{[\\x80-\\xff]}")

    def test_28_by_the_length_of_lines(self):
        """Their ends count, as in the 1000 of RFC 5322."""
        just, more = mail("just", "x" * 998 + "\r\n"), mail("more", "x" * 999 + "\r\n")
        self.assert_each([just, more], [just], "--maxlinelength", "1000")
        pair = self.source_with(just, more)
        run = pair.sync("--minmaxlinelength", "1000")
        self.assertEqual(run.reasons.get("line_length"), 1)
        self.assert_octets(pair, more)

    def test_28_bad_expressions_are_refused(self):
        pair = self.source_with(mail("a"))
        for option, value in (("--skipmess", "m/(/"), ("--regexmess", "s/(/x/"), ("--regexmess", "s/a/b"),
                              ("--regexmess", "m/a/"), ("--truncmess", "many"),
                              ("--maxlinelength", "-1"), ("--pipemess", "cat")):
            run = pair.run(option, value)
            self.assertEqual(run.status, 64, (option, value, run.report, run.stderr))
            self.assertIn(option.strip("-"), str(run.report and run.report["error"]) + run.stderr)
        self.assert_octets(pair)


class Changed(Content):
    """regexmess, disarmreadreceipts, addheader, truncmess."""

    def test_28_replaced_in_the_body(self):
        """Longer, shorter, over lines, and one rule after the other."""
        before = mail("a", b"one two\r\nthree\r\ncaf\xe9 one\r\n"), mail("b", "nothing of that\r\n")
        after = mail("a", b"number 2\r\ncafe number\r\n"), mail("b", "nothing of that\r\n")
        self.assert_each(before, after, "--regexmess", "s/two\\r\\nthree/2/", "--regexmess", "s/\\bone\\b/first/g",
                         "--regexmess", "s/first/number/g", "--regexmess", "s/\\xe9/e/")

    def test_28_replaced_in_the_header(self):
        before = mail("a", header=["X-Old: 1"]), mail("b")
        after = mail("a", header=["X-New: 1"]), mail("b")
        self.assert_each(before, after, "--regexmess", "s/^X-Old:/X-New:/m")

    def test_28_long_lines_are_broken(self):
        pair = self.source_with(mail("a", "x" * 25 + "\r\n"))
        pair.sync("--regexmess", "s/([^\\r\\n]{60})(?=[^\\r\\n])/$1\\r\\n /g", "--regexmess", "s/(x{10})(?=x)/$1\\r\\n/g")
        self.assert_octets(pair, mail("a", "x" * 10 + "\r\n" + "x" * 10 + "\r\n" + "x" * 5 + "\r\n"))

    def test_28_what_a_message_is_known_by_is_changed(self):
        """With a ledger the next run copies nothing; without one it copies all again."""
        rule = "s/^Message-ID: <(.*?)\\@example.org>/Message-ID: <$1\\@new.example>/m"
        before = [mail(f"m{number}") for number in range(3)]
        after = [octets.replace(b"@example.org>", b"@new.example>") for octets in before]
        pair = self.source_with(*before)
        words = ["--regexmess", rule, "--ledger", LEDGER.format(directory=pair.directory)]
        pair.sync(*words)
        self.assert_octets(pair, *after)
        self.assert_again_nothing(pair, *words)
        pair = self.source_with(*before)
        for times in (1, 2):
            self.assertEqual(pair.sync("--regexmess", rule).copied, 3)
            self.assert_octets(pair, *after * times)

    def test_28_nothing_is_left(self):
        """That message fails, the others do not."""
        pair = self.source_with(mail("empty"), mail("other"))
        run = pair.run("--regexmess", "s/.*Subject: empty.*//s")
        self.assertEqual((run.copied, run.failed, run.report["issues"][0]["code"]), (1, 1, "message_rejected"))
        self.assert_octets(pair, mail("other"))

    def test_read_receipts_are_disarmed(self):
        """The first request in the header; what only looks like one stays."""
        body = f"{RECEIPT}\r\n"
        before = [mail("a", body, header=["X-A: 1", RECEIPT, "X-B: 2", RECEIPT]), mail("b", body),
                  mail("c", header=["disposition-notification-to: ann@example.org,\r\n bob@example.org"])]
        after = [mail("a", body, header=["X-A: 1", f"X-{RECEIPT}", "X-B: 2", RECEIPT]), mail("b", body),
                 mail("c", header=["X-disposition-notification-to: ann@example.org,\r\n bob@example.org"])]
        self.assert_each(before, after, "--disarmreadreceipts")

    def test_a_message_id_is_added(self):
        """To those without one and without Received; the next run knows them all the same, with a ledger or without."""
        plain, named = mail("plain", message_id=None), mail("named")
        received = mail("received", message_id=None, header=["Received: from a by b; Thu, 05 Mar 2020 10:00:00 +0000"])
        for what, there in THERE.items():
            for ledger in ((), ("--ledger", LEDGER)):
                with self.subTest(f"{what} {ledger}"):
                    pair = self.source_with(plain, named, received, there=there)
                    validity = pair.source.uidvalidity("INBOX").decode()
                    words = ["--addheader", *(word.format(directory=pair.directory) for word in ledger)]
                    pair.sync(*words)
                    made = f"Message-Id: <1.{validity}@godwit.invalid>\r\n".encode()
                    self.assert_octets(pair, made + plain, named, received)
                    self.assert_again_nothing(pair, *words)

    def test_messages_are_cut(self):
        size = len(mail("small", "x" * 100))
        small, large = mail("small", "x" * 100), mail("large", "y" * 5000)
        for what in ("Dovecot", "Cyrus"):        # Courier and Mailutils end a last line that has no end
            with self.subTest(what):
                pair = self.source_with(small, large, there=THERE[what])
                pair.sync("--truncmess", str(size))
                self.assert_octets(pair, small, large[:size])
                self.assert_again_nothing(pair, "--truncmess", str(size))

    def test_one_option_after_the_other(self):
        """Skipping looks at the original; what is added counts when a message is cut; lines are measured at last."""
        original = mail("a", "secret " + "x" * 3000 + "\r\n", message_id=None, header=[RECEIPT])
        skipped = mail("b", "public\r\n")
        pair = self.source_with(original, skipped)
        options = ["--skipmess", "/public/", "--regexmess", "s/secret/public/", "--disarmreadreceipts", "--addheader",
                   "--truncmess", "500", "--maxlinelength", "400"]
        run = pair.sync(*options)
        self.assertEqual((run.copied, run.reasons), (1, {"content": 1}))
        made = f"Message-Id: <1.{pair.source.uidvalidity('INBOX').decode()}@godwit.invalid>\r\n".encode()
        changed = original.replace(b"secret", b"public").replace(b"Disposition-", b"X-Disposition-")
        self.assert_octets(pair, (made + changed)[:500])
        self.assert_again_nothing(pair, *options)

    def test_a_dry_run_writes_nothing(self):
        pair = self.source_with(mail("a"), mail("b"))
        self.assertEqual(pair.run("--dry", "--regexmess", "s/hello/bye/", "--skipmess", "/Subject: b/").status, 0)
        self.assert_octets(pair)


if __name__ == "__main__":
    scenario.main()
