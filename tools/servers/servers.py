"""Real IMAP servers on loopback for tests and demonstrations: private, unprivileged, gone with their owner.

As root the mail processes run as nobody; as an ordinary user everything runs as that user. A server gets SIGTERM when
the thread that called start() ends, so start it in the main thread (or in one that outlives it).
"""
import contextlib
import ctypes
import grp
import os
import pwd
import resource
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time

PASSWORD = "secret-for-tests"
MASTER_USER = "migadmin"      # "someone*migadmin" signs in as someone, with the same password
BINARY = "/usr/sbin/dovecot"
START_SECONDS = 20
STOP_SECONDS = 10
SOCKET_PATH_ROOM = 75         # of the 107 octets of a Unix socket's path; Dovecot needs the others

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


_CONFIGURATION = """
base_dir = {dir}/run
state_dir = {dir}/state
instance_name = {name}
log_path = {dir}/dovecot.log
login_greeting = Dovecot {token} ready.
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{dir}/server.pem
ssl_key = <{dir}/server.key
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_master_user_separator = *
auth_failure_delay = 0
default_internal_user = {internal_user}
default_internal_group = {internal_group}
default_login_user = {login_user}
first_valid_uid = 1
mail_uid = {mail_user}
mail_gid = {mail_group}
mail_location = {location}
mail_fsync = {fsync}
mail_max_userip_connections = 0
mail_plugins = {plugins}
mailbox_list_index = no
passdb {{
  driver = static
  master = yes
  args = user={master} password={password}
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={mail_user} gid={mail_group} home={dir}/mail/%u {userdb}
}}
namespace inbox {{
  inbox = yes
  separator = {separator}
  prefix = {prefix}
  mailbox Sent {{
    special_use = \\Sent
  }}
  mailbox Drafts {{
    special_use = \\Drafts
  }}
  mailbox Trash {{
    special_use = \\Trash
  }}
}}
service anvil {{
  chroot =
  client_limit = 4000
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service auth {{
  client_limit = 8000
}}
service stats {{
  chroot =
  client_limit = 4000
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
service imap-login {{
  chroot =
  service_count = 0
  process_min_avail = 1
  process_limit = 4
  client_limit = 2000
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service imap {{
  service_count = 0
  process_limit = 2000
}}
{extra}
"""


