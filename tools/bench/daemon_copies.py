"""Copies of many accounts by the daemon, as runs that can be set beside those of other tools."""
import time

import godwitd
import measure


def limits(passes, connections):
    """Settings of a daemon that may do so much at once."""
    return (f"limits:\n  passes: {passes}\n  hosts:\n    default:\n      connections_as_source: {connections}\n"
            f"      connections_as_destination: {connections}\n")


def copy(daemon, name, source, destination, users, destination_users, deadline):
    """The Run of one batch, from the import of its file to the end of its last migration, and the most migrations that
    were seen running at once. Memory is that of the daemon itself, processor time that of its database as well."""
    batch, pid, most = daemon.create_batch(name), daemon.process.pid, 0
    text = godwitd.rows(source, destination, users, tls=False, destination_users=destination_users)

    def done(summary):
        nonlocal most
        most = max(most, summary["states"]["running"])
        return summary["states"]["done"] == summary["migrations"]

    measure.reset_peak_rss(pid)
    cpu, began = measure.tree_cpu(pid), time.monotonic()
    run = measure.Run()
    status, answer = daemon.import_rows(batch, text)
    if status != 201:
        run.problem = f"import: {status} {answer}"
        return run, most
    try:
        daemon.wait(batch, "done", done, deadline)
    except AssertionError as error:
        run.problem = str(error)[:400]
    run.seconds, run.cpu, run.rss = time.monotonic() - began, measure.tree_cpu(pid) - cpu, measure.peak_rss(pid)
    return run, most
