#!/usr/bin/env python3
"""Copies the mailbox of tests/corpus/nasty.py from every kind of server to every other with `godwit sync`, and compares.

What the source serves after it was filled is what the destination must serve after the copy: every octet, flag, keyword,
date and folder, except for what tools/servers/forced.py says of that destination. A second run must copy nothing. Exit
status: 0 nothing differs that is not forced, 1 something does.

usage: matrix.py [SOURCE:DESTINATION]...        all pairs if none is named; "list" names the variants
"""
import argparse
import collections
import contextlib
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(ROOT, "tests", "corpus")]
import compare  # noqa: E402
import filling  # noqa: E402
import forced  # noqa: E402
import imap_client  # noqa: E402
import nasty  # noqa: E402
import servers  # noqa: E402

GODWIT = os.path.join(os.environ.get("GODWIT_BUILD") or f"{ROOT}/build/release", "bin", "godwit")
VARIANTS = {
    "dovecot-fs": (servers.Dovecot, {"layout": "fs"}), "dovecot-maildir": (servers.Dovecot, {"layout": "maildir"}),
    "dovecot-mdbox": (servers.Dovecot, {"layout": "mdbox"}),
    "dovecot-inbox": (servers.Dovecot, {"layout": "maildir", "prefix": "INBOX."}),
    "cyrus-dot": (servers.Cyrus, {}), "cyrus-slash": (servers.Cyrus, {"slash": True}), "courier": (servers.Courier, {}),
    "mailutils": (servers.Mailutils, {}),
}
KINDS = ("missing", "extra", "bytes", "flags", "keywords", "dates", "folders")
LOSSES = ("message_rejected", "message_too_big", "accepted_then_removed", "message_gone", "message_corrupt")
SYNC_SECONDS = 900

# `why`: the server's doing, or empty. `case`: of the corpus.
Difference = collections.namedtuple("Difference", "kind folder case detail why")


class Side:
    """One running server of a variant, with the account that is copied from and those that are copied to."""

    def __init__(self, variant, directory):
        self.variant = variant
        kind, options = VARIANTS[variant]
        self.server = kind(directory, users=["source", *(f"from-{other}" for other in VARIANTS)], **options)
        self.filling, self.baseline, self.parents = None, None, set()

    def connect(self, user="source"):
        connection = imap_client.Connection(self.server.host, self.server.port)
        connection.login(user, self.server.password)
        return connection

    @contextlib.contextmanager
    def account(self, user="source", without=None):
        account = compare.Account(self.server.host, self.server.port, user, self.server.password, without=without)
        yield account
        account.close()

    def fill(self, size):
        """Once; what is there afterwards is the baseline."""
        if self.baseline is None:
            self.filling = filling.Filling(self.connect)
            self.filling.fill(nasty.folders(), nasty.messages(size))
            self.served()               # Dovecot answers otherwise the second time: its cache holds dates as 32 bits
            self.baseline = self.served(forced.foresee)

    def served(self, look=lambda octets: None):
        with self.account() as account:
            self.parents = account.unselectable()
            return self.filling.served(account, look)

    def as_before(self):
        """Whether the same is served as in the beginning, as far as it has dates."""
        now = self.served()
        return now.keys() == self.baseline.keys() and all(
            len(now[levels]) == len(served) and all(map(self.is_same, served, now[levels]))
            for levels, served in self.baseline.items())

    def is_same(self, before, after):
        """One message; a date that the server makes up does not count."""
        date = after.message.date if forced.undated(self.variant, before.message) else before.message.date
        return before.message._replace(note=None, date=date) == after.message


