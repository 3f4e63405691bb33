"""Prints results for people."""
import sys

_HEAD = ("tool", "runs", "median s", "min–max s", "x pump", "msg/s", "MB/s", "CPU s", "RSS MB", "source: trips",
         "up", "down", "destination: trips", "up", "down", "check")


def number(value):
    """With as many digits as say something."""
    if value is None:
        return "-"
    if not isinstance(value, float):
        return str(value)
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.1f}" if abs(value) >= 100 else f"{value:.2f}"


def octets(count):
    if count is None:
        return "-"
    return f"{count / 1e6:.1f}M" if count >= 1e6 else f"{count / 1e3:.1f}k" if count >= 1e3 else str(count)


def _wire(counts):
    counts = counts or {}
    return [number(counts.get("round_trips")), octets(counts.get("up_bytes")), octets(counts.get("down_bytes"))]


def _cells(row):
    if row.get("missing"):
        return [row["tool"], row["missing"]]
    spread = f'{number(row["least"])}–{number(row["most"])}' if "least" in row else "-"
    return [row["tool"], str(row["runs"]), number(row.get("seconds")), spread,
            *(number(row.get(key)) for key in ("x_pump", "messages_per_second", "mb_per_second", "cpu_seconds",
                                               "peak_rss_mb")),
            *_wire(row["source"]), *_wire(row["destination"]), row["check"]]


def print_table(table, file):
    lines = [list(_HEAD)] + [_cells(row) for row in table.rows()]
    full = [line for line in lines if len(line) == len(_HEAD)]
    widths = [max(len(line[column]) for line in full) for column in range(len(_HEAD))]
    widths[0] = max(len(line[0]) for line in lines)
    print(f"\n  {table.title}: {table.messages:,} messages, {octets(table.octets)}B", file=file)
    for line in lines:
        cells = [cell.ljust(width) if column in (0, len(_HEAD) - 1) else cell.rjust(width)
                 for column, (cell, width) in enumerate(zip(line, widths))]
        print("   ", "  ".join(cells).rstrip(), file=file)


def _verdict(figure):
    if not figure.target:
        return ""
    return {True: "met", False: "MISSED", None: "not measured"}[figure.met()]


def print_result(name, result, file=sys.stdout):
    print(f"\n{name}: {result.title}", file=file)
    for table in result.tables:
        print_table(table, file)
    if result.figures:
        print(file=file)
    width = max((len(figure.what) for figure in result.figures), default=0)
    for figure in result.figures:
        print(f"    {figure.what:<{width}}  {number(figure.value):>12}  {figure.target:<9} {_verdict(figure)}".rstrip(),
              file=file)
    for failure in result.failures():
        print(f"    FAILED: {failure}", file=file)
    file.flush()
