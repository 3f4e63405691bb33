"""Every scenario is a module: its docstring, on one line, says what it is, and run(bench) returns a results.Result."""
from scenarios import (delta, delta_small, folders, fsync, import_csv, large, latency, ledger, link, mailboxes, memory,
                       migrate, million, resume, small, syncs, tls)

SCENARIOS = {
    "small": small, "large": large, "tls": tls, "fsync": fsync, "latency": latency, "link": link, "folders": folders,
    "delta": delta, "delta_small": delta_small, "mailboxes": mailboxes, "syncs": syncs, "million": million,
    "migrate": migrate, "import": import_csv, "memory": memory, "ledger": ledger, "resume": resume,
}
