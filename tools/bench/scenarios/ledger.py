"""what the ledger of a million messages takes in PostgreSQL"""
import subprocess
import time

import godwitd
import servers
from postgres import Postgres
from results import Figure, Result
from scenarios.pairs import MIB

LASTING, IN_FLIGHT = ("ledger_folders", "ledger_segments"), ("ledger_intents", "ledger_receipts")


def run(bench):
    messages = bench.count(1_000_000)
    with servers.scratch("bench") as path, Postgres(f"{path}/postgres") as postgres:

        def size(tables):
            names = ", ".join(f"'{table}'" for table in tables)
            return int(postgres.sql(f"select sum(pg_total_relation_size(oid)) from pg_class where relname in ({names})"))

        began = time.monotonic()
        subprocess.run([f"{godwitd.BINARIES}/ledger_size", postgres.url, str(messages), str(max(messages // 10, 1))],
                       check=True, stderr=subprocess.DEVNULL)
        took, at_once = time.monotonic() - began, size(IN_FLIGHT)
        postgres.sql("vacuum")
        kept, left = size(LASTING), size(IN_FLIGHT)
        postgres.sql("vacuum full")
        packed = size(LASTING)
    return Result("the ledger in PostgreSQL", figures=[
        Figure("messages", messages), Figure("written in, s", took),
        Figure("bytes a message that last (20, and overhead)", kept / messages),
        Figure("the same, packed by VACUUM FULL", packed / messages),
        Figure("tables of work in flight, MiB", at_once / MIB), Figure("the same after VACUUM, used again", left / MIB)])
