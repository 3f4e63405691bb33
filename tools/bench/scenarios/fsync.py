"""1,000 small messages to a Maildir that forces every message to a real disk"""
import os
import subprocess

import copying
import corpus
import peers
from results import Result, of_pump
from scenarios.pairs import dovecots

NOT_A_DISK = ("tmpfs", "ramfs")


def disk():
    """A directory for temporary files that is on one."""
    for path in (os.environ.get("TMPDIR", "/tmp"), "/tmp", "/var/tmp"):
        kind = subprocess.run(["findmnt", "-n", "-o", "FSTYPE", "--target", path], capture_output=True, text=True,
                              check=False).stdout.strip()
        if kind and kind not in NOT_A_DISK:
            return path
    raise RuntimeError("no directory for temporary files is on a disk; set TMPDIR")


def run(bench):
    with dovecots(bench, disk(), destination={"layout": "maildir", "fsync": "always"}) as (path, source, destination):
        count, octets = corpus.fill(source, "ann", corpus.small(bench.count(1000)))
        case = copying.Case(source, destination, "ann", count, octets, path)
        first, _ = copying.take_turns(bench, case, peers.usual())
    return Result("small messages to a Maildir with mail_fsync=always", [first], [of_pump(first, "<= 1.3")])
