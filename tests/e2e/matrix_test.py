#!/usr/bin/env python3
"""The mailbox of tests/corpus/nasty.py from server to server with `godwit sync`: nothing differs but what a server forces.

By default every variant is a source and a destination; GODWIT_LONG=1: all pairs, and messages of 50 MB. The first check
plants a difference of each kind, and demands that it is found.
"""
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools", "servers"))
sys.dont_write_bytecode = True
import matrix  # noqa: E402
from godwitd import expect  # noqa: E402
from imap_client import quoted  # noqa: E402

LONG = os.environ.get("GODWIT_LONG") == "1"
PAIRS = ["dovecot-fs:dovecot-mdbox", "dovecot-mdbox:dovecot-inbox", "dovecot-inbox:cyrus-slash", "dovecot-maildir:courier",
         "cyrus-dot:dovecot-maildir", "cyrus-slash:dovecot-fs", "cyrus-slash:courier", "courier:cyrus-dot",
         "courier:dovecot-inbox", "dovecot-mdbox:mailutils", "mailutils:dovecot-mdbox"]
OTHER = b"Subject: empty-field\r\nMessage-ID: <empty-field@nasty.example>\r\n\r\nother\r\n"
SEEN_DATE = b'(\\Seen) "05-Mar-2019 10:00:00 +0000"'


def only(pair, kind, of):
    """Demands that the copy differs by one difference of this kind, about this case, and nothing new."""
    pair.compare()
    found = [(each.kind, each.case) for each in pair.unexpected()]
    expect(f"planted and found: {kind} of {of}", found == [(kind, of)], found)


class Planted:
    """A copy at whose destination changes are made and taken back by plain IMAP."""

    def __init__(self, copy):
        self.copy = copy
        self.imap = copy.destination.connect(copy.user)
        self.prefix, self.delimiter, _ = self.imap.namespaces()

    def name(self, *levels):
        return quoted(self.prefix + self.delimiter.join(levels))

    def uid(self, folder, octets):
        """Of the message with these octets in its header; the folder is open afterwards."""
        self.imap.command(b"SELECT " + folder)
        row = self.imap.command(b"UID SEARCH HEADER Subject " + quoted(octets))[0]
        return row[-1]

    def store(self, folder, subject, change):
        self.imap.command(b"UID STORE %s %s" % (self.uid(folder, subject), change))

    def remove(self, folder, subject):
        """Returns its octets and flags."""
        uid = self.uid(folder, subject)
        values = self.imap.command(b"UID FETCH %s (BODY.PEEK[] FLAGS INTERNALDATE)" % uid)[0][2]
        values = dict(zip(values[::2], values[1::2]))
        self.imap.command(b"UID STORE %s +FLAGS.SILENT (\\Deleted)" % uid)
        self.imap.command(b"UID EXPUNGE " + uid)
        flags = b" ".join(flag for flag in values[b"FLAGS"] if flag != b"\\Recent")
        return values[b"BODY[]"], b'(%s) "%s"' % (flags, values[b"INTERNALDATE"])

    def replace(self, folder, subject, octets=None, arguments=None):
        """The old (octets, arguments), so that it can be taken back."""
        before = self.remove(folder, subject)
        self.imap.append(folder, arguments or before[1], octets or before[0])
        return before


def check_planted(sides):
    """One difference of each kind, one after the other."""
    copy = matrix.Copy(sides["dovecot-mdbox"], sides["dovecot-inbox"]).run()
    plant = Planted(copy)
    flags, headers = plant.name(b"Nasty", b"flags"), plant.name(b"Nasty", b"headers")

    plant.store(flags, b"flag-Answered", b"+FLAGS (\\Flagged)")
    only(copy, "flags", "flag-Answered")
    plant.store(flags, b"flag-Answered", b"-FLAGS (\\Flagged)")
    plant.store(flags, b"flag-Answered", b"+FLAGS (planted)")
    only(copy, "keywords", "flag-Answered")
    plant.store(flags, b"flag-Answered", b"-FLAGS (planted)")

    before = plant.replace(headers, b"two-subjects", arguments=SEEN_DATE.replace(b"\\Seen", b""))
    copy.compare()
    found = {(each.kind, each.case) for each in copy.unexpected()}
    expect("planted and found: dates", ("dates", "two-subjects") in found and len(found) <= 2, found)
    plant.replace(headers, b"two-subjects", *before)

    before = plant.replace(headers, b"empty-field", octets=OTHER)
    only(copy, "bytes", "empty-field")
    plant.replace(headers, b"empty-field", *before)

    octets, arguments = plant.remove(headers, b"empty-field")
    only(copy, "missing", "empty-field")
    expect("planted and found: the rerun copies", copy.sync()["counters"]["messages_copied"] == 1)
    only_nothing(copy)
    plant.imap.append(headers, arguments, octets)
    only(copy, "extra", "? <empty-field@nasty.example>")
    plant.remove(headers, b"empty-field")

    plant.imap.command(b"CREATE " + plant.name(b"Planted"))
    only(copy, "folders", "?")
    plant.imap.command(b"DELETE " + plant.name(b"Planted"))
    plant.imap.command(b"DELETE " + plant.name(b"Empty"))
    only(copy, "folders", "empty")
    plant.imap.command(b"CREATE " + plant.name(b"Empty"))
    only_nothing(copy)
    check_planted_in_report(copy)
    plant.imap.logout()


def only_nothing(copy):
    copy.compare()
    expect("nothing else differs", not copy.unexpected(), copy.lines())


def check_planted_in_report(copy):
    """A report that is wrong about one thing."""
    good = copy.report
    for what, wrong in {
            "copied: ": {"counters": {**good["counters"], "messages_copied": good["counters"]["messages_copied"] + 1}},
            "exit status: ": {"exit": 1}, "not finished: ": {"error": {"code": "timeout"}},
            "message_rejected: ": {"issues": [{"code": "message_rejected", "folder": "INBOX", "uid": 1, "detail": ""}]},
    }.items():
        copy.report, copy.problems = {**good, **wrong}, []
        copy.check_report()
        expect(f"planted and found in the report: {what}", [each.startswith(what) for each in copy.problems] == [True],
               copy.problems)
    copy.report, copy.problems = {**good, "exit": 1}, []
    copy.missing = [("INBOX", 1, "in INBOX", [])]
    copy.check_report()
    expect("planted and found in the report: missing and not named",
           any("report does not say why" in each for each in copy.problems), copy.problems)


def check_pairs(sides, pairs):
    wrong = []
    matrix.print_heading()
    for one, other in pairs:
        copy = matrix.Copy(sides[one], sides[other]).run("large" if LONG else "")
        matrix.print_row(copy)
        wrong += [f"{copy.name} {line}" for line in copy.lines()]
    expect("nothing differs but what servers force", not wrong, "\n".join(["", *wrong]))


def main():
    absent = matrix.missing()
    pairs = [pair for pair in matrix.wanted([] if LONG else PAIRS) if not absent.keys() & set(pair)]
    for reason in sorted(set(absent.values())):
        print("SKIPPED:", reason)
    if not os.access(matrix.GODWIT, os.X_OK):
        print(f"SKIPPED: {matrix.GODWIT} is not built")
        return 0
    if "dovecot-mdbox" in absent:
        return 0
    with matrix.running(["dovecot-mdbox", "dovecot-inbox"]) as sides:
        check_planted(sides)
    with matrix.running(dict.fromkeys(side for pair in pairs for side in pair)) as sides:
        check_pairs(sides, pairs)
    return 0


if __name__ == "__main__":
    sys.exit(main())
