"""Starts real IMAP servers on loopback for tests and demonstrations, and stops them again.

As root the mail processes run as nobody; as an ordinary user everything runs as that user. A server dies with the
process that started it (its supervisor asks the kernel for that).
"""
import contextlib
import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time

PASSWORD = "secret-for-tests"
MASTER_USER = "migadmin"


class ServerError(Exception):
    """A server that could not be started, with the end of its log."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def make_certificates(directory):
    """ca.pem, and server.pem/server.key for localhost, 127.0.0.1 and ::1."""
    if os.path.exists(f"{directory}/ca.pem"):
        return

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True, cwd=directory, stdout=subprocess.DEVNULL,
                       stderr=subprocess.PIPE)

    with open(f"{directory}/san.cnf", "w") as file:
        file.write("subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1\n")
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl("req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.pem", "-days", "3650", "-subj", "/CN=Godwit test CA")
    openssl("req", *curve, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "3650",
            "-out", "server.pem", "-extfile", "san.cnf")


DOVECOT_CONF = """
base_dir = {dir}/run
state_dir = {dir}/state
instance_name = {name}
log_path = {dir}/dovecot.log
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
default_login_user = {login_user}
default_internal_group = {internal_group}
first_valid_uid = 1
mail_uid = {mail_user}
mail_gid = {mail_group}
mail_location = {location}
mail_fsync = {fsync}
mailbox_list_index = no
mail_max_userip_connections = 0
mail_plugins = {plugins}
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
}}
service anvil {{
  chroot =
  client_limit = 4000
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
  client_limit = 2000
  process_limit = 4
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service imap {{
  process_limit = 2000
}}
{extra}
"""


class Dovecot:
    """A private Dovecot. `directory` is made; its parents must let the mail user pass."""

    LAYOUTS = {"fs": ("mdbox:{dir}/mail/%u", "/"), "maildir": ("maildir:{dir}/mail/%u/Maildir", "."),
               "mdbox": ("mdbox:{dir}/mail/%u", "/")}

    def __init__(self, directory, name="dovecot", layout="mdbox", prefix="", fsync="never", plugins="", userdb="",
                 extra="", port=0, tls_port=0):
        self.directory, self.name = os.path.abspath(directory), name
        self.host, self.port, self.tls_port = "127.0.0.1", port or free_port(), tls_port or free_port()
        self.password, self.master_user = PASSWORD, MASTER_USER
        self.ca = f"{self.directory}/ca.pem"
        self.process = None
        location, separator = self.LAYOUTS[layout]
        self.settings = dict(dir=self.directory, name=name, location=location.format(dir=self.directory),
                             separator=separator, prefix=prefix, fsync=fsync, plugins=plugins, userdb=userdb, extra=extra,
                             master=MASTER_USER, password=PASSWORD)

    def start(self):
        if not shutil.which("dovecot") and not os.path.exists("/usr/sbin/dovecot"):
            raise ServerError("dovecot is not installed (tools/setup installs it)")
        root = os.getuid() == 0
        me = pwd.getpwuid(os.getuid()).pw_name
        for part in ("", "/mail", "/run", "/state"):
            os.makedirs(self.directory + part, exist_ok=True)
            os.chmod(self.directory + part, 0o755)
        if root:
            nobody = pwd.getpwnam("nobody")
            os.chown(f"{self.directory}/mail", nobody.pw_uid, nobody.pw_gid)
        make_certificates(self.directory)
        self.settings.update(port=self.port, tls_port=self.tls_port, mail_user="nobody" if root else me,
                             mail_group="nogroup" if root else str(os.getgid()),
                             internal_user="dovecot" if root else me, login_user="dovenull" if root else me,
                             internal_group="dovecot" if root else str(os.getgid()))
        with open(f"{self.directory}/dovecot.conf", "w") as file:
            file.write(DOVECOT_CONF.format(**self.settings))
        with open(f"{self.directory}/stderr.log", "wb") as log:
            self.process = subprocess.Popen(["/usr/sbin/dovecot", "-F", "-c", f"{self.directory}/dovecot.conf"],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                                            preexec_fn=_die_with_parent)
        self._wait_ready(time.monotonic() + 20)
        return self

    def _wait_ready(self, deadline):
        while True:
            if self.process.poll() is not None:
                raise ServerError(f"{self.name} ended at once: {self._log_tail()}")
            with contextlib.suppress(OSError), socket.create_connection((self.host, self.port), 5) as probe:
                probe.settimeout(5)
                if probe.recv(4).startswith(b"* OK"):
                    return
            if time.monotonic() > deadline:
                self.stop()
                raise ServerError(f"{self.name} did not answer: {self._log_tail()}")
            time.sleep(0.02)   # between two attempts to connect, not for anything to have happened

    def _log_tail(self):
        text = ""
        for name in ("stderr.log", "dovecot.log"):
            with contextlib.suppress(OSError), open(f"{self.directory}/{name}", errors="replace") as file:
                text += file.read()[-1000:]
        return text

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        self.process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *unused):
        self.stop()


@contextlib.contextmanager
def scratch(prefix):
    """A temporary directory that other users may pass through (mail runs as nobody)."""
    import tempfile
    path = tempfile.mkdtemp(prefix=f"godwit-{prefix}-")
    os.chmod(path, 0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def main():
    """dovecot DIRECTORY [LAYOUT]: runs until interrupted; settings are in DIRECTORY/server.env."""
    if len(sys.argv) < 3 or sys.argv[1] != "dovecot":
        print("usage: servers.py dovecot DIRECTORY [fs|maildir|mdbox]", file=sys.stderr)
        return 64
    server = Dovecot(sys.argv[2], layout=sys.argv[3] if len(sys.argv) > 3 else "mdbox")
    with server:
        with open(f"{server.directory}/server.env", "w") as file:
            file.write(f"HOST={server.host}\nPORT={server.port}\nTLS_PORT={server.tls_port}\nCA={server.ca}\n"
                       f"PASSWORD={server.password}\n")
        print(f"dovecot on {server.host}:{server.port} (STARTTLS) and :{server.tls_port} (TLS); Ctrl-C stops it", flush=True)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        with contextlib.suppress(KeyboardInterrupt):
            server.process.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
