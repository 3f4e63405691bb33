#!/usr/bin/env python3
"""The database of the daemon goes away in the middle: killed with -9, stopped and started, set back to an older dump.
Nothing is lost or doubled, and the daemon goes on by itself, or ends with a status for which it is started again."""
import os
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
sys.dont_write_bytecode = True
import daemons  # noqa: E402
from postgres import Postgres  # noqa: E402

FAILED = 1      # exit status of godwitd, see --help


def postmaster(daemon):
    """Its process id, and those of its clients' servers."""
    with open(f"{daemon.directory}/state/postgres/data/postmaster.pid", encoding="ascii") as file:
        pid = int(file.readline())
    children = []
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        for child in map(int, file.read().split()):
            with open(f"/proc/{child}/cmdline", encoding="utf-8", errors="replace") as command:
                if "[local]" in command.read():
                    children.append(child)
    return pid, children


def private_killed(stage, seed):
    """The daemon cannot do without: it says so and ends, and the next start recovers."""
    run = daemons.Run(stage, "private", seed)
    with run.daemon() as daemon:
        batch = run.submit(daemon)
        run.wait_for(daemon, batch, run.rng.uniform(0.05, 0.8))
        began = time.monotonic()
        os.kill(postmaster(daemon)[0], signal.SIGKILL)
        status = daemon.wait_ended()
        with open(daemon.log, encoding="utf-8") as log:
            said = "private database has ended" in log.read()
        if status != FAILED or not said:
            run.fail("other", f"status {status}: {daemon.tail()[-500:]}")
        if time.monotonic() - began > 10:
            run.fail("other", f"it took {time.monotonic() - began:.1f} s to end")
        daemon.start()
        run.finish(daemon, batch)
    return run


def backend_killed(stage, seed):
    """PostgreSQL cuts off everybody and recovers by itself."""
    run = daemons.Run(stage, "backend", seed)
    with run.daemon() as daemon:
        batch = run.submit(daemon)
        run.wait_for(daemon, batch, run.rng.uniform(0.05, 0.8))
        os.kill(run.rng.choice(postmaster(daemon)[1]), signal.SIGKILL)
        run.finish(daemon, batch)
    return run


def given_away(stage, seed, name, end):
    """A database of an operator's goes away by `end`, for a moment or for longer than the lease."""
    run = daemons.Run(stage, name, seed)
    with Postgres(f"{run.path}/postgres") as postgres, run.daemon(f"database:\n  url: {postgres.url}\n") as daemon:
        batch = run.submit(daemon)
        run.wait_for(daemon, batch, run.rng.uniform(0.05, 0.8))
        end(postgres)
        time.sleep(run.rng.choice((0, 1, 5)))        # how long it is away is the fault
        postgres.start()
        run.finish(daemon, batch)
    return run


def set_back(stage, seed):
    """Receipts and intents of what was copied since the dump are gone."""
    run = daemons.Run(stage, "dump", seed)
    with Postgres(f"{run.path}/postgres") as postgres, run.daemon(f"database:\n  url: {postgres.url}\n") as daemon:
        batch = run.submit(daemon)
        first = run.rng.uniform(0.05, 0.5)
        run.wait_for(daemon, batch, first)
        postgres.dump(f"{run.path}/dump")
        run.wait_for(daemon, batch, run.rng.uniform(first, 0.95))
        if run.rng.random() < 0.5:
            daemon.kill()
        else:
            daemon.stop()
        postgres.restore(f"{run.path}/dump")
        daemon.start()
        run.finish(daemon, batch)
    return run


FAULTS = {
    "private database killed": private_killed,
    "backend killed": backend_killed,
    "database stopped": lambda stage, seed: given_away(stage, seed, "stopped", Postgres.stop),
    "database killed": lambda stage, seed: given_away(stage, seed, "external", Postgres.kill),
    "database set back": set_back,
}

if __name__ == "__main__":
    sys.exit(daemons.main(__doc__, FAULTS))
