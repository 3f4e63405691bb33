"""a CSV of 100,000 rows of which 10 are wrong"""
import time

import godwitd
import servers
from measure import Sampler
from results import Figure, Result
from scenarios.pairs import MIB


def csv_with_mistakes(count):
    """`count` rows as bytes, and what is wrong: {row: (column, code)}."""
    header = ["source_host", "source_port", "source_tls", "source_user", "source_password", "destination_host",
              "destination_port", "destination_tls", "destination_user", "destination_password", "options"]
    lines, wrong = [",".join(header).encode()], {}
    step = count // 11
    kinds = [("source_port", "bad_port"), ("source_password", "empty"), ("options", "unknown_option"), ("", "column_count"),
             ("destination_user", "bad_encoding")]
    for number in range(count):
        row = ["imap.old.example", "993", "implicit", f"user{number}@old.example", f"pass-{number}", "imap.new.example",
               "143", "starttls", f"user{number}@new.example", f"word-{number}", ""]
        raw = None
        if number and number % step == 0 and len(wrong) < 10:
            column, code = kinds[len(wrong) % len(kinds)]
            wrong[number + 2] = (column, code)
            if code == "bad_port":
                row[1] = "70000"
            elif code == "empty":
                row[4] = ""
            elif code == "unknown_option":
                row[10] = "--nosuchoption"
            elif code == "column_count":
                row.append("surplus")
            else:
                raw = ",".join(row).encode().replace(b"@new", b"\xff\xfe@new")
        lines.append(raw or ",".join(row).encode())
    return b"\n".join(lines) + b"\n", wrong


def run(bench):
    count = bench.count(100_000)
    text, wrong = csv_with_mistakes(count)
    with servers.scratch("bench") as path, godwitd.Godwitd(path, "", "") as daemon:
        daemon.request("POST", "/api/v1/actions/pause", {})
        batch = daemon.create_batch("bench")
        before = daemon.rss()
        began = time.monotonic()
        with Sampler(daemon.rss) as sampler:
            status, answer = daemon.request("POST", f"/api/v1/batches/{batch}/imports", text, "text/csv")
        took = time.monotonic() - began
        named = {error["row"]: (error.get("column") or "", error["code"]) for error in answer["errors"]}
        queued = daemon.batch(batch)["states"]["ready"]
    return Result("a file of accounts", figures=[
        Figure("rows in the file", count), Figure("status", status, "= 201", must=True), Figure("import, s", took, "<= 10"),
        Figure("more memory, MiB", (max(sampler.samples) - before) / MIB, "<= 32"),
        Figure("wrong rows named by row, column and code", sum(named.get(row) == what for row, what in wrong.items()),
               f"= {len(wrong)}", must=True),
        Figure("other errors", len(set(named) - set(wrong)), "= 0", must=True),
        Figure("rows queued", queued, f"= {count - len(wrong)}", must=True)])
