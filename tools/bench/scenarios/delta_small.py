"""5,000 messages that stand on both sides: 1 % new and 2 % with other flags, then no change; Godwit with a ledger"""
import changes
import check
import copying
import corpus
import peers
from results import Entry, Figure, Result, Table, ratio
from scenarios.pairs import dovecots
from standing import Standing

NEW, FLAGS = 0.01, 0.02  # of the messages


class Listing(peers.Pump):
    """The pump, which afterwards only signs in and asks both sides for LIST-STATUS: the least that tells of no change."""
    def again(self, job):
        return [*super().again(job), "--list-status"]


class Follower:
    """A tool with its two copies, one counted and one timed, and what became of them."""

    def __init__(self, bench, case, peer):
        missing = peer.missing()
        self.first, self.changed, self.same = (Entry(peer.name, missing, peer.lost) for _ in range(3))
        self.takes_part, self.only_looks = not missing, isinstance(peer, Listing)
        self.most_runs = min(peer.most_runs or bench.runs, bench.runs)
        self._counted, self._timed = (Standing(bench, case, peer, counted) if self.takes_part else None
                                      for counted in (True, False))

    def copy(self, baseline):
        for copy in (self._counted, self._timed) if self.takes_part else ():
            copy.copy(self.first, baseline)

    def turn(self, entry, number, baseline):
        """Number 0 is counted and warms up, and brings both copies to the same state."""
        if not self.takes_part or number > self.most_runs:
            return
        baseline = None if self.only_looks else baseline
        if number == 0:
            self._counted.update(entry, baseline)
        self._timed.update(entry, baseline, aside=number == 0)


def follow(bench, case, followers):
    """All tools in turns: first copies, changes, and no change."""
    baseline = check.Baseline(case.source, case.user)
    for follower in followers:
        follower.copy(baseline)
    owner = changes.Owner(case.source, case.user, ["INBOX"])
    for number in range(bench.runs + 1):
        owner.change(changes.Mix(new=round(case.messages * NEW) or 1, flags=round(case.messages * FLAGS) or 1))
        baseline = check.Baseline(case.source, case.user)
        for follower in followers:
            if not follower.only_looks:
                follower.turn(follower.changed, number, baseline)
    for follower in followers:       # what is counted, and who is slow, has something to catch up
        if not follower.only_looks:
            follower.turn(follower.changed, 0, baseline)
    for number in range(bench.runs + 1):
        for follower in followers:
            follower.turn(follower.same, number, baseline)


def run(bench):
    with dovecots(bench) as (path, source, destination):
        count, octets = corpus.fill(source, "ann", corpus.small(bench.count(5000)))
        case = copying.Case(source, destination, "ann", count, octets, path)
        tools = [peers.GodwitLedger(), Listing(), peers.Mbsync(), peers.Imapsync()]
        followers = [Follower(bench, case, peer) for peer in tools if bench.wants(peer.family)]
        follow(bench, case, followers)
    first = Table("first copy", [f.first for f in followers], count, octets)
    changed = Table("1 % new, 2 % other flags", [f.changed for f in followers if not f.only_looks], count, octets)
    same = Table("no change (the pump: LIST-STATUS)", [f.same for f in followers], count, octets)
    name = "godwit --ledger"
    of_mbsync = ratio(changed.seconds(name), changed.seconds("mbsync"))
    of_pump = ratio(same.seconds(name), same.seconds("pump"))
    return Result("small changes of a folder", [first, changed, same],
                  [Figure(f"{name}: changes, of mbsync's time", of_mbsync, "<= 1"),
                   Figure(f"{name}: no change, of a bare LIST-STATUS", of_pump, "<= 3")])
