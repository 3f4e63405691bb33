#!/usr/bin/env python3
"""Compares accounts on two IMAP servers, message by message, with nothing of Godwit's.

Folders meet by name: without the servers' prefixes and delimiters, INBOX in any case. In each folder the multisets of
messages are compared by the SHA-256 of their octets, then flags, keywords and internal dates of those with the same
octets. A message left on both sides with one Message-ID (or the same Date, From, To and Subject) counts under `bytes`.
Exit status: 0 nothing is missing, extra or different; 1 something is; 2 an account could not be compared.
"""
import argparse
import collections
import csv
import datetime
import hashlib
import json
import re
import sys

from imap_client import Connection, ImapError, quoted

KINDS = ["missing", "extra", "bytes", "flags", "keywords", "dates", "folders", "subscriptions"]
WINDOW = 200          # messages in one FETCH
_KEY_FIELDS = (b"date", b"from", b"to", b"subject")
# Which fields must agree, in the order in which pairs are sought.
_PAIRING = [
    ("digest", "flags", "keywords", "date"), ("digest", "keywords", "date"), ("digest", "flags", "date"),
    ("digest", "flags", "keywords"), ("digest",), ("loose",), ("key", "flags", "keywords", "date"), ("key",),
]
# What servers change in octets: line ends, NUL, blanks, and octets above 127.
_LOOSE = bytes(octet if octet < 128 else ord("X") for octet in range(256)), b"\r\n\0 "

# `loose` is the digest of what servers leave alone, `note` what the reader wanted to know of the octets.
Message = collections.namedtuple("Message", "digest flags keywords date key loose uid note")


class CompareError(Exception):
    """An account that cannot be compared."""


class Account:
    """One account, signed in. Folders are keyed by their levels as they are on the wire. What matches the expression
    `without` is left aside in messages."""

    def __init__(self, host, port, user, password, tls="none", ca=(), auth_user="", without=None):
        self.connection = Connection(host, port, tls, ca, verify=bool(ca))
        self.connection.login(user, password, auth_user)
        self.prefix, self.delimiter, self._others = self.connection.namespaces()
        self._without = without

    def folders(self, forbidden=None):
        """({levels: name}, names hidden by another with the same levels); `forbidden`, which the other side takes for
        its delimiter, stands as '_' in the levels, and so do the levels of folders that hold no mail."""
        return self._listed(b'LIST "" "*"', forbidden)

    def subscriptions(self, forbidden=None):
        return self._listed(b'LSUB "" "*"', forbidden)[0]

    def unselectable(self):
        """Levels that only hold other folders."""
        return {self.levels(row[3]) for row in self.connection.command(b'LIST "" "*"')
                if _is_list(row) and _no_mail(row)}

    def messages(self, name, look=lambda octets: None):
        """Every message of the folder, by UID, with look() of its octets; CompareError if some could not be read."""
        count = 0
        for row in self.connection.command(b"EXAMINE " + quoted(name)):
            if len(row) > 1 and row[1] == b"EXISTS":
                count = int(row[0])
        found = []
        for first in range(1, count + 1, WINDOW):
            last = min(first + WINDOW - 1, count)
            rows = self.connection.command(b"FETCH %d:%d (UID FLAGS INTERNALDATE BODY.PEEK[])" % (first, last))
            found += [message for message in (_message(row, look, self._without) for row in rows) if message]
        if len(found) != count:
            raise CompareError(f"{name!r}: {count} messages, {len(found)} read")
        return found

    def close(self):
        self.connection.logout()

    def _listed(self, command, forbidden):
        folders, hidden = {}, []
        for row in self.connection.command(command):
            if not _is_list(row) or _no_mail(row):
                continue
            name = b"NIL" if row[3] is None else row[3]
            if any(name.startswith(other) for other in self._others if other != self.prefix):
                continue
            levels = self.levels(name, forbidden)
            if levels in folders and folders[levels] != name:
                hidden.append(name)
            else:
                folders[levels] = name
        return folders, hidden

    def levels(self, name, forbidden=None):
        """Of a raw name, without our prefix."""
        if name.upper() == b"INBOX":
            return (b"INBOX",)
        if self.prefix and name.upper().startswith(self.prefix.upper()):
            if name[len(self.prefix):].upper() == b"INBOX":    # it is not INBOX
                return (name,)
            name = name[len(self.prefix):]
        levels = name.split(self.delimiter) if self.delimiter else [name]
        if levels[0].upper() == b"INBOX":
            levels[0] = b"INBOX"
        if forbidden and forbidden != self.delimiter:
            levels = [level.replace(forbidden, b"_") for level in levels]
        return tuple(levels)


