"""A private GNU Mailutils."""
import os
import pwd
import shutil

from namespaced import UNPACKED, NamespacedServer, crypted

IMAP4D = f"{UNPACKED}/mailutils-imap4d/usr/sbin/imap4d"

_CONFIGURATION = """
foreground yes;
max-children 400;
transcript no;
logging {{
  syslog no;
}};
auth {{
  authorization system;
  authentication generic;
}};
mailbox {{
  mailbox-pattern "maildir:{dir}/mail/${{user}}/INBOX";
  mailbox-type maildir;
}};
namespace personal {{
  prefix "" {{
    directory "{dir}/mail/${{user}}/folders";
    delimiter "/";
    mailbox-type maildir;
  }};
}};
tls-file-checks {{
  key-file none;
  cert-file none;
}};
tcp-wrappers {{
  enable no;
}};
tls {{
  ssl-certificate-file {dir}/server.pem;
  ssl-key-file {dir}/server.key;
}};
server 127.0.0.1:{port} {{
  tls-mode ondemand;
}};
server 127.0.0.1:{tls_port} {{
  tls-mode connection;
}};
"""


class Mailutils(NamespacedServer):
    """Folders are beside INBOX with `/` between levels. Nobody signs in for others."""

    KIND = "mailutils"
    NEEDS = (IMAP4D,)

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.delimiter, self.master_user = "/", None

    def _prepare(self):
        self._password_hash = crypted(self.password)
        shutil.copyfile("/etc/passwd", f"{self.directory}/etc/passwd")

    def _make_users(self, names):
        nobody = pwd.getpwnam("nobody")
        with open(f"{self.directory}/etc/passwd", "a", encoding="utf-8") as file:
            for name in names:
                home = f"{self.directory}/mail/{name}"
                for folder in ("", "/folders", "/INBOX", "/INBOX/cur", "/INBOX/new", "/INBOX/tmp"):
                    os.makedirs(home + folder, exist_ok=True)
                    shutil.chown(home + folder, nobody.pw_uid, nobody.pw_gid)
                file.write(f"{name}:{self._password_hash}:{nobody.pw_uid}:{nobody.pw_gid}::{home}:/bin/false\n")

    def _write_configuration(self):
        with open(f"{self.directory}/imap4d.conf", "w", encoding="utf-8") as file:
            file.write(_CONFIGURATION.format(dir=self.directory, port=self.port, tls_port=self.tls_port))

    def _mounts(self):
        return ((f"{self.directory}/etc/passwd", "/etc/passwd"),)

    def _servers(self):
        return [f"{IMAP4D} --daemon --config-file={self.directory}/imap4d.conf"]
