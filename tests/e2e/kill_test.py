#!/usr/bin/env python3
"""The daemon is killed with -9 in the middle of copying, again and again, and restarted at once: nothing is lost or
doubled. Then SIGTERM in the middle, and pause and resume."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "../../tools/servers"))
sys.dont_write_bytecode = True
import godwitd  # noqa: E402
import servers  # noqa: E402
from godwitd import expect  # noqa: E402

MAILBOXES, MESSAGES = 10, 4_000
ROUNDS = 10 if os.environ.get("GODWIT_LONG") == "1" else 3
USERS = [f"user{number}" for number in range(1, MAILBOXES + 1)]
# A short lease, so that what a dead daemon held is free again soon.
SETTINGS = "limits:\n  lease: 3s\n  poll: 200ms\nretry:\n  backoff_base: 200ms\n  backoff_cap: 1s\n"


def copied(summary):
    return summary["progress"]["messages_copied"] + summary["progress"]["messages_matched"]


def kill_and_restart(daemon, batch):
    for turn in range(1, ROUNDS + 1):
        before = copied(daemon.batch(batch))
        wanted = min(before + MESSAGES // (ROUNDS + 3), MESSAGES - 50)
        daemon.wait(batch, f"at {wanted} messages", lambda s, wanted=wanted: copied(s) >= wanted)
        expect(f"kill -9 number {turn} comes in the middle",
               daemon.batch(batch)["states"]["done"] < MAILBOXES, daemon.batch(batch)["states"])
        daemon.kill()
        daemon.start()


def main():
    reason = godwitd.missing()
    if reason:
        print("SKIPPED:", reason)
        return 0
    with servers.scratch("kill") as path, \
            servers.Dovecot(f"{path}/source", ca_directory=f"{path}/ca") as source, \
            servers.Dovecot(f"{path}/destination", ca_directory=f"{path}/ca", fsync="optimized") as destination:
        godwitd.populate(source, MAILBOXES, MESSAGES)
        with godwitd.Godwitd(path, source.ca, SETTINGS) as daemon:
            batch = daemon.create_batch("killed")
            daemon.import_rows(batch, godwitd.rows(source, destination, USERS))
            kill_and_restart(daemon, batch)
            seconds, status = daemon.stop()
            expect("SIGTERM in the middle drains within 10 s", seconds < 10 and status == 0, (seconds, status))
            daemon.start()
            status, answer = daemon.act("batches", batch, "pause")
            expect("the batch pauses", status in (200, 202), (status, answer))
            daemon.wait(batch, "paused", lambda s: s["states"]["running"] == 0, 30)
            daemon.act("batches", batch, "resume")
            daemon.wait_done(batch, 300)
            counts = godwitd.compare(source, destination, USERS)
            expect("nothing is lost or doubled", not godwitd.differences(counts), godwitd.differences(counts))
    return 0


if __name__ == "__main__":
    sys.exit(main())
