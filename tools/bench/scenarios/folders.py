"""5,000 folders, one in 50 with two messages, on Maildir without a list index; then once more"""
import copying
import corpus
import peers
from results import Figure, Result, of_pump, ratio
from scenarios.pairs import dovecots

MAILDIR = {"layout": "maildir"}
AREA, EVERY = 100, 50    # folders in each area; one in so many has mail
SLOW = {"mbsync": 1, "doveadm": 1}


def run(bench):
    with dovecots(bench, source=MAILDIR, destination=MAILDIR) as (path, source, destination):
        names = [f"Area {number // AREA:03}.Folder {number % AREA:02}" for number in range(bench.count(5000))]
        corpus.make_folders(source, "ann", names)
        filled = [corpus.fill(source, "ann", corpus.small(2, seed=name), name) for name in names[::EVERY]]
        case = copying.Case(source, destination, "ann", sum(count for count, _ in filled),
                            sum(octets for _, octets in filled), path, again=True, most_runs=SLOW)
        tools = peers.usual()
        first, again = copying.take_turns(bench, case, tools[:1] + [peers.GodwitLedger()] + tools[1:])
    figures = []
    for name in ("godwit", "godwit --ledger"):
        figures += [of_pump(first, "<= 1.3", name),
                    Figure(f"{name}: again, of the pump's listing", ratio(again.seconds(name), again.seconds("pump")),
                           "<= 2")]
    return Result("many folders, mostly empty (the pump only lists them the second time)", [first, again],
                  figures)
