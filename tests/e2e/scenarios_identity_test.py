#!/usr/bin/env python3
"""Acceptance scenarios 29 to 36: which messages are the same.

Mirror deletion (31) is not there yet; that a message which was given a header stays at the destination is read back.
Received lines are no part of Godwit's key; 32 shows that servers may add and rewrite them.
"""
import os
import re
import shutil
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "../support"))
sys.dont_write_bytecode = True
import scenario  # noqa: E402
from scenario import mail  # noqa: E402


def numbered(count, first=0):
    """Different messages."""
    return [mail(f"message {number}", f"text {number}\r\n" * (number % 7 + 1)) for number in range(first, first + count)]


class Duplicates(scenario.Scenario):
    """29, 30 and 34."""

    def test_29_of_equal_messages_only_the_first(self):
        pair = self.pair()
        pair.source.append("INBOX", (mail("once"), [], None), (mail("twice"), ["\\Flagged"], None),
                           (mail("twice"), [], None), (mail("twice"), ["\\Seen"], None))
        run = pair.sync("--nosyncduplicates")
        self.assertEqual(run.reasons, {"duplicate": 2})
        self.assert_messages(pair.destination.read("INBOX"), pair.source.read("INBOX")[:2], "the first of each")
        self.assert_every_outcome(pair, run)
        self.assert_again_nothing(pair, "--nosyncduplicates")

    def test_29_equal_messages_stay_as_many_run_after_run(self):
        for ledger in (False, True):
            with self.subTest(ledger=ledger):
                pair = self.pair()
                options = ["--ledger", f"{pair.directory}/ledger"] if ledger else []
                pair.source.append("INBOX", *[mail("many")] * 5, *[mail("two", message_id=None)] * 2, mail("one"))
                self.assertEqual(pair.sync(*options).copied, 8)
                self.assert_same(pair)
                self.assert_again_nothing(pair, *options)
                pair.source.append("INBOX", mail("many"), mail("one"))
                self.assertEqual(pair.sync(*options).copied, 2)
                self.assert_same(pair)
                self.assert_again_nothing(pair, *options)

    def test_29_of_which_some_are_there(self):
        pair = self.pair()
        pair.source.append("INBOX", *[mail("many")] * 4)
        pair.destination.append("INBOX", *[mail("many")] * 2)
        self.assertEqual(pair.sync().copied, 2)
        self.assert_subjects(pair.destination, ["many"] * 4)

    def test_30_messages_that_stand_in_several_folders(self):
        for options, wanted, reasons in (([], ["both", "second"], {}),
                                         (["--skipcrossduplicates"], ["second"], {"cross_duplicate": 1})):
            with self.subTest(options):
                pair = self.pair()
                pair.source.create("Second")
                pair.source.append("INBOX", mail("first"), mail("both"))
                pair.source.append("Second", mail("both"), mail("second"))
                run = pair.sync(*options, "--folderfirst", "INBOX")
                self.assert_subjects(pair.destination, ["first", "both"])
                self.assert_subjects(pair.destination, wanted, "Second")
                self.assertEqual(run.reasons, reasons)
                self.assert_every_outcome(pair, run)
                self.assert_again_nothing(pair, *options, "--folderfirst", "INBOX")

    def test_34_different_messages_with_one_message_id_are_all_kept(self):
        pair = self.pair()
        same = {"message_id": "<same@x>"}
        messages = [mail("scan", "page one\r\n", **same), mail("scan", "page two\r\n", **same),
                    mail("scan", "a longer page three\r\n", **same), mail("other", "page one\r\n", **same)]
        pair.source.append("INBOX", *messages[:2])
        pair.sync()
        self.assert_same(pair)
        pair.source.append("INBOX", *messages[2:])
        self.assertEqual(pair.sync().copied, 2)
        self.assert_same(pair)
        self.assert_again_nothing(pair)

    def test_34_also_where_one_of_them_is_there(self):
        pair = self.pair()
        messages = [mail("scan", f"page {number}\r\n", message_id="<same@x>") for number in range(3)]
        pair.source.append("INBOX", *messages)
        pair.destination.append("INBOX", messages[1])
        self.assertEqual(pair.sync().copied, 2)
        self.assertEqual(sorted(m.octets for m in pair.destination.read("INBOX")), sorted(messages))
        self.assert_again_nothing(pair)


