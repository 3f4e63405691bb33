#!/usr/bin/env python3
"""Acceptance scenarios 23 to 28: which messages are copied.

Godwit deletes nothing yet, so "no deletion" after a bad search (25) is read back from mail that only the destination has.
A search of the destination alone (25: --search2) has no effect for the same reason. Messages are not piped through commands
(28): that is refused by name, and --regexmess changes content.
"""
import datetime
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "../support"))
sys.dont_write_bytecode = True
import scenario  # noqa: E402
from scenario import mail  # noqa: E402

UTC = datetime.timezone.utc
CAPABILITIES = "IMAP4rev1 LITERAL+ UIDPLUS NAMESPACE"


def sized(subject, size):
    """A message of exactly so many octets."""
    without = len(mail(subject, ""))
    return mail(subject, "x" * (size - without - 2) + "\r\n")


class Selections(scenario.Scenario):
    """Tests of what is selected from the INBOX."""

    def filled(self, *messages, **sides):
        pair = self.pair(**sides)
        pair.source.append("INBOX", *messages)
        return pair

    def assert_selects(self, pair, options, wanted, **reasons):
        """A run copies exactly these, and counts the others by these reasons; another run changes nothing."""
        run = pair.sync(*options)
        self.assert_subjects(pair.destination, wanted)
        self.assertEqual(run.reasons, reasons)
        self.assert_every_outcome(pair, run)
        self.assert_again_nothing(pair, *options)


class Sizes(Selections):
    """23."""

    def test_23_the_largest_and_the_smallest_and_those_at_the_border(self):
        for options, wanted, reasons in (
                (["--maxsize", "1000"], ["999", "1000"], {"too_large": 2}),
                (["--minsize", "1000"], ["1001", "2000"], {"too_small": 2}),
                (["--minsize", "999", "--maxsize", "1001"], ["1000", "1001"], {"too_small": 1, "too_large": 1}),
                (["--maxsize", "1k"], ["999", "1000", "1001"], {"too_large": 1}),
                (["--appendlimit", "1000"], ["999", "1000"], {"append_limit": 2}),
                (["--appendlimit", "1000", "--maxsize", "1001"], ["999", "1000"], {"append_limit": 1, "too_large": 1}),
                (["--appendlimit", "1001", "--maxsize", "1000"], ["999", "1000"], {"too_large": 2})):
            with self.subTest(options):
                pair = self.filled(*(sized(str(size), size) for size in (999, 1000, 1001, 2000)))
                self.assert_selects(pair, options, wanted, **reasons)

    def test_23_the_limit_that_the_destination_states(self):
        for limit, options, wanted, reasons in (
                (1000, [], ["999", "1000"], {"append_limit": 2}),
                (1000, ["--maxsize", "1500"], ["999", "1000"], {"append_limit": 1, "too_large": 1}),
                (1500, ["--maxsize", "1000"], ["999", "1000"], {"too_large": 2}),
                (1000, ["--appendlimit", "1001"], ["999", "1000", "1001"], {"append_limit": 1})):
            with self.subTest((limit, options)):
                there = self.fake("--set", f"capabilities={CAPABILITIES} APPENDLIMIT={limit}")
                pair = self.filled(*(sized(str(size), size) for size in (999, 1000, 1001, 2000)), destination=there)
                self.assert_selects(pair, options, wanted, **reasons)


