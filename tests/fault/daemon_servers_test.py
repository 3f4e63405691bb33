#!/usr/bin/env python3
"""Mail servers go away in the middle, in order or by kill -9, and come back: nothing is lost or doubled."""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
sys.dont_write_bytecode = True
import daemons  # noqa: E402


def restarted(stage, seed, side):
    """Twice in a run."""
    run = daemons.Run(stage, side, seed)
    server = getattr(run, side)
    with run.daemon() as daemon:
        batch = run.submit(daemon)
        for fraction in sorted(run.rng.uniform(0.05, 0.8) for _ in range(2)):
            run.wait_for(daemon, batch, fraction)
            run.rng.choice((server.stop, server.kill))()
            time.sleep(run.rng.choice((0, 0.5, 2)))      # how long it is away is the fault
            server.start()
        if side == "destination":
            run.another_pass(daemon, batch)              # a server that was killed finds messages when it repairs itself
        run.finish(daemon, batch)
    return run


FAULTS = {
    "source restarted": lambda stage, seed: restarted(stage, seed, "source"),
    "destination restarted": lambda stage, seed: restarted(stage, seed, "destination"),
}

if __name__ == "__main__":
    sys.exit(daemons.main(__doc__, FAULTS))