class Headers(scenario.Scenario):
    """31 and 33: where there is little or oddly written header."""
    BARE = [b"X-Note: one\r\n\r\nfirst\r\n", b"X-Note: two\r\n\r\nsecond\r\n", b"\r\nno header at all\r\n", b"no blank line",
            b"Subject: only a subject\r\n\r\nthird\r\n"]

    def test_31_messages_that_nothing_identifies(self):
        for options in ([], ["--ledger"]):
            with self.subTest(options):
                pair = self.pair()
                options = options and [*options, f"{pair.directory}/ledger"]
                dated = [mail("dated", f"{number}\r\n", message_id=None) for number in range(3)]
                pair.source.append("INBOX", *self.BARE, *dated)
                self.assertEqual(pair.sync(*options).copied, 8)
                self.assert_same(pair)
                self.assert_again_nothing(pair, *options)

    def test_31_a_message_id_is_added_on_request_and_known_again(self):
        pair = self.pair()
        pair.source.create("Other")
        pair.source.append("INBOX", *self.BARE[:2], mail("has one"))
        pair.source.append("Other", self.BARE[0], b"X-Note: three\r\n\r\nsame UID, other folder\r\n")
        self.assertEqual(pair.sync("--addheader").copied, 5)
        ids = [re.findall(rb"(?mi)^Message-Id: (\S+)\r$", message.octets)
               for folder in ("INBOX", "Other") for message in pair.destination.read(folder)]
        self.assertEqual([len(found) for found in ids], [1] * 5, ids)
        bodies = sorted(message.octets.split(b"\r\n\r\n", 1)[1] for message in pair.destination.read("Other"))
        self.assertEqual(bodies, [b"first\r\n", b"same UID, other folder\r\n"])
        self.assert_same_but_for_ids(pair)
        self.assert_again_nothing(pair, "--addheader")

    def assert_same_but_for_ids(self, pair):
        """What is left when an added line is taken away."""
        wanted = sorted(message.octets for message in pair.source.read("INBOX"))
        found = sorted(re.sub(rb"(?mi)^Message-Id: <\d\S*@\S*>\r\n", b"", message.octets, count=1)
                       for message in pair.destination.read("INBOX"))
        self.assertEqual(found, wanted)

    def test_33_the_same_header_written_in_other_ways(self):
        """What is at the destination was put there by another program, from the same mail."""
        rest = (b"From: ann@example.org\r\nTo: bob@example.org\r\nSubject: a subject\r\n"
                b"Date: Thu, 5 Mar 2020 10:00:00 +0000\r\n")
        body = b"\r\nthe same text\r\n"
        ways = {
            "the value on the next line": (b"Message-ID: <%d@x>\r\n", b"Message-ID:\r\n <%d@x>\r\n"),
            "a tab": (b"Message-ID: <%d@x>\r\n", b"Message-ID:\t<%d@x>\r\n"),
            "blanks at the end": (b"Message-ID: <%d@x>\r\n", b"Message-ID:   <%d@x>  \r\n"),
            "upper case": (b"Message-ID: <%d@x>\r\n", b"MESSAGE-ID: <%d@x>\r\n"),
            "lower case": (b"Message-ID: <%d@x>\r\n", b"message-id: <%d@x>\r\n"),
            "a Received line": (b"Message-ID: <%d@x>\r\n", b"Received: from a by b\r\nMessage-ID: <%d@x>\r\n"),
        }
        pair = self.pair()
        for number, (here, there) in enumerate(ways.values()):
            pair.source.append("INBOX", here % number + rest + body)
            pair.destination.append("INBOX", there % number + rest + body)
        before = sorted(message.octets for message in pair.destination.read("INBOX"))
        run = pair.sync()
        self.assertEqual(sorted(message.octets for message in pair.destination.read("INBOX")), before, "nothing is doubled")
        self.assertEqual((run.matched, run.copied), (len(ways), 0))

    def test_33_without_a_message_id_the_others_may_be_folded(self):
        plain = (b"Date: Thu, 5 Mar 2020 10:00:00 +0000\r\nFrom: Ann <ann@example.org>\r\n"
                 b"To: bob@example.org, eve@example.org\r\nSubject: a long subject of several words\r\n\r\ntext\r\n")
        folded = plain.replace(b"several words", b"several\r\n\twords").replace(b", eve", b",\r\n eve")
        folded = folded.replace(b"From:", b"FROM:")
        pair = self.pair()
        pair.source.append("INBOX", plain)
        pair.destination.append("INBOX", folded)
        self.assertEqual(pair.sync().copied, 0)
        self.assertEqual([message.octets for message in pair.destination.read("INBOX")], [folded])

    def test_33_octets_above_127_that_a_server_changes(self):
        """Cyrus writes an X for each of them."""
        for message_id in (True, None):
            with self.subTest(message_id):
                pair = self.pair(destination=scenario.server("cyrus"))
                pair.source.append("INBOX", *(mail(f"Grüße {n}", f"{n}\r\n", message_id and f"<{n}@x>") for n in range(30)))
                self.assertEqual(pair.sync().copied, 30)
                found = pair.destination.read("INBOX")
                self.assertEqual(len(found), 30)
                self.assertTrue(all(message.subject.startswith("GrXXXXe") for message in found), found[0])
                self.assert_again_nothing(pair)


