"""500 MB of mail of all sizes, Dovecot to Dovecot, without TLS and fsync"""
import copying
import corpus
import peers
from results import Result, faster_than, of_pump, rss
from scenarios.pairs import dovecots


def run(bench):
    first = copies(bench, tls=False)
    return Result("mail of all sizes", [first],
                  [of_pump(first, "<= 1.2"), faster_than(first, "imapsync", ">= 10"), rss(first, "<= 40")])


def copies(bench, tls):
    """Also of the scenario tls."""
    with dovecots(bench) as (path, source, destination):
        count, octets = corpus.fill(source, "ann", corpus.realistic(bench.count(500 * corpus.MB)))
        case = copying.Case(source, destination, "ann", count, octets, path, tls=tls)
        return copying.take_turns(bench, case, peers.usual())[0]