def _is_list(row):
    return len(row) >= 4 and row[0] in (b"LIST", b"LSUB")


def _no_mail(row):
    return {b"\\noselect", b"\\nonexistent"} & {flag.lower() for flag in row[1]}


def _message(row, look, without):
    """From the answer to a FETCH; None for any other."""
    if len(row) != 3 or row[1] != b"FETCH":
        return None
    values = dict(zip((name.upper() for name in row[2][::2]), row[2][1::2]))
    if b"BODY[]" not in values:
        return None
    octets = values[b"BODY[]"] or b""
    octets = re.sub(without, b"", octets) if without else octets
    date = values[b"INTERNALDATE"].strip().decode()
    instant = datetime.datetime.strptime(date, "%d-%b-%Y %H:%M:%S %z").timestamp()
    flags = [flag for flag in values[b"FLAGS"] if flag.lower() != b"\\recent"]
    return Message(hashlib.sha256(octets).digest(), frozenset(flag.lower() for flag in flags if flag[:1] == b"\\"),
                   frozenset(flag for flag in flags if flag[:1] != b"\\"), instant, message_key(octets),
                   hashlib.sha256(octets.translate(*_LOOSE)).digest(), int(values[b"UID"]), look(octets))


def message_key(octets):
    """What a message is called when its octets differ: its Message-ID, else a few of its headers."""
    header = re.split(rb"\r?\n\r?\n", octets, maxsplit=1)[0]
    fields = {}
    for line in re.split(rb"\r?\n(?![ \t])", header):
        name, _, value = line.partition(b":")
        fields.setdefault(name.strip().lower(), b" ".join(value.split()))
    if fields.get(b"message-id"):
        return fields[b"message-id"].decode(errors="replace")
    return " | ".join(fields.get(name, b"").decode(errors="replace") for name in _KEY_FIELDS)


def pair(ours, theirs):
    """Yields pairs of messages, those that agree most first; messages left over have None beside them."""
    for wanted in _PAIRING:
        groups = collections.defaultdict(collections.deque)
        for message in theirs:
            groups[tuple(getattr(message, field) for field in wanted)].append(message)
        left = []
        for message in ours:
            candidates = groups[tuple(getattr(message, field) for field in wanted)]
            if candidates:
                yield message, candidates.popleft()
            else:
                left.append(message)
        ours, theirs = left, [message for group in groups.values() for message in group]
    yield from ((message, None) for message in ours)
    yield from ((None, message) for message in theirs)


def differences(ours, theirs):
    """(kind, our message, theirs) of everything that differs between two lists of messages; one of the two may be None."""
    for one, other in pair(ours, theirs):
        if other is None:
            yield "missing", one, None
        elif one is None:
            yield "extra", None, other
        else:
            for kind, field in (("bytes", "digest"), ("flags", "flags"), ("keywords", "keywords"), ("dates", "date")):
                if getattr(one, field) != getattr(other, field):
                    yield kind, one, other


class Comparison:
    """What was found in one pair of accounts: counts by kind, and (kind, folder, message) of each."""

    def __init__(self, name):
        self.name, self.messages, self.error = name, 0, ""
        self.counts, self.details = collections.Counter(), []

    def add(self, kind, folder, message=""):
        self.counts[kind] += 1
        self.details.append((kind, folder.decode(errors="replace"), message))

    def as_dict(self):
        return {"account": self.name, "messages": self.messages, "error": self.error,
                **{kind: self.counts[kind] for kind in KINDS}}


def compare_accounts(source, destination, name="account"):
    """The Comparison of two Accounts."""
    result = Comparison(name)
    ours, hidden = source.folders(destination.delimiter)
    theirs, _ = destination.folders()
    for folder in hidden:
        result.add("folders", folder, "has the same name as another there")
    for levels, folder in ours.items():
        messages = source.messages(folder)
        result.messages += len(messages)
        if levels not in theirs:
            result.add("folders", folder, "is not at the destination")
        there = destination.messages(theirs[levels]) if levels in theirs else []
        for kind, one, other in differences(messages, there):
            result.add(kind, folder, (one or other).key)
    _add_extra_folders(result, source, destination, {levels: theirs[levels] for levels in set(theirs) - set(ours)})
    subscribed, there = source.subscriptions(destination.delimiter), destination.subscriptions()
    for levels in {*subscribed} & {*ours} ^ {*there} & {*theirs}:
        result.add("subscriptions", ours.get(levels) or theirs[levels])
    return result