class Ages(Selections):
    """24. Days are counted in UTC and end at noon here, so that no test runs over the end of one."""

    def setUp(self):
        self.now = datetime.datetime.now(UTC)
        self.noon = self.now.replace(hour=12, minute=0, second=0, microsecond=0)

    def days_to_noon(self, days):
        """What --maxage and --minage need for an age of so many days before today's noon."""
        return f"{(self.now - self.noon).total_seconds() / 86400 + days:.6f}"

    def sent(self, days, zone="+0000", clock="10:00:00"):
        """A message whose Date is so many days ago."""
        return mail(f"{days} days", date=(self.noon - datetime.timedelta(days)).strftime(f"%a, %d %b %Y {clock} {zone}"),
                    message_id=f"<{days}.{zone}.{clock}@x>")

    def arrived(self, subject, age, zone_hours=0):
        """A message that came at such an instant, told in such a zone. Its Date is old."""
        zone = datetime.timezone(datetime.timedelta(hours=zone_hours))
        return mail(subject), [], (self.now - age).astimezone(zone).strftime("%d-%b-%Y %H:%M:%S %z")

    def test_24_ages_by_the_date_of_sending(self):
        def days(*numbers):
            return [f"{number} days" for number in numbers]

        for options, wanted in ((["--maxage", self.days_to_noon(4)], days(1, 3, 4)),
                                (["--minage", self.days_to_noon(4)], days(5, 8, 12)),
                                (["--maxage", self.days_to_noon(8), "--minage", self.days_to_noon(3)], days(4, 5, 8)),
                                (["--maxage", self.days_to_noon(3), "--minage", self.days_to_noon(8)], days(1, 3, 12))):
            with self.subTest(options):
                pair = self.filled(*map(self.sent, (1, 3, 4, 5, 8, 12)))
                self.assert_selects(pair, options, wanted, not_selected=6 - len(wanted))

    def test_24_the_day_is_the_one_that_the_sender_wrote(self):
        """SENTSINCE and SENTBEFORE look neither at the time nor at the zone, and the date of arrival does not matter."""
        zones = [(4, "+1300", "00:30:00"), (4, "-1100", "23:30:00"), (5, "-1100", "23:59:59"), (5, "+1300", "00:00:00")]
        for option, day, others in (("--maxage", 4, 2), ("--minage", 5, 2)):
            with self.subTest(option):
                pair = self.filled(*(self.sent(*zone) for zone in zones))
                self.assert_selects(pair, [option, self.days_to_noon(4)], [f"{day} days"] * 2, not_selected=others)

    def test_24_ages_by_arrival_to_the_second(self):
        hour, day = datetime.timedelta(hours=1), datetime.timedelta(days=1)
        messages = [self.arrived("old", 3 * day), self.arrived("just too old", 2 * day + hour, 13),
                    self.arrived("just right", 2 * day - hour, -11), self.arrived("young", hour, 5)]
        old, young = ["old", "just too old"], ["just right", "young"]
        for ages, wanted in ((["--maxage", "2"], young), (["--minage", "2"], old), (["--maxage", "2.5"], young + old[1:]),
                             (["--maxage", "2", "--minage", "1"], young[:1]),
                             (["--maxage", "1", "--minage", "2.5"], [old[0], young[1]])):
            with self.subTest(ages):
                pair = self.filled(*messages)
                self.assert_selects(pair, [*ages, "--noabletosearch"], wanted, not_selected=4 - len(wanted))


class Searches(Selections):
    """25 and 26."""

    def flagged(self, **sides):
        return self.filled((mail("plain"), [], None), (mail("seen"), ["\\Seen"], None),
                           (mail("flagged"), ["\\Flagged"], None), (mail("both"), ["\\Seen", "\\Flagged"], None), **sides)

    def test_25_a_search(self):
        for option, keys, wanted in (("--search", "SEEN", ["seen", "both"]), ("--search1", "SEEN FLAGGED", ["both"]),
                                     ("--search", "OR SEEN FLAGGED", ["seen", "flagged", "both"]),
                                     ("--search", '(NOT SUBJECT "see") UNFLAGGED', ["plain"]),
                                     ("--search", "UID 2:3", ["seen", "flagged"]),
                                     ("--search", "UID 4,1", ["plain", "both"]),
                                     ("--search", "ALL", ["plain", "seen", "flagged", "both"]),
                                     ("--search", "DELETED", [])):
            with self.subTest(keys):
                pair = self.flagged()
                reasons = {"not_selected": 4 - len(wanted)} if len(wanted) < 4 else {}
                self.assert_selects(pair, [option, keys], wanted, **reasons)

    def test_25_what_a_search_does_not_find_is_left_alone_where_it_is(self):
        pair = self.flagged()
        pair.sync()
        pair.destination.append("INBOX", mail("another's"))
        pair.source.change("INBOX", "STORE 1:* +FLAGS (\\Answered)")
        run = pair.sync("--search", "SEEN")
        self.assertEqual((run.matched, run.copied, run.skipped), (4, 0, 0), "they are there, selected or not")
        answered = {m.subject for m in pair.destination.read("INBOX") if "\\Answered" in m.flags}
        self.assertEqual(answered, {"seen", "both"}, "flags of what was selected follow, others do not")
        self.assert_subjects(pair.destination, ["plain", "seen", "flagged", "both", "another's"])

    def test_25_a_search_of_the_destination_selects_nothing(self):
        pair = self.flagged()
        self.assert_selects(pair, ["--search2", "SEEN"], ["plain", "seen", "flagged", "both"])

    def test_25_a_bad_search_is_an_error_and_nothing_is_touched(self):
        for keys, status in (("FROBNICATE", 111), ("SUBJECT", 111), ('SUBJECT "x', 64), ("SEEN)", 64)):
            with self.subTest(keys):
                pair = self.flagged()
                pair.destination.append("INBOX", mail("another's"))
                run = pair.run("--search", keys)
                self.assertEqual(run.status, status, run)
                said = run.stderr if status == 64 else run.report["folders"][0]["error"]["code"]
                self.assertRegex(said, "search")
                self.assert_subjects(pair.destination, ["another's"])
                self.assert_subjects(pair.source, ["plain", "seen", "flagged", "both"])

    def test_26_where_search_does_not_see_all_ages_are_taken_from_the_listing(self):
        """By the date of arrival then, as with --noabletosearch; imapsync's check looks at the INBOX only."""
        now = datetime.datetime.now(UTC)
        old, new = ((now - datetime.timedelta(days)).strftime("%d-%b-%Y %H:%M:%S +0000") for days in (40, 2))
        today = now.strftime("%a, %d %b %Y %H:%M:%S +0000")
        messages = [(mail(f"message {n}", date=today), [], new if n % 2 else old) for n in range(6)]
        pair = self.filled(*messages, source=self.fake("--set", "searched_messages=2"))
        self.assert_selects(pair, ["--maxage", "30"], [f"message {n}" for n in (1, 3, 5)], not_selected=3)

    def test_26_a_search_that_does_not_see_all_is_not_believed(self):
        pair = self.flagged(source=self.fake("--set", "searched_messages=2"))
        run = pair.run("--search", "SEEN")
        self.assertEqual((run.status, run.report["folders"][0]["error"]["code"]), (111, "search_refused"))
        self.assert_subjects(pair.destination, [])
        self.assert_selects(pair, [], ["plain", "seen", "flagged", "both"])


