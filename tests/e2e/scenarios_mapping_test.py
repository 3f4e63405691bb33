#!/usr/bin/env python3
"""Scenarios 16 to 19 and 21: folders that options send elsewhere.

21 asks for merged folders with and without mirror deletion; Godwit deletes nothing, so only the latter is here. That the
mapping of a folder fails is shown by names that no server takes under any other name (an empty one): a name that is merely
refused is replaced (scenario 14).
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), "support"))
sys.dont_write_bytecode = True
import folder_scenario  # noqa: E402
import scenario  # noqa: E402
from folder_scenario import DATE, fill, here  # noqa: E402
from scenario import mail  # noqa: E402

# What the servers of some countries call them, and the one of Godwit's own list that they must meet.
LOCALIZED = {"Gesendete Elemente": "Sent", "Éléments supprimés": "Trash", "Черновики": "Drafts", "迷惑メール": "Junk",
             "Archivo": "Archive"}


def special(kind="dovecot"):
    """A Dovecot that calls its special folders otherwise; the default one has Sent, Drafts and Trash, once they exist."""
    return scenario.server(kind, name="special", extra="""
namespace inbox {
  mailbox "Out there" {
    special_use = \\Sent
    auto = create
  }
  mailbox Bin {
    special_use = \\Trash
    auto = create
  }
}
""")


def attributes(account, folder):
    """Those of LIST, without what is said of children and marks."""
    rows = account.commands(b'LIST "" %s RETURN (SPECIAL-USE)' % scenario.coded(folder))
    names = {attribute.decode() for row in rows if row[0] == b"LIST" for attribute in row[1]}
    return {name for name in names if not name.lower().startswith(("\\has", "\\marked", "\\unmarked", "\\subscribed"))}


class Exact(folder_scenario.FolderScenario):
    """Scenarios 16 and 17."""

    def test_16_one_folder_to_another(self):
        pair = self.pair(here(), scenario.server("cyrus"))
        fill(pair.source, "INBOX", "A", "A/Kid", "Été", "B")
        options = ["--f1f2", "A=INBOX.Far.Away", "--f1f2", "Été=INBOX.&AMk-tat", "--f1f2", "INBOX=INBOX.Old inbox"]
        pair.sync(*options)
        self.assert_moved(pair, {"INBOX": "INBOX.Old inbox", "A": "INBOX.Far.Away", "A/Kid": "INBOX.A.Kid",
                                 "Été": "INBOX.État", "B": "INBOX.B"})
        self.assert_again_nothing(pair, *options)

    def test_16_a_place_that_cannot_be(self):
        """The others are copied. Other users' folders are not ours to make, whatever they are called."""
        pair = self.pair(here(), scenario.server("cyrus"))
        fill(pair.source, "INBOX", "A", "B")
        run = pair.sync("--f1f2", "A=user.somebody.A", status=116)
        self.assert_moved(pair, {"INBOX": "INBOX", "B": "INBOX.B"})
        self.assertEqual(run.folder("A")["error"]["code"], "folder_create")
        self.assertIsNone(run.folder("B")["error"])

    def test_16_half_a_rule_is_refused(self):
        pair = self.pair()
        fill(pair.source, "A")
        for rule in ("A", "=B", "A="):
            run = pair.run("--f1f2", rule)
            self.assertEqual(run.status, 64, rule)
            self.assertIn(f'--f1f2 "{rule}"', run.stderr)
        self.assertEqual(pair.destination.folders(), {"INBOX"})

    def test_17_renames_in_order(self):
        pair = self.pair()
        fill(pair.source, "Archive/2019", "Archive/2020", "Über uns", "INBOX")
        options = ["--regextrans2", "s{^Archive/(\\d+)}{Years/$1}", "--regextrans2", "s/Years/Old/", "--regextrans2",
                   "s/Archive/wrong/", "--regextrans2", "s/^Über/About/i"]
        pair.sync(*options)
        self.assert_moved(pair, {"Archive/2019": "Old/2019", "Archive/2020": "Old/2020", "Über uns": "About uns",
                                 "INBOX": "INBOX"})
        self.assert_again_nothing(pair, *options)

    def test_17_collision_is_seen_before_anything_is_written(self):
        """Merged by default where a rule led there, kept apart on request; --dry says which, and writes nothing."""
        for options, together in (((), True), (("--nomixfolders",), False)):
            with self.subTest(options):
                pair = self.pair()
                fill(pair.source, "One", "Two", "Both")
                options = ["--regextrans2", "s/^(One|Two)$/Both/", *options]
                dry = pair.run(*options, "--dry")
                self.assertEqual(pair.destination.folders(), {"INBOX"})
                places = {name: dry.folder(name)["destination"] for name in ("One", "Two", "Both")}
                self.assertEqual(len(set(places.values())), 1 if together else 3)
                self.assertEqual(places["Both"], "Both")
                words = " ".join(dry.folder(name)["why"] for name in ("One", "Two"))
                self.assertIn("Both", words)
                pair.sync(*options)
                self.assert_moved(pair, places)

    def test_17_a_rename_to_nothing_fails_that_folder_alone(self):
        pair = self.pair()
        fill(pair.source, "INBOX", "Gone", "Stays")
        run = pair.run("--regextrans2", "s/^Gone$//")
        self.assertNotEqual(run.status, 0)
        self.assert_moved(pair, {"INBOX": "INBOX", "Stays": "Stays"})

    def test_17_a_bad_rule_is_refused(self):
        pair = self.pair()
        fill(pair.source, "A")
        for rule in ("s/(/x/", "s/a/b", "y/abc/", "rm -rf"):
            run = pair.run("--regextrans2", rule)
            self.assertEqual(run.status, 64, rule)
            self.assertIn(f'--regextrans2 "{rule}"', run.stderr)
        self.assertEqual(pair.destination.folders(), {"INBOX"})


