"""one mailbox of 5,000 small messages, Dovecot (mdbox) to Dovecot (mdbox), without TLS and fsync"""
import copying
import corpus
import peers
from results import Result, faster_than, of_pump
from scenarios.pairs import dovecots


def run(bench):
    with dovecots(bench) as (path, source, destination):
        count, octets = corpus.fill(source, "ann", corpus.small(bench.count(5000)))
        case = copying.Case(source, destination, "ann", count, octets, path)
        first, _ = copying.take_turns(bench, case, peers.usual())
    return Result("small messages in one folder", [first],
                  [of_pump(first, "<= 1.3"), faster_than(first, "imapsync", ">= 20"), faster_than(first, "doveadm", "> 1")])
