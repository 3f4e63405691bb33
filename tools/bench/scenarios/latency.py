"""500 small messages, a round trip of 40 ms to both sides"""
import copying
import corpus
import peers
from results import Result, faster_than, of_pump
from scenarios.pairs import dovecots


def run(bench):
    with dovecots(bench) as (path, source, destination):
        count, octets = corpus.fill(source, "ann", corpus.small(bench.count(500)))
        case = copying.Case(source, destination, "ann", count, octets, path, round_trip=40)
        first, _ = copying.take_turns(bench, case, peers.usual())
    return Result("small messages, a round trip of 40 ms to both sides", [first],
                  [of_pump(first, "<= 1.5"), faster_than(first, "imapsync", ">= 80")])
