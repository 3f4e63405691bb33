"""20 mailboxes, 10,000 messages, through CSV, REST and the daemon; then a second pass"""
import time

import godwitd
from measure import Sampler
from results import Figure, Result
from scenarios.pairs import MIB, dovecots, exactness, users

MAILBOXES = 20


def run(bench):
    messages = bench.count(10_000)
    with dovecots(bench, source={"layout": "maildir", "prefix": "INBOX."}) as (path, source, destination):
        godwitd.populate(source, MAILBOXES, messages)
        with godwitd.Godwitd(path, source.ca) as daemon:
            batch = daemon.create_batch("bench")
            began = time.monotonic()
            daemon.import_rows(batch, godwitd.rows(source, destination, users(MAILBOXES)))
            with Sampler(daemon.rss) as sampler:
                summary = daemon.wait_done(batch, 600)
            first = time.monotonic() - began
            counts = godwitd.compare(source, destination, users(MAILBOXES))
            daemon.act("batches", batch, "start")
            began = time.monotonic()
            daemon.wait(batch, "passed again", lambda s: s["states"]["done"] == MAILBOXES and
                        s["progress"]["messages_matched"] == messages, 600)
            second = time.monotonic() - began
            copied = sum(daemon.request("GET", f"/api/v1/migrations/{m['id']}/passes")[1]["data"][0]["counters"]
                         ["messages_copied"] for m in daemon.migrations(batch))
    return Result("20 mailboxes through the daemon, and a second pass", figures=[
        Figure("messages at the source", counts["messages"]), Figure("first pass, s", first),
        Figure("messages a second", messages / first), Figure("bytes copied", summary["progress"]["bytes_copied"]),
        Figure("peak RSS, MiB", max(sampler.samples) / MIB), exactness(counts),
        Figure("second pass, s", second), Figure("copied by the second pass", copied, "= 0", must=True)])