class Subfolders(folder_scenario.FolderScenario):
    """Scenario 18."""

    FOLDERS = ["INBOX", "Work", "Work/Sub", "Été"]

    def test_18_all_below_one(self):
        for what, there in folder_scenario.EVERYWHERE.items():
            with self.subTest(what):
                pair = self.pair(here(), there())
                prefix = "INBOX." if what in folder_scenario.BELOW_INBOX else ""
                joint = "/" if what in folder_scenario.WITH_SLASH else "."
                fill(pair.source, *self.FOLDERS)
                pair.sync("--subfolder2", "ann@old [1]")
                self.assert_moved(pair, {name: f"{prefix}ann@old [1]{joint}{name.replace('/', joint)}"
                                         for name in self.FOLDERS})
                self.assert_again_nothing(pair, "--subfolder2", "ann@old [1]")

    def test_18_and_back(self):
        pair = self.pair(here(), scenario.server("courier"))
        fill(pair.source, *self.FOLDERS)
        pair.sync("--subfolder2", "Old")
        pair.destination.create("INBOX.Older", "INBOX.Not Old")
        pair.destination.append("INBOX.Older", mail("not below it"), date=DATE)
        back = self.onward(pair, scenario.server(name="destination"))
        back.sync("--subfolder1", "Old")
        self.assert_moved(back, {"INBOX.Old." + name.replace("/", "."): name for name in self.FOLDERS})
        self.assert_again_nothing(back, "--subfolder1", "Old")

    def test_18_both(self):
        pair = self.pair()
        fill(pair.source, "INBOX", "Here", "Here/Kid", "Elsewhere")
        pair.sync("--subfolder1", "Here", "--subfolder2", "There")
        self.assert_moved(pair, {"Here": "There", "Here/Kid": "There/Kid"})

    def test_18_missing_at_the_source(self):
        pair = self.pair()
        fill(pair.source, "INBOX", "Here")
        run = pair.sync("--subfolder1", "Nowhere", status=21)
        self.assertIn("Nowhere", str(run.report["error"]))
        self.assert_moved(pair, {})


