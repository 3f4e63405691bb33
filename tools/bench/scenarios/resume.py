"""a folder of 100,000 messages, killed with -9 when half is copied: what passes until copying goes on"""
import time

import corpus
import godwitd
from counting_proxy import CountingProxy
from results import Figure, Result
from scenarios.pairs import dovecots, exactness


def run(bench):
    messages, user = bench.count(100_000), "user1"
    with dovecots(bench, destination={"fsync": "optimized"}) as (path, source, destination), \
            CountingProxy(source) as ours, CountingProxy(destination) as theirs:
        corpus.fill(source, user, corpus.tiny(messages))
        with godwitd.Godwitd(path, source.ca) as daemon:
            batch = daemon.create_batch("bench")
            daemon.import_rows(batch, godwitd.rows(ours, theirs, [user], tls=False))
            summary = daemon.wait(batch, "half done", lambda s: s["progress"]["messages_copied"] >= messages / 2, 600)
            daemon.kill()
            began = time.monotonic()
            daemon.start()
            serves = time.monotonic() - began
            daemon.wait(batch, "copying again", lambda s: theirs.first_append(began), 600)
            first = theirs.first_append(began)
            done = daemon.wait_done(batch, 600)
            total = time.monotonic() - began
            counts = godwitd.compare(source, destination, [user])
    return Result("a daemon killed in the middle of a folder", figures=[
        Figure("messages in the folder", messages),
        Figure("copied before kill -9", summary["progress"]["messages_copied"]),
        Figure("until the daemon serves, s", serves), Figure("until the next message is stored, s", first - began),
        Figure("round trips until then, source", ours.round_trips(began, first)),
        Figure("round trips until then, destination", theirs.round_trips(began, first)),
        Figure("copied by the second pass", done["progress"]["messages_copied"]),
        Figure("until all is there, s", total), exactness(counts)])
