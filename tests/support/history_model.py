"""What both sides must look like after a pass of `godwit sync --ledger`, told from nothing but pictures of them; the rules
of tests/engine/sync/history_model.h, written once more.

A picture is {folder: Folder}. Messages are counted by place, (folder, octets). In every place the copies lie between two
bounds: at least as many as the source has there, less those that the destination's user took away; never fewer than
before, but for copies of messages that moved to another source folder, which may go along; at most one more for each
message that is new to the source's folder, and none for those that stand there already.
"""
import collections
import dataclasses
import re


@dataclasses.dataclass
class Folder:
    """`messages` are scenario.Message, by UID."""
    uidvalidity: int
    messages: dict = dataclasses.field(default_factory=dict)


def subject_of(octets):
    found = re.search(rb"(?m)^Subject: (.*?)\r?$", octets)
    return found[1].decode(errors="replace") if found else ""


def tally(picture):
    return collections.Counter((name, message.octets) for name, folder in picture.items()
                               for message in folder.messages.values())


def difference(picture, other):
    """What `picture` has and `other` has not; messages are known by their UIDs where these mean the same, else counted."""
    out = collections.Counter()
    for name, folder in picture.items():
        was = other.get(name)
        if was and was.uidvalidity == folder.uidvalidity:
            out += tally({name: Folder(0, {uid: message for uid, message in folder.messages.items()
                                           if uid not in was.messages})})
        else:
            out += tally({name: folder}) - (tally({name: was}) if was else collections.Counter())
    return out


def elsewhere(counts, place):
    """The sum over other folders."""
    return sum(count for (folder, octets), count in counts.items() if octets == place[1] and folder != place[0])


class HistoryModel:
    """`destination` is what stands there before the first pass."""

    def __init__(self, destination):
        self._last_source, self._last_destination = {}, destination
        self._removed = collections.Counter()    # by the destination's user; upper bounds
        self.killed = False                      # a pass, some time before
        self._paired = {}                        # folders of the source: UIDVALIDITYs at the last pass over them

    def judge(self, source, before, after, lost):
        """Everything that a pass got wrong; with a ledger that was `lost` before it."""
        self._problems = []
        if lost:                 # nobody remembers what was removed: all that is missing must be copied again
            self._removed.clear()
            self._paired, self._last_source, self._last_destination = {}, {}, {}
        self._source, self._before, self._after = source, before, after
        self._wanted, self._had, self._has = tally(source), tally(before), tally(after)
        self._fresh, self._gone = difference(source, self._last_source), difference(self._last_source, source)
        self._added = difference(before, self._last_destination)
        self._note_removed()
        self._check_counts()
        self._check_flags()
        self._check_untouched()
        self._paired |= {name: self._validities(name, after) for name in source}
        self._last_source, self._last_destination = source, after
        return self._problems

    def _note_removed(self):
        """Of two equal copies one of which is taken away, it may or may not have been a stranger. A message whose copy was
        taken away, and that its owner then moves to another folder, may be copied there or not."""
        self._removed += difference(self._last_destination, self._before)
        carried = collections.Counter()
        for place, count in self._fresh.items():
            for other, taken in self._removed.items():
                if other[1] == place[1] and other[0] != place[0] and self._gone[other]:
                    carried[place] += min(count, taken)
        self._removed += carried

    def _validities(self, name, destination):
        return self._source[name].uidvalidity, destination[name].uidvalidity if name in destination else 0

    def _most(self, place):
        folder, wanted, had, fresh = place[0], self._wanted[place], self._had[place], self._fresh[place]
        if folder not in self._source:
            return had
        # A copy of a message that moved here may come along, also where an equal one stands already.
        may_come = elsewhere(self._gone, place) > 0
        if self._paired.get(folder) != self._validities(folder, self._before):      # the ledger is not believed
            return had + wanted if may_come else max(had, wanted)
        # A folder that was renamed and is back: what the ledger knows of it may have been given up, or not.
        if folder not in self._last_source:
            return had + wanted
        # One that comes along may be taken for that of an equal message whose copy was taken away.
        if may_come:
            return max(had + fresh, wanted)
        # What its user has just put there is the copy; of equal ones that are gone, it may be theirs.
        return had + fresh - min(max(self._added[place] - self._removed[place], 0), fresh)

    def _least(self, place):
        # Also a copy whose message has gone earlier: an equal one that comes now may be that one, come back elsewhere.
        stray = max(self._gone[place], self._had[place] - self._wanted[place])
        moved = stray if elsewhere(self._fresh, place) else 0
        return max(self._had[place] - moved - self._late(place), self._wanted[place] - self._removed[place])

    def _late(self, place):
        """Octet for octet like a copy of ours, and a pass was killed before: it may be an append that came late."""
        return self._added[place] if self.killed and self._wanted[place] else 0

    def _check_counts(self):
        sums = collections.Counter()
        for place in {*self._wanted, *self._had, *self._has}:
            has, least, most = self._has[place], self._least(place), self._most(place)
            if not least <= has <= most:
                self._wrong(place, f"{has} copies, {self._had[place]} before, {self._wanted[place]} at the source: "
                                   f"not within {least} and {most}")
            sums[place[1]] += has - self._had[place] + self._late(place)
        for octets, more in sums.items():
            if more < 0:
                self._wrong(("anywhere", octets), f"{-more} copies fewer")
        for picture in (self._source, self._before):
            for name, folder in picture.items():
                if folder.messages and name not in self._after:
                    self._wrong((name, b""), "no such folder")

    def _check_flags(self):
        """Each copy that stands has the flags of a message of its own."""
        def flags(picture):
            out = collections.defaultdict(collections.Counter)
            for name, folder in picture.items():
                for message in folder.messages.values():
                    out[name, message.octets][message.flags] += 1
            return out
        there = flags(self._after)
        for place, wanted in flags(self._source).items():
            same, least = (wanted & there[place]).total(), wanted.total() - self._removed[place]
            if same < least:
                self._wrong(place, f"the flags of {same} copies are as at the source, should be of {least}")

    def _check_untouched(self):
        """Messages keep UID, octets and date; strangers their flags too. A new one has a date that its octets came with."""
        dates = collections.defaultdict(set)
        for picture in (self._source, self._before):
            for folder in picture.values():
                for message in folder.messages.values():
                    dates[message.octets].add(message.date)
        for name, folder in self._after.items():
            old = self._before.get(name)
            if old and old.uidvalidity != folder.uidvalidity:
                self._wrong((name, b""), "the folder was made anew")
            for uid, message in folder.messages.items():
                was, place = old and old.messages.get(uid), (name, message.octets)
                if message.date not in dates[message.octets]:
                    self._wrong(place, f"the date is wrong: {message.date}")
                if was and (was.octets, was.date) != (message.octets, message.date):
                    self._wrong(place, f"UID {uid} is another message")
                if was and not self._wanted[place] and was.flags != message.flags:
                    self._wrong(place, "flags changed of a message that is none of the source's")

    def _wrong(self, place, what):
        self._problems.append(f"{place[0]} / {subject_of(place[1])}: {what}")