def _add_extra_folders(result, source, destination, extra):
    parents = source.unselectable() if extra else set()
    for levels, folder in extra.items():
        messages = destination.messages(folder)
        if messages or levels not in parents:    # an empty folder that can hold mail may stand for one that cannot
            result.add("folders", folder, "is not at the source")
        for message in messages:
            result.add("extra", folder, message.key)


def compare(name, source, destination):
    """The Comparison of two accounts given as arguments of Account; what goes wrong is its error."""
    accounts = []
    try:
        for side in (source, destination):
            accounts.append(Account(**side))
        return compare_accounts(*accounts, name)
    except (CompareError, ImapError, OSError) as error:
        result = Comparison(name)
        result.error = f"{error}"
        return result
    finally:
        for account in accounts:
            account.close()


def pairs_of_csv(path, ca):
    """Yields the arguments of compare() of each row of a file that Godwit imports too."""
    with open(path, newline="", encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            sides = []
            for side in ("source", "destination"):
                tls = row.get(f"{side}_tls") or "implicit"
                port = row.get(f"{side}_port") or (993 if tls == "implicit" else 143)
                sides.append({"host": row[f"{side}_host"], "port": int(port), "user": row[f"{side}_user"], "tls": tls,
                              "password": row[f"{side}_password"], "ca": ca,
                              "auth_user": row.get(f"{side}_auth_user") or ""})
            yield f'{row["source_user"]}={row["destination_user"]}', *sides


def pairs_of_arguments(options):
    """Yields the arguments of compare() of each USER[=USER]."""
    for names in options.users:
        user, _, other = names.partition("=")
        sides = []
        for side, name in (("source", user), ("destination", other or user)):
            host, port = getattr(options, side).rsplit(":", 1)
            sides.append({"host": host.strip("[]"), "port": int(port), "user": name, "ca": options.ca,
                          "password": getattr(options, f"{side}_password"), "tls": getattr(options, f"{side}_tls")})
        yield names, *sides


def print_table(results, details):
    """One line an account and their sums, then the first differences."""
    widths = [max(len(kind), 8) for kind in KINDS]
    sums = collections.Counter()
    print(f'{"account":<24} {"messages":>9}', *(f"{kind:>{width}}" for kind, width in zip(KINDS, widths)))
    for result in results:
        row = result.error or " ".join(f"{result.counts[kind]:>{width}}" for kind, width in zip(KINDS, widths))
        print(f"{result.name[:24]:<24} {result.messages:>9} {row}")
        sums += result.counts
    print(f'{"all":<24} {sum(result.messages for result in results):>9}',
          *(f"{sums[kind]:>{width}}" for kind, width in zip(KINDS, widths)))
    shown = [(result.name, *detail) for result in results for detail in result.details]
    for name, kind, folder, message in shown[:details]:
        print(f"{name}: {kind}: {folder}: {message}")
    if len(shown) > details:
        print(f"and {len(shown) - details} more")


def print_json(results):
    print(json.dumps({"messages": sum(result.messages for result in results),
                      **{kind: sum(result.counts[kind] for result in results) for kind in KINDS},
                      "errors": sum(bool(result.error) for result in results),
                      "accounts": [result.as_dict() for result in results]}))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--csv", metavar="FILE", help="account pairs, in the columns of an import file")
    for side in ("source", "destination"):
        parser.add_argument(f"--{side}", metavar="HOST:PORT")
        parser.add_argument(f"--{side}-password")
        parser.add_argument(f"--{side}-tls", default="none", choices=["none", "starttls", "implicit"])
    parser.add_argument("--ca", action="append", default=[], help="certificates of servers are checked against it; "
                        "without any they are not checked")
    parser.add_argument("--ignore", action="append", default=[], choices=KINDS, help="a kind that does not count")
    parser.add_argument("--details", type=int, default=20, help="differences to name (20)")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("users", nargs="*", metavar="USER[=DESTINATION_USER]")
    options = parser.parse_args()
    if bool(options.csv) == bool(options.users) or options.users and not (options.source and options.destination):
        parser.error("either --csv, or --source, --destination and users")
    return options


def main():
    options = arguments()
    pairs = pairs_of_csv(options.csv, options.ca) if options.csv else pairs_of_arguments(options)
    results = [compare(*entry) for entry in pairs]
    for result in results:
        for kind in options.ignore:
            del result.counts[kind]
        result.details = [detail for detail in result.details if detail[0] not in options.ignore]
    if options.json:
        print_json(results)
    else:
        print_table(results, options.details)
    if any(result.error for result in results):
        return 2
    return 1 if any(result.counts.total() for result in results) or not results else 0


if __name__ == "__main__":
    sys.exit(main())
