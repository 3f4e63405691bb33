"""A private Cyrus."""
import os
import shutil
import subprocess

from namespaced import UNPACKED, NamespacedServer

PROGRAMS = "/usr/lib/cyrus/bin"
IMAPD = f"{UNPACKED}/cyrus-imapd/usr/lib/cyrus/bin/imapd"

_IMAPD_CONF = """
configdirectory: {dir}/config
defaultpartition: default
partition-default: {dir}/mail
proc_path: {dir}/proc
mboxname_lockpath: {dir}/lock
servername: localhost
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: {dir}/sasldb2
sasl_mech_list: PLAIN LOGIN
admins: {master}
proxyservers: {master}
allowplaintext: yes
failedloginpause: 0
autocreate_quota: 0
autocreate_quota_messages: 0
tls_server_cert: {dir}/server.pem
tls_server_key: {dir}/server.key
altnamespace: {alternative}
unixhierarchysep: {alternative}
"""
_CYRUS_CONF = """
START {{
  recover cmd="{programs}/ctl_cyrusdb -C {dir}/imapd.conf -r"
}}
SERVICES {{
  imap cmd="{imapd} -C {dir}/imapd.conf -U 50" listen="127.0.0.1:{port}" prefork=2
  imaps cmd="{imapd} -C {dir}/imapd.conf -s" listen="127.0.0.1:{tls_port}" prefork=0
}}
EVENTS {{
}}
"""


class Cyrus(NamespacedServer):
    """Folders are below INBOX. with `.` between levels, or, with `slash`, beside INBOX with `/`."""

    KIND = "cyrus"
    NEEDS = (f"{PROGRAMS}/master", IMAPD, "/usr/bin/db_load")
    PARTS = ("", "/config", "/config/socket", "/mail", "/proc", "/lock")

    def __init__(self, *arguments, slash=False, **options):
        super().__init__(*arguments, **options)
        self.delimiter = "/" if slash else "."
        self._alternative = "yes" if slash else "no"

    def _make_users(self, names):
        """Writes what saslpasswd2 would, but all at once."""
        database = f"{self.directory}/sasldb2"
        if os.path.exists(database):
            shutil.copyfile(database, f"{database}.new")
        secret = self.password.replace("\\", "\\\\")
        entries = "".join(f"{name}\\00localhost\\00userPassword\n{secret}\n" for name in names)
        subprocess.run(["db_load", "-T", "-t", "hash", f"{database}.new"], input=entries.encode(), check=True)
        os.chmod(f"{database}.new", 0o600)
        shutil.chown(f"{database}.new", "cyrus", "mail")
        os.rename(f"{database}.new", database)     # the server opens it for each login

    def _prepare(self):
        self._make_users([self.master_user])
        for part in self.PARTS[1:]:
            shutil.chown(self.directory + part, "cyrus", "mail")
        shutil.chown(f"{self.directory}/server.key", "cyrus", "mail")

    def _write_configuration(self):
        values = {"dir": self.directory, "master": self.master_user, "alternative": self._alternative, "imapd": IMAPD,
                  "programs": PROGRAMS, "port": self.port, "tls_port": self.tls_port}
        for name, text in (("imapd.conf", _IMAPD_CONF), ("cyrus.conf", _CYRUS_CONF)):
            with open(f"{self.directory}/{name}", "w", encoding="utf-8") as file:
                file.write(text.format(**values))

    def _run_folders(self):
        return (("cyrus", "cyrus"), ("cyrus/socket", "cyrus"), ("cyrus/proc", "cyrus"))

    def _servers(self):
        return [f"{PROGRAMS}/master -D -C {self.directory}/imapd.conf -M {self.directory}/cyrus.conf "
                f"-p {self.directory}/master.pid"]
