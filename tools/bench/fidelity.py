#!/usr/bin/env python3
"""How exactly Godwit, imapsync and mbsync copy the mailbox of tests/corpus/nasty.py: tools/bench/fidelity.py [--json]

Each copies it from one Dovecot into an account of its own, on another Dovecot and on a Cyrus, and runs once more. Counted
is what differs and was not forced by the destination (tools/servers/forced.py); a header of its own that a tool adds is
counted apart. "doubled" is what the second run added to what was there. imapsync is $IMAPSYNC or in PATH; mbsync
is Debian's isync. A tool that is not there is left out.
"""
import argparse
import collections
import json
import os
import re
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "../servers"))
sys.dont_write_bytecode = True
import matrix  # noqa: E402
import peers  # noqa: E402

SOURCE, DESTINATIONS = "dovecot-mdbox", ("dovecot-fs", "cyrus-slash")
TOOL_SECONDS = 900
COLUMNS = ("messages", *matrix.KINDS, "forced", "header added", "exit", "rerun exit", "doubled", "seconds")

_MBSYNC = """
IMAPStore source
Host {source.host}
Port {source.port}
User source
Pass {source.password}
SSLType None
AuthMechs LOGIN

IMAPStore destination
Host {destination.host}
Port {destination.port}
User {user}
Pass {destination.password}
SSLType None
AuthMechs LOGIN
""" + peers.MBSYNC_CHANNEL + "SyncState {state}/\n"


def godwit(copy, state):
    return [matrix.GODWIT, "sync", "--json", "--statedir", state, *_sides(copy)]


def imapsync(copy, state, *more):
    return [os.environ.get("IMAPSYNC") or shutil.which("imapsync") or "", "--nolog", "--noreleasecheck", "--tmpdir", state,
            *_sides(copy), *more]


def imapsync_more(copy, state):
    return imapsync(copy, state, "--syncduplicates", "--addheader")


def mbsync(copy, state):
    os.makedirs(f"{state}/state", exist_ok=True)
    with open(f"{state}/mbsyncrc", "w", encoding="utf-8") as file:
        file.write(_MBSYNC.format(source=copy.source.server, destination=copy.destination.server, user=copy.user,
                                  state=f"{state}/state"))
    return [shutil.which("mbsync") or "", "-q", "-c", f"{state}/mbsyncrc", "all"]


# How each is started, and the account for it.
TOOLS = {"godwit": (godwit, "godwit"), "imapsync": (imapsync, "imapsync"), "mbsync": (mbsync, "mbsync"),
         "imapsync --syncduplicates --addheader": (imapsync_more, "imapsync-more")}


def _sides(copy):
    words = []
    for number, side, user in (("1", copy.source, "source"), ("2", copy.destination, copy.user)):
        words += [f"--host{number}", side.server.host, f"--port{number}", str(side.server.port), f"--nossl{number}",
                  f"--notls{number}", f"--user{number}", user, f"--password{number}", side.server.password]
    return words


class ToolCopy(matrix.Copy):
    """The copy that a tool makes; only Godwit's says under which names folders are found that had to be renamed."""

    # Headers that mbsync and imapsync add for their own purposes; they are counted apart.
    WITHOUT = re.compile(rb"(?m)^(X-TUID: .{12}|Message-Id: <\d+@imapsync>)\r\n")

    def __init__(self, source, destination, tool, state):
        super().__init__(source, destination)
        self.tool, self.state, self.user = tool, state, TOOLS[tool][1]
        self.report = {"folders": []}
        self.exits, self.marked, self.doubled = [], 0, 0

    def run(self, size=""):
        self.source.fill(size)
        self.messages = sum(map(len, self.source.baseline.values()))
        self.start = time.time()
        self.run_tool()
        self.seconds = time.time() - self.start
        self.compare()
        self.marked = self.count_marked()
        once, surplus = self.differences, self.surplus
        self.run_tool()
        self.compare()
        self.differences, self.doubled = once, (self.surplus - surplus).total()
        return self

    def count_marked(self):
        """Messages that the tool put a header into."""
        with self.destination.account(self.user) as account:
            return sum(bool(message.note) for name in account.folders()[0].values()
                       for message in account.messages(name, self.WITHOUT.search))

    def run_tool(self):
        with open(f"{self.state}/log", "ab") as log:
            done = subprocess.run(TOOLS[self.tool][0](self, self.state), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=log, timeout=TOOL_SECONDS, check=False, cwd=self.state)
            log.write(done.stdout)
        if self.tool == "godwit":
            self.report = json.loads(done.stdout)
        self.exits.append(done.returncode)

    def row(self):
        counts = collections.Counter(each.kind for each in self.unexpected())
        return dict(zip(COLUMNS, (self.messages, *(counts[kind] for kind in matrix.KINDS),
                                  len(self.differences) - len(self.unexpected()), self.marked, *self.exits, self.doubled,
                                  round(self.seconds, 1))))


def there(tool):
    """Whether it can be started."""
    if tool == "godwit":
        return os.access(matrix.GODWIT, os.X_OK)
    program = tool.split()[0]
    return bool(program == "imapsync" and os.environ.get("IMAPSYNC") or shutil.which(program))


def measure(destination, sides, path):
    """Yields (tool, ToolCopy), or None beside a tool that is not there."""
    for tool in TOOLS:
        state = f"{path}/{destination}-{tool.replace(' ', '')}"
        os.makedirs(state)
        yield tool, ToolCopy(sides[SOURCE], sides[destination], tool, state).run() if there(tool) else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON document instead of the tables")
    parser.add_argument("--details", action="store_true", help="names every difference")
    options = parser.parse_args()
    results = {}
    users = [user for _, user in TOOLS.values()]
    with matrix.servers.scratch("fidelity") as path, matrix.running([SOURCE, *DESTINATIONS]) as sides:
        for destination in DESTINATIONS:
            sides[destination].server.add_users(users)
            if not options.json:
                print(f'\n{SOURCE} to {destination:<26}', *(f"{word:>{max(len(word), 5)}}" for word in COLUMNS))
            for tool, copy in measure(destination, sides, path):
                row = copy.row() if copy else {}
                results[f"{destination}: {tool}"] = row or "not there"
                if not options.json:
                    print(f"  {tool:<41}", *(f"{row.get(word, '-')!s:>{max(len(word), 5)}}" for word in COLUMNS),
                          "" if row else "not there", flush=True)
                for each in copy.unexpected() if copy and options.details else []:
                    print(f"      {each.kind}: {each.folder}: {each.case} {each.detail}")
    if options.json:
        print(json.dumps(results, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
