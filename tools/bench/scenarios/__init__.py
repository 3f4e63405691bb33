"""Every scenario is a module: its docstring, on one line, says what it is, and run(bench) returns a results.Result."""
from scenarios import import_csv, large, ledger, memory, migrate, resume, small, tls

SCENARIOS = {
    "small": small, "large": large, "tls": tls,
    "migrate": migrate, "import": import_csv, "memory": memory, "ledger": ledger, "resume": resume,
}
