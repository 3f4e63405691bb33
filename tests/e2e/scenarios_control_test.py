#!/usr/bin/env python3
"""Acceptance scenarios 62 to 64: one writer for each destination, imports that are wrong in part, numbers that add up.

62 also: tests/fault/daemon_lease_test.py has a lease that is stolen from a daemon that was stopped, with two daemons on one
database; daemon_kill_test.py has those that are killed; sync_test.py has late appends of a run that was killed.
"""
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "../support"))
sys.dont_write_bytecode = True
import scenario  # noqa: E402
from scenario import Pair, mail, wait_until  # noqa: E402

sys.path.insert(0, f"{scenario.ROOT}/tools/servers")
import godwitd  # noqa: E402

SETTINGS = "limits:\n  poll: 200ms\nsync:\n  settle: 500ms\n"
NATIVE = ("source_host", "source_port", "source_tls", "source_user", "source_password",
          "destination_host", "destination_port", "destination_tls", "destination_user", "destination_password")


def native(pair, source_user="", destination_user=""):
    """{column: value} of a row for these accounts."""
    values = []
    for side, user in ((pair.source, source_user), (pair.destination, destination_user)):
        values += [side.server.host, str(side.server.port), "none", user or side.user, side.server.password]
    return dict(zip(NATIVE, values))


