"""A private PostgreSQL on a loopback port, for tests of daemons that are given a database."""
import ctypes
import os
import pwd
import signal
import subprocess
import time

from private_server import free_port

BINARIES = "/usr/lib/postgresql/15/bin"
START_SECONDS = 60
_libc = ctypes.CDLL(None)


class Postgres:
    """The database `godwit` of user postgres, who needs no password. The data lasts as long as `directory`, which the user
    that runs it when we are root must be able to reach."""

    def __init__(self, directory):
        self.directory, self.data = directory, f"{directory}/data"
        self.port, self.process = free_port(), None
        self.url = f"postgresql://postgres@127.0.0.1:{self.port}/godwit"
        self._user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}

    def start(self):
        """Returns itself once it answers; also after kill() and stop()."""
        if not os.path.exists(self.data):
            os.makedirs(self.directory, exist_ok=True)
            if self._user:
                owner = pwd.getpwnam("postgres")
                os.chown(self.directory, owner.pw_uid, owner.pw_gid)
            self._run("initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if time.monotonic() > deadline:
                raise AssertionError(f"PostgreSQL does not start: {self.log()}")
            if not self.process or self.process.poll() is not None:    # those of before may outlive kill() for a moment
                self._launch()
            time.sleep(0.02)   # between two questions
        if "godwit" not in self.sql("select datname from pg_database", "postgres").split():
            self.sql("create database godwit", "postgres")
        return self

    def stop(self):
        """In order; clients are cut off."""
        self._end(signal.SIGINT)

    def kill(self):
        """-9 to the postmaster; the others end when they notice."""
        self._end(signal.SIGKILL)

    def __enter__(self):
        return self.start()

    def __exit__(self, *unused):
        if self.process:
            self.stop()

    def sql(self, statement, database="godwit"):
        """The answer as psql prints it, without frames."""
        return self._run("psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres",
                         "-d", database, "-c", statement)

    def dump(self, path):
        """The database of this moment into a file."""
        with open(path, "wb") as file:
            file.write(self._run("pg_dump", "-Fc", "-d", self.url, text=False))

    def restore(self, path):
        """What the file holds takes the place of everything in the database."""
        self.sql("drop database godwit with (force)", "postgres")
        self.sql("create database godwit", "postgres")
        with open(path, "rb") as file:
            self._run("pg_restore", "-d", self.url, stdin=file)

    def log(self):
        """The end of what it logged."""
        with open(f"{self.directory}/log", errors="replace") as file:
            return file.read()[-2000:]

    def _launch(self):
        with open(f"{self.directory}/log", "ab") as log:
            self.process = subprocess.Popen(
                [f"{BINARIES}/postgres", "-D", self.data, "-p", str(self.port), "-c", "listen_addresses=127.0.0.1",
                 "-c", f"unix_socket_directories={self.directory}", "-c", "fsync=off", "-c", "max_wal_size=2GB"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", start_new_session=True,
                preexec_fn=lambda: _libc.prctl(1, signal.SIGINT), **self._user)

    def _answers(self):
        asked = subprocess.run([f"{BINARIES}/pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)], check=False)
        return self.process and self.process.poll() is None and asked.returncode == 0

    def _end(self, number):
        self.process.send_signal(number)
        self.process.wait(30)
        self.process = None

    def _run(self, program, *arguments, text=True, stdin=subprocess.DEVNULL):
        done = subprocess.run([f"{BINARIES}/{program}", *arguments], stdin=stdin, capture_output=True, text=text, cwd="/",
                              timeout=120, check=False, **self._user)
        if done.returncode:
            raise AssertionError(f"{program}: {done.stderr}")
        return done.stdout
