"""A private Courier."""
import contextlib
import os
import pwd
import shutil
import subprocess

from namespaced import UNPACKED, NamespacedServer, crypted

IMAP = f"{UNPACKED}/courier-imap/usr"
AUTHDAEMOND = "/usr/lib/courier/courier-authlib/authdaemond"
TCPD = "/usr/sbin/couriertcpd"
TLS = "/usr/bin/couriertls"
CONNECTIONS = 400

_AUTHDAEMONRC = """authmodulelist="authuserdb"
authmodulelistorig="authuserdb"
daemons=5
authdaemonvar=/run/courier/authdaemon
DEBUG_LOGIN=0
DEFAULTOPTIONS=""
LOGGEROPTS=""
"""
_CAPABILITY = ("IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA IDLE AUTH=PLAIN "
               "ACL ACL2=UNION")


class Courier(NamespacedServer):
    """Folders are below INBOX. with `.` between levels. Nobody signs in for others."""

    KIND = "courier"
    NEEDS = (AUTHDAEMOND, TCPD, TLS, "/usr/sbin/makeuserdb", "/usr/bin/makedat", f"{IMAP}/bin/imapd")
    PARTS = ("", "/mail", "/etc", "/etc/shared")

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.delimiter, self.master_user = ".", None

    def _prepare(self):
        self._password_hash = crypted(self.password)
        etc = f"{self.directory}/etc"
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f"{etc}/userdb")
        with open(f"{etc}/authdaemonrc", "w", encoding="ascii") as file:
            file.write(_AUTHDAEMONRC)
        with open(f"{etc}/imapaccess", "w", encoding="ascii") as file:
            file.write("127.0.0\tallow\n")
        subprocess.run(["makedat", f"-src={etc}/imapaccess", f"-file={etc}/imapaccess.dat", f"-tmp={etc}/imapaccess.tmp",
                        "-cidr"], check=True)
        with open(f"{etc}/imapd.pem", "wb") as file:
            for part in ("server.key", "server.pem"):
                with open(f"{self.directory}/{part}", "rb") as source:
                    file.write(source.read())
        os.chmod(f"{etc}/imapd.pem", 0o600)
        shutil.chown(f"{etc}/imapd.pem", "courier")

    def _make_users(self, names):
        nobody = pwd.getpwnam("nobody")
        with open(f"{self.directory}/etc/userdb", "a", encoding="ascii") as file:
            os.fchmod(file.fileno(), 0o600)
            for name in names:
                home = f"{self.directory}/mail/{name}"
                file.write(f"{name}\tuid={nobody.pw_uid}|gid={nobody.pw_gid}|home={home}|mail={home}/Maildir|"
                           f"systempw={self._password_hash}\n")
                for folder in ("", "/Maildir", "/Maildir/cur", "/Maildir/new", "/Maildir/tmp"):
                    os.makedirs(home + folder, exist_ok=True)
                    shutil.chown(home + folder, nobody.pw_uid, nobody.pw_gid)
        subprocess.run(["makeuserdb", "-f", f"{self.directory}/etc/userdb"], check=True)

    def _mounts(self):
        return ((f"{self.directory}/etc", "/etc/courier"),)

    def _run_folders(self):
        return (("courier", "courier"), ("courier/authdaemon", "courier"))

    def _environment(self):
        return {
            "prefix": "/usr", "exec_prefix": "/usr", "sbindir": "/usr/sbin", "bindir": "/usr/bin",
            "IMAP_CAPABILITY": _CAPABILITY, "IMAP_CAPABILITY_TLS": _CAPABILITY, "IMAP_KEYWORDS": "1", "IMAP_ACL": "1",
            "IMAP_PROXY": "0", "IMAP_IDLE_TIMEOUT": "60", "IMAP_MAILBOX_SANITY_CHECK": "1", "IMAP_USELOCKS": "1",
            "IMAP_UMASK": "022", "IMAP_SHAREDINDEXFILE": "/etc/courier/shared/index", "IMAP_STARTTLS": "YES",
            "IMAP_TRASHFOLDERNAME": "Trash", "IMAP_MOVE_EXPUNGE_TO_TRASH": "0", "IMAP_TLS_REQUIRED": "0",
            "COURIERTLS": TLS, "TLS_CERTFILE": "/etc/courier/imapd.pem", "TLS_VERIFYPEER": "NONE",
            "MAILDIRPATH": "Maildir", "SENDMAIL": "/bin/false", "HEADERFROM": "X-IMAP-Sender",
        }

    def _servers(self):
        tcpd = (f"{TCPD} -address={self.host} -maxprocs={CONNECTIONS} -maxperip={CONNECTIONS} "
                "-access=/etc/courier/imapaccess.dat -nodnslookup -noidentlookup")
        login = f"{IMAP}/lib/courier/courier/imaplogin {IMAP}/bin/imapd Maildir"
        return [AUTHDAEMOND, f"{tcpd} {self.port} {login}",
                f"env IMAP_TLS=1 {tcpd} {self.tls_port} {TLS} -server -tcpd -user=courier {login}"]