def table(*rows):
    """CSV; a row may have more columns than the first ten."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    return "".join(",".join(line) + "\n" for line in [names, *([row.get(name, "") for name in names] for row in rows)])


class WithDaemon(scenario.Scenario):
    """One daemon for all tests of a class."""

    @classmethod
    def setUpClass(cls):
        if godwitd.missing():
            raise unittest.SkipTest(godwitd.missing())
        godwitd.quiet = True
        cls.path = f"{scenario.scratch()}/{cls.__name__}"
        os.mkdir(cls.path, 0o755)
        source = scenario.server(name="source")
        cls.daemon = cls.enterClassContext(godwitd.Godwitd(cls.path, source.ca, SETTINGS))

    def godwit(self, *words):
        """The command line with this daemon: (exit status, all it printed)."""
        environment = dict(os.environ, GODWIT_SERVER=self.daemon.url, GODWIT_TOKEN_FILE=f"{self.path}/state/admin.token")
        done = subprocess.run([scenario.GODWIT, *words], env=environment, capture_output=True, text=True, timeout=60,
                              check=False, stdin=subprocess.DEVNULL)
        return done.returncode, done.stdout + done.stderr

    def file(self, name, text):
        with open(f"{self.path}/{name}", "w", encoding="utf-8") as file:
            file.write(text)
        return f"{self.path}/{name}"


def paced(name, count):
    """Messages of one source."""
    return [mail(f"{name} {number}", f"{number}\r\n") for number in range(count)]


class OneWriter(WithDaemon):
    """62."""
    COUNT, PACE = 160, ["--maxmessagespersecond", "80"]      # two seconds each

    def two_sources(self):
        """Two pairs with one destination account."""
        one, two = self.pair(), self.pair()
        two = Pair(two.source, one.destination, one.directory)
        one.source.append("INBOX", *paced("one", self.COUNT))
        two.source.append("INBOX", *paced("two", self.COUNT))
        return one, two

    def owners(self, account):
        """Whose messages stand in a row there: ["one", "two"] if each came in one piece."""
        names = [message.subject.split()[0] for message in account.read("INBOX")]
        return [name for index, name in enumerate(names) if index == 0 or names[index - 1] != name]

    def test_62_a_second_godwit_sync_is_refused(self):
        one, two = self.two_sources()
        first = one.start(*self.PACE)
        wait_until(lambda: one.destination.count() > 0, "copying")
        second = two.run("--allowmismatch")
        self.assertIsNone(first.poll(), "the first one is still at it")
        self.assertEqual(second.status, 75)
        self.assertIn(f"another godwit sync (pid {first.pid}) is writing to this account", second.stderr)
        self.assertEqual(first.wait(60), 0)
        self.assert_same(one)
        self.assertEqual(two.sync("--allowmismatch").copied, self.COUNT)
        self.assertEqual(self.owners(one.destination), ["one", "two"])

    def test_62_what_a_killed_godwit_sync_leaves_stops_nobody(self):
        one, two = self.two_sources()
        first = one.start(*self.PACE)
        wait_until(lambda: one.destination.count() > 0, "copying")
        first.kill()
        first.wait()
        self.assertEqual(two.sync("--allowmismatch").copied, self.COUNT)
        one.sync("--allowmismatch")
        self.assertEqual(one.destination.count(), 2 * self.COUNT)

    def test_62_two_migrations_of_the_daemon_take_turns(self):
        """In the order of UIDs each has its messages in one piece; a migration with another destination runs meanwhile."""
        one, two = self.two_sources()
        other = self.pair()
        other.source.append("INBOX", *paced("other", self.COUNT))
        options = {"options": "--allowmismatch --nosyncinternaldates --maxmessagespersecond 80"}
        batches = [self.daemon.create_batch(name) for name in ("first", "second")]
        status, report = self.daemon.import_rows(batches[0], table(native(one) | options, native(other) | options))
        self.assertEqual((status, report["stored"]), (201, 2), report)
        self.assertEqual(self.daemon.import_rows(batches[1], table(native(two) | options))[1]["stored"], 1)
        for batch in batches:
            self.daemon.wait_done(batch, 60)
        self.assertEqual(sorted(self.owners(one.destination)), ["one", "two"], "one after the other")
        self.assertEqual(one.destination.count(), 2 * self.COUNT)
        times = {name: [m.date for m in account.read("INBOX") if m.subject.startswith(name)]
                 for name, account in (("one", one.destination), ("two", one.destination), ("other", other.destination))}
        met = [name for name in ("one", "two") if min(times[name]) <= max(times["other"]) and
               max(times[name]) >= min(times["other"])]
        self.assertTrue(met, "other accounts are not waited for")


class Imports(WithDaemon):
    """63. Users whose row is right have their mail afterwards, the others nothing."""

    def users(self, count):
        """Pairs with a message each."""
        pairs = [self.pair() for _ in range(count)]
        for pair in pairs:
            pair.source.append("INBOX", mail(f"of {pair.source.user}"))
        return pairs

    def assert_imports(self, name, text, pairs, good, *errors, options=()):
        """Checked and then imported: says these lines, and copies the mail of these of the pairs."""
        file, batch = self.file(name, text), self.daemon.create_batch(name)
        found = f"{len(errors)} error{'s' if len(errors) > 1 else ''} found"
        for dry in (["--dry-run"], []):
            status, said = self.godwit("import", name, file, *dry, *options)
            self.assertEqual(status, 1, said)
            self.assertIn(f"{len(pairs)} rows: {len(good)} {'good' if dry else 'stored'}, {found}", said)
            for error in errors:
                self.assertIn(error, said.splitlines())
            self.assertEqual(len(self.daemon.migrations(batch)), 0 if dry else len(good))
        self.daemon.wait_done(batch, 60)
        self.assert_arrived(pairs, good)

    def assert_arrived(self, pairs, good):
        for index, pair in enumerate(pairs):
            self.assert_subjects(pair.destination, [f"of {pair.source.user}"] if index in good else [])

    def test_63_rows_of_csv(self):
        pairs = self.users(7)
        more = [{"maxsize": "1M", "automap": "yes"}, {"maxsize": "many"}, {"automap": "maybe"},
                {"options": "--frobnicate"}, {"options": "--delete2"}, {"options": "'--maxsize' 5 stray"}, {}]
        text = table(*(native(pair) | row for pair, row in zip(pairs, more)))
        self.assert_imports(
            "rows.csv", text, pairs, [0, 6],
            "row 3, column maxsize: bad_option: needs a number of bytes, such as 1000000 or 35M",
            "row 4, column automap: bad_option: must be yes or no",
            "row 5, column options: unknown_option: --frobnicate is unknown",
            "row 6, column options: unknown_option: --delete2 is not supported by this version",
            "row 7, column options: unknown_option: word 3 of the options is no option")

    def test_63_values_that_have_no_column(self):
        pairs = self.users(3)
        lines = table(*map(native, pairs)).splitlines()
        lines[2] += ",stray"
        self.assert_imports("stray.csv", "\n".join(lines) + "\n", pairs, [0, 2],
                            "row 3: column_count: has 11 values, the header names 10 columns")

    def test_63_columns_that_nobody_knows(self):
        """The header speaks of all rows, so none is good."""
        pairs = self.users(1)
        batch = self.daemon.create_batch("columns")
        file = self.file("columns.csv", table(native(pairs[0]) | {"maxsiez": "5"}))
        status, said = self.godwit("import", "columns", file)
        self.assertEqual(status, 2, said)
        self.assertIn("row 1, column maxsiez: unknown_column: is not known", said)
        self.assertEqual(self.daemon.migrations(batch), [])

    def test_63_rows_of_yaml(self):
        pairs = self.users(6)
        more = ["", ", colour: red", ", options: {frobnicate: 1}", ", options: {maxsize: many}", ", options: {maxsize: 1M}"]
        sides = native(pairs[0])
        defaults = ", ".join(f"{name}: {sides[name]}" for name in NATIVE if not name.endswith(("user", "password")))
        rows = [f'{{source_user: {pair.source.user}, source_password: "{pair.source.server.password}", destination_user: '
                f'{pair.destination.user}, destination_password: "{pair.destination.server.password}"{row}}}'
                for pair, row in zip(pairs, more)]
        text = f"defaults: {{{defaults}}}\nmigrations:\n" + "".join(f"  - {row}\n" for row in [*rows, "stray"])
        self.assert_imports("rows.yaml", text, pairs, [0, 4], "row 4, column colour: unknown_column: is not known",
                            "row 5, column options.frobnicate: unknown_column: is not known",
                            "row 6, column options.maxsize: bad_option: needs a number of bytes, such as 1000000 or 35M",
                            "row 8: bad_value: must be a map of columns and options")
        for wrong, error in (("colour: red\n" + text, "row 1: bad_yaml: colour is not known"),
                             (text.replace("defaults: {", "defaults: {colour: red, "), "row 1, column defaults.colour")):
            status, said = self.godwit("import", "rows.yaml", self.file("wrong.yaml", wrong))
            self.assertEqual(status, 2, said)
            self.assertIn(error, said)

    def test_63_rows_of_an_imapsync_list(self):
        pairs = self.users(6)
        more = ["", "--frobnicate;", "--maxsize x;", "stray;", "--maxsize 1000000 --automap;", ";x;y;"]
        source, destination = pairs[0].source.server, pairs[0].destination.server
        text = "".join(f"{source.host};{pair.source.user};{source.password};{destination.host};{pair.destination.user};"
                       f"{destination.password};{row}\n" for pair, row in zip(pairs, more))
        tls = ["--source-port", str(source.port), "--source-tls", "none", "--destination-port", str(destination.port),
               "--destination-tls", "none"]
        self.assert_imports("list.txt", text, pairs, [0, 4],
                            "row 2, column options: unknown_option: --frobnicate is unknown",
                            "row 3, column options: bad_option: --maxsize needs a number of bytes, such as 1000000 or 35M",
                            "row 4, column options: unknown_option: word 1 of the options is no option",
                            "row 6: column_count: has 10 values and needs 6 or 7; a value with ';' in it needs the native "
                            "form",
                            options=tls)

    def test_63_the_command_line(self):
        pair = self.users(1)[0]
        self.daemon.create_batch("words")
        file = self.file("good.csv", table(native(pair)))
        for words, status, said in ((["--options", "--frobnicate"], 2, "--frobnicate is unknown"),
                                    (["--options", "stray"], 2, "word 1 of the options is no option"),
                                    (["--frobnicate"], 64, "not expected: --frobnicate"),
                                    (["stray"], 64, "not expected: stray")):
            ended, text = self.godwit("import", "words", file, *words)
            self.assertEqual((ended, said in text), (status, True), text)
        for words, said in ((["--frobnicate"], "--frobnicate is unknown"), (["stray"], "is no option"),
                            (["--maxsize", "x"], "--maxsize needs a number of bytes"),
                            (["--maxsiez", "3"], "--maxsiez is unknown"),
                            (["--max", "3"], "--max is ambiguous"), (["--delete2"], "--delete2 is not supported"),
                            (["--maxsize"], "--maxsize")):
            run = pair.run(*words)
            self.assertEqual(run.status, 64, words)
            self.assertIn(said, run.stderr)
        self.assert_arrived([pair], [])


class Statistics(WithDaemon):
    """64."""
    OPTIONS = ["--maxsize", "6000", "--minsize", "150", "--appendlimit", "4000", "--search", "UNFLAGGED",
               "--nosyncduplicates", "--skipcrossduplicates", "--skipmess", "m/viagra/", "--maxlinelength", "1000",
               "--folderfirst", "INBOX"]
    REASONS = {"too_large": 1, "too_small": 1, "append_limit": 2, "not_selected": 3, "duplicate": 2, "cross_duplicate": 1,
               "content": 1, "line_length": 1}

    def fill(self, pair):
        """What ends in each possible way, but for copies that were removed. Cyrus refuses what has no header."""
        text = "long enough for all of them\r\n" * 3
        one = mail("copied", text)
        pair.source.create("Second")
        pair.source.append("INBOX", one, one, one, mail("too large", "x\r\n" * 3000), mail("over the limit", "x\r\n" * 1500),
                           mail("over it, too", "x\r\n" * 1600), mail("spam", text + "viagra\r\n"), b"x\r\n",
                           mail("long line", "x" * 1500 + "\r\n"), mail("there", text),
                           b"this is no message " * 20)
        pair.source.append("INBOX", *[mail(f"flagged {number}", text) for number in range(3)], flags=["\\Flagged"])
        pair.source.append("Second", one, mail("in the second", text))
        pair.destination.append("INBOX", mail("there", text), mail("another's", text))

    def assert_there(self, pair, *more):
        self.assert_subjects(pair.destination, ["copied", "there", "another's", *more])
        self.assert_subjects(pair.destination, ["in the second"], "INBOX.Second")

    def pair_with_cyrus(self):
        return self.pair(destination=scenario.server("cyrus"))

    def test_64_every_message_has_one_end(self):
        pair = self.pair_with_cyrus()
        ledger = ["--ledger", f"{pair.directory}/ledger"]
        pair.source.append("INBOX", mail("removed", "x\r\n" * 100), mail("kept", "x\r\n" * 100))
        pair.sync(*ledger)
        removed = next(message.uid for message in pair.destination.read("INBOX") if message.subject == "removed")
        pair.destination.expunge("INBOX", removed)
        self.fill(pair)
        run = pair.sync(*ledger, *self.OPTIONS, status=114)
        self.assert_there(pair, "kept")
        self.assertEqual((run.copied, run.matched, run.failed), (2, 2, 1))
        self.assertEqual(run.reasons, self.REASONS | {"removed_at_destination": 1})
        self.assert_every_outcome(pair, run)
        ends = {(line["folder"], line["uid"]): (line["outcome"], line.get("reason")) for line in run.outcomes}
        self.assertEqual(ends["INBOX", 1], ("skipped", "removed_at_destination"))
        self.assertEqual(ends["INBOX", 13], ("failed", "message_rejected"))
        self.assertEqual(ends["Second", 1], ("skipped", "cross_duplicate"))
        listed = sum(map(len, pair.source.contents().values()))
        self.assertEqual(run.report["counters"]["messages_total"], listed)
        again = pair.sync(*ledger, *self.OPTIONS, status=114)
        self.assertEqual((again.copied, again.matched, again.failed), (0, 4, 1))
        self.assert_there(pair, "kept")

    def test_64_in_the_daemon_too(self):
        pair = self.pair_with_cyrus()
        self.fill(pair)
        batch = self.daemon.create_batch("statistics")
        options = " ".join(f"'{word}'" for word in self.OPTIONS)
        self.assertEqual(self.daemon.import_rows(batch, table(native(pair) | {"options": options}))[1].get("stored"), 1)
        self.daemon.wait(batch, "at its end", lambda s: s["states"]["done"] + s["states"]["parked"] == 1, 60)
        self.assert_there(pair)
        progress = self.daemon.migrations(batch)[0]["progress"]
        parts = [progress[f"messages_{end}"] for end in ("copied", "matched", "skipped", "failed")]
        self.assertEqual(parts, [2, 1, sum(self.REASONS.values()), 1])
        self.assertEqual(progress["messages_total"], sum(parts))
        self.assertEqual(progress["messages_total"], sum(map(len, pair.source.contents().values())))


if __name__ == "__main__":
    scenario.main()
