"""Changes that an account's owner makes with a mail program; which messages they hit follows from the seed."""
import collections
import dataclasses
import random

import corpus
import imap_client


@dataclasses.dataclass
class Mix:
    """How many messages of each kind; `moved` is to another folder."""
    new: int = 0
    flags: int = 0
    expunged: int = 0
    moved: int = 0

    def __add__(self, other):
        return Mix(*(one + more for one, more in zip(dataclasses.astuple(self), dataclasses.astuple(other))))

    @property
    def left_behind(self):
        """Copies at most that then stand at a destination where nothing is deleted, and no more at the source."""
        return self.expunged + self.moved


def usual(count):
    """So many changes, four at least: of ten, four are new, three change flags, two are expunged, one is moved."""
    flags, expunged, moved = (max(1, count * share // 10) for share in (3, 2, 1))
    return Mix(max(1, count - flags - expunged - moved), flags, expunged, moved)


class Owner:
    """Of an account with these folders, with mail in each; `done` is the Mix of all changes so far."""

    def __init__(self, server, user, folders, seed="owner"):
        self._server, self._user, self._folders, self._rng = server, user, folders, random.Random(seed)
        self._rounds, self.done = 0, Mix()

    def change(self, mix):
        """Fewer than asked for where folders have no more messages to change."""
        connection = imap_client.Connection(self._server.host, self._server.port)
        connection.login(self._user, self._server.password)
        for folder, uids in self._some(connection, mix.expunged, b"ALL"):
            connection.command(b"UID STORE %s +FLAGS.SILENT (\\Deleted)" % uids)
            connection.command(b"UID EXPUNGE " + uids)
        for folder, uids in self._some(connection, mix.moved, b"ALL"):
            others = [other for other in self._folders if other != folder] or [folder]
            connection.command(b"UID MOVE %s %s" % (uids, imap_client.quoted(self._rng.choice(others))))
        for folder, uids in self._some(connection, mix.flags, b"UNFLAGGED"):
            connection.command(b"UID STORE %s +FLAGS.SILENT (\\Flagged)" % uids)
        connection.logout()
        self._rounds += 1
        for folder, count in self._shared_out(mix.new):
            corpus.fill(self._server, self._user, corpus.small(count, seed=f"new-{self._rounds}-{folder}"), folder)
        self.done += mix

    def _shared_out(self, count):
        """(folder, how many) in random folders."""
        return sorted(collections.Counter(self._rng.choices(self._folders, k=count)).items())

    def _some(self, connection, count, key):
        """Yields (folder, UIDs as a set of IMAP) with the folder selected."""
        for folder, wanted in self._shared_out(count):
            connection.command(b"SELECT " + imap_client.quoted(folder))
            found = next(row[1:] for row in connection.command(b"UID SEARCH " + key) if row[0] == b"SEARCH")
            if chosen := self._rng.sample(found, min(wanted, len(found))):
                yield folder, b",".join(chosen)
