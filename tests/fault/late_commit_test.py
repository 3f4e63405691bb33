#!/usr/bin/env python3
"""`godwit sync` is killed with -9 right after the last octet of an APPEND of many messages has left, and restarted at once.

Dovecot stores such a batch some time later, with nobody there to read the answer, so the restarted run meets a folder in
which nothing stands yet. In every other round the last octet itself is on its way until after the restart. Nothing may be
lost or doubled. GODWIT_LONG=1: 50 rounds instead of 5.
"""
import os
import random
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
sys.dont_write_bytecode = True
import scene  # noqa: E402
from fault_proxy import Fault, FaultProxy  # noqa: E402
from scene import Account, Scene, make_mail, servers  # noqa: E402

ROUNDS = 50 if os.environ.get("GODWIT_LONG") == "1" else 5
BATCH = 100             # messages in the APPEND, at least
MESSAGES = 1400         # so that two APPENDs have so many, however they are cut
SETTLE = 0.5
DEADLINE = 60


class Round:
    """One account: killed, restarted, compared."""

    def __init__(self, stage, layout, number):
        self.stage, self.layout, self.number = stage, layout, number
        self.holds = number % 2 == 1
        self.ledger = number % 4 < 2
        self.killed_in = 0        # messages of the APPEND
        self.after_restart = False

    def go(self):
        """What was wrong; empty if nothing was."""
        user = f"u{self.number}"
        mail = [("INBOX", *message[1:]) for message in make_mail(random.Random(self.number), MESSAGES)]
        self.stage.fill(user, mail)
        account = Account(self.stage, user, self.layout, SETTLE, self.ledger, timeout=20)
        source = self.stage.server("source").port
        with FaultProxy(self.stage.server(self.layout).port) as proxy:
            fault = Fault("append_sent", "late" if self.holds else "none", count=1 + self.number % 2, least=BATCH,
                          hold=int(self.holds), seconds=SETTLE * 0.6, on_fire=account.kill)
            proxy.arm(fault)
            killed = account.wait(account.start(source, proxy.port), DEADLINE)
            proxy.arm()
            restarted = account.start(source, proxy.port)
            outcome = account.wait(restarted, DEADLINE)
            if killed.status != -9 or not proxy.fired:
                return f"was not killed: {killed.status} {killed.report}"
            self.killed_in = proxy.struck.value
            if not outcome.complete or not proxy.wait_delivered(20):
                return f"the restarted run: {outcome}"
            # The last answer on the connection that was cut is the one nobody read.
            answers = [moment for connection, moment in proxy.answered if connection == 0]
            self.after_restart = bool(answers) and answers[-1] > restarted
        result = self.stage.compare(user, self.layout)
        wrong = {kind: number for kind, number in result.counts.items() if number}
        return f"{wrong} {result.error} {result.details[:5]}" if wrong or result.error else ""


def main():
    if servers.missing() or not os.access(scene.GODWIT, os.X_OK):
        print("SKIPPED:", servers.missing() or f"{scene.GODWIT} is missing")
        return 0
    failures = 0
    with servers.scratch("late") as path, Scene(path, [], fsync="always") as stage:
        for layout in ("dovecot mdbox", "dovecot maildir"):
            rounds = [Round(stage, layout, number) for number in range(ROUNDS)]
            for one in rounds:
                wrong = one.go()
                failures += bool(wrong)
                if wrong:
                    print(f"FAILED: {layout}, round {one.number}{', held back' if one.holds else ''}"
                          f"{', with a ledger' if one.ledger else ''}: {wrong}", flush=True)
            plain = [one for one in rounds if not one.holds]
            print(f"{layout}: {ROUNDS} kills after the last octet of {min(one.killed_in for one in rounds)} messages or more; "
                  f"the batch arrived after the restart had begun in {sum(one.after_restart for one in plain)} of "
                  f"{len(plain)}, and in {ROUNDS - len(plain)} where the last octet was held back", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
