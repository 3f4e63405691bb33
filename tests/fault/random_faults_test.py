#!/usr/bin/env python3
"""`godwit sync` through networks that fail and kills that come at any moment: nothing lost, nothing doubled, no pass
that never ends, and reports that add up.

Each run fills a mailbox, runs one to three faulted passes and then clean ones until Godwit says that everything is there
(three at most), and compares both sides. Seed and number decide everything but the timing. GODWIT_LONG=1: 1,000 runs.
"""
import argparse
import concurrent.futures
import json
import os
import random
import sys
import threading
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
sys.dont_write_bytecode = True
import scene  # noqa: E402
from fault_proxy import FaultProxy  # noqa: E402
from faults import DESTINATION, FAULTS, NEED_LEDGER, SOURCE, Shape  # noqa: E402
from scene import DESTINATIONS, Account, Scene, make_mail, servers  # noqa: E402
from table import FAILURES, Table  # noqa: E402

LONG = os.environ.get("GODWIT_LONG") == "1"
DEADLINE = 45            # of one pass, in seconds
CLEAN_PASSES = 3
NAMES = list(FAULTS)
COUNTERS = ("messages_copied", "messages_matched", "messages_skipped", "messages_failed")


class Run:
    """One seed from the empty destination to the verdict."""

    def __init__(self, stage, shapes, seed, ledger):
        self.seed, self.stage, self.shapes = seed, stage, shapes
        rng = self.rng = random.Random(seed)
        # Neighbouring seeds go through all faults, and then through all destinations.
        self.name = NAMES[seed % len(NAMES)]
        self.destination = list(DESTINATIONS)[(seed + seed // len(NAMES)) % len(DESTINATIONS)]
        most = 250 if self.destination == "courier" else 600      # which takes some 20 a second
        self.mail = make_mail(rng, rng.randint(150, most), large=rng.random() < 0.2)
        self.ledger = ledger if ledger is not None else self.name in NEED_LEDGER or rng.random() < 0.6
        self.settle = rng.choice((0.5, 0.5, 0.5, 2.0))
        self.lanes = seed // len(NAMES) % 2 == 1
        self.account = Account(stage, user_of(seed), self.destination, self.settle, self.ledger, lanes=self.lanes)
        self.found = dict.fromkeys(FAILURES, 0)
        self.notes, self.outcomes = [], []
        # The same ports in every pass: to Godwit another port is another account.
        self.proxies = {SOURCE: FaultProxy(stage.server("source").port),
                        DESTINATION: FaultProxy(stage.server(self.destination).port)}
        self.struck = 0

    def __str__(self):
        return (f"seed {self.seed}: {self.name}, to {self.destination}, {len(self.mail)} messages, "
                f"settle {self.settle} s, {'with' if self.ledger else 'without'} a ledger"
                f"{', several connections' if self.lanes else ''}")

    def go(self):
        """Everything; the verdict is in `found` and `notes`."""
        started = time.monotonic()
        try:
            for proxy in self.proxies.values():
                proxy.start()
            self.stage.fill(self.account.user, self.mail)
            self._faulted_passes()
            if self._clean_passes():
                self._judge()
        finally:
            for proxy in self.proxies.values():
                proxy.stop()
            self.seconds = time.monotonic() - started

    def fail(self, failure, note, number=1):
        self.found[failure] += number
        self.notes.append(f"{failure}: {note}")

    @property
    def failed(self):
        return any(self.found.values())

    def _faulted_passes(self):
        shape = self.shapes[self.destination].scaled(len(self.mail))
        for _ in range(self.rng.choice((1, 1, 2, 3))):
            plan = FAULTS[self.name](self.rng, shape, self.settle)
            outcome = self._pass(plan)
            if outcome.complete and not plan.kills:
                return

    def _clean_passes(self):
        """Whether one of them says that everything is there."""
        for _ in range(CLEAN_PASSES):
            if self._pass().complete:
                break
        else:
            self.fail("stuck", f"no success in {CLEAN_PASSES} clean passes")
            return False
        if all(proxy.wait_delivered(30) for proxy in self.proxies.values()):
            # What came late is cleared away by the next pass; and it finds that nothing is left to do.
            last = self._pass()
            if not last.complete:
                self.fail("stuck", "the pass after a complete one is not complete")
            elif last.report["counters"]["messages_copied"]:
                self.fail("counter", f'{last.report["counters"]["messages_copied"]} copied after a complete pass')
            return True
        raise AssertionError("late octets were not delivered")

    def _pass(self, plan=None):
        number = len(self.outcomes) + 1
        self.notes.append(f"pass {number}: {plan or 'clean'}")
        before = sum(proxy.fired for proxy in self.proxies.values())
        for side, proxy in self.proxies.items():
            fault = plan.fault if plan and plan.fault and plan.side == side else None
            if fault and plan.kills:
                fault.on_fire = self.account.kill
            proxy.arm(*filter(None, [fault]))
            proxy.note("-", "", f"=== pass {number}")
        begun = self.account.start(*(proxy.port for proxy in self.proxies.values()))
        timer = None
        if plan and plan.kill_after is not None:
            timer = threading.Timer(plan.kill_after, self.account.kill)
            timer.start()
        outcome = self.account.wait(begun, DEADLINE)
        if timer:
            timer.cancel()
        fired = sum(proxy.fired for proxy in self.proxies.values()) - before
        fired += timer is not None and outcome.status == -9
        self.struck += fired
        self.outcomes.append(outcome)
        for proxy in self.proxies.values():
            if proxy.error:
                raise proxy.error
        self._check_report(outcome, number, plan and (plan.kills or plan.kill_after is not None))
        self.notes.append(f"pass {number}: status {outcome.status} in {outcome.seconds:.2f} s, "
                          f"{'struck' if fired else 'not struck'}; {_summary(outcome)}")
        return outcome

    def _check_report(self, outcome, number, killed):
        if outcome.status is None:
            self.fail("stuck", f"pass {number} ran past {DEADLINE} s")
            return
        if outcome.status < 0 and not killed:
            self.fail("other", f"pass {number} ended by signal {-outcome.status}: {outcome.errors[-500:]}")
        if not outcome.report:
            if outcome.status >= 0 and not killed:
                self.fail("counter", f"pass {number} printed no report: status {outcome.status} {outcome.errors[-500:]}")
            return
        counters = outcome.report["counters"]
        total, parts = counters["messages_total"], sum(counters[name] for name in COUNTERS)
        if parts > total or outcome.complete and (parts != total or total != len(self.mail)):
            self.fail("counter", f"pass {number}: {counters}")
        if (outcome.status == 0) != outcome.report["complete"]:
            self.fail("counter", f"pass {number}: status {outcome.status}, complete {outcome.report['complete']}")

    def _judge(self):
        reports = [outcome.report for outcome in self.outcomes if outcome.report]
        late = sum(issue["code"] == "late_duplicate" for issue in reports[-1]["issues"])
        copied = sum(report["counters"]["messages_copied"] for report in reports)
        if copied > len(self.mail) + late:
            self.fail("counter", f"{copied} copied in all, {len(self.mail)} at the source, {late} late duplicates")
        if reports[-1]["counters"]["messages_skipped"] or reports[-1]["counters"]["messages_failed"]:
            self.fail("counter", f"the last report: {reports[-1]['counters']}")
        result = self.stage.compare(self.account.user, self.destination)
        if result.error:
            raise AssertionError(f"compare: {result.error}")
        counts = result.counts
        extra = max(counts["extra"] - late, 0)
        for failure, number in (("lost", counts["missing"] + counts["bytes"]), ("doubled", extra),
                                ("other", sum(counts[kind] for kind in ("flags", "keywords", "dates", "folders")))):
            if number:
                self.fail(failure, f"{dict(counts)} {result.details[:10]}", number)

    def keep(self, directory):
        """Writes notes, reports and the lines of both sides."""
        os.makedirs(directory, exist_ok=True)
        with open(f"{directory}/notes", "w", encoding="utf-8") as file:
            file.write("\n".join([str(self), *self.notes, ""]))
        for index, outcome in enumerate(self.outcomes):
            with open(f"{directory}/pass-{index + 1}.report", "w", encoding="utf-8") as file:
                file.write(f"{json.dumps(outcome.report, indent=1)}\n{outcome.errors}")
        for side, proxy in self.proxies.items():
            with open(f"{directory}/{side}", "w", encoding="utf-8") as file:
                file.write("\n".join([*proxy.transcript, ""]))


def _summary(outcome):
    if not outcome.report:
        return "no report"
    error = outcome.report["error"]
    counters = outcome.report["counters"]
    shown = {name[9:]: counters[name] for name in ("messages_total", *COUNTERS) if counters[name]}
    return f"{shown} {error['code'] + ': ' + error['cause'] if error else ''}"


def user_of(seed):
    return f"r{seed}"


def measure(stage, destination):
    """The Shape of a clean pass to that destination."""
    mail = make_mail(random.Random(0), 300)
    user = f"clean{list(DESTINATIONS).index(destination)}"
    stage.fill(user, mail)
    account = Account(stage, user, destination, 0.5, True, timeout=20)
    with FaultProxy(stage.server("source").port) as source, \
            FaultProxy(stage.server(destination).port) as target:
        outcome = account.wait(account.start(source.port, target.port), DEADLINE)
        if not outcome.complete:
            raise AssertionError(f"a clean pass to {destination}: {outcome}")
        print(f"clean pass to {destination}: {len(mail)} messages in {outcome.seconds:.2f} s, "
              f"{source.round_trips} + {target.round_trips} round trips", flush=True)
        return Shape({SOURCE: source.moments, DESTINATION: target.moments},
                     {SOURCE: source.octets, DESTINATION: target.octets}, outcome.seconds, len(mail))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1, help="of the first run")
    parser.add_argument("--runs", type=int, default=1000 if LONG else 64)
    parser.add_argument("--jobs", type=int, default=2, help="runs at a time")
    parser.add_argument("--fault", choices=NAMES, help="only runs of this one")
    parser.add_argument("--ledger", choices=["yes", "no"], help="instead of either, as the seed says")
    parser.add_argument("--keep", default=f"{scene.ROOT}/build/fault", metavar="DIR", help="for what failing runs leave")
    parser.add_argument("-v", "--verbose", action="store_true", help="tell of every run, and keep what it leaves")
    return parser.parse_args()


def run_all(stage, shapes, seeds, options, table):
    """Fills the table; the seeds of failed runs are returned."""
    failed = []

    def one(seed):
        run = Run(stage, shapes, seed, {"yes": True, "no": False, None: None}[options.ledger])
        try:
            run.go()
        except Exception:
            run.fail("other", traceback.format_exc())
        return run

    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for run in pool.map(one, seeds):
            table.add(run.name, run.struck, len(run.outcomes), run.seconds, run.found)
            if run.failed or options.verbose:
                run.keep(f"{options.keep}/seed-{run.seed}")
                print("\n  ".join([f"{'FAILED' if run.failed else 'ok'}: {run}", *run.notes]), flush=True)
            if run.failed:
                failed.append(run.seed)
    return failed


def main():
    if scene.missing():
        print("SKIPPED:", scene.missing())
        return 0
    options = arguments()
    candidates = range(options.seed, options.seed + options.runs * (len(NAMES) if options.fault else 1))
    seeds = [seed for seed in candidates if options.fault in (None, NAMES[seed % len(NAMES)])]
    used = {list(DESTINATIONS)[(seed + seed // len(NAMES)) % len(DESTINATIONS)] for seed in seeds}
    users = [user_of(seed) for seed in seeds] + [f"clean{number}" for number in range(len(DESTINATIONS))]
    table = Table(NAMES)
    started = time.monotonic()
    with servers.scratch("fault") as path, Scene(path, users) as stage:
        shapes = {name: measure(stage, name) for name in DESTINATIONS if name in used}
        failed = run_all(stage, shapes, seeds, options, table)
    print(table)
    print(f"{len(seeds)} runs in {time.monotonic() - started:.0f} s")
    if table.missed:
        print("never struck:", ", ".join(table.missed))
    if failed:
        print(f"FAILED seeds: {' '.join(map(str, failed))}\n"
              f"repeat one with: tests/fault/random_faults_test.py --seed N --runs 1 -v   (left in {options.keep})")
    return 0 if table.good and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
