"""Servers that insist on paths and users of the whole machine get namespaces of their own (mounts, processes)."""
import contextlib
import functools
import os
import select
import shutil
import signal
import socket
import subprocess
import sys

from private_server import PrivateServer, ServerError

UNPACKED = "/var/cache/godwit-test-servers"     # tools/setup unpacks there what Debian does not install side by side
_INSIDE = os.path.join(os.path.dirname(os.path.realpath(__file__)), "inside.py")


class NamespacedServer(PrivateServer):
    """Needs root; the mail processes run as an ordinary user. The first process inside takes all others with it.

    `fsync` is never or always: whether the server's wish to have its files on the disk is granted.
    """

    PARTS = ("", "/mail", "/etc")
    LOGS = ("stderr.log", "syslog")
    DEATH_SIGNAL = signal.SIGKILL      # to unshare, which ignores SIGTERM; what is inside then ends as well

    def __init__(self, *arguments, fsync="never", **options):
        super().__init__(*arguments, **options)
        self._fsync = fsync

    @classmethod
    def missing(cls):
        """See PrivateServer."""
        if os.getuid():
            return f"{cls.KIND} needs root"
        if not shutil.which("unshare"):
            return "unshare not installed (tools/setup)"
        return super().missing() or _forbidden()

    def _mounts(self):
        """(what is seen, where) of each."""
        return ()

    def _run_folders(self):
        """(folder below /run, owner) of each."""
        return ()

    def _servers(self):
        """The commands to run inside."""
        raise NotImplementedError

    def _environment(self):
        return {}

    def _command(self):
        words = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", sys.executable, _INSIDE,
                 "--syslog", f"{self.directory}/syslog", "--dev", f"{self.directory}/dev"]
        for what, where in self._mounts():
            words += ["--bind", what, where]
        for folder, owner in self._run_folders():
            words += ["--run", folder, owner]
        preload = {"LD_PRELOAD": "libeatmydata.so"} if self._fsync == "never" else {}
        for name, value in {**preload, **self._environment()}.items():
            words += ["--set", name, value]
        return words + ["--", *self._servers()]

    def _first_inside(self):
        with contextlib.suppress(OSError), open(f"/proc/{self.process.pid}/task/{self.process.pid}/children",
                                                encoding="ascii") as file:
            return [int(pid) for pid in file.read().split()]
        return []

    def _ask_to_end(self):
        for pid in self._first_inside():     # unshare itself lets no signal through
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)

    def stop(self):
        """See PrivateServer."""
        inside = []
        with contextlib.suppress(ProcessLookupError):
            inside += [os.pidfd_open(pid) for pid in self._first_inside()] if self.process else []
        super().stop()
        for first in inside:
            _wait_gone(first)

    def _answers(self):
        if not self._listens():
            return False
        with contextlib.suppress(OSError), socket.create_connection((self.host, self.port), 5) as probe:
            probe.settimeout(5)
            return probe.recv(4096).startswith(b"* OK")
        return False

    def _listens(self):
        """Whether the listener on the port belongs to a process inside: greetings do not tell servers apart."""
        inodes = {f"socket:[{line.split()[9]}]" for line in _tcp_lines() if line.split()[1:4:2]
                  == [f"0100007F:{self.port:04X}", "0A"]}
        spaces = {_link(f"/proc/{pid}/ns/pid") for pid in self._first_inside()}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            if _link(f"/proc/{pid}/ns/pid") in spaces - {None} and inodes & _descriptors(pid):
                return True
        return False


@functools.cache
def _forbidden():
    """What this machine says to namespaces; containers may not allow them even to root."""
    done = subprocess.run(["unshare", "--mount", "--pid", "--fork", "true"], capture_output=True, text=True, check=False)
    return done.stderr.strip() if done.returncode else ""


def _tcp_lines():
    with open("/proc/net/tcp", encoding="ascii") as file:
        return file.read().splitlines()[1:]


def _link(path):
    try:
        return os.readlink(path)
    except OSError:
        return None


def _descriptors(pid):
    with contextlib.suppress(OSError):
        return {_link(f"/proc/{pid}/fd/{number}") for number in os.listdir(f"/proc/{pid}/fd")}
    return set()


def crypted(password):
    """As in /etc/shadow; MD5, since it costs the server least."""
    done = subprocess.run(["openssl", "passwd", "-1", "-stdin"], input=password.encode(), stdout=subprocess.PIPE,
                          check=False)
    if done.returncode:
        raise ServerError("openssl passwd failed")
    return done.stdout.decode().strip()


def _wait_gone(descriptor):
    select.select([descriptor], [], [], 10)
    os.close(descriptor)
