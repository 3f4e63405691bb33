"""A private Dovecot."""
import contextlib
import grp
import os
import pwd
import socket

from private_server import PASSWORD, PrivateServer

BINARY = "/usr/sbin/dovecot"

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


class Dovecot(PrivateServer):
    """Any user name signs in with `password`; "someone*migadmin" signs in as someone, with the same password.

    As root the mail processes run as nobody; as an ordinary user everything runs as that user. `userdb` holds more
    fields of the static user database, `extra` more configuration.
    """

    KIND = "dovecot"
    NEEDS = (BINARY,)
    PARTS = ("", "/mail", "/run", "/state")
    LOGS = ("stderr.log", "dovecot.log")
    LAYOUTS = {
        "fs": ("maildir:{dir}/mail/%u/Maildir:LAYOUT=fs", "/"),
        "maildir": ("maildir:{dir}/mail/%u/Maildir", "."),
        "mdbox": ("mdbox:{dir}/mail/%u/mdbox", "/"),
    }

    def __init__(self, directory, name="dovecot", layout="mdbox", prefix="", fsync="never", plugins="", userdb="",
                 extra="", port=0, tls_port=0, password=PASSWORD, ca_directory=None, users=()):
        super().__init__(directory, name, port, tls_port, password, ca_directory, users)
        self._token = os.urandom(8).hex()      # tells our greeting from that of another server on the port
        location, self.delimiter = self.LAYOUTS[layout]
        self._settings = {
            "dir": self.directory, "name": name, "location": location.format(dir=self.directory),
            "separator": self.delimiter, "prefix": prefix, "fsync": fsync, "plugins": plugins, "userdb": userdb,
            "extra": extra, "token": self._token, "master": self.master_user, "password": password,
        }

    def _prepare(self):
        if os.getuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(f"{self.directory}/mail", nobody.pw_uid, nobody.pw_gid)

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

    def _command(self):
        return [BINARY, "-F", "-c", f"{self.directory}/dovecot.conf"]

    def _answers(self):
        with contextlib.suppress(OSError), socket.create_connection((self.host, self.port), 5) as probe:
            probe.settimeout(5)
            return self._token.encode() in probe.recv(4096)
        return False
