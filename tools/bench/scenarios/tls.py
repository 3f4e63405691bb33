"""the mail of large, over TLS on both sides"""
from results import Result, of_pump
from scenarios.large import copies


def run(bench):
    first = copies(bench, tls=True)
    return Result("mail of all sizes, over TLS on both sides", [first], [of_pump(first, "<= 1.3")])
