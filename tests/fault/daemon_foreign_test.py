#!/usr/bin/env python3
"""Others put mail into the destination while the daemon copies and is killed with -9: their mail stays as it is, and
nothing of ours is lost or doubled. Some has the Message-ID of a message that was just migrated, and another body."""
import collections
import os
import re
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
sys.dont_write_bytecode = True
import daemons  # noqa: E402
from imap_client import quoted  # noqa: E402

PAUSE = 0.02        # between two foreign messages
MESSAGE_ID = re.compile(rb"^message-id:\s*(\S+)", re.IGNORECASE | re.MULTILINE)


def message_ids(server, user):
    """How often each stands at the source. Where it stands more than once, a copy cannot be told from a stranger's."""
    account = daemons.compare.Account(server.host, server.port, user, server.password)
    names, _ = account.folders()
    account.close()
    return collections.Counter(found[1] for name in names.values() for octets in daemons.octets_in(server, user, name)
                               if (found := MESSAGE_ID.search(octets)))


class Stranger(threading.Thread):
    """Signs in to one account after the other and appends to a folder that has mail already."""

    def __init__(self, run):
        super().__init__()
        self.run_, self.over, self.appended, self.error = run, threading.Event(), 0, None
        self.ids = {user: message_ids(run.source, user) for user in run.users}

    def run(self):
        try:
            while not self.over.wait(PAUSE):
                self._visit(self.run_.rng.choice(self.run_.users))
        except Exception as error:
            self.error = error

    def _visit(self, user):
        rng, connection = self.run_.rng, daemons.sign_in(self.run_.destination, user)
        folders = [row[3] for row in connection.command(b'LIST "" "*"')
                   if row[0] == b"LIST" and b"\\Noselect" not in row[1]]
        folder = rng.choice(folders)
        count = next(int(row[0]) for row in connection.command(b"SELECT " + quoted(folder)) if row[1:] == [b"EXISTS"])
        for number in rng.sample(range(1, count + 1), min(count, 3)):
            rows = connection.command(b"FETCH %d (BODY.PEEK[])" % number)
            octets = next(row[2][1] for row in rows if row[1:2] == [b"FETCH"])
            found = MESSAGE_ID.search(octets)
            if found and self.ids[user][found[1]] == 1:
                self._append(connection, user, folder, octets.split(b"\r\n\r\n", 1)[0])
        if count:
            self._append(connection, user, folder, b"Message-ID: <foreign%d@example.net>" % self.appended)
        connection.logout()

    def _append(self, connection, user, folder, head):
        octets = head + b"\r\n\r\nnumber %d of a stranger\r\n" % self.appended
        self.appended += 1
        self.run_.foreign.setdefault(user, {}).setdefault(folder, []).append(octets)
        connection.append(quoted(folder), b"()", octets)


def foreign(stage, seed):
    """Two kills among it."""
    run = daemons.Run(stage, "foreign", seed, mailboxes=6)
    with run.daemon() as daemon:
        batch = run.submit(daemon)
        run.wait_for(daemon, batch, 0.05)
        stranger = Stranger(run)
        stranger.start()
        try:
            for fraction in sorted(run.rng.uniform(0.1, 0.9) for _ in range(2)):
                run.wait_for(daemon, batch, fraction)
                time.sleep(run.rng.uniform(0, 0.3))     # the moment is the fault
                daemon.kill()
                daemon.start()
        finally:
            stranger.over.set()
            stranger.join()
        if stranger.error or not stranger.appended:
            run.fail("other", f"the stranger appended {stranger.appended}: {stranger.error!r}")
        run.finish(daemon, batch)
    return run


if __name__ == "__main__":
    sys.exit(daemons.main(__doc__, {"foreign mail": foreign}))
