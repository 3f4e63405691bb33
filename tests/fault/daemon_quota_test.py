#!/usr/bin/env python3
"""The destination is full: the migration waits for a person, with the server's words, and what fits is there once. With
more room and `retry` the rest follows, and nothing is doubled."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
sys.dont_write_bytecode = True
import daemons  # noqa: E402

WORDS = "This mailbox is as full as it gets"
PLUGINS = f"""
protocol imap {{
  mail_plugins = quota imap_quota
}}
plugin {{
  quota = count:User quota
  quota_vsizes = yes
  quota_exceeded_message = {WORDS}
}}
!include_try quota.conf
"""


def limit(server, kib):
    """Sets the room of every account and restarts the server, which reads it at its start."""
    with open(f"{server.directory}/quota.conf", "w", encoding="ascii") as file:
        file.write(f"plugin {{\n  quota_rule = *:storage={kib}K\n}}\n")
    server.stop()
    server.start()


def sizes(server, user):
    """KiB of all messages of an account."""
    account = daemons.compare.Account(server.host, server.port, user, server.password)
    names, _ = account.folders()
    account.close()
    return sum(len(octets) for name in names.values() for octets in daemons.octets_in(server, user, name)) // 1024


def full(stage, seed):
    """The room grows twice before all of it fits."""
    run = daemons.Run(stage, "full", seed, mailboxes=4, messages=400)
    least = min(sizes(run.source, user) for user in run.users)
    limit(run.destination, max(int(least * run.rng.uniform(0.2, 0.5)), 100))
    with run.daemon() as daemon:
        batch = run.submit(daemon)
        for room in (int(least * run.rng.uniform(0.6, 0.9)), 1 << 20):
            parked(run, daemon, batch)
            limit(run.destination, room)
            for migration in daemon.migrations(batch):
                daemon.act("migrations", migration["id"], "retry")
        run.finish(daemon, batch)
    return run


def parked(run, daemon, batch):
    """Until all wait for a person. Nothing stands twice, and some of it is there."""
    daemon.wait(batch, "parked", lambda s: s["states"]["parked"] == len(run.users), 60)
    run.struck, run.strikes = True, run.strikes + 1
    for migration in daemon.migrations(batch):
        error = migration["error"]
        if error["code"] != "over_quota" or WORDS not in f"{error}":
            run.fail("other", f"the error is {error}")
        user = migration["source"]["user"]
        sides = [{"host": side.host, "port": side.port, "user": user, "password": side.password}
                 for side in (run.source, run.destination)]
        result = daemons.compare.compare(user, *sides)
        if result.error or result.counts["extra"] or result.counts["bytes"]:
            run.fail("doubled", f"{user}, while it is full: {result.error} {result.details[:5]}")
        if not 0 < result.counts["missing"] < result.messages:
            run.fail("other", f"{user}: {result.counts['missing']} of {result.messages} are missing while it is full")


if __name__ == "__main__":
    sys.exit(daemons.main(__doc__, {"destination full": full}, plugins="quota", extra=PLUGINS))
