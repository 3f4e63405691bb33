"""What a scenario found out: tables of tools side by side, and figures with their targets."""
import dataclasses
import operator
import statistics

import check
from corpus import MB

_COMPARISONS = {"<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt, "=": operator.eq}


@dataclasses.dataclass
class Entry:
    """One tool in a table. `wire` is what passed on the way to the source and to the destination (measure.Proxy)."""
    name: str
    missing: str = ""                     # why it did not take part
    lost: tuple = ()                      # kinds of differences that do not count as failures
    runs: list = dataclasses.field(default_factory=list)
    wire: tuple = (None, None)
    aside: list = dataclasses.field(default_factory=list)    # runs that are not timed, but checked like the others

    def good(self):
        return [run for run in self.runs if not run.problem]

    def seconds(self):
        """The median; None without a good run."""
        return statistics.median(run.seconds for run in self.good()) if self.good() else None

    def failures(self):
        for number, run in [(0, run) for run in self.aside] + list(enumerate(self.runs, 1)):
            place = f"{self.name}, run {number}" if number else f"{self.name}, the run that is counted"
            if run.problem:
                yield f"{place}: {run.problem}"
            wrong = {kind: count for kind, count in run.differences.items() if kind not in self.lost}
            if wrong:
                yield f"{place}: the copy is not exact: {check.reading(wrong)}"

    def verdict(self):
        runs = self.aside + self.runs
        if any(True for _ in self.failures()):
            return "FAILED"
        worst = max((run.differences for run in runs), key=lambda found: sum(found.values()), default={})
        return f"lost: {check.reading(worst)}" if worst else "exact"

    def row(self, messages, octets, yardstick):
        """As a dictionary; figures are left out where there is none."""
        if self.missing:
            return {"tool": self.name, "missing": self.missing}
        good, median = self.good(), self.seconds()
        row = {"tool": self.name, "runs": len(self.runs), "check": self.verdict(),
               "source": self.wire[0], "destination": self.wire[1]}
        if good:
            row |= {"seconds": median, "least": min(run.seconds for run in good),
                    "most": max(run.seconds for run in good), "all_seconds": [run.seconds for run in self.runs],
                    "x_pump": median / yardstick if yardstick else None, "messages_per_second": messages / median,
                    "mb_per_second": octets / MB / median, "cpu_seconds": statistics.median(run.cpu for run in good),
                    "peak_rss_mb": max(run.rss for run in good) / MB}
        return row


@dataclasses.dataclass
class Table:
    """Tools that did the same; the pump is the yardstick of all."""
    title: str
    entries: list
    messages: int
    octets: int

    def entry(self, name):
        return next((entry for entry in self.entries if entry.name == name), None)

    def seconds(self, name):
        entry = self.entry(name)
        return entry.seconds() if entry else None

    def rows(self):
        return [entry.row(self.messages, self.octets, self.seconds("pump")) for entry in self.entries]


@dataclasses.dataclass
class Figure:
    """`target` is "<= 1.3" or the like, or empty. A figure that must be so is a failure if it is not."""
    what: str
    value: object
    target: str = ""
    must: bool = False

    def met(self):
        """None without a target or a value."""
        if not self.target or self.value is None:
            return None
        sign, limit = self.target.split()
        return _COMPARISONS[sign](self.value, float(limit))

    def as_dict(self):
        return {"what": self.what, "value": self.value, "target": self.target, "met": self.met()}


@dataclasses.dataclass
class Result:
    title: str
    tables: list = dataclasses.field(default_factory=list)
    figures: list = dataclasses.field(default_factory=list)
    broken: str = ""         # what ended the scenario early

    def failures(self):
        found = [failure for table in self.tables for entry in table.entries for failure in entry.failures()]
        found += [f"{figure.what}: {figure.value}, must be {figure.target}" for figure in self.figures
                  if figure.must and not figure.met()]
        return found + ([self.broken] if self.broken else [])

    def as_dict(self):
        return {"title": self.title,
                "tables": [{"title": table.title, "messages": table.messages, "bytes": table.octets, "tools": table.rows()}
                           for table in self.tables],
                "figures": [figure.as_dict() for figure in self.figures], "failures": self.failures()}


def ratio(one, other):
    return one / other if one is not None and other else None


def of_pump(table, target, name="godwit"):
    """How many times the pump's time it takes."""
    return Figure(f"{name}: its time, of the pump's", ratio(table.seconds(name), table.seconds("pump")), target)


def faster_than(table, other, target, name="godwit"):
    return Figure(f"{name}: times faster than {other}", ratio(table.seconds(other), table.seconds(name)), target)


def rss(table, target, name="godwit"):
    entry = table.entry(name)
    peak = max((run.rss for run in entry.good()), default=None) if entry else None
    return Figure(f"{name}: peak RSS, MB", peak and peak / MB, target)