class Copy:
    """One pair: `differences` between the source and its copy, `problems` of the report, counts for the table.
    `surplus`: messages that stand more often at the destination than they should, by folder and digest."""

    WITHOUT = None      # what the copier adds to messages, if that is not to count

    def __init__(self, source, destination):
        self.source, self.destination = source, destination
        self.name = f"{source.variant}:{destination.variant}"
        self.user = f"from-{source.variant}"
        self.differences, self.problems, self.surplus = [], [], collections.Counter()
        # (folder as the report calls it, UID, case, words of the server) of messages, and folders.
        self.missing, self.renamed = [], []
        self.messages, self.seconds, self.report, self.start, self.rerun_copied = 0, 0.0, {}, 0.0, None

    def run(self, size=""):
        began = time.monotonic()
        self.source.fill(size)
        self.messages = sum(map(len, self.source.baseline.values()))
        self.start = time.time()
        self.report = self.sync()
        self.compare()
        self.check_report()
        self.rerun_copied = self.sync()["counters"]["messages_copied"]
        if self.rerun_copied:
            self.problems.append(f"the rerun copied {self.rerun_copied}")
        if not self.source.as_before():
            self.problems.append("the source has changed")
        self.seconds = time.monotonic() - began
        return self

    def lines(self):
        """What is wrong, a line each."""
        return [*(f"{each.kind}: {each.folder}: {each.case} {each.detail}" for each in self.unexpected()),
                *(f"problem: {each}" for each in self.problems)]

    def sync(self):
        """The report of a run of godwit."""
        words = [GODWIT, "sync", "--json", "--statedir", f"{self.destination.server.directory}/notes"]
        for number, side, user in (("1", self.source, "source"), ("2", self.destination, self.user)):
            words += [f"--host{number}", side.server.host, f"--port{number}", str(side.server.port), f"--nossl{number}",
                      f"--notls{number}", f"--user{number}", user, f"--password{number}", side.server.password]
        done = subprocess.run(words, capture_output=True, timeout=SYNC_SECONDS, check=False, stdin=subprocess.DEVNULL)
        try:
            return {**json.loads(done.stdout), "exit": done.returncode}
        except ValueError:
            raise AssertionError(f"{self.name}: status {done.returncode}: {done.stderr[-2000:]!r}") from None

    # ---- what is there

    def compare(self):
        self.differences, self.missing, self.renamed, self.surplus = [], [], [], collections.Counter()
        with self.destination.account(self.user, self.WITHOUT) as account:
            there, _ = account.folders()
            left = dict(there)
            for levels, served in self.source.baseline.items():
                name = self.find_folder(account, levels, there)
                left = {other: raw for other, raw in left.items() if raw != name}
                found = account.messages(name) if name else []
                self.add_surplus(levels, served, found)
                for kind, one, other in compare.differences(_marked(served), found):
                    self.add_difference(kind, levels, one, other)
            self.add_left_folders(account, left)

    def add_surplus(self, levels, served, found):
        server = self.destination.server.KIND
        wanted = collections.Counter((levels, message.note.digests[server]) for _, message in served)
        self.surplus += collections.Counter((levels, message.digest) for message in found) - wanted

    def find_folder(self, account, levels, there):
        """The raw name of the copy of a folder: its own, or else the one that the report tells."""
        delimiter = account.delimiter
        wanted = tuple(level.replace(delimiter, b"_") for level in levels)
        if wanted in there:
            return there[wanted]
        reason = forced.excuse_folder(self.destination.variant, wanted)
        case, raw = self.source.filling.folders[levels]
        name = self.reported_name(imap_client.plain_name(raw))
        found = next((other for other in there.values() if imap_client.plain_name(other) == name), None)
        if found:
            self.renamed.append(imap_client.plain_name(raw))
        self.differences.append(Difference("folders", _text(levels), case, f"is {name!r}" if found else "is not there",
                                           reason if found else ""))
        return found

    def reported_name(self, name):
        """What the report says that a folder is called there."""
        return next((folder["destination"] for folder in self.report["folders"] if folder["source"] == name), None)

    def add_difference(self, kind, levels, one, other):
        case, message = one or (None, None)
        why = ""
        if message:
            when = self.start, time.time()
            why = forced.excuse(self.source.variant, self.destination.variant, kind, message, other, when)
        folder = _text(levels)
        if kind == "missing":
            words = message.note.refused[self.destination.server.KIND]
            self.missing.append((imap_client.plain_name(self.source.filling.folders[levels][1]), message.uid, case, words))
        detail = _detail(kind, message, other)
        self.differences.append(Difference(kind, folder, case or f"? {other.key}", detail, why))

    def add_left_folders(self, account, left):
        """Folders that no source folder has become. An empty one may be a parent, which some servers do not list."""
        copies = [folder["destination"] or "" for folder in self.report["folders"]]
        for levels, raw in left.items():
            messages = account.messages(raw)
            above = imap_client.plain_name(raw) + account.delimiter.decode()
            parent = not messages and (any(name.startswith(above) for name in copies) or
                                       levels in self.source.parents or levels == (account.prefix + b"INBOX",) or
                                       any(other[:len(levels)] == levels for other in self.source.baseline))
            if not parent and levels != (b"INBOX",):
                self.differences.append(Difference("folders", _text(levels), "?", "is not at the source", ""))
            self.differences += [Difference("extra", _text(levels), f"? {message.key}", "", "") for message in messages]

    # ---- what the report says of it

    def check_report(self):
        """It must say what is there, and name what is not, in the server's words."""
        counters, missing = self.report["counters"], len(self.missing)
        broken = {each["source"]: each["error"] for each in self.report["folders"] if each["error"]}
        for what, said, counted in (("messages", counters["messages_total"], self.messages),
                                    ("copied", counters["messages_copied"], self.messages - missing),
                                    ("exit status", min(self.report["exit"], 1), 1 if missing else 0)):
            if said != counted and not (broken and what == "messages"):
                self.problems.append(f"{what}: the report says {said}, it is {counted}")
        self.check_issues(broken)
        if self.report["error"]:
            self.problems.append(f"not finished: {self.report['error']}")
        self.problems += [f"{folder}: {error['code']}: {error['cause']}" for folder, error in broken.items()]

    def check_issues(self, broken):
        about = {(issue["folder"], issue["uid"]): issue for issue in self.report["issues"] if issue["code"] in LOSSES}
        for folder, uid, case, words in self.missing:
            detail = about.pop((folder, uid), {}).get("detail", "")
            if folder not in broken and not (detail and all(each in detail for each in words[:1])):
                self.problems.append(f"{folder}: {case}: missing, and the report does not say why ({detail!r})")
        told = {issue["folder"] for issue in self.report["issues"] if issue["code"] == "folder_renamed"}
        self.problems += [f"{folder}: has another name, and nothing says so" for folder in self.renamed if folder not in told]
        for code, count in collections.Counter(issue["code"] for issue in about.values()).items():
            self.problems.append(f"{code}: said of {count} messages that are there")

    # ---- sums

    def count(self, kind):
        return sum(difference.kind == kind for difference in self.differences)

    def unexpected(self):
        return [difference for difference in self.differences if not difference.why]

    def as_dict(self):
        return {"pair": self.name, "messages": self.messages, **{kind: self.count(kind) for kind in KINDS},
                "forced": len(self.differences) - len(self.unexpected()), "unexpected": len(self.unexpected()),
                "rerun_copied": self.rerun_copied, "seconds": round(self.seconds, 1), "problems": self.problems}