class Rewritten(scenario.Scenario):
    """32. The persona `rewriting` leaves of Message-ID, Date and Subject nothing as it was; `refolding` adds Received."""

    def copied(self, persona, count, ledger):
        """A pair whose destination has written all messages anew, and the options of its runs."""
        pair = self.pair(destination=self.fake("--persona", persona))
        options = ["--ledger", f"{pair.directory}/ledger"] if ledger else []
        pair.source.append("INBOX", *numbered(count))
        self.assertEqual(pair.sync(*options).copied, count)
        wanted, found = ({message.octets for message in side.read("INBOX")} for side in (pair.source, pair.destination))
        self.assertFalse(wanted & found, "it does rewrite")
        return pair, options

    def test_32_the_second_run_copies_nothing(self):
        for persona, count, ledger in (("refolding", 60, False), ("refolding", 60, True), ("refolding", 5, False),
                                       ("rewriting", 60, True), ("rewriting", 5, True)):
            with self.subTest(persona, count=count, ledger=ledger):
                pair, options = self.copied(persona, count, ledger)
                self.assertEqual(self.assert_again_nothing(pair, *options).matched, count)
                pair.source.append("INBOX", *numbered(5, count))
                self.assertEqual(pair.sync(*options).copied, 5)
                self.assertEqual(pair.destination.count(), count + 5)
                self.assert_again_nothing(pair, *options)

    def test_32_other_message_ids_are_seen_through_without_a_ledger(self):
        pair = self.pair()
        pair.source.append("INBOX", *numbered(30))
        others = [octets.replace(b"@example.org>", b"@rewriting.example>") for octets in numbered(30)]
        pair.destination.append("INBOX", *others)
        before = pair.destination.read("INBOX")
        self.assertEqual(pair.sync().matched, 30)
        self.assert_messages(pair.destination.read("INBOX"), before)

    def test_32_without_a_ledger_what_no_header_tells_is_not_copied_again(self):
        pair, _ = self.copied("rewriting", 60, ledger=False)
        run = pair.run()
        self.assertEqual((run.status, run.report["error"]["code"]), (1, "identity_mismatch"))
        self.assertIn("--allowmismatch", run.report["error"]["cause"])
        self.assertEqual(pair.destination.count(), 60)

    # The brake looks at ten messages or more, and lower rungs of the key are only tried where it would hold.
    @unittest.expectedFailure
    def test_32_nor_is_a_small_folder_doubled(self):
        pair, _ = self.copied("rewriting", 5, ledger=False)
        pair.run()
        self.assertEqual(pair.destination.count(), 5)


