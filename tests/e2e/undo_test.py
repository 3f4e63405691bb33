#!/usr/bin/env python3
"""`godwit sync --undo` on a real Dovecot whose mailbox held mail before: afterwards it is as it was, but for what the report
lists."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), "support"))
import scenario  # noqa: E402
from scenario import mail, wait_until  # noqa: E402

COUNT = 3000 if scenario.LONG else 400
HELD = 20                                          # of the source's messages, at the destination
CHANGED = sum(i % 2 == 1 or i % 3 == 0 for i in range(HELD))   # with other flags
DATE = "05-Mar-2020 10:00:00 +0000"


def snapshot(account):
    """Everything that a user can see: messages with octets, flags and dates, folders, subscriptions."""
    contents = {folder: sorted(((m.octets, sorted(m.flags), m.date) for m in messages), key=repr)
                for folder, messages in account.contents().items()}
    return contents, account.folders(subscribed=True)


def counts(run):
    return {kind: run.report["findings"].get(kind, 0) for kind in ("removed", "flags_restored", "folder_dropped", "left")}


class Undo(scenario.Scenario):
    def filled(self):
        """A pair: the destination holds some of the source's mail with flags of its own, and other mail."""
        pair = self.pair()
        messages = [(mail(f"message {i}"), ("\\Seen", "$Label1") if i % 3 == 0 else (), DATE) for i in range(COUNT)]
        pair.source.append("INBOX", *messages)
        pair.source.create("Sent", "Sent/2024", "Empty", "Archive", "Überall")
        pair.source.append("Sent/2024", (mail("sent"), ("\\Seen",), DATE))
        pair.source.append("Archive", mail("archived"))
        pair.source.append("Überall", mail("everywhere"))
        pair.source.commands('SUBSCRIBE "Archive"', 'SUBSCRIBE "Sent/2024"')
        pair.destination.append("INBOX", *[(octets, ("\\Flagged", "Mine") if i % 2 else (), DATE)
                                           for i, (octets, _, _) in enumerate(messages[:HELD])])
        pair.destination.append("INBOX", *[mail(f"foreign {i}") for i in range(10)], flags=("\\Seen",))
        pair.destination.create("Archive", "Other")
        pair.destination.append("Archive", mail("archived before"))
        pair.destination.append("Other", mail("other"))
        pair.ledger = f"{pair.directory}/ledger"
        return pair

    def undo(self, pair, *options, status=0):
        # Nobody answers for the source any more.
        run = pair.run("--ledger", pair.ledger, "--undo", "--connectto1", "127.0.0.1:1", *options)
        self.assertEqual(run.status, status, f"{run.report} {run.stderr[-2000:]}")
        return run

    def test_the_destination_is_as_before(self):
        pair = self.filled()
        before = snapshot(pair.destination)
        pair.sync("--ledger", pair.ledger)
        copied = snapshot(pair.destination)
        self.assertNotEqual(copied, before)
        dry = self.undo(pair, "--dry")
        self.assertEqual(snapshot(pair.destination), copied, "a dry run changes nothing")
        run = self.undo(pair)
        self.assertEqual(counts(run), counts(dry))
        self.assertEqual(counts(run), {"removed": COUNT - HELD + 3, "flags_restored": CHANGED, "folder_dropped": 4, "left": 0})
        self.assertEqual(snapshot(pair.destination), before)
        self.assertEqual(sum(counts(self.undo(pair)).values()), 0, "the second time there is nothing to do")

    def test_what_was_touched_stays_and_is_listed(self):
        pair = self.filled()
        pair.sync("--ledger", pair.ledger)
        put = next(m for m in pair.destination.read("INBOX") if m.subject == f"message {COUNT - 1}")
        pair.destination.change("INBOX", f"UID STORE {put.uid} +FLAGS (\\Answered)")
        pair.destination.append("Überall", mail("of its user"))
        run = self.undo(pair, status=1)
        left = [f for f in run.report["finding_list"] if f["kind"] == "left"]
        self.assertEqual([(f["destination_folder"], f["destination_uid"]) for f in left],
                         [("INBOX", put.uid), ("Überall", 0)], left)
        self.assertIn("\\Answered", left[0]["detail"])
        self.assertIn(f"message {COUNT - 1}", [m.subject for m in pair.destination.read("INBOX")])
        self.assert_subjects(pair.destination, ["of its user"], "Überall")

    def test_undone_copied_and_undone_again(self):
        pair = self.filled()
        before = snapshot(pair.destination)
        first = pair.sync("--ledger", pair.ledger)
        copied = snapshot(pair.destination)
        self.undo(pair)
        second = pair.sync("--ledger", pair.ledger)
        self.assertEqual(second.copied, first.copied)
        self.assertEqual(snapshot(pair.destination), copied)
        self.undo(pair)
        self.assertEqual(snapshot(pair.destination), before)

    def test_after_runs_that_were_killed(self):
        """A copy is killed somewhere, then the undo is."""
        pair = self.filled()
        before = snapshot(pair.destination)
        process = pair.start("--ledger", pair.ledger)
        wait_until(lambda: pair.destination.count() > 30 or process.poll() is not None, "begun")
        process.kill()
        process.wait()
        held = pair.destination.count()
        process = pair.start("--ledger", pair.ledger, "--undo")
        wait_until(lambda: pair.destination.count() < held or process.poll() is not None, "undoing")
        process.kill()
        process.wait()
        run = self.undo(pair)
        self.assertEqual(counts(run)["left"], 0, json.dumps(run.report["finding_list"][:5]))
        self.assertEqual(snapshot(pair.destination), before)

    def test_of_another_copy_nothing_is_known(self):
        pair = self.filled()
        pair.sync("--ledger", pair.ledger)
        copied = snapshot(pair.destination)
        run = self.undo(pair, "--user1", "somebody else")
        self.assertEqual((run.report["counters"]["folders_total"], sum(counts(run).values())), (0, 0))
        self.assertEqual(snapshot(pair.destination), copied)

    def test_it_needs_a_ledger(self):
        run = self.pair().run("--undo")
        self.assertEqual(run.status, 64)
        self.assertIn("--undo needs --ledger", run.stderr)


if __name__ == "__main__":
    scenario.main()
