"""resident memory of the daemon idle, and with 100 syncs running"""
import statistics
import time

import godwitd
from measure import Sampler
from results import Figure, Result
from scenarios.pairs import MIB, dovecots, exactness, users

MAILBOXES = 100
IDLE_SECONDS = 3         # what idle means
SETTINGS = ("limits:\n  hosts:\n    default:\n      connections_as_source: 200\n"
            "      connections_as_destination: 200\n")


def run(bench):
    with dovecots(bench, destination={"fsync": "optimized"}) as (path, source, destination):
        godwitd.populate(source, MAILBOXES, bench.count(10_000))
        with godwitd.Godwitd(path, source.ca, SETTINGS) as daemon:
            time.sleep(IDLE_SECONDS)
            idle = statistics.median(daemon.rss() for _ in range(20))
            batch = daemon.create_batch("bench")
            daemon.import_rows(batch, godwitd.rows(source, destination, users(MAILBOXES)))
            with Sampler(lambda: (daemon.rss(), daemon.batch(batch)["states"]["running"])) as sampler:
                daemon.wait_done(batch, 600)
            counts = godwitd.compare(source, destination, users(MAILBOXES))
    most = max(running for _, running in sampler.samples)
    return Result("memory of the daemon", figures=[
        Figure("idle RSS, MiB", idle / MIB, "<= 30"), Figure("syncs running at once", most, "= 100"),
        Figure("RSS with them, MiB", max(rss for rss, running in sampler.samples if running == most) / MIB, "<= 120"),
        Figure("peak RSS, MiB", max(rss for rss, _ in sampler.samples) / MIB), exactness(counts)])
