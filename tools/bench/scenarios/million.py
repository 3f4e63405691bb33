"""one folder of 1,000,000 messages that are all there already: comparing it, without a ledger and with one"""
import json
import os
import shutil

import measure
import peers
import servers
from results import Entry, Figure, Result, Table, rss
from scenarios.fakes import Fake

USER = "user1"           # the same on both sides: what fakeimap makes up follows from the name
SIZE = 600               # octets of a message, which nobody asks for
DEADLINE = 1800


def compare(entry, peer, job, count):
    """One more run of the entry, which must find everything and copy nothing."""
    run = measure.timed(peer.command(job), job.directory, DEADLINE)
    if not run.problem:
        counters = json.loads(run.output)["counters"]
        if (counters["messages_matched"], counters["messages_copied"]) != (count, 0):
            run.problem = f"{counters['messages_matched']} were found, {counters['messages_copied']} copied"
    entry.runs.append(run)
    return run


def run(bench):
    count = bench.count(1_000_000)
    plain, first, again = Entry("godwit"), Entry("godwit --ledger, new"), Entry("godwit --ledger, again")
    made = ("--accounts", 1, "--messages", count, "--size", SIZE)
    with servers.scratch("bench") as path, Fake(*made) as source, Fake(*made) as destination:
        for number in range(1, bench.runs + 1):
            job = peers.Job(source, destination, destination, [USER], [USER], directory=f"{path}/{number}")
            os.makedirs(job.directory)
            for entry, peer in ((plain, peers.Godwit()), (first, peers.GodwitLedger()), (again, peers.GodwitLedger())):
                took = compare(entry, peer, job, count)
                bench.say(f"{entry.name}, run {number}: {took.seconds:.2f} s {took.problem}")
            shutil.rmtree(job.directory)
    table = Table("nothing to copy", [plain, first, again], count, count * SIZE)
    return Result("one folder of a million messages, compared", [table], [
        *(rss(table, "< 150", entry.name) for entry in table.entries),
        *(Figure(f"{entry.name}: s", entry.seconds()) for entry in table.entries)])
