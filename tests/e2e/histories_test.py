#!/usr/bin/env python3
"""Random mailboxes on two real Dovecots under random changes of both sides between passes of `godwit sync --ledger`, judged
by a model that shares nothing with the engine (tests/support/history_model.py).

A failure prints the seed and the history. GODWIT_LONG=1: 300 histories.
"""
import argparse
import concurrent.futures
import contextlib
import os
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))
sys.dont_write_bytecode = True
import scenario  # noqa: E402
from histories import History, Mailbox  # noqa: E402
from history_model import HistoryModel  # noqa: E402

LAYOUTS = (("mdbox", "mdbox"), ("fs", "mdbox"), ("mdbox", "fs"), ("fs", "fs"))
TRIES = 4


class Story:
    """One seed from the first mailbox to the last pass."""

    def __init__(self, seed, again=False):
        self.seed, self.problems = seed, []
        source, destination = LAYOUTS[seed % len(LAYOUTS)]
        user = f"h{seed}again" if again else f"h{seed}"
        self._pair = scenario.Pair(scenario.Account(scenario.server(name="source", layout=source), user),
                                   scenario.Account(scenario.server(name="destination", layout=destination), user),
                                   f"{scenario.scratch()}/{user}")
        # Folders that are emptied and filled anew look like another mailbox.
        self._options = ["--ledger", f"{self._pair.directory}/ledger", "--allowmismatch"]
        if seed // len(LAYOUTS) % 2:
            self._options += ["--connections", "4", "--laneinterval", "10"]

    def go(self):
        with contextlib.ExitStack() as stack:
            self._source, self._destination = (stack.enter_context(contextlib.closing(Mailbox(account)))
                                               for account in (self._pair.source, self._pair.destination))
            self.history = History(self.seed, self._source, self._destination)
            self.history.begin()
            self._model = HistoryModel(self._destination.picture())
            self._pass(lost=False)
            for _ in range(3 + self.history.rng.randrange(6)):
                if self.problems:
                    break
                self.history.change()
                self._pass(lost=self.history.chance(8))
        return self

    def told(self):
        """Once more from the start where Dovecot drops the connection of whoever makes the changes."""
        try:
            return self.go()
        except ConnectionError as error:
            print(f"seed {self.seed}: the owner's connection broke ({error}): once more", flush=True)
            return Story(self.seed, again=True).go()

    def __str__(self):
        return "\n".join([f"seed {self.seed}:", *(f"  {line}" for line in self.history.log),
                          *(f"WRONG: {problem}" for problem in self.problems)])

    def _pass(self, lost):
        if lost:
            for name in os.listdir(self._pair.directory):
                if name.startswith("ledger"):
                    os.unlink(f"{self._pair.directory}/{name}")
        self.history.log.append("-- pass, the ledger is lost" if lost else "-- pass")
        source, before = self._source.picture(), self._destination.picture()
        if not lost and self.history.chance(10):
            self._killed_pass()
        self._complete()
        after = self._destination.picture()
        self.problems += self._model.judge(source, before, after, lost)
        if self._source.picture() != source:
            self.problems.append("the source was changed")
        if not self.problems and self.history.chance(30):
            self._again(after)

    def _killed_pass(self):
        seconds = self.history.rng.uniform(0, 0.06)
        self.history.log.append(f"-- killed after {seconds:.3f} s")
        self._model.killed = True
        process = self._pair.start(*self._options)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _complete(self):
        for _ in range(TRIES):
            run = self._pair.run(*self._options)
            if run.status == 0:
                scenario.totals_add_up(run.report)
                return
        self.problems.append(f"no pass is complete: {run.status} {run.report} {run.stderr[-1000:]}")

    def _again(self, after):
        """Nothing has changed: nothing is done."""
        self.history.log.append("-- another pass")
        run = self._pair.run(*self._options)
        if run.status or run.copied:
            self.problems.append(f"a pass over what has not changed: {run.status} {run.report} {run.stderr[-1000:]}")
        if self._destination.picture() != after:
            self.problems.append("a pass over what has not changed changes the destination")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1, help="of the first history")
    parser.add_argument("--runs", type=int, default=300 if scenario.LONG else 24)
    parser.add_argument("--jobs", type=int, default=2, help="histories at a time")
    parser.add_argument("-v", "--verbose", action="store_true", help="prints every history")
    return parser.parse_args()


def run_all(options):
    """Whether all ended as the model says. Servers are started before threads may ask for them at once."""
    seeds = range(options.seed, options.seed + options.runs)
    failed, started = [], time.monotonic()
    stories = [Story(seed) for seed in seeds]
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for story in pool.map(Story.told, stories):
            if story.problems or options.verbose:
                print(story, flush=True)
            if story.problems:
                failed.append(story.seed)
    print(f"{len(stories)} histories in {time.monotonic() - started:.0f} s")
    if failed:
        print(f"FAILED seeds: {' '.join(map(str, failed))}\nrepeat one with: tests/e2e/histories_test.py --seed N --runs 1")
    return not failed


if __name__ == "__main__":
    given = arguments()
    missing = scenario.servers.missing() or ("" if os.access(scenario.GODWIT, os.X_OK) else f"{scenario.GODWIT} is not built")
    if missing:
        print("SKIPPED:", missing)
        sys.exit(0)
    with scenario.started():
        sys.exit(0 if run_all(given) else 1)