def _marked(served):
    """Messages that compare.differences() can pair, each with its case beside it."""
    return [_Marked(case, message) for case, message in served]


class _Marked(tuple):
    """(case, message) that looks like the message."""

    def __new__(cls, case, message):
        return super().__new__(cls, (case, message))

    def __getattr__(self, name):
        return getattr(self[1], name)


def _text(levels):
    return "/".join(imap_client.plain_name(level) for level in levels)


def _detail(kind, ours, theirs):
    if kind == "flags" or kind == "keywords":
        words = [sorted(flag.decode(errors="replace") for flag in getattr(side, kind)) for side in (ours, theirs)]
        return f"{words[0]} is {words[1]}"
    return f"{ours.date} is {theirs.date}" if kind == "dates" else ""


@contextlib.contextmanager
def running(variants):
    """{variant: Side}, all started."""
    with servers.scratch("matrix") as path, contextlib.ExitStack() as stack:
        sides = {variant: Side(variant, f"{path}/{variant}") for variant in variants}
        for side in sides.values():
            stack.enter_context(side.server)
        yield sides


def missing(variants=VARIANTS):
    """{variant: why it cannot be started here}."""
    reasons = {variant: VARIANTS[variant][0].missing() for variant in variants}
    return {variant: reason for variant, reason in reasons.items() if reason}


HEADINGS = ("messages", "missing", "extra", "altered", "flags", "keywords", "dates", "folders", "forced", "unexpected",
            "rerun", "seconds")


def print_heading():
    print(f'{"source:destination":<32}', *(f"{word:>{max(len(word), 6)}}" for word in HEADINGS), flush=True)


def print_row(copy):
    row = copy.as_dict()
    values = [row[key] for key in ("messages", *KINDS, "forced", "unexpected", "rerun_copied", "seconds")]
    print(f"{copy.name:<32}", *(f"{value!s:>{max(len(word), 6)}}" for word, value in zip(HEADINGS, values)), flush=True)


def print_details(copy, forced_too):
    for line in copy.lines():
        print("   ", line)
    for each in copy.differences if forced_too else []:
        if each.why:
            print(f"    forced: {each.kind}: {each.folder}: {each.case} {each.detail} [{each.why}]")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", nargs="*", metavar="SOURCE:DESTINATION", help="variants, or * for all of them")
    parser.add_argument("--size", default="", choices=["", "large"], help="large: with the messages of 50 MB")
    parser.add_argument("--all", action="store_true", help="names forced differences too")
    parser.add_argument("--json", metavar="FILE", help="everything, as one JSON document")
    return parser.parse_args()


def wanted(pairs):
    """(source, destination) of each pair that the arguments name."""
    chosen = [[list(VARIANTS) if side == "*" else [side] for side in pair.split(":")] for pair in pairs or ["*:*"]]
    return [(one, other) for sources, destinations in chosen for one in sources for other in destinations]


def write_json(path, copies):
    with open(path, "w", encoding="utf-8") as file:
        json.dump([{**copy.as_dict(), "differences": [each._asdict() for each in copy.differences],
                    "issues": copy.report["issues"]} for copy in copies], file, indent=1)


def main():
    options = arguments()
    pairs = wanted(options.pairs)
    copies = []
    with running(dict.fromkeys(side for pair in pairs for side in pair)) as sides:
        print_heading()
        for one, other in pairs:
            copies.append(Copy(sides[one], sides[other]).run(options.size))
            print_row(copies[-1])
            print_details(copies[-1], options.all)
            if options.json:
                write_json(options.json, copies)
    return 1 if any(copy.unexpected() or copy.problems for copy in copies) else 0


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.exit(main())
