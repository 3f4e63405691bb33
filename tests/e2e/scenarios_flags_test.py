#!/usr/bin/env python3
"""Scenarios 37 to 43: flags, keywords and dates of arrival.

42, Gmail's labels, is not there yet: Godwit copies no labels. Of 38, PERMANENTFLAGS that are empty or missing, and of 41, a
date without a zone, are said by no server here; the tests of the engine have them.
"""
import datetime
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), "support"))
sys.dont_write_bytecode = True
import scenario  # noqa: E402
import servers  # noqa: E402
from scenario import mail  # noqa: E402

DATE = "05-Mar-2020 10:00:00 +0000"      # as in the headers of mail()
SYSTEM = ["\\Answered", "\\Deleted", "\\Draft", "\\Flagged", "\\Seen"]
KEYWORDS = ["$Label1", "work", "NonJunk"]
KEEPS_ALL = {                            # every flag, keyword and date
    "Dovecot": lambda: scenario.server(name="destination"),
    "Cyrus": lambda: scenario.server("cyrus"),
    "Courier": lambda: scenario.server("courier"),
}


def here():
    return scenario.server(name="source")


def instant(*numbers, hours=0):
    """UTC, or a zone so many hours east of it."""
    return datetime.datetime(*numbers, tzinfo=datetime.timezone(datetime.timedelta(hours=hours)))


def flags_by_subject(account):
    return {message.subject: set(message.flags) for message in account.read("INBOX")}


class Copied(scenario.Scenario):
    """Scenarios 37, 38 and 43."""

    def fill(self, account):
        """A message for each flag, one with all and one with none."""
        account.append("INBOX", *((mail(flag.strip("\\$")), [flag], DATE) for flag in SYSTEM + KEYWORDS),
                       (mail("all"), SYSTEM + KEYWORDS, DATE), (mail("none"), [], DATE))

    def test_37_all_of_them(self):
        """The source shows \\Recent, which these servers refuse in an APPEND."""
        for what, there in KEEPS_ALL.items():
            with self.subTest(what):
                pair = self.pair(here(), there())
                self.fill(pair.source)
                self.assertIn(b"\\Recent", str(pair.source.commands("EXAMINE INBOX", "FETCH 1:* (FLAGS)")).encode())
                run = pair.sync()
                self.assertEqual((run.copied, run.report["issues"]), (10, []))
                self.assert_same(pair)
                self.assertEqual(self.assert_again_nothing(pair).report["counters"]["flags_updated"], 0)

    def test_37_system_flags_in_another_case(self):
        pair = self.pair(self.fake(), KEEPS_ALL["Dovecot"]())
        pair.source.append("INBOX", mail("odd"), flags=("\\SEEN", "\\flagged", "Work"), date=DATE)
        self.assertEqual(flags_by_subject(pair.source), {"odd": {"\\SEEN", "\\flagged", "Work"}})
        pair.sync()
        self.assertEqual(flags_by_subject(pair.destination), {"odd": {"\\Seen", "\\Flagged", "Work"}})
        self.assertEqual(self.assert_again_nothing(pair).report["counters"]["flags_updated"], 0)

    def test_38_what_only_looks_like_a_system_flag(self):
        """No server here holds any, so a rule makes one; these servers would refuse the message with it."""
        for what, there in KEEPS_ALL.items():
            with self.subTest(what):
                pair = self.pair(here(), there())
                pair.source.append("INBOX", mail("odd"), flags=("\\Seen", "XJunk", "work"), date=DATE)
                run = pair.sync("--regexflag", "s/XJunk/\\\\Junk/")
                self.assertEqual(flags_by_subject(pair.destination), {"odd": {"\\Seen", "work"}})
                self.assertEqual(run.report["issues"], [])

    def test_38_where_there_are_no_keywords(self):
        for what, there in (("fake", lambda: self.fake("--set", "keywords=false")),
                            ("Mailutils", lambda: scenario.server("mailutils"))):
            with self.subTest(what):
                pair = self.pair(here(), there())
                self.fill(pair.source)
                self.assertEqual(pair.sync().copied, 10)
                wanted = {subject: flags & set(SYSTEM) for subject, flags in flags_by_subject(pair.source).items()}
                self.assertEqual(flags_by_subject(pair.destination), wanted)
                self.assertEqual(self.assert_again_nothing(pair).report["counters"]["flags_updated"], 0)

    def test_38_a_keyword_that_is_refused(self):
        """Dovecot takes none of 300 characters: the message arrives with the others, and the keyword is named."""
        pair = self.pair(scenario.server("cyrus"), KEEPS_ALL["Dovecot"]())
        long = "k" * 300
        pair.source.append("INBOX", mail("long"), flags=("\\Seen", "work", long), date=DATE)
        pair.source.append("INBOX", mail("short"), flags=("work",), date=DATE)
        run = pair.sync()
        self.assertEqual(flags_by_subject(pair.destination), {"long": {"\\Seen", "work"}, "short": {"work"}})
        self.assertEqual([issue["code"] for issue in run.report["issues"]], ["flags_refused"])
        self.assertIn("Keyword length too long", run.report["issues"][0]["detail"])
        self.assert_again_nothing(pair)

    def test_38_more_keywords_than_there_is_room_for(self):
        """Cyrus has room for 128 in a folder."""
        pair = self.pair(here(), scenario.server("cyrus"))
        pair.source.append("INBOX", *((mail(f"m{number}"), ["\\Seen", f"k{number}"], DATE) for number in range(140)))
        run = pair.sync()
        found = flags_by_subject(pair.destination)
        self.assertEqual(len(found), 140)
        with_keyword = {subject for subject, flags in found.items() if flags == {"\\Seen", "k" + subject[1:]}}
        self.assertGreaterEqual(len(with_keyword), 100)
        self.assertEqual({subject: flags for subject, flags in found.items() if subject not in with_keyword},
                         {subject: {"\\Seen"} for subject in set(found) - with_keyword})
        self.assertEqual({issue["code"] for issue in run.report["issues"]}, {"flags_refused"})
        self.assertEqual(len(run.report["issues"]), 140 - len(with_keyword))
        self.assert_again_nothing(pair)

    def test_43_flags_that_append_forgets(self):
        """Mailutils answers OK to an APPEND with flags, and stores none."""
        pair = self.pair(here(), scenario.server("mailutils"))
        account = pair.destination
        account.append("INBOX", mail("proof"), flags=("\\Flagged",), date=DATE)
        self.assertEqual(flags_by_subject(account), {"proof": set()})
        pair.source.append("INBOX", *((mail(flag[1:]), [flag], DATE) for flag in SYSTEM), (mail("all"), SYSTEM, DATE))
        pair.sync()
        self.assertEqual(flags_by_subject(account), {"proof": set(), **flags_by_subject(pair.source)})
        self.assertEqual(self.assert_again_nothing(pair).report["counters"]["flags_updated"], 0)


