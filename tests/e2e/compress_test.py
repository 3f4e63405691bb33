#!/usr/bin/env python3
"""A copy through COMPRESS=DEFLATE between real Dovecots is exact, and less crosses the wire."""
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
TOOLS = os.path.join(ROOT, "tools", "servers")
COPY = os.path.join(os.environ.get("GODWIT_BUILD") or f"{ROOT}/build/release", "tests", "compressed_copy")
sys.path.insert(0, TOOLS)
sys.dont_write_bytecode = True
import servers  # noqa: E402
from godwitd import expect  # noqa: E402

MESSAGES = 2000 if os.environ.get("GODWIT_LONG") == "1" else 300
COMPRESSING = {"plugins": "zlib", "extra": "protocol imap {\n  mail_plugins = $mail_plugins imap_zlib\n}\n"}


def copy(source, destination, user, how):
    """What crossed the wire."""
    done = subprocess.run([COPY, str(source.port), user, str(destination.port), f"{user}-{how}", source.password, how],
                          capture_output=True, text=True, timeout=300, check=False)
    expect(f"the copy ends well ({how})", done.returncode == 0, done.stderr[-2000:])
    return json.loads(done.stdout)


def compare(source, destination, user, how):
    done = subprocess.run([sys.executable, f"{TOOLS}/compare.py", "--source", f"{source.host}:{source.port}",
                           "--source-password", source.password, "--destination",
                           f"{destination.host}:{destination.port}", "--destination-password", destination.password,
                           f"{user}={user}-{how}"], capture_output=True, text=True, timeout=120, check=False)
    expect(f"nothing is missing, extra or different ({how})", done.returncode == 0, done.stdout[-2000:] + done.stderr)


def main():
    if servers.missing():
        print("SKIPPED:", servers.missing())
        return 0
    with servers.scratch("compress") as path, servers.Dovecot(f"{path}/a", "a", **COMPRESSING) as source, \
            servers.Dovecot(f"{path}/b", "b", **COMPRESSING) as destination:
        subprocess.run([sys.executable, f"{TOOLS}/populate.py", "--port", str(source.port), "--password",
                        source.password, "--mailboxes", "1", "--messages", str(MESSAGES)],
                       check=True, timeout=120, stdout=subprocess.DEVNULL)
        seen = {}
        for how in ("plain", "compress"):
            seen[how] = copy(source, destination, "user1", how)
            compare(source, destination, "user1", how)
        for way in ("received", "sent"):
            expect(f"less is {way}", seen["compress"][way] < 0.9 * seen["plain"][way], seen)
    return 0


if __name__ == "__main__":
    sys.exit(main())
