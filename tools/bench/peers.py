"""The programs that copy a mailbox, and how each is told to. None is told anything that makes it slower."""
import dataclasses
import os
import re
import shutil

import godwitd


@dataclasses.dataclass
class Job:
    """One copy. `source` and `destination` have host and port, maybe of proxies; `server` is the destination itself.
    `directory` is of this job alone and stays for its later runs."""
    source: object
    destination: object
    server: object
    source_users: list
    destination_users: list
    ca: str = ""             # with a file of authorities: TLS on both sides
    directory: str = ""

    @property
    def passfile(self):
        """A file with the password of all."""
        path = f"{self.directory}/password"
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write(self.server.password + "\n")
        return path

    def sides(self):
        """("1", source, its user), ("2", destination, its user)"""
        return (("1", self.source, self.source_users[0]), ("2", self.destination, self.destination_users[0]))


class Peer:
    """`lost` are kinds of differences it is known for, which are shown and do not count as failures; `without` what it
    adds to headers; `most_runs` because it is slow."""
    name, program = "", ""
    lost, without, most_runs = (), None, None

    @property
    def family(self):
        """What --tools calls it."""
        return self.name.split()[0]

    def path(self):
        return shutil.which(self.program) or ""

    def missing(self, tls=False):
        """Why it cannot take part; empty if it can."""
        return "" if self.path() else "not installed"

    def command(self, job):
        raise NotImplementedError

    def again(self, job):
        """Where a copy is there already."""
        return self.command(job)


class Built(Peer):
    """One of our own programs."""

    def path(self):
        path = f"{godwitd.BINARIES}/{self.program}"
        return path if os.access(path, os.X_OK) else ""

    def missing(self, tls=False):
        return "" if self.path() else "not built"


class Godwit(Built):
    name, program = "godwit", "godwit"

    def command(self, job):
        words = [self.path(), "sync", "--json", "--statedir", job.directory]
        for side, end, user in job.sides():
            words += [f"--host{side}", end.host, f"--port{side}", str(end.port), f"--user{side}", user,
                      f"--passfile{side}", job.passfile]
            words += [f"--ca{side}", job.ca] if job.ca else [f"--nossl{side}", f"--notls{side}"]
        return words


class GodwitLedger(Godwit):
    name = "godwit --ledger"

    def command(self, job):
        return [*super().command(job), "--ledger", f"{job.directory}/ledger"]


class Pump(Built):
    """The yardstick: what is read is written, nothing is compared and nothing written down."""
    name, program = "pump", "bench_pump"

    def __init__(self, parallel=1):
        self.parallel = parallel

    def command(self, job):
        words = [self.path(), "--source", f"{job.source.host}:{job.source.port}", "--destination",
                 f"{job.destination.host}:{job.destination.port}", "--password", job.server.password, "--parallel",
                 str(self.parallel)]
        for user, other in zip(job.source_users, job.destination_users):
            words += ["--user", user, "--destination-user", other]
        return words + (["--tls"] if job.ca else [])

    def again(self, job):
        return [*self.command(job), "--mode", "list"]


# How mbsync is to copy: everything, once, into what is there.
MBSYNC_CHANNEL = """
Channel all
Far :source:
Near :destination:
Patterns *
Create Near
Sync Pull
Expunge None
CopyArrivalDate yes
"""
_MBSYNC = """
FSync no

IMAPStore source
Host {host}
Port {job.source.port}
User {job.source_users[0]}
{common}

IMAPStore destination
Host {host}
Port {job.destination.port}
User {job.destination_users[0]}
{common}
""" + MBSYNC_CHANNEL + "SyncState {job.directory}/state/\n"


class Mbsync(Peer):
    """Its pipeline is as deep as it likes, and its own state is not forced to the disk. It finds no addresses in
    certificates, only names."""
    name, program = "mbsync", "mbsync"
    lost, without = ("subscriptions",), re.compile(rb"(?m)^X-TUID: .{12}\r\n")

    def command(self, job):
        os.makedirs(f"{job.directory}/state", exist_ok=True)
        security = f"SSLType IMAPS\nCertificateFile {job.ca}" if job.ca else "SSLType None"
        common = f"Pass {job.server.password}\nAuthMechs LOGIN\n{security}"
        with open(f"{job.directory}/mbsyncrc", "w", encoding="utf-8") as file:
            file.write(_MBSYNC.format(job=job, host="localhost" if job.ca else job.source.host, common=common))
        return [self.path(), "-q", "-c", f"{job.directory}/mbsyncrc", "all"]


class Doveadm(Peer):
    """dsync: it reads the source by IMAP and writes into the files of the destination, with no server between."""
    name, program = "doveadm", "doveadm"

    def command(self, job):
        settings = {"imapc_host": job.source.host, "imapc_port": job.source.port, "imapc_user": job.source_users[0],
                    "imapc_password": job.server.password, "imapc_features": "rfc822.size fetch-headers",
                    "mail_prefetch_count": 20}
        if job.ca:
            settings |= {"imapc_ssl": "imaps", "ssl_client_ca_file": job.ca}
        words = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
        return [self.path(), "-c", f"{job.server.directory}/dovecot.conf", *words, "backup", "-R", "-u",
                job.destination_users[0], "imapc:"]


class Imapsync(Peer):
    """$IMAPSYNC, or the one in PATH; without the counting of sizes that it begins and ends with."""
    name, program = "imapsync", "imapsync"
    most_runs = 1
    lost, without = ("subscriptions",), re.compile(rb"(?m)^Message-Id: <\d+@imapsync>\r\n")

    def path(self):
        return os.environ.get("IMAPSYNC") or super().path()

    def command(self, job):
        words = [self.path(), "--nolog", "--noreleasecheck", "--nofoldersizes", "--nofoldersizesatend", "--tmpdir",
                 job.directory]
        for side, end, user in job.sides():
            words += [f"--host{side}", end.host, f"--port{side}", str(end.port), f"--user{side}", user,
                      f"--passfile{side}", job.passfile]
            words += [f"--ssl{side}"] if job.ca else [f"--nossl{side}", f"--notls{side}"]
        return words


class Imapcopy(Peer):
    name, program = "imapcopy", "imapcopy"
    most_runs = 1
    lost = ("subscriptions",)

    def missing(self, tls=False):
        return super().missing() or ("has no TLS" if tls else "")

    def command(self, job):
        password = job.server.password
        with open(f"{job.directory}/ImapCopy.cfg", "w", encoding="utf-8") as file:
            file.write(f"SourceServer {job.source.host}\nSourcePort {job.source.port}\n"
                       f"DestServer {job.destination.host}\nDestPort {job.destination.port}\n"
                       'DenyFlags "\\Recent"\n'
                       f'Copy "{job.source_users[0]}" "{password}" "{job.destination_users[0]}" "{password}"\n')
        return [self.path()]


FAMILIES = ("godwit", "pump", "mbsync", "doveadm", "imapsync", "imapcopy")


def usual():
    """In the order in which they take turns."""
    return [Godwit(), Pump(), Mbsync(), Doveadm(), Imapsync(), Imapcopy()]
