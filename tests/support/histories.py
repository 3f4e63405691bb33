"""A random history of two mailboxes on real servers: what their users do between passes. Everything follows from the seed.

What share a Message-ID and differ have sizes and dates of their own, and stay in INBOX with some mail that nobody moves: only
where a server is seen to keep sizes and dates can they be told apart.
"""
import collections
import datetime
import random
import re

import imap_client
from history_model import Folder, subject_of
from scenario import Message, coded, decoded

FLAGS = ("\\Seen", "\\Answered", "\\Flagged", "\\Draft", "$Forwarded", "work")
FEW = 8          # strangers in a folder: of more Godwit thinks that it is another mailbox
_STARTED = datetime.datetime(2024, 2, 1, tzinfo=datetime.timezone.utc)


class Mailbox:
    """An account over one connection that stays."""

    def __init__(self, account):
        self._connection = imap_client.Connection(account.server.host, account.server.port)
        self._connection.login(account.user, account.server.password)
        self._selected = None

    def close(self):
        self._connection.logout()

    def picture(self):
        """{folder: Folder} of everything, looked at afresh."""
        rows = self._connection.command(b'LIST "" "*"')
        names = sorted(decoded(row[3]) for row in rows if row[0] == b"LIST" and b"\\noselect" not in map(bytes.lower, row[1]))
        self._selected = None
        return {name: self._read(name) for name in names}

    def _read(self, name):
        rows = self._connection.command(b"EXAMINE " + coded(name))
        validity = next(re.search(rb"\d+", row[2])[0] for row in rows if row[1:2] == [b"[UIDVALIDITY"])
        folder = Folder(int(validity))
        if any(int(row[0]) for row in rows if row[1:] == [b"EXISTS"]):
            for row in self._connection.command(b"UID FETCH 1:* (UID FLAGS INTERNALDATE BODY.PEEK[])"):
                values = dict(zip(row[2][::2], row[2][1::2]))
                date = datetime.datetime.strptime(values[b"INTERNALDATE"].decode().strip(), "%d-%b-%Y %H:%M:%S %z")
                flags = frozenset(flag.decode() for flag in values[b"FLAGS"] if flag.lower() != b"\\recent")
                folder.messages[int(values[b"UID"])] = Message(values[b"BODY[]"], flags, date, int(values[b"UID"]))
        return folder

    def append(self, name, message):
        date = message.date.strftime("%d-%b-%Y %H:%M:%S %z")
        self._connection.append(coded(name), f'({" ".join(sorted(message.flags))}) "{date}"'.encode(), message.octets)

    def _in(self, name, *lines):
        if self._selected != name:
            self._connection.command(b"SELECT " + coded(name))
            self._selected = name
        for line in lines:
            self._connection.command(line)

    def expunge(self, name, uid):
        self._in(name, b"UID STORE %d +FLAGS.SILENT (\\Deleted)" % uid, b"UID EXPUNGE %d" % uid)

    def set_flags(self, name, uid, flags):
        self._in(name, b"UID STORE %d FLAGS (%s)" % (uid, " ".join(sorted(flags)).encode()))

    def move(self, name, message, to, by_append):
        """With the server's MOVE, or as clients did before: APPEND there, EXPUNGE here."""
        if by_append:
            self.append(to, message)
            self.expunge(name, message.uid)
        else:
            self._in(name, b"UID MOVE %d %s" % (message.uid, coded(to)))

    def copy(self, name, message, to):
        self._in(name, b"UID COPY %d %s" % (message.uid, coded(to)))

    def create(self, name):
        self._connection.command(b"CREATE " + coded(name))

    def rename(self, name, to):
        self._selected = None
        self._connection.command(b"RENAME %s %s" % (coded(name), coded(to)))

    def delete(self, name):
        # Dovecot ends a session whose folder is deleted, also one that it selected under an older name.
        self._connection.command(b"EXAMINE INBOX")
        self._selected = None
        self._connection.command(b"DELETE " + coded(name))

    def make_anew(self, name, folder):
        """The same messages, another UIDVALIDITY."""
        self.delete(name)
        self.create(name)
        for message in folder.messages.values():
            self.append(name, message)


