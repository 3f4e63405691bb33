#!/usr/bin/env python3
"""What tools/quickstart does once Godwit is built: one batch of sample mailboxes, from end to end.

Starts two private Dovecots and a godwitd on loopback, fills the source, moves everything, and compares both sides with
a program that shares nothing with Godwit. What --keep leaves behind is written down in build/quickstart.json.
"""
import argparse
import contextlib
import csv
import ctypes
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BINARIES = os.path.join(os.environ.get("GODWIT_BUILD") or f"{ROOT}/build/release", "bin")
KEPT = f"{ROOT}/build/quickstart.json"
DEFAULT_PORT = 8420
READY_SECONDS, COPY_SECONDS, STOP_SECONDS = 60, 600, 20


class Failure(Exception):
    """Ends the program with a message."""


def say(text):
    print(text, flush=True)


def run(*command, timeout=120, **options):
    """A command whose failure is ours."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, timeout=timeout, check=False, **options)
    if done.returncode:
        raise Failure(f"{os.path.basename(command[0])} {' '.join(command[1:3])}: exit status {done.returncode}")
    return done


def free_port():
    """The daemon's own port if nothing listens there, else any."""
    for wanted in (DEFAULT_PORT, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", wanted))
            return probe.getsockname()[1]
    raise Failure("no port is free on 127.0.0.1")


class MailServer:
    """A Dovecot of tools/servers/server, in a process of its own."""

    def __init__(self, directory, ca_directory, keep):
        self.directory = directory
        run(f"{HERE}/server", "start", "--dir", directory, "--ca-dir", ca_directory,
            "--name", os.path.basename(directory), "--owner", "0" if keep else str(os.getpid()))
        with open(f"{directory}/server.env", encoding="utf-8") as file:
            values = dict(line.rstrip("\n").split("=", 1) for line in file)
        self.host, self.port, self.tls_port = values["HOST"], values["PORT"], values["TLS_PORT"]
        self.ca, self.password = values["CA"], values["PASSWORD"]


class Daemon:
    """godwitd with a private PostgreSQL."""

    def __init__(self, directory, ca_file, keep):
        self.url, self.directory = f"http://127.0.0.1:{free_port()}", directory
        self.config, self.log = f"{directory}/godwit.yaml", f"{directory}/godwitd.log"
        self.token_file = f"{directory}/state/admin.token"
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(f"state_dir: {directory}/state\nlisten: {self.url[7:]}\nlog:\n  format: text\n"
                       f"tls:\n  ca_file: {ca_file}\nnetwork:\n  allow: [loopback]\n")
        libc, owner = ctypes.CDLL(None), os.getpid()

        def prepare():
            if not keep:
                libc.prctl(1, signal.SIGTERM)   # PR_SET_PDEATHSIG
                if os.getppid() != owner:
                    os._exit(1)

        with open(self.log, "wb") as log:
            self.process = subprocess.Popen([f"{BINARIES}/godwitd", "--config", self.config], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, start_new_session=True, preexec_fn=prepare)

    def wait_ready(self):
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise Failure(f"godwitd ended with {self.process.returncode}:\n{self.tail()}")
            with contextlib.suppress(urllib.error.URLError, OSError):
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:
                    if answer.status == 200:
                        return
            time.sleep(0.05)   # between two questions
        raise Failure(f"godwitd was not ready after {READY_SECONDS} s:\n{self.tail()}")

    def tail(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()[-3000:]

    def command(self, *words):
        return [f"{BINARIES}/godwit", "--server", self.url, "--token-file", self.token_file, *words]


class Demonstration:
    """Everything that is started, and the directory in which it is."""

    def __init__(self, options):
        self.options, self.daemon, self.servers = options, None, []
        self.directory = tempfile.mkdtemp(prefix="godwit-quickstart-", dir="/tmp")
        os.chmod(self.directory, 0o755)   # mail and database run as other users when we are root
        self.users = [f"user{number}" for number in range(1, options.mailboxes + 1)]

    def start(self):
        say("Starting two Dovecot servers and godwitd on loopback")
        for name in ("source", "destination"):
            self.servers.append(MailServer(f"{self.directory}/{name}", f"{self.directory}/tls", self.options.keep))
        source = self.servers[0]
        self.daemon = Daemon(self.directory, source.ca, self.options.keep)
        say(f"Filling {len(self.users)} mailboxes with {self.options.messages} messages")
        run(sys.executable, f"{HERE}/populate.py", "--port", source.port, "--password", source.password,
            "--mailboxes", str(len(self.users)), "--messages", str(self.options.messages))
        self.daemon.wait_ready()

    def write_rows(self):
        path = f"{self.directory}/accounts.csv"
        source, destination = self.servers
        fields = ("host", "port", "tls", "user", "password")
        with open(path, "w", newline="", encoding="utf-8", opener=lambda *a: os.open(*a, mode=0o600)) as file:
            rows = csv.writer(file)
            rows.writerow([f"{side}_{field}" for side in ("source", "destination") for field in fields])
            for user in self.users:
                rows.writerow([source.host, source.tls_port, "implicit", user, source.password,
                               destination.host, destination.port, "starttls", user, destination.password])
        return path

    def migrate(self):
        godwit, rows = self.daemon.command, self.write_rows()
        say(f"Importing {rows} into the batch \"quickstart\"")
        run(*godwit("batch", "create", "quickstart"), stdout=subprocess.DEVNULL)
        run(*godwit("import", "quickstart", rows))
        started = time.monotonic()
        run(*godwit("watch", "quickstart", "--interval", "0.5" if sys.stdout.isatty() else "2"), timeout=COPY_SECONDS)
        say(f"Copied in {time.monotonic() - started:.1f} s\n")
        run(*godwit("batch", "show", "quickstart"))

    def compare(self):
        say("\nComparing every message, flag, date and folder (tools/servers/compare.py)")
        source, destination = self.servers
        run(sys.executable, f"{HERE}/compare.py", "--source", f"{source.host}:{source.port}",
            "--source-password", source.password, "--destination", f"{destination.host}:{destination.port}",
            "--destination-password", destination.password, *self.users, timeout=COPY_SECONDS)
        say("\nEverything arrived: nothing is missing, extra or different.")

    def show_places(self):
        say(f"\n  API       {self.daemon.url}/api/v1     described at {self.daemon.url}/openapi.yaml\n"
            f"  metrics   {self.daemon.url}/metrics\n"
            f"  token     {self.daemon.token_file}\n"
            f"  config    {self.daemon.config}\n"
            f"  log       {self.daemon.log}")
        if self.options.keep:
            say("\nEverything is still running. Try:\n"
                f"  export GODWIT_SERVER={self.daemon.url} GODWIT_TOKEN_FILE={self.daemon.token_file}\n"
                f"  {BINARIES}/godwit status\n"
                f"  {BINARIES}/godwit start quickstart && {BINARIES}/godwit watch quickstart   # a delta pass\n"
                "Stop it with: tools/quickstart --stop")
        else:
            say("\nAll of this is stopped and removed now; tools/quickstart --keep leaves it running to look around.\n"
                "For your own servers: deploy/godwit.example.yaml explains every setting, godwit --help every command.")

    def write_down(self):
        os.makedirs(os.path.dirname(KEPT), exist_ok=True)
        with open(KEPT, "w", encoding="utf-8") as file:
            json.dump({"directory": self.directory, "daemon": self.daemon.process.pid}, file)

    def clean_up(self):
        if self.daemon:
            self.daemon.process.terminate()
            try:
                self.daemon.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.daemon.process.kill()
                self.daemon.process.wait()
        remove(self.directory)


def remove(directory):
    """Stops both mail servers and removes the directory."""
    for name in ("source", "destination"):
        if os.path.isdir(f"{directory}/{name}"):
            subprocess.run([f"{HERE}/server", "stop", "--dir", f"{directory}/{name}"], stdin=subprocess.DEVNULL, check=False)
    shutil.rmtree(directory, ignore_errors=True)


def stop_kept():
    """What --stop does."""
    try:
        with open(KEPT, encoding="utf-8") as file:
            kept = json.load(file)
    except FileNotFoundError:
        say("Nothing was left running.")
        return 0
    directory = kept["directory"]
    with contextlib.suppress(ProcessLookupError, FileNotFoundError):
        process = os.pidfd_open(kept["daemon"])
        with open(f"/proc/{kept['daemon']}/cmdline", "rb") as file:
            ours = directory.encode() in file.read()   # and not another process that got its number
        if ours:
            signal.pidfd_send_signal(process, signal.SIGTERM)
            if not select.select([process], [], [], STOP_SECONDS)[0]:
                signal.pidfd_send_signal(process, signal.SIGKILL)
    remove(directory)
    os.unlink(KEPT)
    say("Stopped.")
    return 0


def interrupted(number, _frame):
    raise SystemExit(128 + number)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", action="store_true", help="leave everything running")
    parser.add_argument("--stop", action="store_true", help="stop what --keep left")
    parser.add_argument("--mailboxes", type=int, default=20)
    parser.add_argument("--messages", type=int, default=1000, help="in all mailboxes together")
    options = parser.parse_args()
    if options.stop:
        return stop_kept()
    if options.keep and os.path.exists(KEPT):
        say("An earlier one was left running; tools/quickstart --stop stops it.")
        return 1
    for program in ("godwitd", "godwit"):
        if not os.access(f"{BINARIES}/{program}", os.X_OK):
            say(f"quickstart: {BINARIES}/{program} is missing; run tools/quickstart without --no-build")
            return 1
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    demonstration, kept = Demonstration(options), False
    try:
        demonstration.start()
        demonstration.migrate()
        demonstration.compare()
        demonstration.show_places()
        if options.keep:
            demonstration.write_down()
            kept = True
        return 0
    except (Failure, subprocess.TimeoutExpired) as error:
        say(f"quickstart: {error}")
        if demonstration.daemon:
            say(f"--- the end of godwitd's log\n{demonstration.daemon.tail()}")
        return 1
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        if not kept:
            demonstration.clean_up()


if __name__ == "__main__":
    sys.exit(main())
