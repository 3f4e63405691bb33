#!/usr/bin/env python3
"""20 mailboxes from Dovecot to Dovecot through CSV, REST and the daemon, compared byte for byte by compare.py."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "../../tools/servers"))
sys.dont_write_bytecode = True
import godwitd  # noqa: E402
import servers  # noqa: E402
from godwitd import expect  # noqa: E402

MAILBOXES = 20
MESSAGES = 10_000 if os.environ.get("GODWIT_LONG") == "1" else 2_000
CANARY = "canary-7f3a9c-never-shown"
USERS = [f"user{number}" for number in range(1, MAILBOXES + 1)]


def folders_of(daemon, migration):
    return daemon.request("GET", f"/api/v1/migrations/{migration['id']}/folders?limit=1000")[1]["data"]


def mappings(daemon, batch):
    return {m["id"]: [(f["source"], f["destination"], f["rule"]) for f in folders_of(daemon, m)]
            for m in daemon.migrations(batch)}


def check_preflight(daemon, batch, source, destination):
    """In a paused batch: the mapping is shown, nothing is written. The mappings."""
    status, answer = daemon.act("batches", batch, "preflight")
    expect("preflights are queued", status == 200 and answer["changed"] == MAILBOXES, (status, answer))
    daemon.wait(batch, "looked at", lambda s: s["preflights"] == 0)
    seen = {(m["state"], m["phase"], m["attempts"], m["preflight"]["result"]) for m in daemon.migrations(batch)}
    expect("the migrations are as before", seen == {("ready", "presync", 0, "succeeded")}, seen)
    found = mappings(daemon, batch)
    expect("the folders are shown", all(any(name == "INBOX" for name, _, _ in each) for each in found.values()), found)
    counts = godwitd.compare(source, destination, USERS)
    expect("nothing was written", counts["missing"] == MESSAGES and counts["folders"] > 0, counts)
    return found


def check_folders(daemon, batch, planned):
    """What the folders say adds up, and they went where the preflight said."""
    for migration in daemon.migrations(batch):
        folders, totals = folders_of(daemon, migration), migration["progress"]
        for name in (name for name in totals if name != "folders_total"):
            parts = sum(folder["counters"][name] for folder in folders)
            if parts != totals[name]:
                raise AssertionError(f"{name} of {migration['id']}: {parts}, not {totals[name]}")
        for counters, skipped in [(f["counters"], f["skipped"]) for f in folders]:
            ended = sum(counters[f"messages_{what}"] for what in ("matched", "copied", "skipped", "failed"))
            if counters["messages_total"] != ended or counters["messages_skipped"] != sum(skipped.values()):
                raise AssertionError(f"{counters} {skipped}")
    expect("the folders of each migration add up to its progress", True)
    found = mappings(daemon, batch)
    expect("the folders went where the preflight said", found == planned, (planned, found))


def check_copy(daemon, source, destination):
    batch = daemon.create_batch("acme")
    daemon.act("batches", batch, "pause")
    status, answer = daemon.import_rows(batch, godwitd.rows(source, destination, USERS))
    expect("all rows are stored", status == 201 and answer["stored"] == MAILBOXES, (status, answer))
    planned = check_preflight(daemon, batch, source, destination)
    daemon.act("batches", batch, "resume")
    summary = daemon.wait_done(batch, 300)
    counts = godwitd.compare(source, destination, USERS)
    expect(f"{MESSAGES} messages are there", counts["messages"] == MESSAGES, counts)
    expect("nothing is missing, extra or different", not godwitd.differences(counts), godwitd.differences(counts))
    expect("the progress says so", summary["progress"]["messages_copied"] == MESSAGES, summary["progress"])
    check_folders(daemon, batch, planned)
    return batch


def check_second_pass(daemon, batch, source, destination):
    status, answer = daemon.act("batches", batch, "start")
    expect("a second pass is asked for", status in (200, 202), (status, answer))
    daemon.wait(batch, "started", lambda s: s["states"]["done"] < MAILBOXES or
                s["progress"]["messages_matched"] == MESSAGES)
    daemon.wait_done(batch)
    passes = [daemon.request("GET", f"/api/v1/migrations/{m['id']}/passes")[1]["data"] for m in daemon.migrations(batch)]
    kinds = {tuple(one["kind"] for one in each) for each in passes}
    expect("each migration had a preflight and two passes", kinds == {("sync", "sync", "preflight")}, kinds)
    copied = sum(each[0]["counters"]["messages_copied"] for each in passes)
    expect("the second pass copied nothing", copied == 0, copied)
    expect("and changed nothing", not godwitd.differences(godwitd.compare(source, destination, USERS)))


def check_bad_rows(daemon, source, destination):
    """Bad rows are named, good ones stored; a wrong password parks and is not shown anywhere."""
    batch = daemon.create_batch("odd")
    lines = godwitd.rows(source, destination, ["odd1", "odd2", "odd3"], CANARY).splitlines()
    lines[2] = lines[2].replace(f",{source.tls_port},", ",99999,")
    status, answer = daemon.import_rows(batch, "\n".join(lines) + "\n")
    errors = [(error["row"], error["column"], error["code"]) for error in answer["errors"]]
    expect("the bad port is named by row, column and code", errors == [(3, "source_port", "bad_port")], answer)
    expect("the good rows are stored", status == 201 and answer["stored"] == 2, (status, answer))
    summary = daemon.wait(batch, "tried", lambda s: s["states"]["retrying"] + s["states"]["parked"] == 2)
    seen = str(daemon.migrations(batch)) + str(summary)
    expect("a wrong password is said to be one", "auth_failed" in seen, seen[:500])
    listing = daemon.request("GET", "/metrics")[1]
    with open(daemon.log, encoding="utf-8") as file:
        everything = seen + listing + file.read()
    expect("no password is in answers, metrics or logs", CANARY not in everything and source.password not in everything)
    status, _ = daemon.act("batches", batch, "cancel")
    expect("the batch is cancelled", status in (200, 202), status)


def check_metrics(daemon):
    text = daemon.request("GET", "/metrics")[1]
    found = dict(re.findall(r"^(godwit_\w+(?:\{[^}]*\})?) ([0-9.e+]+)$", text, re.MULTILINE))
    copied = float(found.get('godwit_messages_total{op="copied"}', 0))
    expect("metrics count the copied messages", copied == MESSAGES, copied)


def main():
    reason = godwitd.missing()
    if reason:
        print("SKIPPED:", reason)
        return 0
    with servers.scratch("migrate") as path, \
            servers.Dovecot(f"{path}/source", ca_directory=f"{path}/ca", layout="maildir", prefix="INBOX.") as source, \
            servers.Dovecot(f"{path}/destination", ca_directory=f"{path}/ca") as destination:
        godwitd.populate(source, MAILBOXES, MESSAGES)
        with godwitd.Godwitd(path, source.ca) as daemon:
            batch = check_copy(daemon, source, destination)
            check_second_pass(daemon, batch, source, destination)
            check_metrics(daemon)
            check_bad_rows(daemon, source, destination)
            seconds, status = daemon.stop()
            expect("SIGTERM ends the daemon within 10 s, with 0", seconds < 10 and status == 0, (seconds, status))
    return 0


if __name__ == "__main__":
    sys.exit(main())
