#!/usr/bin/env python3
"""Acceptance scenarios 1 to 11: basic copies, and that another run changes nothing.

Kills in the middle are tested at length, with many kinds of faults, in tests/fault and sync_test.py; here both ends are
killed at random moments. Deleting (scenario 1: "deletes 0") is not there yet; that nothing goes away is read back.
"""
import contextlib
import os
import random
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "../support"))
sys.dont_write_bytecode = True
import scenario  # noqa: E402
from scenario import mail, wait_until  # noqa: E402

sys.path.insert(0, f"{scenario.ROOT}/tools/servers")
import populate  # noqa: E402

SEED = int(os.environ.get("GODWIT_SEED", "1"))
MANY = 100_000 if scenario.LONG else 10_000       # of scenario 11
MIB = 1 << 20
SLOW = 10 if os.path.basename(os.path.dirname(scenario.BIN)) in ("dev", "tsan") else 1     # with sanitizers
# The most memory that a run may take: of itself, and for each message of a large folder.
BASE = SLOW * 32 * MIB
A_MESSAGE = SLOW * 300
# How a message begins that mdbox had written in part when it was killed. It is not what was sent, so it is nobody's.
DAMAGED = b"\x80\x80"


# A process counts its parent's memory too, from before exec, so a small parent is needed.
METER = ("import resource, subprocess, sys; status = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL);"
         "print(status, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")


def measured(pair, *options):
    """A complete run by its (seconds, most resident bytes)."""
    words, environment = pair.command(*options)
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", METER, *words], env=environment, capture_output=True, text=True,
                          timeout=600, check=True, stdin=subprocess.DEVNULL)
    seconds = time.monotonic() - began
    status, kilobytes = map(int, done.stdout.split())
    assert status == 0, done.stderr
    return seconds, kilobytes * 1024


def everything(account):
    """What a run that writes nothing may not change: folders, subscriptions, their state, messages."""
    status = b"STATUS %s (MESSAGES UIDNEXT UIDVALIDITY UNSEEN HIGHESTMODSEQ)"
    state = {folder: account.commands(status % scenario.coded(folder)) for folder in account.folders()}
    return state, account.folders(subscribed=True), account.contents()


