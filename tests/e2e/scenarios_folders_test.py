#!/usr/bin/env python3
"""Scenarios 12 to 15, 20 and 22: the names that folders have, and what other servers make of them.

Names by options are in scenarios_mapping_test.py. Two things are left to the tests of the engine, since no server here says
them: "Inbox" in another spelling than INBOX, and \\NonExistent among the folders of a LIST.
"""
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), "support"))
sys.dont_write_bytecode = True
import folder_scenario  # noqa: E402
import scenario  # noqa: E402
from folder_scenario import BELOW_INBOX, EVERYWHERE, WITH_SLASH, fill, here  # noqa: E402

AWKWARD = [" lead", "trail ", 'a"b', "a\\b", "a*b", "a%b", "[x]", "[Gmail]", "R&D", "a(b)", "a{b}", "a^b|c", "#h", "Été",
           "Входящие", "日本語", "📫 post", "x" * 255]
# Whatever these servers refuse goes elsewhere and is named; everything else keeps its name.
REFUSED = {
    "Cyrus with /": ['a"b', "a\\b", "a%b", "a{b}", "a^b|c"],
    "Cyrus below INBOX.": ['a"b', "a\\b", "a%b", "a{b}", "a^b|c"],
    "Courier": ["📫 post", "x" * 255],
    "Dovecot with .": ["x" * 255],
    "Dovecot below INBOX.": ["x" * 255],
}
# No real server of ours holds these: a fake one does, for migrations from servers that do.
HARDLY_NAMES = [b"ctl\x01x", b"~t", b"caf\xc3\xa9", b"bad&utf7", b"tmp"]


def dotted(name, prefix):
    """At a destination with "." of a source with "/": levels meet, and a "." inside of one gives way."""
    return name if name == "INBOX" else prefix + name.replace(".", "_").replace("/", ".")


