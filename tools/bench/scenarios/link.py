"""200 MB over connections of 100 Mbit/s with a round trip of 40 ms"""
import copying
import corpus
import peers
from results import Figure, Result, of_pump
from scenarios.pairs import dovecots

RATE = 100_000_000       # bits a second of one connection, each way


def run(bench):
    with dovecots(bench) as (path, source, destination):
        count, octets = corpus.fill(source, "ann", corpus.realistic(bench.count(200 * corpus.MB)))
        case = copying.Case(source, destination, "ann", count, octets, path, round_trip=40, rate=RATE)
        first, _ = copying.take_turns(bench, case, peers.usual())
    figures = []
    for entry in first.entries:
        rate = octets * 8 / entry.seconds() if entry.seconds() else None
        figures += [Figure(f"{entry.name}: Mbit/s", rate and rate / 1e6),
                    Figure(f"{entry.name}: of the link, %", rate and rate / RATE * 100,
                           ">= 90" if entry.name == "godwit" else "")]
    return Result("mail of all sizes over connections of 100 Mbit/s and 40 ms", [first],
                  [figure for figure in figures if figure.target or figure.value is not None] + [of_pump(first, "")])
