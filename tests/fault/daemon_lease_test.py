#!/usr/bin/env python3
"""Two daemons on one database. The one that copies is stopped for longer than its lease; the other takes over; the
first goes on. Nothing is lost or doubled, and the first stores nothing more: its connections are reset."""
import os
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
sys.dont_write_bytecode = True
import daemons  # noqa: E402
from postgres import Postgres  # noqa: E402

sys.path.insert(0, f"{daemons.ROOT}/tools/bench")
from counting_proxy import CountingProxy  # noqa: E402

LEASE = 3      # of daemons.SETTINGS, in seconds


def stolen(stage, seed):
    """The first may wake up before the other has noticed, while it copies, or after it has finished."""
    run = daemons.Run(stage, "stolen", seed)
    with Postgres(f"{run.path}/postgres") as postgres, CountingProxy(run.destination) as proxy:
        settings = f"database:\n  url: {postgres.url}\nsecrets:\n  key_file: {run.path}/secret.key\n"
        first, second = (run.daemon(settings, name) for name in ("first", "second"))
        direct, run.destination = run.destination, proxy
        with first:
            batch = run.submit(first, tls=False)
            run.wait_for(first, batch, run.rng.uniform(0.1, 0.6))
            first.signal(signal.SIGSTOP)
            ended = time.monotonic() + LEASE
            held = [connection for connection in proxy.connections if not connection.ended]
            if not held:
                run.fail("other", "the first was not copying")
            with second:
                if run.rng.random() < 0.4:
                    second.wait_done(batch, daemons.DONE_SECONDS)
                time.sleep(max(ended + run.rng.uniform(0, 2) - time.monotonic(), 0))    # the moment is the fault
                first.signal(signal.SIGCONT)
                woken = time.monotonic()
                run.finish(second, batch)
                judge_first(run, first, held, woken)
        run.destination = direct
    return run


def judge_first(run, first, held, woken):
    """What came over the connections that it had when it was stopped."""
    deadline = time.monotonic() + 10
    while any(not connection.ended for connection in held) and time.monotonic() < deadline:
        time.sleep(0.02)   # between two looks
    late = sum(at > woken for connection in held for at in connection.appended)
    if late:
        run.fail("doubled", f"the first appended {late} times after it was woken", late)
    ends = [connection.ended for connection in held if connection.ended_at is None or connection.ended_at > woken]
    # One that had just come to its end in order has nothing left to be taken back.
    if any(end not in ("reset", "end") for end in ends) or "reset" not in ends:
        run.fail("other", f"the connections of the first ended thus: {ends}")
    with open(first.log, encoding="utf-8") as log:
        if '"lease lost"' not in log.read():
            run.fail("other", "the first does not know that it lost its lease")


if __name__ == "__main__":
    sys.exit(daemons.main(__doc__, {"lease stolen": stolen}))
