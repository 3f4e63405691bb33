"""1,000 mailboxes at once in one daemon, over slow connections: its memory"""
import contextlib
import statistics

import check
import daemon_copies
import godwitd
import measure
import servers
from corpus import MB
from results import Entry, Figure, Result, Table
from scenarios.fakes import Fake
from scenarios.pairs import users

MESSAGES, SIZE = 40, 20_000              # of each mailbox, and octets on average
ROUND_TRIP, RATE = 100, 200_000          # milliseconds, bits a second: a mailbox takes half a minute and more
COMPARED_EVERY = 20                      # one in so many accounts is compared octet by octet
DEADLINE = 900


def run(bench):
    count = bench.count(1000)
    names = users(count)
    with contextlib.ExitStack() as stack:
        path = stack.enter_context(servers.scratch("bench"))
        source = stack.enter_context(Fake("--accounts", count, "--messages", MESSAGES, "--size", SIZE))
        destination = stack.enter_context(Fake())
        ways = [stack.enter_context(measure.Proxy(server.host, server.port, ROUND_TRIP, RATE))
                for server in (source, destination)]
        for way, server in zip(ways, (source, destination)):
            way.password = server.password
        daemon = stack.enter_context(godwitd.Godwitd(path, "", daemon_copies.limits(count, count)))
        idle = statistics.median(daemon.rss() for _ in range(20))
        took, most = daemon_copies.copy(daemon, "syncs", *ways, names, names, DEADLINE)
        bench.say(f"{took.seconds:.1f} s, {most} at once, peak {took.rss / MB:.0f} MB {took.problem}")
        if not took.problem:
            compared = names[::COMPARED_EVERY]
            check.judge(took, (check.Baseline(source, name) for name in compared), destination, compared)
    table = Table(f"{count} mailboxes; one in {COMPARED_EVERY} is compared", [Entry("godwit", runs=[took])],
                  count * MESSAGES, count * MESSAGES * SIZE)
    return Result("many syncs at once in one daemon", [table], [
        Figure("syncs running at once", most, f"= {count}"), Figure("peak RSS, MB", took.rss / MB, "< 500"),
        Figure("more than idle, KB a sync", (took.rss - idle) / count / 1000)])