class History:
    """`source` and `destination` are Mailboxes; `log` says what was done."""

    def __init__(self, seed, source, destination):
        self.rng, self.source, self.destination, self.log = random.Random(seed), source, destination, []
        self._number, self._folders, self._dates = 0, 0, 0
        self._anchors, self._shared, self._sharing = set(), set(), []
        self._old_names, self._strangers = [], collections.Counter()

    def chance(self, percent):
        return self.rng.random() * 100 < percent

    def begin(self):
        """The mailbox before the first pass; at times another tool has copied some of it."""
        for _ in range(3):
            message = self._compose()
            self._anchors.add(message.octets)
            self.source.append("INBOX", message)
        for _ in range(self.rng.randrange(4)):
            self._create_folder(self.source.picture())
        for _ in range(5 + self.rng.randrange(15)):
            self._add_message(self.source.picture())
        if self.chance(30):
            for name, folder in self.source.picture().items():
                some = [message for message in folder.messages.values() if self.chance(30)][:FEW]
                if some and name not in self.destination.picture():
                    self.destination.create(name)
                for message in some:
                    self._note("another tool has copied to", name, message)
                    self.destination.append(name, self._reflagged(message))

    def change(self):
        """What happens before the next pass; at times nothing."""
        for _ in range(self.rng.randrange(7)):
            self._change_source(self.source.picture())
        for _ in range(self.rng.randrange(4)):
            self._change_destination(self.destination.picture())

    def _note(self, what, name, message=None):
        self.log.append(f"{what} {name}{': ' + subject_of(message.octets) if message else ''}")

    def _flags(self):
        return frozenset(flag for flag in FLAGS if self.chance(25))

    def _reflagged(self, message):
        return Message(message.octets, self._flags(), message.date)

    def _date(self):
        self._dates += 1
        return _STARTED + datetime.timedelta(seconds=self._dates)

    def _compose(self, kind="own", sharing=None):
        """A message whose size is that of no other with its Message-ID."""
        self._number += 1
        name = sharing or f"{self._number}@example.org"
        lines = [f"Message-ID: <{name}>"] if kind != "none" else []
        lines += [f"Date: {(_STARTED + datetime.timedelta(seconds=self._number)):%d %b %Y %H:%M:%S} +0000",
                  "From: ann@example.org", "To: bob@example.org", f"Subject: s{self._number}", "",
                  f"body {self._number}", "x" * (self._number * 13 % 997), ""]
        return Message("\r\n".join(lines).encode(), self._flags(), self._date())

    def _pick(self, folder, to_move=False):
        """A message that may be taken away, or moved, or None."""
        fixed = self._anchors | self._shared if to_move else self._anchors
        loose = [message for message in folder.messages.values() if message.octets not in fixed]
        return self.rng.choice(loose) if loose else None

    def _add_message(self, picture):
        name, kind = self.rng.choice(list(picture)), self.rng.randrange(10)
        others = [message for folder in picture.values() for message in folder.messages.values()
                  if message.octets not in self._shared]
        if kind < 3 and others:
            twin = self.rng.choice(others)
            message = Message(twin.octets, self._flags(), self.rng.choice((twin.date, self._date())))
        elif kind == 3:
            self._sharing.append(f"shared{len(self._sharing) // 3}@example.org")
            name, message = "INBOX", self._compose(sharing=self._sharing[-1])
            self._shared.add(message.octets)
        else:
            message = self._compose("none" if kind == 4 else "own")
        self._note("source: new in", name, message)
        self.source.append(name, message)

    def _change_source(self, picture):
        what = self.rng.randrange(100)
        if 30 <= what < 80:
            self._change_message(picture, what)
        elif 80 <= what < 84:
            self._create_folder(picture)
        elif 84 <= what < 90:
            self._rename_folder(picture)
        elif 90 <= what < 92:
            self._delete_folder(picture)
        elif 92 <= what < 95:
            self._make_anew("source", self.source, picture)
        else:
            self._add_message(picture)

    def _change_message(self, picture, what):
        name, other = self.rng.choice(list(picture)), self.rng.choice(list(picture))
        message = self._pick(picture[name], to_move=what >= 53)
        if not message:
            return
        if what < 40:
            self._note("source: expunged in", name, message)
            self.source.expunge(name, message.uid)
        elif what < 53:
            self._note("source: flags in", name, message)
            self.source.set_flags(name, message.uid, self._flags())
        elif name != other and what < 73:
            self._note(f"source: moved to {other} in", name, message)
            self.source.move(name, message, other, by_append=self.chance(50))
        elif name != other:
            self._note(f"source: copied to {other} in", name, message)
            self.source.copy(name, message, other)

    def _new_name(self, picture):
        """At times one that a folder had before."""
        if self._old_names and self.chance(35):
            name = self.rng.choice(self._old_names)
            return None if name in picture else name
        self._folders += 1
        return f"F{self._folders}"

    def _create_folder(self, picture):
        if name := self._new_name(picture):
            self._note("source: folder made:", name)
            self.source.create(name)

    def _rename_folder(self, picture):
        name, to = self.rng.choice(list(picture)), self._new_name(picture)
        if name != "INBOX" and to:
            self._note(f"source: folder renamed to {to}:", name)
            self.source.rename(name, to)
            self._old_names.append(name)

    def _delete_folder(self, picture):
        name = self.rng.choice(list(picture))
        if name != "INBOX":
            self._note("source: folder deleted:", name)
            self.source.delete(name)
            self._old_names.append(name)

    def _make_anew(self, side, mailbox, picture):
        name = self.rng.choice(list(picture))
        if name != "INBOX":
            self._note(f"{side}: another UIDVALIDITY:", name)
            mailbox.make_anew(name, picture[name])

    def _change_destination(self, picture):
        what, name = self.rng.randrange(100), self.rng.choice(list(picture))
        if what >= 95:
            self._make_anew("destination", self.destination, picture)
            return
        if what >= 75:
            self._add_stranger(name)
            return
        message = self._pick(picture[name], to_move=what >= 50)
        if not message:
            return
        if what < 30:
            self._note("destination: removed in", name, message)
            self.destination.expunge(name, message.uid)
        elif what < 50:
            self._note("destination: flags in", name, message)
            self.destination.set_flags(name, message.uid, self._flags())
        else:
            to = "Kept" if self.chance(30) else self.rng.choice(list(picture))
            if to != name and len(picture[to].messages if to in picture else ()) < 3 * FEW:
                self._note(f"destination: moved to {to} in", name, message)
                if to not in picture:
                    self.destination.create(to)
                self.destination.move(name, message, to, by_append=False)

    def _add_stranger(self, name):
        """Mail of the destination's user; at times the same as what stands at the source."""
        self._strangers[name] += 1
        if self._strangers[name] > FEW:
            return
        there = self.source.picture().get(name)
        twins = [message for message in there.messages.values() if message.octets not in self._shared] if there else []
        message = self._reflagged(self.rng.choice(twins)) if twins and self.chance(40) else self._compose()
        self._note("destination: stranger in", name, message)
        self.destination.append(name, message)