class Remembered(scenario.Scenario):
    """35 and 36: the ledger is a memory, never the only truth."""

    def copied_once(self, **sides):
        """A pair after its first run with a ledger, and its options."""
        pair = self.pair(**sides)
        pair.source.create("Work")
        for folder in ("INBOX", "Work"):
            pair.source.append(folder, *numbered(20), mail("twice"), mail("twice"), *Headers.BARE[:2])
        options = ["--ledger", f"{pair.directory}/ledger"]
        self.assertEqual(pair.sync(*options).copied, 48)
        return pair, options

    def made_anew(self, account):
        """Work with the same messages, but other UIDs and another UIDVALIDITY."""
        messages, before = account.read("Work"), account.uidvalidity("Work")
        account.commands("DELETE Work", "CREATE Work", "CREATE Elsewhere")
        account.append("Work", mail("gone soon"))
        account.append("Work", *((message.octets, message.flags, message.date.strftime("%d-%b-%Y %H:%M:%S %z"))
                                 for message in reversed(messages)))
        account.expunge("Work", 1)
        account.commands("DELETE Elsewhere")
        self.assertNotEqual(account.uidvalidity("Work"), before)

    def test_35_a_folder_has_another_uidvalidity(self):
        for side in ("source", "destination"):
            for ledger in (True, False):
                with self.subTest(side, ledger=ledger):
                    pair, options = self.copied_once()
                    self.made_anew(getattr(pair, side))
                    options = options if ledger else []
                    self.assertEqual(self.assert_again_nothing(pair, *options).matched, 48)
                    self.assert_same(pair, "Work")
                    pair.source.append("Work", mail("new"))
                    self.assertEqual(pair.sync(*options).copied, 1)
                    self.assert_same(pair, "Work")

    def test_35_on_both_sides_at_once(self):
        pair, options = self.copied_once()
        self.made_anew(pair.source)
        self.made_anew(pair.destination)
        self.assert_again_nothing(pair, *options)
        self.assert_same(pair, "Work")

    def test_35_the_destination_folder_was_deleted(self):
        """Its UIDVALIDITY is another one, so the ledger knows nothing of its messages: they are copied once more."""
        pair, options = self.copied_once()
        pair.destination.commands("DELETE Work")
        self.assertEqual(pair.sync(*options).copied, 24)
        self.assert_same(pair, "Work")
        self.assert_again_nothing(pair, *options)

    def test_35_a_server_that_changes_it_each_time(self):
        for side in ("source", "destination"):
            with self.subTest(side):
                server = self.fake("--persona", "new_uidvalidity")
                pair = self.pair(**{side: server})
                options = ["--ledger", f"{pair.directory}/ledger"]
                pair.source.append("INBOX", *numbered(30))
                pair.sync(*options)
                before = getattr(pair, side).uidvalidity("INBOX")
                self.assert_again_nothing(pair, *options)
                self.assertNotEqual(getattr(pair, side).uidvalidity("INBOX"), before)
                self.assert_same(pair)

    def made_anew_alike(self, side, messages):
        """A pair whose folder Work at that side was made anew, with these messages, and has the UIDVALIDITY it had."""
        pair = self.pair(**{side: self.fake("--persona", "reused_uidvalidity")})
        pair.source.create("Work")
        pair.source.append("Work", *numbered(30))
        pair.sync("--ledger", f"{pair.directory}/ledger")
        account = getattr(pair, side)
        before = account.uidvalidity("Work")
        account.commands("DELETE Work", "CREATE Work")
        account.append("Work", *messages)
        self.assertEqual(account.uidvalidity("Work"), before)
        return pair

    def test_35_a_destination_folder_is_made_anew_and_its_uidvalidity_is_not(self):
        for left in (0, 10, 30):
            with self.subTest(left):
                pair = self.made_anew_alike("destination", numbered(left))
                self.assertEqual(pair.sync("--ledger", f"{pair.directory}/ledger").copied, 30 - left)
                self.assertEqual(sorted(m.octets for m in pair.destination.read("Work")), sorted(numbered(30)))

    # The ledger keeps of a source message its UID and its key, and the key is not read again where UIDVALIDITY and UIDNEXT
    # stand: other messages under UIDs that were used before are taken for those that were copied.
    @unittest.expectedFailure
    def test_35_a_source_folder_is_made_anew_and_its_uidvalidity_is_not(self):
        pair = self.made_anew_alike("source", numbered(40, 100))
        pair.run("--ledger", f"{pair.directory}/ledger", "--allowmismatch")
        missing = set(numbered(40, 100)) - {message.octets for message in pair.destination.read("Work")}
        self.assertFalse(missing)

    def test_36_the_ledger_is_lost(self):
        pair, options = self.copied_once()
        os.unlink(f"{pair.directory}/ledger")
        self.assertEqual(self.assert_again_nothing(pair, *options).matched, 48)
        pair.source.append("INBOX", mail("new"))
        self.assertEqual(pair.sync(*options).copied, 1)
        for folder in ("INBOX", "Work"):
            self.assert_same(pair, folder)

    def test_36_an_older_ledger_comes_back(self):
        pair, options = self.copied_once()
        shutil.copy(f"{pair.directory}/ledger", f"{pair.directory}/older")
        pair.source.append("INBOX", *numbered(10, 100))
        pair.source.expunge("INBOX", 1)
        pair.sync(*options)
        os.replace(f"{pair.directory}/older", f"{pair.directory}/ledger")
        self.assert_again_nothing(pair, *options)
        self.assertEqual(pair.destination.count("INBOX"), 34, "the one that was deleted at the source stays")

    def test_36_a_ledger_of_other_accounts_misleads_nobody(self):
        pair, options = self.copied_once()
        other = self.pair()
        other.source.append("INBOX", *numbered(24, 500))
        self.assertEqual(other.sync(*options).copied, 24)
        self.assert_same(other)
        self.assert_again_nothing(pair, *options)


if __name__ == "__main__":
    scenario.main()
