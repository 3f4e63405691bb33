#!/usr/bin/env python3
"""tools/bench/run: a small copy by two tools, what its JSON says, and how targets and failures are told."""
import json
import os
import subprocess
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
BENCH = os.path.join(ROOT, "tools", "bench")
sys.path[0:0] = [BENCH, os.path.join(ROOT, "tools", "servers")]
sys.dont_write_bytecode = True
import changes  # noqa: E402
import check  # noqa: E402
import corpus  # noqa: E402
import godwitd  # noqa: E402
import measure  # noqa: E402
import servers  # noqa: E402
from results import Entry, Figure, Result, Table, of_pump  # noqa: E402


class Copies(unittest.TestCase):
    def test_small_copy(self):
        done = subprocess.run([f"{BENCH}/run", "--scenario", "small", "--scale", "0.02", "--runs", "1", "--tools",
                               "godwit,pump", "--json", "-"], stdout=subprocess.PIPE, timeout=60, check=False)
        self.assertEqual(done.returncode, 0)
        found = json.loads(done.stdout)
        self.assertEqual(found["conditions"]["scale"], 0.02)
        result = found["scenarios"]["small"]
        self.assertEqual(result["failures"], [])
        self.assertEqual([figure["target"] for figure in result["figures"]], ["<= 1.3", ">= 20", "> 1"])
        table = result["tables"][0]
        self.assertEqual(table["messages"], 100)
        self.assertEqual([row["tool"] for row in table["tools"]], ["godwit", "pump"])
        for row in table["tools"]:
            with self.subTest(row["tool"]):
                self.assertEqual((row["runs"], row["check"]), (1, "exact"))
                self.assertGreater(row["source"]["down_bytes"], table["bytes"])
                self.assertGreater(row["destination"]["up_bytes"], table["bytes"])
                for key in ("seconds", "cpu_seconds", "peak_rss_mb", "x_pump", "messages_per_second"):
                    self.assertGreater(row[key], 0, key)
        self.assertIsNotNone(result["figures"][0]["met"])

    def test_a_copy_that_follows_its_source(self):
        done = subprocess.run([f"{BENCH}/run", "--scenario", "delta_small", "--scale", "0.02", "--runs", "1", "--tools",
                               "godwit,pump", "--json", "-"], stdout=subprocess.PIPE, timeout=60, check=False)
        self.assertEqual(done.returncode, 0)
        result = json.loads(done.stdout)["scenarios"]["delta_small"]
        self.assertEqual(result["failures"], [])
        rows = [[(row["tool"], row["runs"], row["check"]) for row in table["tools"]] for table in result["tables"]]
        self.assertEqual(rows, [[("godwit --ledger", 0, "exact"), ("pump", 0, "exact")], [("godwit --ledger", 1, "exact")],
                                [("godwit --ledger", 1, "exact"), ("pump", 1, "exact")]])
        trips = [row["source"]["round_trips"] for row in result["tables"][2]["tools"]]
        self.assertTrue(0 < trips[1] <= trips[0], trips)

    def test_scenarios_are_listed(self):
        done = subprocess.run([f"{BENCH}/run", "--list"], capture_output=True, text=True, timeout=60, check=True)
        self.assertIn("small", [line.split()[0] for line in done.stdout.splitlines()])


    def test_what_is_missing_is_found(self):
        with servers.scratch("bench-test") as path, servers.Dovecot(f"{path}/s") as server:
            corpus.fill(server, "whole", corpus.small(3))
            corpus.fill(server, "part", corpus.small(2))
            whole, run = check.Baseline(server, "whole"), measure.Run()
            check.judge(run, [whole], server, ["part"])
            self.assertEqual(run.differences, {"missing": 1})
            check.judge(run, [whole], server, ["whole"])
            self.assertEqual((run.differences, run.problem), ({}, ""))


