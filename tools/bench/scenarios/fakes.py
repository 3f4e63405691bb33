"""A fakeimap, for mailboxes that no real server would hold for a measurement."""
import re
import subprocess

import godwitd

FAKEIMAP = f"{godwitd.BINARIES}/fakeimap"


class Fake:
    """With these arguments, from `with` on; any user signs in."""
    host, password = "127.0.0.1", "fake"

    def __init__(self, *arguments):
        self._arguments = [str(argument) for argument in arguments]

    def __enter__(self):
        self._process = subprocess.Popen([FAKEIMAP, *self._arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                         text=True)
        found = re.fullmatch(r"listening 127\.0\.0\.1:(\d+)\n", self._process.stdout.readline())
        if not found:
            raise RuntimeError(f"fakeimap {self._arguments} does not listen")
        self.port = self.tls_port = int(found[1])
        return self

    def __exit__(self, *unused):
        self._process.terminate()
        self._process.wait(30)
        self._process.stdout.close()