class Names(folder_scenario.FolderScenario):
    """Group B, names as they come."""

    def there(self, what, name):
        if what in WITH_SLASH:
            return name
        return dotted(name, "INBOX." if what in BELOW_INBOX else "")

    def test_12_missing_parents_and_separators(self):
        folders = ["INBOX", "One/Two/Three", "a.b/c", "Top", "Top/Sub"]
        for what, there in EVERYWHERE.items():
            with self.subTest(what):
                pair = self.pair(here(), there())
                fill(pair.source, *folders)
                pair.sync()
                self.assert_moved(pair, {name: self.there(what, name) for name in folders})
                self.assert_again_nothing(pair)

    def test_12_slash_inside_a_name(self):
        source = self.fake("--set", "delimiter=.")
        for what, there in WITH_SLASH.items():
            with self.subTest(what):
                pair = self.pair(source, there())
                fill(pair.source, "a/b.c", "a.b.c")
                pair.sync()
                self.assert_moved(pair, {"a/b.c": "a.b/c", "a.b.c": "a/b/c"})

    def test_13_below_inbox_and_back(self):
        folders = ["INBOX", "INBOX/Kid", "INBOX/Kid/Grandkid", "Work", "Work/Sub", "Inboxes"]
        for what, there in BELOW_INBOX.items():
            with self.subTest(what):
                pair = self.pair(here(), there())
                fill(pair.source, *folders)
                pair.sync()
                self.assert_moved(pair, {name: dotted(name, "INBOX.") for name in folders})
                back = self.onward(pair, scenario.server(name="destination"))
                back.sync()
                self.assert_moved(back, {dotted(name, "INBOX."): name for name in folders})
                self.assert_again_nothing(back)

    def test_13_inbox_in_any_case(self):
        pair = self.pair(here(), scenario.server("courier"))
        fill(pair.source, "INBOX", "Other")
        run = pair.sync("--folder", "inbox")
        self.assert_moved(pair, {"INBOX": "INBOX"})
        self.assertEqual(run.folder("INBOX")["destination"], "INBOX")

    def test_14_awkward_names(self):
        for what, there in EVERYWHERE.items():
            with self.subTest(what):
                pair = self.pair(here(), there())
                fill(pair.source, *AWKWARD)
                run = pair.sync()
                places = {folder["source"]: folder["destination"] for folder in run.report["folders"]
                          if folder["source"] in AWKWARD}
                self.assert_moved(pair, places)
                refused = REFUSED.get(what, [])
                self.assertEqual(len(set(places.values())), len(AWKWARD), "two in one folder")
                self.assertEqual([name for name in AWKWARD if places[name] != self.there(what, name)], refused)
                named = [issue["folder"] for issue in run.report["issues"] if issue["code"] == "folder_renamed"]
                self.assertEqual(sorted(named), sorted(refused))
                self.assert_again_nothing(pair)

    def test_14_hardly_names(self):
        source = self.fake()
        for what, there in EVERYWHERE.items():
            if what == "Mailutils":
                continue     # takes them octet for octet, but lists no "tmp"
            with self.subTest(what):
                pair = self.pair(source, there())
                fill(pair.source, *HARDLY_NAMES)
                for copied in (len(HARDLY_NAMES), 0):
                    self.assertEqual(pair.sync().copied, copied)
                    contents = [messages for messages in pair.destination.contents().values() if messages]
                    self.assertEqual([len(messages) for messages in contents], [1] * len(HARDLY_NAMES))
                    wanted = [message for name in HARDLY_NAMES for message in pair.source.read(name)]
                    self.assert_messages([message for messages in contents for message in messages], wanted)

    def test_14_names_that_mailutils_hides(self):
        pair = self.pair(here(), scenario.server("mailutils"))
        fill(pair.source, "cur", "Work/tmp")
        run = pair.sync()
        self.assert_moved(pair, {name: run.folder(name)["destination"] for name in ("cur", "Work/tmp")})

    def test_15_prefix_of_the_source_is_taken_off_or_left(self):
        source = scenario.server(layout="maildir", prefix="INBOX.")
        pair = self.pair(source, here())
        fill(pair.source, "INBOX", "INBOX.Old.Work")
        pair.sync("--prefix1", "INBOX.Old.")
        self.assert_moved(pair, {"INBOX": "INBOX", "INBOX.Old.Work": "Work"})
        pair = self.pair(source, here())
        fill(pair.source, "INBOX", "INBOX.Work")
        pair.sync("--prefix1", "")
        self.assert_moved(pair, {"INBOX": "INBOX", "INBOX.Work": "INBOX/Work"})

    def test_15_prefix_and_separator_of_the_destination(self):
        pair = self.pair()
        fill(pair.source, "INBOX", "Work/Sub")
        pair.sync("--prefix2", "Old/")
        self.assert_moved(pair, {"INBOX": "INBOX", "Work/Sub": "Old/Work/Sub"})
        pair = self.pair()
        fill(pair.source, "a.b", "c/d")
        pair.sync("--sep1", ".")
        self.assert_moved(pair, {"a.b": "a/b", "c/d": "c.d"})

    def test_15_empty_prefix_where_one_is_needed(self):
        for what in ("Dovecot below INBOX.", "Courier"):
            with self.subTest(what):
                pair = self.pair(here(), BELOW_INBOX[what]())
                fill(pair.source, "INBOX", "Work")
                pair.sync("--prefix2", "", status=116)
                self.assert_moved(pair, {"INBOX": "INBOX"})

    def test_20_case_blind_destination(self):
        folders = ["INBOX", "Trash", "trash", "TRASH/Old"]
        for there_before in (["Other"], []):
            for options, together in (((), False), (("--mixfolders",), True), (("--nomixfolders",), False)):
                with self.subTest(f"{options}, {there_before}"), scenario.Fake("--persona", "case_blind") as blind:
                    pair = self.pair(here(), blind)
                    there_before and pair.destination.create(*there_before)
                    fill(pair.source, *folders)
                    run = pair.sync(*options)
                    self.assert_moved(pair, {name: run.folder(name)["destination"] for name in folders})
                    merged = run.folder("Trash")["destination"] == run.folder("trash")["destination"]
                    self.assertEqual(merged, together)
                    self.assert_again_nothing(pair, *options)

    def test_20_case_matters_elsewhere(self):
        for what, there in {"Dovecot": EVERYWHERE["Dovecot with /"], "Cyrus": EVERYWHERE["Cyrus with /"]}.items():
            with self.subTest(what):
                pair = self.pair(here(), there())
                fill(pair.source, "Trash", "trash")
                pair.sync()
                self.assert_moved(pair, {"Trash": "Trash", "trash": "trash"})

    def test_22_levels_without_mail(self):
        for source in (here(), scenario.server("courier")):
            pair = self.pair(source, scenario.server("cyrus", slash=True))
            prefix, joint = ("INBOX.", ".") if source.KIND == "courier" else ("", "/")
            deep = prefix + joint.join(["None", "Of", "These"])
            fill(pair.source, deep)
            rows = [row for row in pair.source.commands(b'LIST "" "*"') if b"\\Noselect" in row[1]]
            self.assertEqual(len(rows), 2, "the source has levels that hold no mail")
            run = pair.sync()
            self.assert_moved(pair, {deep: "None/Of/These"})
            self.assertEqual(run.report["issues"], [])

    def test_22_a_subscription_to_a_folder_that_is_gone(self):
        pair = self.pair()
        fill(pair.source, "Here", "Gone", "Other")
        pair.source.commands("SUBSCRIBE Here", "SUBSCRIBE Gone", "DELETE Gone")
        self.assertEqual(pair.source.folders(subscribed=True), {"Here", "Gone"})
        run = pair.sync("--subscribed")
        self.assert_moved(pair, {"Here": "Here"})
        self.assertEqual((pair.destination.folders(), run.report["issues"]), ({"INBOX", "Here"}, []))

    def test_22_folders_of_others(self):
        for slash in (False, True):
            with self.subTest(slash=slash):
                self.check_folders_of_others(scenario.server("cyrus", slash=slash), slash)

    def check_folders_of_others(self, source, slash):
        """Left alone unless named; then they are copied as they are called."""
        pair, owner = self.pair(source, here()), scenario.Account(source, f"owner{slash:d}")
        mine, lent = ("Mine", "Lent") if slash else ("INBOX.Mine", "INBOX.Lent")
        fill(owner, lent)
        owner.commands(f"SETACL {lent} {pair.source.user} lrs")
        fill(pair.source, mine)
        name = f"Other Users/{owner.user}/Lent" if slash else f"user.{owner.user}.Lent"
        self.assertIn(name, pair.source.folders())
        pair.sync()
        self.assert_moved(pair, {mine: "Mine"})
        run = pair.sync("--folder", name)
        self.assert_moved(pair, {mine: "Mine", name: run.folder(name)["destination"]})


if __name__ == "__main__":
    scenario.main()