def kill_connections(server):
    """-9 to all processes of a Dovecot that serve somebody who is signed in."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
                name, rest = file.read().split(") ", 1)
        except OSError:
            continue
        if name.endswith("(imap") and int(rest.split()[2]) == server.process.pid:    # its process group
            os.kill(int(pid), signal.SIGKILL)


class Copies(scenario.Scenario):
    """1, 9 to 11: what arrives."""

    def test_01_a_full_copy_and_then_nothing(self):
        pair = self.pair()
        with pair.source.connection() as connection:
            populate.fill(connection, pair.source.user, 250)
        run = pair.sync()
        self.assertEqual((run.copied, run.matched, run.skipped, run.failed), (250, 0, 0, 0))
        self.assertEqual(pair.destination.folders(), pair.source.folders())
        self.assertEqual(pair.destination.folders(subscribed=True), pair.source.folders(subscribed=True))
        for folder in pair.source.folders():
            self.assert_same(pair, folder)
        self.assert_every_outcome(pair, run)
        again = self.assert_again_nothing(pair)
        self.assertEqual((again.matched, again.skipped), (250, 0))
        self.assert_every_outcome(pair, again)

    def test_09_messages_arrive_octet_by_octet(self):
        pair = self.pair()
        kinds = {
            "8-bit text": mail("umlauts", "ä ö ü 日本\r\n".encode()), "Latin-1": mail("latin", b"\xe4\xf6\xfc\xff\r\n"),
            "8-bit header": mail("ungekürzt").replace(b"Subject", b"X-Raw: \xe4\r\nSubject"),
            "very long lines": mail("long", "x" * 300_000 + "\r\n" + "y" * 5000), "no line end": mail("end", "no end"),
            "no body": mail("nobody", ""), "no blank line": b"Subject: header only\r\nMessage-ID: <head@x>\r\n",
            "no header": b"\r\nonly a body\r\n", "no message at all": b"neither header nor body",
            "a bare CR": mail("cr", b"one\rtwo\r\n"),
            "like IMAP": mail("imap", ")\r\n* 1 EXISTS\r\na OK {5}\r\n.\r\nFrom x\r\n"),
            "a From_ line": b"From ann Thu Mar  5 10:00:00 2020\r\n" + mail("from"), "one octet": b"x",
        }
        pair.source.append("INBOX", *kinds.values())
        kept = sorted(message.octets for message in pair.source.read("INBOX"))
        self.assertEqual(kept, sorted(kinds.values()), "the source keeps them")
        run = pair.sync()
        self.assertEqual(run.copied, len(kinds))
        there = {message.octets for message in pair.destination.read("INBOX")}
        self.assertEqual([name for name, octets in kinds.items() if octets not in there], [])
        self.assert_same(pair)
        self.assert_again_nothing(pair)

    def test_10_large_and_small_with_little_memory(self):
        pair = self.pair()
        large = mail("large", (b"0123456789abcdef" * 4 + b"\r\n") * (55 * MIB // 66))
        self.assertGreater(len(large), 50 * MIB)
        pair.source.append("INBOX", b"x", large, mail("after"))
        seconds, most = measured(pair)
        print(f"(55 MiB: {seconds:.1f} s, {most / MIB:.0f} MiB resident)", end=" ", flush=True)
        self.assertLess(most, BASE)
        self.assert_same(pair)
        self.assert_again_nothing(pair)

    def test_11_a_folder_of_very_many(self):
        source = self.fake("--messages", str(MANY), "--size", "700")
        pair = self.pair(source, self.fake())
        first, most = measured(pair)
        wanted, found = (sorted(m.octets for m in side.read("INBOX")) for side in (pair.source, pair.destination))
        self.assertEqual(len(found), MANY)
        self.assertTrue(found == wanted, "the same octets on both sides")
        again, most_again = measured(pair)
        self.assertEqual(pair.destination.count(), MANY)
        print(f"({MANY}: {first:.1f} s, {most / MIB:.0f} MiB; again {again:.1f} s, {most_again / MIB:.0f} MiB)", end=" ",
              flush=True)
        self.assertLess(max(most, most_again), BASE + MANY * A_MESSAGE)
        self.assertLess(first, SLOW * (5 + MANY / 5000))
        self.assertLess(again, SLOW * (2 + MANY / 20_000))

    def test_11_with_a_ledger_the_next_run_reads_no_headers(self):
        pair = self.pair(self.fake("--messages", str(MANY), "--size", "700"), self.fake())
        ledger = ["--ledger", f"{pair.directory}/ledger"]
        first, _ = measured(pair, *ledger)
        again, most = measured(pair, *ledger)
        self.assertEqual(pair.destination.count(), MANY)
        print(f"({MANY}: {first:.1f} s; again {again:.1f} s, {most / MIB:.0f} MiB)", end=" ", flush=True)
        self.assertLess(again, SLOW * (1 + MANY / 50_000))
        self.assertLess(most, BASE + MANY * A_MESSAGE)


class Interrupted(scenario.Scenario):
    """2: either end is killed at random moments, again and again, and the run after that finishes."""
    MESSAGES = 1500

    def filled(self, **sides):
        pair = self.pair(**sides)
        pair.source.create("Work")
        for folder in ("INBOX", "Work"):
            numbers = range(self.MESSAGES // 2)
            pair.source.append(folder, *(mail(f"{folder} {number}", f"{number}\r\n" * 20) for number in numbers))
            pair.source.change(folder, "STORE 1:500 +FLAGS.SILENT (\\Seen work)")
        return pair

    def arrived(self, pair):
        """A strike may hit the connection that counts, too."""
        for _ in range(20):
            with contextlib.suppress(scenario.imap_client.ImapError, OSError):
                return sum(pair.destination.count(folder) for folder in pair.destination.folders())
        raise AssertionError("the destination does not answer")

    def strike_at_random(self, seed, strike, *options, **sides):
        """strike(pair, process) at random moments of five runs; in the middle of a copy at least once."""
        pair, rng, in_the_middle = self.filled(**sides), random.Random(f"{seed}-{SEED}"), 0
        for _ in range(5):
            before = self.arrived(pair)
            process = pair.start(*options)
            enough = before + rng.randint(1, self.MESSAGES // 8)
            wait_until(lambda: process.poll() is not None or self.arrived(pair) >= enough, "copying")
            strike(pair, process)
            in_the_middle += 0 < self.arrived(pair) < self.MESSAGES
            process.wait(60)
        self.assertGreater(in_the_middle, 0, "no strike came in time")
        wait_until(lambda: pair.run(*options).status == 0, "complete")     # a server's recovery may end connections, too
        for folder in ("INBOX", "Work"):
            found = [message for message in pair.destination.read(folder) if not message.octets.startswith(DAMAGED)]
            self.assert_messages(found, pair.source.read(folder), folder)
        self.assert_again_nothing(pair, *options)

    def test_02_killed_without_a_ledger(self):
        self.strike_at_random("killed", lambda _, process: process.kill())

    def test_02_killed_with_a_ledger(self):
        self.strike_at_random("ledger", lambda _, process: process.kill(), "--ledger", f"{scenario.scratch()}/ledger-of-2")

    def test_02_the_destination_loses_its_connections(self):
        """Where a killed server leaves of each message all or nothing."""
        self.strike_at_random("destination", lambda pair, _: kill_connections(pair.destination.server),
                              destination=scenario.server(name="files", layout="maildir"))

    def test_02_the_destination_loses_its_connections_and_brings_back_what_was_half_stored(self):
        """Dovecot's mdbox rebuilds its indexes when the next client writes, and then shows messages whose APPEND it never
        finished. Only a ledger knows that they are ours."""
        self.strike_at_random("rebuilt", lambda pair, _: kill_connections(pair.destination.server),
                              "--ledger", f"{scenario.scratch()}/ledger-of-rebuilt")

    def test_02_the_source_loses_its_connections(self):
        self.strike_at_random("source", lambda pair, _: kill_connections(pair.source.server))


class Dry(scenario.Scenario):
    """3: nothing is written on either side."""

    def test_03_a_dry_run_writes_nothing_and_counts(self):
        pair = self.pair()
        pair.source.create("Missing", "Missing/Below", "Empty")
        pair.source.append("INBOX", mail("one"), mail("two"), mail("three"))
        pair.source.append("Missing", mail("four"))
        pair.source.append("Missing/Below", mail("five"))
        pair.source.commands("SUBSCRIBE Missing")
        pair.destination.append("INBOX", pair.source.read("INBOX")[0].octets, mail("another's"), flags=["\\Flagged"])
        before = everything(pair.source), everything(pair.destination)
        run = pair.sync("--dry", "--ledger", f"{pair.directory}/ledger")
        self.assertEqual(before, (everything(pair.source), everything(pair.destination)))
        self.assertEqual((run.pending, run.copied, run.matched), (4, 0, 1), "also of folders that are not there")
        self.assertEqual(run.folder("Missing/Below")["counters"]["messages_total"], 1)
        self.assertEqual(pair.sync("--ledger", f"{pair.directory}/ledger").copied, 4, "and no ledger believes that it was")
        for folder in ("Missing", "Missing/Below"):
            self.assert_same(pair, folder)


class Folders(scenario.Scenario):
    """4 to 8: which folders."""

    def filled(self, *folders, **sides):
        """Each folder holds one message that has its name."""
        pair = self.pair(**sides)
        pair.source.create(*(folder for folder in folders if folder != "INBOX"))
        for folder in folders:
            pair.source.append(folder, mail(f"in {folder}"))
        return pair

    def assert_copied(self, pair, *folders):
        """These are there, with their messages, and no others (but INBOX, which is always there)."""
        contents = pair.destination.contents()
        self.assertEqual({folder for folder in contents if contents[folder]}, set(folders))
        self.assertEqual(set(contents) - set(folders) - {"INBOX"}, set())
        for folder in folders:
            self.assert_same(pair, folder)

    def test_04_empty_folders(self):
        pair = self.filled("INBOX", "Full")
        pair.source.create("Empty", "Empty/Below")
        pair.sync("--skipemptyfolders")
        self.assert_copied(pair, "INBOX", "Full")
        pair.sync()
        self.assertEqual(pair.destination.folders(), {"INBOX", "Full", "Empty", "Empty/Below"})

    def test_04_where_only_the_search_finds_nothing(self):
        pair = self.filled("INBOX", "Unseen", "Seen")
        pair.source.change("Seen", "STORE 1 +FLAGS (\\Seen)")
        pair.sync("--search", "SEEN", "--skipemptyfolders")
        self.assert_copied(pair, "Seen")
        pair.sync("--search", "SEEN")
        self.assertEqual(pair.destination.folders(), {"INBOX", "Unseen", "Seen"})
        self.assertEqual(pair.destination.count("Unseen"), 0)

    def test_05_the_inbox_alone_and_folders_by_name(self):
        folders = ["INBOX", "Work", "Work/Sub", "Workshop"]
        for options, wanted in ((["--folder", "INBOX"], ["INBOX"]), (["--folder", "Work"], ["Work"]),
                                (["--folderrec", "Work"], ["Work", "Work/Sub"]),
                                (["--folder", "INBOX", "--folder", "Work/Sub"], ["INBOX", "Work/Sub"])):
            with self.subTest(options):
                pair = self.filled(*folders)
                run = pair.sync(*options)
                # A parent that was not selected may come to be with its child; it stays empty.
                contents = pair.destination.contents()
                self.assertEqual({folder for folder in contents if contents[folder]}, set(wanted))
                self.assert_every_outcome(pair, run, wanted)

    def test_05_a_folder_that_is_not_there(self):
        pair = self.filled("INBOX", "Work")
        run = pair.sync("--folder", "Work", "--folder", "Nowhere")
        self.assertIn("Nowhere", str(run.report["issues"]), "a warning names it")
        self.assert_copied(pair, "Work")
        pair = self.filled("INBOX", "Work")
        run = pair.run("--folder", "Work", "--folder", "Nowhere", "--strictfolders")
        self.assertEqual(run.status, 21)
        self.assertIn("Nowhere", str(run.report))

    def test_06_include_and_exclude(self):
        folders = ["INBOX", "Junk", "junk mail", "Lists", "Lists/Junk", "Work"]
        for options, wanted in ((["--include", "^Lists"], {"Lists", "Lists/Junk"}),
                                (["--exclude", "Junk"], {"INBOX", "junk mail", "Lists", "Work"}),
                                (["--exclude", "(?i)junk"], {"INBOX", "Lists", "Work"}),
                                (["--exclude", "^(?i)JUNK"], {"INBOX", "Lists", "Lists/Junk", "Work"}),
                                (["--include", "^Lists", "--exclude", "Junk$"], {"Lists"}),
                                (["--folder", "Junk", "--folder", "Work", "--exclude", "^Junk$"], {"Work"}),
                                (["--folder", "Work", "--include", "^Junk"], {"Junk", "Work"})):
            with self.subTest(options):
                pair = self.filled(*folders)
                pair.sync(*options)
                contents = pair.destination.contents()
                self.assertEqual({folder for folder in contents if contents[folder]}, wanted)

    def test_07_subscriptions(self):
        for options, copied, subscribed in (([], {"INBOX", "One", "Two"}, {"One"}),
                                            (["--subscribed"], {"One"}, {"One"}),
                                            (["--nosubscribe"], {"INBOX", "One", "Two"}, set()),
                                            (["--subscribeall"], {"INBOX", "One", "Two"}, {"INBOX", "One", "Two"})):
            with self.subTest(options):
                pair = self.filled("INBOX", "One", "Two")
                pair.source.commands("SUBSCRIBE One")
                pair.sync(*options)
                self.assert_copied(pair, *copied)
                self.assertEqual(pair.destination.folders(subscribed=True), subscribed)
                self.assertEqual(pair.source.folders(subscribed=True), {"One"})

    def test_08_first_and_last(self):
        """Each run stops after one folder, so that the order shows in the mailbox."""
        pair = self.filled("INBOX", "A", "B", "C", "D")
        order = ["--folderfirst", "D", "--folderfirst", "B", "--folderlast", "INBOX", "--exitwhenover", "1"]
        seen = []
        for _ in range(5):
            pair.run(*order)
            contents = pair.destination.contents()
            seen += [folder for folder in contents if contents[folder] and folder not in seen]
        self.assertEqual(seen, ["D", "B", "A", "C", "INBOX"])


if __name__ == "__main__":
    scenario.main()
