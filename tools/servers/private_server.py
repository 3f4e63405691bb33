"""What every private mail server on loopback has in common: ports, certificates, start, stop, log.

A server gets its death signal when the thread that called start() ends, so start it in the main thread (or in one that
outlives it).
"""
import contextlib
import ctypes
import os
import resource
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time

PASSWORD = "secret-for-tests"
MASTER_USER = "migadmin"      # an administrator who signs in for others, where the server has such a thing
START_SECONDS = 20
STOP_SECONDS = 10
SOCKET_PATH_ROOM = 75         # of the 107 octets of a Unix socket's path; servers need the others

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


class ServerError(Exception):
    """A server that could not be started, with the end of its log."""


def free_port():
    """Free now; it may be taken by the time it is used, so start() tries again."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def certificate_authority(directory):
    """ca.pem and ca.key in `directory`, made if missing. Returns the path of ca.pem."""
    os.makedirs(directory, exist_ok=True)
    if not os.path.exists(f"{directory}/ca.pem"):
        _openssl(directory, "req", "-x509", *_NEW_KEY, "-keyout", "ca.key", "-out", "ca.pem", "-days", "3650",
                 "-subj", "/CN=Test mail servers")
    return f"{directory}/ca.pem"


def server_certificate(directory, ca_directory):
    """server.pem and server.key for localhost, 127.0.0.1 and ::1, signed by that authority."""
    with open(f"{directory}/server.ext", "w", encoding="ascii") as file:
        file.write("subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1\nextendedKeyUsage=serverAuth\n")
    _openssl(directory, "req", *_NEW_KEY, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost")
    _openssl(directory, "x509", "-req", "-in", "server.csr", "-CA", f"{ca_directory}/ca.pem", "-CAkey",
             f"{ca_directory}/ca.key", "-set_serial", str(int.from_bytes(os.urandom(8), "big")), "-days", "3650",
             "-extfile", "server.ext", "-out", "server.pem")


_NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]


def _openssl(directory, *arguments):
    done = subprocess.run(["openssl", *arguments], cwd=directory, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, check=False)
    if done.returncode:
        raise ServerError(f"openssl {arguments[0]}: {done.stderr.decode(errors='replace')[-500:]}")


def require_passable(directory):
    """ServerError names the folder above `directory` that other users may not pass."""
    path = directory
    while path != "/":
        path = os.path.dirname(path)
        if not os.stat(path).st_mode & stat.S_IXOTH:
            raise ServerError(f"{directory}: other users may not pass {path} (chmod o+x)")


@contextlib.contextmanager
def scratch(prefix, parent="/tmp"):
    """A temporary directory that other users may pass through (mail runs unprivileged)."""
    path = tempfile.mkdtemp(prefix=f"godwit-{prefix}-", dir=parent)
    os.chmod(path, 0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


class PrivateServer:
    """A server of its own, started on `with` or start(); subclasses say how.

    `directory` is made; what leads to it must let the mail user pass. Servers that share `ca_directory` are trusted by
    one ca.pem. Every user has the same `password`; `users` exist from the start, add_users() makes more.
    """

    KIND = ""                 # the name of it
    NEEDS = ()                # files that must be there
    PARTS = ("",)             # folders in `directory`
    LOGS = ("stderr.log",)
    DEATH_SIGNAL = signal.SIGTERM

    def __init__(self, directory, name="", port=0, tls_port=0, password=PASSWORD, ca_directory=None, users=()):
        self.directory, self.name = os.path.abspath(directory), name or self.KIND
        self.host, self.port, self.tls_port = "127.0.0.1", port, tls_port
        self.password, self.master_user = password, MASTER_USER
        self.ca_directory = os.path.abspath(ca_directory or directory)
        self.ca = f"{self.ca_directory}/ca.pem"
        self.users = list(dict.fromkeys(users))
        self.process = None
        self._fixed_ports = bool(port or tls_port)

    @classmethod
    def missing(cls):
        """Why it cannot be started here; empty if it can."""
        absent = [path for path in cls.NEEDS if not os.path.exists(path)]
        if not shutil.which("openssl"):
            absent.append("openssl")
        return f"{', '.join(absent)} not installed (tools/setup)" if absent else ""

    def start(self):
        """Returns itself once the server answers; ServerError otherwise. Again after stop(): on the same ports."""
        if self.missing():
            raise ServerError(f"{self.KIND}: {self.missing()}")
        if len(self.directory) > SOCKET_PATH_ROOM:
            raise ServerError(f"{self.directory}: too long for the sockets in it ({SOCKET_PATH_ROOM} at most)")
        for part in self.PARTS:
            os.makedirs(self.directory + part, exist_ok=True)
            os.chmod(self.directory + part, 0o755)
        if os.getuid() == 0:
            require_passable(self.directory)
        certificate_authority(self.ca_directory)
        server_certificate(self.directory, self.ca_directory)
        self._prepare()
        self._make_users(self.users)
        deadline = time.monotonic() + START_SECONDS
        while True:
            if not self._fixed_ports:
                self.port, self.tls_port = free_port(), free_port()
            self._write_configuration()
            try:
                self._launch(deadline)
                self._fixed_ports = True
                return self
            except ServerError as error:
                if self._fixed_ports or "Address already in use" not in str(error) or time.monotonic() > deadline:
                    raise

    def stop(self):
        """Idempotent. Afterwards none of its processes is left; the mail stays."""
        if not self.process:
            return
        self._ask_to_end()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(STOP_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)   # its own session, so nobody else is hit
        self.process.wait()
        self.process = None

    def kill(self):
        """-9 to all of its processes at once."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *unused):
        self.stop()

    def add_users(self, names):
        """Makes accounts while the server runs, hundreds in a moment."""
        new = [name for name in dict.fromkeys(names) if name not in set(self.users)]
        self.users += new
        self._make_users(new)

    def log(self):
        """The end of what it logged."""
        text = ""
        for name in self.LOGS:
            with contextlib.suppress(OSError), open(f"{self.directory}/{name}", errors="replace") as file:
                text += file.read()[-2000:]
        return text

    # What subclasses have of their own.

    def _prepare(self):
        """Folders and owners, once a start."""

    def _make_users(self, names):
        """Where not every name is a user anyway."""

    def _write_configuration(self):
        """With the ports to try."""

    def _command(self):
        raise NotImplementedError

    def _answers(self):
        """Whether it is this server that listens on the port."""
        raise NotImplementedError

    def _ask_to_end(self):
        self.process.terminate()

    def _launch(self, deadline):
        owner, death_signal = os.getpid(), self.DEATH_SIGNAL

        def prepare():
            _libc.prctl(_PR_SET_PDEATHSIG, death_signal)
            if os.getppid() != owner:      # it died before the line above
                os._exit(1)
            _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

        for name in self.LOGS:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(f"{self.directory}/{name}")
        with open(f"{self.directory}/stderr.log", "ab") as log:
            self.process = subprocess.Popen(self._command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True, preexec_fn=prepare)
        try:
            self._wait_ready(deadline)
        except BaseException:
            self.stop()
            raise

    def _wait_ready(self, deadline):
        while self.process.poll() is None:
            ours = self._answers()
            if "Address already in use" in self.log():
                break                # a server may try again for some seconds
            if ours:
                return
            if time.monotonic() > deadline:
                raise ServerError(f"{self.name} did not answer in {START_SECONDS} s: {self.log()}")
            time.sleep(0.01)   # between two attempts to connect
        raise ServerError(f"{self.name} does not run: {self.log()}")