class Changed(scenario.Scenario):
    """Scenarios 39 and 40."""

    # By mode: what becomes of flags that the source has got, that it has lost, that only the destination has got, lost.
    MODES = {
        "--resyncflags": [{"\\Seen", "\\Answered"}, set(), {"\\Seen"}, {"\\Seen"}],
        "--resyncflags=additive": [{"\\Seen", "\\Answered"}, {"\\Seen"}, {"\\Seen", "\\Flagged", "mine"}, {"\\Seen"}],
        "--noresyncflags": [{"\\Seen"}, {"\\Seen"}, {"\\Seen", "\\Flagged", "mine"}, set()],
    }

    def check_resync(self, mode, there, *ledger):
        pair = self.pair(here(), there)
        pair.source.append("INBOX", *(mail(f"m{number}") for number in range(4)), flags=("\\Seen",), date=DATE)
        pair.sync(mode, *[word.format(pair.directory) for word in ledger])
        pair.source.change("INBOX", "STORE 1 +FLAGS (\\Answered)", "STORE 2 -FLAGS (\\Seen)")
        pair.destination.change("INBOX", "STORE 3 +FLAGS (\\Flagged mine)", "STORE 4 -FLAGS (\\Seen)")
        run = pair.sync(mode, *[word.format(pair.directory) for word in ledger])
        return run, [set(message.flags) for message in pair.destination.read("INBOX")]

    def test_39_three_modes(self):
        """Additive and with a ledger, what the source has not changed since is left alone: \\Seen stays taken off."""
        for mode, wanted in self.MODES.items():
            for what, there in KEEPS_ALL.items():
                for ledger in ((), ("--ledger", "{}/ledger")):
                    with self.subTest(f"{what} {mode} {ledger}"):
                        run, found = self.check_resync(mode, there(), *ledger)
                        self.assertEqual((run.copied, run.matched), (0, 4))
                        additive_with_ledger = mode == "--resyncflags=additive" and ledger
                        self.assertEqual(found, wanted[:3] + [set()] if additive_with_ledger else wanted)

    RULES = {
        "s/\\\\Flagged//": {"a": {"\\Seen", "$Label1", "work"}, "b": set()},
        "s/$/ \\\\Seen/": {"a": {"\\Seen", "\\Flagged", "$Label1", "work"}, "b": {"\\Seen"}},
        "s/(^|\\s)(?!\\\\Seen\\b|work\\b)\\S+//g": {"a": {"\\Seen", "work"}, "b": set()},
        "s/\\$Label1/Important/": {"a": {"\\Seen", "\\Flagged", "Important", "work"}, "b": set()},
        "s/.*//": {"a": set(), "b": set()},
    }

    def test_40_rules(self):
        for rule, wanted in self.RULES.items():
            with self.subTest(rule):
                pair = self.pair(here(), scenario.server("cyrus"))
                pair.source.append("INBOX", (mail("a"), ["\\Seen", "\\Flagged", "$Label1", "work"], DATE),
                                   (mail("b"), [], DATE))
                pair.sync("--regexflag", rule)
                self.assertEqual(flags_by_subject(pair.destination), wanted)
                run = self.assert_again_nothing(pair, "--regexflag", rule)
                self.assertEqual(run.report["counters"]["flags_updated"], 0)

    def test_40_rules_in_order(self):
        pair = self.pair(here(), KEEPS_ALL["Dovecot"]())
        pair.source.append("INBOX", mail("a"), flags=("XJunk", "one"), date=DATE)
        pair.sync("--regexflag", "s/XJunk/\\\\Junk/", "--regexflag", "s/\\\\Junk/\\$Junk/", "--regexflag", "s/one/two/",
                  "--regexflag", "s/two/three/", "--regexflag", "s/one/four/")
        self.assertEqual(flags_by_subject(pair.destination), {"a": {"$Junk", "three"}})

    def test_40_a_bad_rule_is_refused_before_anything_is_touched(self):
        """64 and not 101: nobody listens at the source's port."""
        pair = self.pair()
        for rule in ("s/(/x/", "s/a/b", "s/a/b/k", "m/a/"):
            run = pair.run("--regexflag", rule, "--port1", str(servers.free_port()))
            self.assertEqual(run.status, 64, (rule, run.report, run.stderr))
            self.assertIn("regexflag", str(run.report and run.report["error"]) + run.stderr)


