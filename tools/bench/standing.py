"""Copies that stay, and are brought up to date again and again while their source changes."""
import contextlib
import os

import check
import measure
import peers


class Standing:
    """One tool's copy of the case's account. A `counted` one is reached through counting proxies, and never timed; they
    listen on the same ports all the time, since to Godwit an account on another port is another account."""

    def __init__(self, bench, case, peer, counted=False):
        self._bench, self._case, self._peer, self._counted, self._ports = bench, case, peer, counted, [0, 0]
        self.user = f"{peer.family}{'-counted' if counted else ''}"
        self._directory = f"{case.path}/{self.user}"
        os.makedirs(self._directory)

    def copy(self, entry, baseline):
        """Makes it."""
        self._run(entry, baseline, 0, self._peer.command, aside=True)

    def update(self, entry, baseline, left_behind=0, aside=False):
        """Brings it up to date. So many messages may stand there that the source has no more."""
        self._run(entry, baseline, left_behind, self._peer.again, aside)

    def _run(self, entry, baseline, left_behind, command, aside):
        server = self._case.destination
        with contextlib.ExitStack() as stack:
            ends = [stack.enter_context(end) for end in self._ends()]
            self._ports = [end.port for end in ends]
            job = peers.Job(*ends, server, [self._case.user], [self.user], directory=self._directory)
            measure.settle(server.directory)
            run = measure.timed(command(job), self._directory, self._case.deadline)
        if baseline and not run.problem:
            check.judge(run, [baseline], server, [self.user], self._peer.without)
        if run.differences.get("extra", 0) <= left_behind:
            run.differences.pop("extra", None)
        (entry.aside if aside or self._counted else entry.runs).append(run)
        if self._counted and entry.wire == (None, None):     # the first one is what a table shows
            entry.wire = tuple(end.counts for end in ends)
        what = run.problem or check.reading(run.differences) or "exact"
        self._bench.say(f"{entry.name}, {'counting' if self._counted else 'timing'}: {run.seconds:.2f} s, {what}")

    def _ends(self):
        for server, port in zip((self._case.source, self._case.destination), self._ports):
            yield (measure.Proxy(server.host, server.port, listen=port) if self._counted else
                   measure.Direct(server.host, server.port))