class Ends(Selections):
    """27."""

    def test_27_stops_after_so_many_bytes_and_goes_on_later(self):
        wanted = [f"message {number}" for number in range(400)]
        pair = self.filled(*(sized(subject, 10_000) for subject in wanted))
        began, counts = time.monotonic(), [0]
        while True:
            run = pair.run("--exitwhenover", "500000")
            counts.append(pair.destination.count())
            if run.status != 118:
                break
            copied = (counts[-1] - counts[-2]) * 10_000
            self.assertEqual(run.report["counters"]["bytes_copied"], copied)
            self.assertGreaterEqual(copied, 500_000)
            self.assertLess(counts[-1], 400, "and not to the end at once")
            self.assertLess(time.monotonic() - began, 60)
        self.assertEqual(run.status, 0)
        self.assertGreater(len(counts), 3)
        self.assert_same(pair)


class Contents(Selections):
    """28."""

    def test_28_left_out_by_what_they_say(self):
        pair = self.filled(mail("good"), mail("spam", "buy Viagra now\r\n"), mail("VIAGRA"),
                           mail("bulk", header=["X-Bulk: yes"]))
        options = ["--skipmess", "m/viagra/i", "--skipmess", "m/^X-Bulk: yes/m"]
        self.assert_selects(pair, options, ["good"], content=3)

    def test_28_left_out_by_the_length_of_lines(self):
        def lines(length):
            """The line end counts, as it does for imapsync."""
            return mail(f"{length}", "x" * (length - 2) + "\r\nshort\r\n")

        for options, wanted, reasons in ((["--maxlinelength", "1000"], ["100", "999", "1000"], {"line_length": 2}),
                                         (["--minmaxlinelength", "1000"], ["1001", "5000"], {"line_length": 3})):
            with self.subTest(options):
                self.assert_selects(self.filled(*map(lines, (100, 999, 1000, 1001, 5000))), options, wanted, **reasons)

    def test_28_changed_on_the_way(self):
        pair = self.filled(mail("one", "the old host\r\nthe old host\r\n", header=["Disposition-Notification-To: ann@x"]))
        options = ["--regexmess", "s/old/new/g", "--regexmess", "s/^To: bob/To: eve/m", "--disarmreadreceipts"]
        pair.sync(*options)
        octets = pair.destination.read("INBOX")[0].octets
        self.assertIn(b"the new host\r\nthe new host\r\n", octets)
        self.assertIn(b"\r\nTo: eve@example.org\r\n", octets)
        self.assertNotIn(b"\r\nDisposition-Notification-To", octets)
        self.assertIn(b"old host", pair.source.read("INBOX")[0].octets, "the source keeps its own")
        self.assert_again_nothing(pair, *options)

    def test_28_commands_are_refused_by_name(self):
        pair = self.filled(mail("one"))
        for option in ("--pipemess", "--maxlinelengthcmd"):
            run = pair.run(option, "cat")
            self.assertEqual(run.status, 64)
            self.assertIn(option, run.stderr)
        self.assert_subjects(pair.destination, [])


if __name__ == "__main__":
    scenario.main()
