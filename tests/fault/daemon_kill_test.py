#!/usr/bin/env python3
"""The daemon is killed with -9 at random moments and restarted at once: nothing is lost or doubled. Then SIGTERM in the
middle, and pause and resume."""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
sys.dont_write_bytecode = True
import daemons  # noqa: E402


def killed(stage, seed):
    """Some kills, a few of them so early that the daemon had not begun."""
    run = daemons.Run(stage, "killed", seed)
    with run.daemon() as daemon:
        batch = run.submit(daemon)
        for fraction in sorted(run.rng.uniform(0, 0.9) for _ in range(run.rng.randint(2, 4))):
            if run.rng.random() < 0.8:
                run.wait_for(daemon, batch, fraction)
            time.sleep(run.rng.uniform(0, 0.3))     # the moment is the fault
            daemon.kill()
            daemon.start()
        run.finish(daemon, batch)
    return run


def stopped_and_paused(stage, seed):
    """As an operator does."""
    run = daemons.Run(stage, "stopped", seed)
    with run.daemon() as daemon:
        batch = run.submit(daemon)
        run.wait_for(daemon, batch, 0.2)
        seconds, status = daemon.stop()
        if seconds > 10 or status != 0:
            run.fail("other", f"SIGTERM took {seconds:.1f} s, status {status}")
        daemon.start()
        run.wait_for(daemon, batch, 0.5)
        daemon.act("batches", batch, "pause")
        daemon.wait(batch, "paused", lambda s: s["states"]["running"] == 0, 30)
        daemon.act("batches", batch, "resume")
        run.finish(daemon, batch)
    return run


if __name__ == "__main__":
    sys.exit(daemons.main(__doc__, {"daemon killed": killed, "stopped and paused": stopped_and_paused}))
