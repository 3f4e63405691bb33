"""The faults of the random runs: what each row of the table does to a pass."""
import dataclasses

from fault_proxy import Fault

SOURCE, DESTINATION = "source", "destination"
GARBAGE = (b"\xff\x00garbage\r\n", b"\x80\x81", b"* 5 FETCH (UID \r\n", b"* BYE for no reason\r\n", b"zz9 OK whose?\r\n",
           b"+ unasked\r\n", b"* OK [UNKNOWN-CTRL {3}\r\n", b"{99999999999}\r\n", b"* (((((\r\n", b"* 4294967296 EXISTS\r\n")
# Moments that make sense on a side: a source gets no mail, and a destination sends none that is copied.
MOMENTS = {
    SOURCE: ("bytes_up", "bytes_down", "literal_down", "tagged"),
    DESTINATION: ("bytes_up", "bytes_down", "literal_up", "append_sent", "append_answered", "tagged"),
}


@dataclasses.dataclass
class Plan:
    """A faulted pass: the fault, on which side, whether the process is killed by it, or after a time."""

    side: str
    fault: Fault | None
    kills: bool = False
    kill_after: float | None = None

    def __str__(self):
        if not self.fault:
            return f"kill -9 after {self.kill_after:.3f} s"
        fault = self.fault
        extra = f", {fault.seconds:.2f} s" if fault.seconds else ""
        extra += f", {fault.octets!r}" if fault.octets else ""
        return (f"{self.side}: {fault.action} at {fault.at} {fault.count}{extra}"
                f"{', hold ' + str(fault.hold) if fault.hold else ''}{', kill -9' if self.kills else ''}")


class Shape:
    """What a clean pass over such a mailbox looks like to the proxies, so that moments fall into it."""

    def __init__(self, moments, octets, seconds, messages):
        self._moments, self._octets, self.seconds, self._messages = moments, octets, seconds, messages

    def scaled(self, messages):
        """For another number of messages."""
        factor = messages / self._messages
        moments = {side: {name: count * factor for name, count in found.items()} for side, found in self._moments.items()}
        octets = {side: {way: count * factor for way, count in found.items()} for side, found in self._octets.items()}
        return Shape(moments, octets, self.seconds * factor, messages)

    def count(self, side, at, rng):
        """A moment of that kind, somewhere in the pass."""
        most = self._octets[side][at[6:]] if at.startswith("bytes") else self._moments[side].get(at, 0)
        return 1 + int(rng.random() * max(most - 1, 0))


def _place(rng, shape, side=None, moments=None):
    """(side, arguments of Fault) for a moment."""
    side = side or rng.choice((SOURCE, DESTINATION, DESTINATION))
    at = rng.choice(moments or MOMENTS[side])
    return side, {"at": at, "count": shape.count(side, at, rng), "fraction": rng.random()}


def _simple(action, **options):
    def make(rng, shape, settle):
        side, where = _place(rng, shape, **options)
        return Plan(side, Fault(action=action, **where))
    return make


def _ends(**options):
    """A reset or an orderly end."""
    def make(rng, shape, settle):
        side, where = _place(rng, shape, **options)
        return Plan(side, Fault(action=rng.choice(("rst", "fin")), **where))
    return make


def _short_stall(rng, shape, settle):
    side, where = _place(rng, shape)
    return Plan(side, Fault(action="stall", seconds=rng.uniform(0.1, 1.0), **where))


def _garbage(rng, shape, settle):
    side, where = _place(rng, shape, moments=("tagged",))
    return Plan(side, Fault(action="garbage", octets=rng.choice(GARBAGE), **where))


def _cut_literal(rng, shape, settle):
    side = rng.choice((SOURCE, DESTINATION))
    return _ends(side=side, moments=("literal_down" if side == SOURCE else "literal_up",))(rng, shape, settle)


def _late(rng, shape, settle, kills=False, shares=(0.05, 0.6)):
    """The last octet of an APPEND, or an octet anywhere in the stream and what follows it, is held back."""
    side, where = _place(rng, shape, DESTINATION, ("append_sent", "append_sent", "bytes_up"))
    fault = Fault(action="late", hold=1 if where["at"] == "append_sent" else 0, seconds=settle * rng.uniform(*shares), **where)
    return Plan(side, fault, kills)


def _kill(rng, shape, settle):
    if rng.random() < 0.3:
        return Plan(DESTINATION, None, kill_after=rng.random() * max(shape.seconds, 0.05))
    side, where = _place(rng, shape)
    return Plan(side, Fault(action="none", **where), kills=True)


FAULTS = {
    "black hole": _simple("drop"),
    "reset": _simple("rst"),
    "orderly end": _simple("fin"),
    "half-close": _simple("half_close"),
    "stall, short": _short_stall,
    "stall, for ever": _simple("stall"),
    "slow drip": _simple("drip"),
    "cut in a literal": _cut_literal,
    "cut after an APPEND": _ends(side=DESTINATION, moments=("append_sent",)),
    "cut before its answer": _ends(side=DESTINATION, moments=("append_answered",)),
    "late delivery": _late,
    "very late delivery": lambda rng, shape, settle: _late(rng, shape, settle, shares=(1.5, 3.5)),
    "garbage": _garbage,
    "truncated line": _simple("truncate", moments=("tagged",)),
    "kill -9": _kill,
    "kill -9, late delivery": lambda rng, shape, settle: _late(rng, shape, settle, kills=True),
}
# A copy that comes when everybody has stopped waiting is known by the ledger alone.
NEED_LEDGER = {"very late delivery"}