class Dates(scenario.Scenario):
    """Scenario 41."""

    DATES = ["05-Mar-2020 10:00:07 +0000", " 5-Mar-2020 10:00:08 +0000", "29-Feb-2016 23:59:59 -1130",
             "31-Dec-1999 23:59:59 +1400", "01-Jan-1970 00:00:01 +0000", "19-Jan-2038 03:14:07 +0000"]
    HEADERS = {
        "Thu, 5 Mar 2020 10:11:12 +0130": instant(2020, 3, 5, 8, 41, 12),
        "5 Mar 20 10:11 GMT": instant(2020, 3, 5, 10, 11),
        "Thu, 05 Mar 98 10.11.12 -0800": instant(1998, 3, 5, 18, 11, 12),
        "Thu Mar  5 10:11:12 2020": instant(2020, 3, 5, 10, 11, 12),
        "03/25/20 10:11:12": instant(2020, 3, 25, 10, 11, 12),
        "2020-03-05T10:11:12Z": instant(2020, 3, 5, 10, 11, 12),
        "5.3.2020 10:11:12": instant(2020, 3, 5, 10, 11, 12),
        "Thu, 5 Mar 2020 12:11:12 PM +0000": instant(2020, 3, 5, 12, 11, 12),
        "Thu, 5 Mar 2020 12:11:12 AM +0000": instant(2020, 3, 5, 0, 11, 12),
        "yesterday, I think": instant(2020, 3, 5, 10, 0, 0),      # no date: that of arrival stays
    }

    def test_41_to_the_second(self):
        for what, there in KEEPS_ALL.items():
            with self.subTest(what):
                pair = self.pair(self.fake(), there())
                dates = [date for date in self.DATES if what != "Dovecot" or "2038" not in date]
                pair.source.append("INBOX", *((mail(f"m{n}"), [], date) for n, date in enumerate(dates)))
                run = pair.sync()
                self.assertEqual(run.report["issues"], [])
                self.assert_same(pair)

    def test_41_days_of_one_digit(self):
        """Cyrus shows them so."""
        pair = self.pair(scenario.server("cyrus"), KEEPS_ALL["Dovecot"]())
        pair.source.append("INBOX", mail("a"), date=DATE)
        self.assertIn(b" 5-Mar-2020", b"".join(part for row in pair.source.commands("EXAMINE INBOX", "FETCH 1 INTERNALDATE")
                                              for part in row[2] if isinstance(part, bytes)))
        pair.sync()
        self.assert_same(pair)

    def test_41_mailutils_goes_by_the_header(self):
        pair = self.pair(here(), scenario.server("mailutils"))
        pair.source.append("INBOX", mail("a", date="Fri, 06 Mar 2020 11:12:13 +0000"), date=DATE)
        pair.sync()
        self.assertEqual([message.date for message in pair.destination.read("INBOX")], [instant(2020, 3, 6, 11, 12, 13)])
        self.assert_again_nothing(pair)

    def test_41_from_the_header(self):
        for what, there in KEEPS_ALL.items():
            with self.subTest(what):
                pair = self.pair(here(), there())
                pair.source.append("INBOX", *(mail(f"m{n}", date=date) for n, date in enumerate(self.HEADERS)), date=DATE)
                pair.sync("--idatefromheader")
                found = {message.subject: message.date for message in pair.destination.read("INBOX")}
                self.assertEqual(found, {f"m{n}": date for n, date in enumerate(self.HEADERS.values())})
                self.assert_again_nothing(pair, "--idatefromheader")

    def assert_now(self, account, subjects):
        now = datetime.datetime.now(datetime.timezone.utc)
        for message in account.read("INBOX"):
            if message.subject in subjects:
                self.assertLess(abs((now - message.date).total_seconds()), 300, message.subject)

    def test_41_not_at_all(self):
        for what, there in KEEPS_ALL.items():
            with self.subTest(what):
                pair = self.pair(here(), there())
                pair.source.append("INBOX", mail("a"), mail("b"), date=DATE)
                self.assertEqual(pair.sync("--nosyncinternaldates").copied, 2)
                self.assert_now(pair.destination, {"a", "b"})

    def test_41_in_the_future(self):
        """Dovecot makes now of it; the message arrives all the same, and is known again."""
        pair = self.pair(self.fake(), KEEPS_ALL["Dovecot"]())
        pair.source.append("INBOX", (mail("later"), [], "01-Dec-2037 10:00:00 +0000"), (mail("past"), [], DATE))
        pair.sync()
        found = {message.subject: message.date for message in pair.destination.read("INBOX")}
        self.assertEqual((set(found), found["past"]), ({"later", "past"}, instant(2020, 3, 5, 10)))
        self.assert_now(pair.destination, {"later"})
        self.assert_again_nothing(pair)

    def test_41_refused(self):
        """Cyrus and Courier take none before 1970: the message arrives without, and that is said."""
        for kind in ("cyrus", "courier"):
            with self.subTest(kind):
                pair = self.pair(self.fake(), scenario.server(kind))
                pair.source.append("INBOX", (mail("old"), ["\\Seen"], "01-Feb-1969 10:00:00 +0000"),
                                   (mail("new"), ["\\Seen"], DATE))
                run = pair.sync()
                self.assertEqual(flags_by_subject(pair.destination), {"old": {"\\Seen"}, "new": {"\\Seen"}})
                self.assertEqual([issue["code"] for issue in run.report["issues"]], ["date_refused"])
                self.assert_now(pair.destination, {"old"})
                self.assert_again_nothing(pair)


if __name__ == "__main__":
    scenario.main()
