"""Copies of one account by several tools that take turns, each copy into an account that nobody has used."""
import contextlib
import dataclasses
import os
import shutil

import check
import measure
import peers
from results import Entry, Table


@dataclasses.dataclass
class Case:
    """What is copied, and over what. With `round_trip` (milliseconds) or `rate` (bits a second) both ways lead through
    proxies; `again`: each copy is done once more, when all is there."""
    source: object
    destination: object
    user: str
    messages: int
    octets: int
    path: str
    tls: bool = False
    round_trip: int = 0
    rate: int = 0
    again: bool = False
    deadline: int = 1800
    most_runs: dict = dataclasses.field(default_factory=dict)     # of tools that are slow here

    def slow(self):
        return bool(self.round_trip or self.rate)

    def ends(self, counted):
        """Two proxies, or the servers themselves, for `with`."""
        for server in (self.source, self.destination):
            port = server.tls_port if self.tls else server.port
            if self.slow() or counted:
                yield measure.Proxy(server.host, port, self.round_trip, self.rate)
            else:
                yield measure.Direct(server.host, port)


class Copies:
    """All copies that one tool makes. A first one goes through counting proxies and is not timed (it also warms up what
    servers keep), unless all go through proxies."""

    def __init__(self, bench, case, peer, baseline):
        self.bench, self.case, self.peer, self.baseline = bench, case, peer, baseline
        missing = peer.missing(case.tls)
        self.first = Entry(peer.name, missing, peer.lost)
        self.second = Entry(peer.name, missing, peer.lost)
        self.most_runs = min(peer.most_runs or bench.runs, case.most_runs.get(peer.name, bench.runs), bench.runs)
        self.given_up = bool(missing)

    def turn(self, number):
        """Number 0 is the one that is only counted."""
        if self.given_up or number > self.most_runs:
            return
        user = f"{self.peer.family}{'-ledger' if 'ledger' in self.peer.name else ''}-{number}"
        directory = f"{self.case.path}/{user}"
        os.makedirs(directory)
        with contextlib.ExitStack() as stack:
            ends = [stack.enter_context(end) for end in self.case.ends(counted=not number)]
            job = peers.Job(*ends, self.case.destination, [self.case.user], [user],
                            self.case.destination.ca if self.case.tls else "", directory)
            self._run(self.first, number, self.peer.command(job), job)
        self._count(self.first, number, ends)
        if self.case.again and not self.given_up:
            with contextlib.ExitStack() as stack:
                job.source, job.destination = ends = [stack.enter_context(end) for end in self.case.ends(not number)]
                self._run(self.second, number, self.peer.again(job), job)
            self._count(self.second, number, ends)
        self._forget(user, directory)

    def _run(self, entry, number, command, job):
        measure.settle(self.case.destination.directory)
        run = measure.timed(command, job.directory, self.case.deadline)
        if not run.problem:
            check.judge(run, [self.baseline], self.case.destination, job.destination_users, self.peer.without)
        (entry.runs if number else entry.aside).append(run)
        self.given_up = run.status == measure.KILLED
        what = run.problem or check.reading(run.differences) or "exact"
        self.bench.say(f"{entry.name}, {f'run {number}' if number else 'counting'}: {run.seconds:.2f} s, {what}")

    def _count(self, entry, number, ends):
        if self.case.slow() or not number:
            entry.wire = tuple(end.counts if end.counts and end.counts["connections"] else None for end in ends)

    def _forget(self, user, directory):
        shutil.rmtree(directory, ignore_errors=True)
        shutil.rmtree(f"{self.case.destination.directory}/mail/{user}", ignore_errors=True)


def take_turns(bench, case, which):
    """The Table of the first copies, and that of the second ones."""
    baseline = check.Baseline(case.source, case.user)
    turns = [Copies(bench, case, peer, baseline) for peer in which if bench.wants(peer.family)]
    for number in range(1 if case.slow() else 0, bench.runs + 1):
        for copies in turns:
            copies.turn(number)
    return (Table("first copy", [copies.first for copies in turns], case.messages, case.octets),
            Table("again", [copies.second for copies in turns], case.messages, case.octets))
