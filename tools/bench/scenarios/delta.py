"""100,000 messages in 50 folders, copied once, then after 0, 10 and 1,000 changes at the source; Godwit with a ledger"""
import changes
import check
import copying
import corpus
import peers
from results import Entry, Figure, Result, Table
from scenarios.pairs import dovecots
from standing import Standing

FOLDERS = 50
MOST_RUNS = 3            # with changes: both sides are read and compared after each


def fill(bench, source):
    """The names of the folders, how many messages, and their octets."""
    names = ["INBOX"] + [f"Folder {number:02}" for number in range(1, FOLDERS)]
    corpus.make_folders(source, "ann", names[1:])
    filled = [corpus.fill(source, "ann", corpus.small(bench.count(100_000 // FOLDERS), seed=name), name) for name in names]
    return names, sum(count for count, _ in filled), sum(octets for _, octets in filled)


def follow(bench, case, owner):
    """The entries of the table. A copy through proxies is counted, another one is timed; both follow each change."""
    counted, timed = (Standing(bench, case, peers.GodwitLedger(), counted) for counted in (True, False))
    entries, baseline = [Entry("first copy")], check.Baseline(case.source, case.user)
    counted.update(entries[0], baseline)
    timed.update(entries[0], baseline)
    for count, runs in ((0, bench.runs), (10, min(MOST_RUNS, bench.runs)), (1000, 1)):
        entries.append(Entry(f"{count:,} changes"))
        for number in range(runs):
            if count:
                owner.change(changes.usual(bench.count(count)))
                baseline = check.Baseline(case.source, case.user)
            left_behind = owner.done.left_behind
            if count or number == 0:
                counted.update(entries[-1], baseline, left_behind)
            timed.update(entries[-1], baseline if count or number == 0 else None, left_behind)
    return entries


def run(bench):
    with dovecots(bench) as (path, source, destination):
        names, count, octets = fill(bench, source)
        case = copying.Case(source, destination, "ann", count, octets, path)
        entries = follow(bench, case, changes.Owner(source, "ann", names))
    first, none, few, many = entries
    trips = [counts and counts["round_trips"] for counts in none.wire]
    seconds = none.seconds()
    return Result("passes over a large account (what is expunged at the source stays at the destination)",
                  [Table("passes", entries, count, octets)],
                  [Figure("no change: round trips, source", trips[0], "<= 10"),
                   Figure("no change: round trips, destination", trips[1], "<= 10"),
                   Figure("no change: ms", seconds and seconds * 1000, "<= 100"),
                   *(Figure(f"{entry.name}: s", entry.seconds()) for entry in (first, few, many))])