class Changing(unittest.TestCase):
    def test_the_usual_mix(self):
        self.assertEqual(changes.usual(1000), changes.Mix(new=400, flags=300, expunged=200, moved=100))
        self.assertEqual(changes.usual(1), changes.Mix(1, 1, 1, 1))
        self.assertEqual((changes.usual(10) + changes.usual(1)).left_behind, 5)

    def test_an_owner_changes_what_is_asked_for(self):
        with servers.scratch("bench-test") as path, servers.Dovecot(f"{path}/s") as server:
            corpus.make_folders(server, "ann", ["Other"])
            for folder in ("INBOX", "Other"):
                corpus.fill(server, "ann", ((octets, "", date) for octets, _, date in corpus.small(30, seed=folder)), folder)
            owner = changes.Owner(server, "ann", ["INBOX", "Other"])
            mix = changes.Mix(new=4, flags=3, expunged=2, moved=1)
            owner.change(mix)
            owner.change(mix)
            self.assertEqual(owner.done, mix + mix)
            folders = [check.Baseline(server, "ann").messages(name) for name in (b"INBOX", b"Other")]
            self.assertEqual(sum(map(len, folders)), 60 + 8 - 4)
            self.assertGreaterEqual(sum("flagged" in f"{m.flags}".lower() for folder in folders for m in folder), 4)


class Measuring(unittest.TestCase):
    def setUp(self):
        self.directory = self.enterContext(servers.scratch("bench-test"))

    def test_a_small_program_is_small(self):
        self.assertLess(measure.timed(["/bin/true"], self.directory, 10).rss, 20 << 20)

    def test_status_and_output(self):
        run = measure.timed(["/bin/sh", "-c", "echo no mail >&2; exit 3"], self.directory, 10)
        self.assertEqual((run.status, run.problem), (3, "exit status 3: no mail"))

    def test_deadline(self):
        run = measure.timed(["/bin/sleep", "60"], self.directory, 0.1)
        self.assertEqual(run.problem, "not done after 0.1 s")

    def test_children_count(self):
        burn = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done"
        self.assertGreater(measure.timed(["/bin/sh", "-c", f"(/bin/sh -c '{burn}')"], self.directory, 30).cpu, 0.02)


class Results(unittest.TestCase):
    def test_targets(self):
        self.assertEqual([Figure("x", value, "<= 1.3").met() for value in (1.3, 1.31, None)], [True, False, None])
        self.assertIsNone(Figure("x", 5).met())

    def test_a_missed_target_is_no_failure(self):
        table = Table("copy", [Entry("godwit", runs=[measure.Run(3)]), Entry("pump", runs=[measure.Run(1)])], 1, 1)
        result = Result("", [table], [of_pump(table, "<= 1.3")])
        self.assertEqual((result.figures[0].met(), result.failures()), (False, []))

    def test_what_differs_is_a_failure(self):
        lost = measure.Run(1, differences={"subscriptions": 1})
        self.assertEqual(Entry("godwit", runs=[lost]).verdict(), "FAILED")
        self.assertEqual(Entry("mbsync", lost=("subscriptions",), runs=[lost]).verdict(), "lost: 1 subscriptions")

    def test_a_failed_run_has_no_time(self):
        entry = Entry("godwit", runs=[measure.Run(1, problem="exit status 1"), measure.Run(3)])
        self.assertEqual((entry.seconds(), entry.verdict()), (3, "FAILED"))


class Corpus(unittest.TestCase):
    def test_same_seed_same_mail(self):
        self.assertEqual(list(corpus.small(5)), list(corpus.small(5)))

    def test_sizes(self):
        sizes = [len(octets) for octets, _, _ in corpus.realistic(20 * corpus.MB)]
        self.assertAlmostEqual(sum(sizes) / corpus.MB, 20, delta=4)
        self.assertGreater(max(sizes), 0.9 * corpus.MB)
        small = [len(octets) for octets, _, _ in corpus.small(200)]
        self.assertAlmostEqual(sum(small) / len(small), 2000, delta=300)


if __name__ == "__main__":
    reason = godwitd.missing() or ("" if os.access(measure.PROXY, os.X_OK) else f"{measure.PROXY} is not built")
    if reason:
        print("SKIPPED:", reason)
    else:
        unittest.main()
