"""Counts of what the runs found, one row for each fault."""
import dataclasses

FAILURES = ("lost", "doubled", "stuck", "counter", "other")


@dataclasses.dataclass
class Row:
    """Sums of a fault's runs. `struck`: the moment came; `other`: flags, dates, folders or names differ."""

    runs: int = 0
    struck: int = 0
    passes: int = 0
    lost: int = 0
    doubled: int = 0
    stuck: int = 0
    counter: int = 0
    other: int = 0
    seconds: float = 0


class Table:
    """Rows in the order of their names."""

    def __init__(self, names):
        self._rows = {name: Row() for name in names}

    def add(self, name, struck, passes, seconds, found):
        """One run; `found` maps failures to numbers."""
        row = self._rows[name]
        row.runs, row.struck = row.runs + 1, row.struck + bool(struck)
        row.passes, row.seconds = row.passes + passes, row.seconds + seconds
        for failure, number in found.items():
            setattr(row, failure, getattr(row, failure) + number)

    @property
    def good(self):
        """Nothing was found, and no fault was tried in vain again and again."""
        return all(not getattr(row, failure) for row in self._rows.values() for failure in FAILURES) and not self.missed

    @property
    def missed(self):
        """Faults whose moment never came."""
        return [name for name, row in self._rows.items() if row.runs >= 4 and not row.struck]

    def __str__(self):
        columns = [field.name for field in dataclasses.fields(Row)]
        lines = [f'{"fault":<24}' + "".join(f"{column:>9}" for column in columns)]
        rows = {name: row for name, row in self._rows.items() if row.runs}
        total = Row(*(sum(getattr(row, column) for row in rows.values()) for column in columns))
        for name, row in (*rows.items(), ("all", total)):
            values = (getattr(row, column) for column in columns)
            lines.append(f"{name:<24}" + "".join(f"{value:>9.1f}" if isinstance(value, float) else f"{value:>9}"
                                                 for value in values))
        return "\n".join(lines)
