"""Puts the corpus of tests/corpus/nasty.py into an account by plain IMAP, and notes what the server makes of it.

What the server serves afterwards is what a copy of the account has to bring over; what it refused or changed on the way
in is no copy's fault. A message that is refused is tried again without keywords, without flags, without its date.
"""
import collections

import compare
import imap_client
from imap_client import ImapError, quoted

Note = collections.namedtuple("Note", "case what")
# The corpus message behind a message that the server serves.
Served = collections.namedtuple("Served", "case message")


class Filling:
    """One account; `connect` signs in to it. `folders`: {levels: (case, raw name)} of what could be made."""

    def __init__(self, connect):
        self._connect, self._imap = connect, connect()
        self._space = self._imap.namespaces()[:2]
        self.folders, self.notes = {}, []
        self._accepted = collections.defaultdict(list)

    def note(self, case, what):
        self.notes.append(Note(case, what))

    def fill(self, folders, messages):
        for folder in folders:
            self._make(folder)
        names = {case: raw for case, raw in self.folders.values()}
        for message in messages:
            if message.folder in names:
                self._put(names[message.folder], message)
        for raw, accepted in self._accepted.items():
            self._correct_flags(raw, accepted)
        self._imap.logout()

    def served(self, account, look=lambda octets: None):
        """{levels: [Served, …]} as the server serves it now; `account` is a compare.Account on it."""
        listed, _ = account.folders()
        found = {}
        for levels, (case, raw) in list(self.folders.items()):
            if levels not in listed:
                self.note(case, "made, but not listed")
                continue
            there, accepted = account.messages(raw, look), self._accepted.get(raw, [])
            if len(there) != len(accepted):
                raise compare.CompareError(f"{case}: {len(accepted)} messages accepted, {len(there)} served")
            found[levels] = [Served(message.name, served) for message, served in zip(accepted, there)]
        for levels in listed.keys() - self.folders.keys():     # parents that the server made by itself
            self.folders[levels] = "parent", listed[levels]
            found[levels] = [Served("?", served) for served in account.messages(listed[levels], look)]
        return found

    def _make(self, folder):
        prefix, delimiter = self._space
        raw = imap_client.wire_name(folder.levels, prefix, delimiter)
        if raw is None:
            return self.note(folder.name, "holds the delimiter")
        refusal = raw != b"INBOX" and self._try(b"CREATE " + quoted(raw))
        if refusal and raw not in self._listed():      # some are there from the start
            return self.note(folder.name, refusal)
        self._try(b"SUBSCRIBE " + quoted(raw))
        self.folders[tuple(map(imap_client.modified_utf7, folder.levels))] = folder.name, raw

    def _listed(self):
        return {row[3] for row in self._imap.command(b'LIST "" "*"') if row[0] == b"LIST"}

    def _put(self, raw, message):
        date, system = message.date, tuple(flag for flag in message.flags if flag[0] == "\\")
        for flags, when in dict.fromkeys([(message.flags, date), (system, date), ((), date), ((), "")]):
            arguments = f"({' '.join(flags)})" + (f' "{when}"' if when else "")
            refusal = self._guarded(lambda: self._imap.append(quoted(raw), arguments.encode(), message.octets))
            if not refusal:
                self._accepted[raw].append(message)
                return
            self.note(message.name, refusal)

    def _correct_flags(self, raw, accepted):
        """By STORE, what APPEND did not take."""
        self._imap.command(b"SELECT " + quoted(raw))
        rows = [row for row in self._imap.command(b"FETCH 1:* (FLAGS)") if len(row) > 2 and row[1] == b"FETCH"]
        for message, row in zip(accepted, rows):
            has = {flag.lower() for flag in row[2][row[2].index(b"FLAGS") + 1]}
            for flag in message.flags:
                if flag.lower().encode() not in has:
                    refusal = self._try(b"STORE %s +FLAGS (%s)" % (row[0], flag.encode()))
                    self.note(message.name, f"{flag} was not stored with it; afterwards: {refusal or 'OK'}")

    def _try(self, line):
        return self._guarded(lambda: self._imap.command(line))

    def _guarded(self, work):
        """The server's refusal, empty if there was none. A server that hangs up is a refusal too."""
        try:
            work()
        except ImapError as error:
            if "hung up" in str(error):
                self._imap = self._connect()
            return str(error).rsplit(": ", 1)[-1]
        except OSError as error:
            self._imap = self._connect()
            return str(error)
        return ""