class Automap(folder_scenario.FolderScenario):
    """Scenario 19."""

    def test_19_special_use_on_both(self):
        pair = self.pair(special(), here())
        pair.destination.create("Sent", "Trash")
        fill(pair.source, "Out there", "Bin", "Bin/Kid", made_before=("Out there", "Bin"))
        pair.sync("--automap")
        self.assert_moved(pair, {"Out there": "Sent", "Bin": "Trash", "Bin/Kid": "Trash/Kid"})
        self.assert_again_nothing(pair, "--automap")

    def test_19_special_use_of_cyrus(self):
        pair = self.pair(scenario.server("cyrus"), special())
        pair.source.commands('CREATE "INBOX.Post" (USE (\\Sent))')
        fill(pair.source, "INBOX.Post", "INBOX.Post.Kid", "INBOX.Sent", made_before=("INBOX.Post",))
        pair.sync("--automap")
        self.assert_moved(pair, {"INBOX.Post": "Out there", "INBOX.Post.Kid": "Out there/Kid", "INBOX.Sent": "Sent"})
        self.assert_again_nothing(pair, "--automap")

    def test_19_special_use_here_and_names_there(self):
        pair = self.pair(special(), scenario.server("courier"))
        pair.destination.create("INBOX.Sent Items", "INBOX.Deleted Messages")
        fill(pair.source, "Out there", "Bin", made_before=("Out there", "Bin"))
        pair.sync("--automap")
        self.assert_moved(pair, {"Out there": "INBOX.Sent Items", "Bin": "INBOX.Deleted Messages"})

    def test_19_names_here_and_special_use_there(self):
        pair = self.pair(scenario.server("courier"), special())
        fill(pair.source, "INBOX.Sent Items", "INBOX.Sent Items.2019", "INBOX.Other")
        pair.sync("--automap")
        self.assert_moved(pair, {"INBOX.Sent Items": "Out there", "INBOX.Sent Items.2019": "Out there/2019",
                                 "INBOX.Other": "Other"})

    def test_19_names_of_many_languages_on_both(self):
        pair = self.pair(here(), scenario.server("mailutils"))
        fill(pair.source, *LOCALIZED)
        pair.destination.create(*LOCALIZED.values())
        pair.sync("--automap")
        self.assert_moved(pair, LOCALIZED)
        self.assert_again_nothing(pair, "--automap")

    def test_19_what_is_missing_is_made_with_its_use(self):
        pair = self.pair(special(), scenario.server("cyrus", slash=True))
        fill(pair.source, "Out there", "Out there/Kid", "Bin", made_before=("Out there", "Bin"))
        pair.sync("--automap")
        self.assert_moved(pair, {"Out there": "Out there", "Out there/Kid": "Out there/Kid", "Bin": "Bin"})
        self.assertEqual([attributes(pair.destination, name) for name in ("Out there", "Bin", "Out there/Kid")],
                         [{"\\Sent"}, {"\\Trash"}, set()])
        self.assert_again_nothing(pair, "--automap")

    def test_19_and_where_uses_cannot_be_given_by_name_alone(self):
        pair = self.pair(special(), scenario.server("courier"))
        fill(pair.source, "Out there", made_before=("Out there",))
        pair.sync("--automap")
        self.assert_moved(pair, {"Out there": "INBOX.Out there"})

    def test_19_not_without_the_option(self):
        pair = self.pair(special(), here())
        pair.destination.create("Sent")
        fill(pair.source, "Out there", made_before=("Out there",))
        pair.sync()
        self.assert_moved(pair, {"Out there": "Out there"})


class Merging(folder_scenario.FolderScenario):
    """Scenario 21."""

    def test_21_all_into_one(self):
        for kind in ("dovecot", "mailutils"):      # with UIDPLUS and without
            with self.subTest(kind):
                pair = self.pair(here(), scenario.server(kind, name="destination" if kind == "dovecot" else ""))
                folders = ["INBOX", "A", "A/B", "C"]
                fill(pair.source, *folders)
                options = ["--regextrans2", "s/.*/All/"]
                pair.sync(*options)
                self.assert_moved(pair, {name: "All" for name in folders})
                self.assert_again_nothing(pair, *options)
                pair.source.append("A/B", mail("later"), date=DATE, flags=("\\Seen",))
                self.assertEqual(pair.sync(*options).copied, 1)
                self.assert_moved(pair, {name: "All" for name in folders})

    def test_21_what_stands_there_already_stays(self):
        pair = self.pair()
        fill(pair.source, "A", "B")
        fill(pair.destination, "All")
        before = pair.destination.read("All")
        pair.sync("--f1f2", "A=All", "--f1f2", "B=All")
        both = pair.source.read("A") + pair.source.read("B")
        self.assert_messages(pair.destination.read("All"), before + both)


if __name__ == "__main__":
    scenario.main()