class Dovecot:
    """A private Dovecot, started on `with` or start(). Any user name signs in with `password`.

    `directory` is made; what leads to it must let the mail user pass. `userdb` holds more fields of the static user
    database, `extra` more configuration. Servers that share `ca_directory` are trusted by one ca.pem.
    """

    LAYOUTS = {
        "fs": ("maildir:{dir}/mail/%u/Maildir:LAYOUT=fs", "/"),
        "maildir": ("maildir:{dir}/mail/%u/Maildir", "."),
        "mdbox": ("mdbox:{dir}/mail/%u/mdbox", "/"),
    }

    def __init__(self, directory, name="dovecot", layout="mdbox", prefix="", fsync="never", plugins="", userdb="",
                 extra="", port=0, tls_port=0, password=PASSWORD, ca_directory=None):
        self.directory, self.name = os.path.abspath(directory), name
        self.host, self.port, self.tls_port = "127.0.0.1", port, tls_port
        self.password, self.master_user = password, MASTER_USER
        self.ca_directory = os.path.abspath(ca_directory or directory)
        self.ca = f"{self.ca_directory}/ca.pem"
        self.process = None
        self._fixed_ports = bool(port or tls_port)
        self._token = os.urandom(8).hex()      # tells our greeting from that of another server on the port
        location, self.delimiter = self.LAYOUTS[layout]
        self._settings = {
            "dir": self.directory, "name": name, "location": location.format(dir=self.directory),
            "separator": self.delimiter, "prefix": prefix, "fsync": fsync, "plugins": plugins, "userdb": userdb,
            "extra": extra, "token": self._token, "master": MASTER_USER, "password": password,
        }

    def start(self):
        """Returns itself once the server answers; ServerError otherwise."""
        if not os.path.exists(BINARY):
            raise ServerError("dovecot is not installed (tools/setup installs it)")
        self._make_directories()
        certificate_authority(self.ca_directory)
        server_certificate(self.directory, self.ca_directory)
        deadline = time.monotonic() + START_SECONDS
        while True:
            if not self._fixed_ports:
                self.port, self.tls_port = free_port(), free_port()
            self._write_configuration()
            try:
                self._launch(deadline)
                return self
            except ServerError as error:
                if self._fixed_ports or "Address already in use" not in str(error) or time.monotonic() > deadline:
                    raise

    def stop(self):
        """Idempotent. Afterwards none of its processes is left; the mail stays."""
        if not self.process:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            pass
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)   # its own session, so nobody else is hit
        self.process.wait()
        self.process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *unused):
        self.stop()

    def log(self):
        """The end of what it logged."""
        text = ""
        for name in ("stderr.log", "dovecot.log"):
            with contextlib.suppress(OSError), open(f"{self.directory}/{name}", errors="replace") as file:
                text += file.read()[-2000:]
        return text

    def _make_directories(self):
        if len(self.directory) > SOCKET_PATH_ROOM:
            raise ServerError(f"{self.directory}: too long for the sockets in it ({SOCKET_PATH_ROOM} at most)")
        for part in ("", "/mail", "/run", "/state"):
            os.makedirs(self.directory + part, exist_ok=True)
            os.chmod(self.directory + part, 0o755)
        if os.getuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(f"{self.directory}/mail", nobody.pw_uid, nobody.pw_gid)
            require_passable(self.directory)

    def _write_configuration(self):
        root = os.getuid() == 0
        me, group = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name
        users = {
            "mail_user": "nobody" if root else me, "mail_group": "nogroup" if root else group,
            "internal_user": "dovecot" if root else me, "login_user": "dovenull" if root else me,
            "internal_group": "dovecot" if root else group,
        }
        with open(f"{self.directory}/dovecot.conf", "w", encoding="utf-8") as file:
            file.write(_CONFIGURATION.format(**self._settings, **users, port=self.port, tls_port=self.tls_port))

    def _launch(self, deadline):
        owner = os.getpid()

        def prepare():
            _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != owner:      # it died before the line above
                os._exit(1)
            _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

        with contextlib.suppress(FileNotFoundError):
            os.unlink(f"{self.directory}/dovecot.log")
        with open(f"{self.directory}/stderr.log", "wb") as log:
            self.process = subprocess.Popen([BINARY, "-F", "-c", f"{self.directory}/dovecot.conf"],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                                            preexec_fn=prepare)
        try:
            self._wait_ready(deadline)
        except BaseException:
            self.stop()
            raise

    def _wait_ready(self, deadline):
        while self.process.poll() is None:
            ours = False
            with contextlib.suppress(OSError), socket.create_connection((self.host, self.port), 5) as probe:
                probe.settimeout(5)
                ours = self._token.encode() in probe.recv(4096)
            if "Address already in use" in self.log():
                break                # Dovecot itself would try again for some seconds
            if ours:
                return
            if time.monotonic() > deadline:
                raise ServerError(f"{self.name} did not answer in {START_SECONDS} s: {self.log()}")
            time.sleep(0.01)   # between two attempts to connect
        raise ServerError(f"{self.name} does not run: {self.log()}")


def require_passable(directory):
    """ServerError names the folder above `directory` that other users may not pass."""
    path = directory
    while path != "/":
        path = os.path.dirname(path)
        if not os.stat(path).st_mode & stat.S_IXOTH:
            raise ServerError(f"{directory}: other users may not pass {path} (chmod o+x)")


@contextlib.contextmanager
def scratch(prefix):
    """A temporary directory that other users may pass through (mail runs as nobody)."""
    path = tempfile.mkdtemp(prefix=f"godwit-{prefix}-", dir="/tmp")
    os.chmod(path, 0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def missing():
    """Why no server can be started here; empty if one can."""
    needed = {BINARY: os.path.exists(BINARY), "openssl": shutil.which("openssl")}
    absent = [name for name, there in needed.items() if not there]
    return f"{', '.join(absent)} not installed (tools/setup)" if absent else ""


if __name__ == "__main__":
    raise SystemExit("this is a module; the command is tools/servers/dovecot")
