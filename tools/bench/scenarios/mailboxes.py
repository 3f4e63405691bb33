"""50 mailboxes of 200 messages through the daemon, beside the pump with as many accounts at once as is best for it"""
import contextlib
import os
import shutil

import check
import corpus
import daemon_copies
import godwitd
import measure
import peers
from results import Entry, Figure, Result, Table, of_pump
from scenarios.pairs import dovecots, users

MAILBOXES, DEADLINE = 50, 900
PARALLEL = (1, 2, 4, 8, 16)


class Turns:
    """Copies of all accounts into new ones, by either."""

    def __init__(self, bench, path, source, destination, names):
        self.bench, self.path, self.source, self.destination, self.names = bench, path, source, destination, names
        self.baselines = [check.Baseline(source, name) for name in names]

    def take(self, entry, label, work, counted=False, timed=True):
        """work(source, destination, new accounts, directory) returns the Run."""
        new = [f"{label}-{name}" for name in self.names]
        directory = f"{self.path}/{label}"
        os.makedirs(directory)
        with contextlib.ExitStack() as stack:
            way = measure.Proxy if counted else measure.Direct
            ends = [stack.enter_context(way(server.host, server.port)) for server in (self.source, self.destination)]
            for end, server in zip(ends, (self.source, self.destination)):
                end.password = server.password
            measure.settle(self.destination.directory)
            run = work(*ends, new, directory)
        if counted:
            entry.wire = tuple(end.counts for end in ends)
        if not run.problem:
            check.judge(run, self.baselines, self.destination, new)
        (entry.runs if timed and not counted else entry.aside).append(run)
        self.bench.say(f"{label}: {run.seconds:.2f} s, {run.problem or check.reading(run.differences) or 'exact'}")
        for user in new:
            shutil.rmtree(f"{self.destination.directory}/mail/{user}", ignore_errors=True)
        return run

    def pump(self, parallel):
        def work(source, destination, new, directory):
            job = peers.Job(source, destination, self.destination, self.names, new, directory=directory)
            return measure.timed(peers.Pump(parallel).command(job), directory, DEADLINE)
        return work

    def daemon(self, daemon):
        def work(source, destination, new, directory):
            name = os.path.basename(directory)
            return daemon_copies.copy(daemon, name, source, destination, self.names, new, DEADLINE)[0]
        return work


def best_parallel(turns, entry):
    """As many accounts at once as make the pump fastest."""
    took = {parallel: turns.take(entry, f"pump-with-{parallel}", turns.pump(parallel), timed=False)
            for parallel in PARALLEL}
    good = {parallel: run.seconds for parallel, run in took.items() if not run.problem}
    return min(good, key=good.get, default=1)


def run(bench):
    daemon_entry, pump_entry = Entry("godwit"), Entry("pump", "" if bench.wants("pump") else "not asked for")
    pump_entry.missing = pump_entry.missing or peers.Pump().missing()
    with dovecots(bench) as (path, source, destination):
        names = users(MAILBOXES)
        filled = [corpus.fill(source, name, corpus.small(bench.count(200), seed=name)) for name in names]
        turns = Turns(bench, path, source, destination, names)
        best = None if pump_entry.missing else best_parallel(turns, pump_entry)
        with godwitd.Godwitd(path, source.ca) as daemon:
            for number in range(bench.runs + 1):
                turns.take(daemon_entry, f"godwit-{number}", turns.daemon(daemon), counted=not number)
                if best:
                    turns.take(pump_entry, f"pump-{number}", turns.pump(best), counted=not number)
    table = Table("50 mailboxes", [daemon_entry, pump_entry], sum(count for count, _ in filled),
                  sum(octets for _, octets in filled))
    return Result("many mailboxes through the daemon", [table],
                  [Figure("pump: accounts at once that are best for it", best), of_pump(table, "<= 1.3")])
