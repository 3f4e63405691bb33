#!/usr/bin/env python3
"""Compares accounts on two IMAP servers, message by message, without anything of Godwit.

For each folder the multisets of messages are compared by the SHA-256 of their octets; then flags, keywords and internal
dates of messages with the same octets. Exit status 0 only if nothing is missing, extra or different.
"""
import argparse
import collections
import datetime
import hashlib
import imaplib
import json
import re
import ssl
import sys

imaplib._MAXLINE = 50_000_000
Message = collections.namedtuple("Message", "digest flags keywords date size")
KINDS = ["missing", "extra", "bytes", "flags", "keywords", "dates", "folders", "subscriptions"]


class Account:
    """One signed-in account."""

    def __init__(self, host, port, user, password, tls="none"):
        trust = ssl._create_unverified_context()
        self.imap = imaplib.IMAP4_SSL(host, port, ssl_context=trust) if tls == "implicit" else imaplib.IMAP4(host, port)
        if tls == "starttls":
            self.imap.starttls(trust)
        self.imap.login(user, password)
        self.prefix, self.delimiter = self._namespace()

    def _namespace(self):
        # The capabilities that imaplib knows are those from before the login.
        if b"NAMESPACE" in self.imap.capability()[1][0].upper().split():
            answer = self.imap.namespace()[1][0].decode()
            found = re.match(r'\(\("((?:[^"\\]|\\.)*)" "(.|\\\\)"', answer)
            if found:
                return found[1], found[2][-1]
        return "", "/"

    def folders(self, command="LIST"):
        """Levels of each selectable folder's name to its name on the wire."""
        result = {}
        answers = self.imap.list() if command == "LIST" else self.imap.lsub()
        for row in answers[1]:
            if row is None:
                continue
            if isinstance(row, tuple):
                attributes, name = row[0].decode(), row[1].decode()
            else:
                found = re.match(r'\(([^)]*)\) (?:"(?:[^"\\]|\\.)*"|NIL) (.*)', row.decode())
                attributes, name = found[1], found[2]
                if name.startswith('"'):
                    name = re.sub(r"\\(.)", r"\1", name[1:-1])
            if "\\noselect" in attributes.lower() or "\\nonexistent" in attributes.lower():
                continue
            bare = name[len(self.prefix):] if name.startswith(self.prefix) else name
            levels = tuple(bare.split(self.delimiter))
            result[("INBOX",) if name.upper() == "INBOX" else levels] = name
        return result

    def messages(self, name):
        quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
        status, answer = self.imap.select(quoted, readonly=True)
        if status != "OK":
            raise SystemExit(f"compare: SELECT {name}: {answer}")
        found = []
        if int(answer[0]) == 0:
            return found
        for row in self.imap.uid("FETCH", "1:*", "(FLAGS INTERNALDATE BODY.PEEK[])")[1]:
            if isinstance(row, tuple):
                found.append([row[0], row[1]])
            elif found:
                found[-1][0] += row   # what followed the literal
        return [self._message(head, octets) for head, octets in found]

    @staticmethod
    def _message(head, octets):
        text = head.decode("latin-1")
        all_flags = re.search(r"FLAGS \(([^)]*)\)", text)[1].split()
        date = re.search(r'INTERNALDATE "([^"]*)"', text)[1].strip()
        instant = datetime.datetime.strptime(date, "%d-%b-%Y %H:%M:%S %z").timestamp()
        flags = frozenset(flag.lower() for flag in all_flags if flag.startswith("\\") and flag != "\\Recent")
        keywords = frozenset(flag for flag in all_flags if not flag.startswith("\\"))
        return Message(hashlib.sha256(octets).hexdigest(), flags, keywords, instant, len(octets))

    def close(self):
        self.imap.logout()


def message_id(account_messages):
    return collections.Counter(message.digest for message in account_messages)


def compare_folder(source, destination):
    """Counts of each kind of difference between two lists of messages."""
    counts = collections.Counter()
    left, right = message_id(source), message_id(destination)
    missing, extra = sum((left - right).values()), sum((right - left).values())
    counts["bytes"] = min(missing, extra)          # as many stand there with other octets
    counts["missing"], counts["extra"] = missing - counts["bytes"], extra - counts["bytes"]
    groups = collections.defaultdict(lambda: ([], []))
    for side, messages in enumerate((source, destination)):
        for message in messages:
            groups[message.digest][side].append(message)
    for ours, theirs in groups.values():
        if len(ours) == len(theirs):
            for kind, field in (("flags", 1), ("keywords", 2), ("dates", 3)):
                a, b = (collections.Counter(message[field] for message in side) for side in (ours, theirs))
                counts[kind] += sum((a - b).values())
    return counts


def compare_accounts(source, destination):
    """(messages at the source, counts) of two Accounts."""
    counts, total = collections.Counter(), 0
    ours, theirs = source.folders(), destination.folders()
    counts["folders"] = len(set(ours) ^ set(theirs))
    counts["subscriptions"] = len(set(source.folders("LSUB")) ^ set(destination.folders("LSUB")))
    for levels, name in ours.items():
        messages = source.messages(name)
        total += len(messages)
        counts += compare_folder(messages, destination.messages(theirs[levels]) if levels in theirs else [])
    for levels in set(theirs) - set(ours):
        counts["extra"] += len(destination.messages(theirs[levels]))
    return total, counts


def print_table(rows):
    print("account".ljust(24), "messages".rjust(9), *(kind.rjust(max(len(kind), 8)) for kind in KINDS))
    for name, total, counts in rows:
        print(name[:24].ljust(24), str(total).rjust(9), *(str(counts[kind]).rjust(max(len(kind), 8)) for kind in KINDS))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for side in ("source", "destination"):
        parser.add_argument(f"--{side}", required=True, metavar="HOST:PORT")
        parser.add_argument(f"--{side}-password", required=True)
        parser.add_argument(f"--{side}-tls", default="none", choices=["none", "starttls", "implicit"])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("users", nargs="+", metavar="USER[=DESTINATION_USER]")
    options = parser.parse_args()
    rows, sums, messages = [], collections.Counter(), 0
    for pair in options.users:
        user, _, other = pair.partition("=")
        sides = []
        for side, name in (("source", user), ("destination", other or user)):
            host, port = getattr(options, side).rsplit(":", 1)
            sides.append(Account(host, int(port), name, getattr(options, f"{side}_password"),
                                 getattr(options, f"{side}_tls")))
        total, counts = compare_accounts(*sides)
        for account in sides:
            account.close()
        rows.append((pair, total, counts))
        sums += counts
        messages += total
    if options.json:
        print(json.dumps({"messages": messages, **{kind: sums[kind] for kind in KINDS}}))
    else:
        print_table(rows + [("all", messages, sums)])
    return 0 if not any(sums.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
