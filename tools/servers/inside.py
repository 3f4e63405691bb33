#!/usr/bin/env python3
"""The first process in the namespaces of a private server: mounts, /dev/log, the servers, and the end of all of them.

It ends, and everything inside with it, when one of the servers does, or on SIGTERM after it has passed that on.
"""
import argparse
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading

DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
STOP_SECONDS = 5


def mount(*arguments):
    subprocess.run(["mount", *arguments], check=True)


def private_dev(folder):
    """A /dev of our own, since programs log to a socket in it."""
    os.makedirs(folder, exist_ok=True)
    mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", folder)
    for name in DEVICES:
        with open(f"{folder}/{name}", "wb"):
            pass
        mount("--bind", f"/dev/{name}", f"{folder}/{name}")
    os.mkdir(f"{folder}/shm")
    os.chmod(f"{folder}/shm", 0o1777)
    mount("--move", folder, "/dev")


def collect_log(path):
    """Writes what arrives on /dev/log into a file."""
    log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    log.bind("/dev/log")
    os.chmod("/dev/log", 0o666)

    def collect():
        with open(path, "ab", buffering=0) as file:
            while True:
                file.write(log.recv(65536).rstrip(b"\n\0") + b"\n")

    threading.Thread(target=collect, daemon=True).start()


def run(commands):
    """Until one ends or SIGTERM."""
    servers = {}

    def end(*_):
        for pid in servers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        signal.alarm(STOP_SECONDS)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGALRM, lambda *_: os._exit(1))
    for command in commands:
        servers[subprocess.Popen(["/bin/sh", "-c", "exec " + command], stdin=subprocess.DEVNULL).pid] = command
    while True:
        pid, status = os.wait()        # orphans come here as well
        if pid in servers:
            print(f"{servers[pid]}: ended with {os.waitstatus_to_exitcode(status)}", file=sys.stderr, flush=True)
            del servers[pid]
            if not servers:
                return
            end()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--syslog", required=True, help="file for what is logged")
    parser.add_argument("--dev", required=True, help="a folder to make /dev in")
    parser.add_argument("--bind", nargs=2, action="append", default=[], metavar=("WHAT", "WHERE"))
    parser.add_argument("--run", nargs=2, action="append", default=[], metavar=("FOLDER", "OWNER"), help="below /run")
    parser.add_argument("--set", nargs=2, action="append", default=[], metavar=("NAME", "VALUE"))
    parser.add_argument("commands", nargs="+")
    options = parser.parse_args()
    for what, where in options.bind:
        mount("--bind", what, where)
    mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
    for folder, owner in options.run:
        os.makedirs(f"/run/{folder}")
        shutil.chown(f"/run/{folder}", owner)
    private_dev(options.dev)
    collect_log(options.syslog)
    os.environ.update(dict(options.set))
    run(options.commands)


if __name__ == "__main__":
    main()
