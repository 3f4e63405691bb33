"""Runs a program and says what it took; a proxy before a server that counts, or makes the way to it long and narrow."""
import ctypes
import dataclasses
import json
import os
import signal
import subprocess
import threading

import godwitd

TIMER, PROXY = f"{godwitd.BINARIES}/bench_time", f"{godwitd.BINARIES}/bench_proxy"
PROXY_SECONDS = 10       # to end
KILLED = -9
LONGEST_OUTPUT = 4 << 20
_libc = ctypes.CDLL(None)


@dataclasses.dataclass
class Run:
    """Wall and processor seconds, octets of resident memory at its peak, exit status; why it does not count, if so; what
    it printed."""
    seconds: float = 0.0
    cpu: float = 0.0
    rss: int = 0
    status: int = 0
    problem: str = ""
    output: str = ""
    differences: dict = dataclasses.field(default_factory=dict)


def _dies_with_us():
    _libc.prctl(1, signal.SIGKILL)


def timed(command, directory, deadline):
    """The Run of a command in that directory; it is killed at the deadline (seconds)."""
    report, out, log = f"{directory}/time.json", f"{directory}/stdout", f"{directory}/stderr"
    with open(out, "wb") as output, open(log, "wb") as errors:
        process = subprocess.Popen([TIMER, report, *command], cwd=directory, stdin=subprocess.DEVNULL, stdout=output,
                                   stderr=errors, start_new_session=True, preexec_fn=_dies_with_us)
        try:
            process.wait(deadline)
        except BaseException as error:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
            return Run(seconds=deadline, status=KILLED, problem=f"not done after {deadline} s")
    if process.returncode:
        return Run(status=process.returncode, problem=f"bench_time: {tail(log)}")
    with open(report, encoding="ascii") as file:
        took = json.load(file)
    with open(out, encoding="utf-8", errors="replace") as file:
        printed = file.read(LONGEST_OUTPUT)
    run = Run(took["seconds"], took["user_seconds"] + took["system_seconds"], took["peak_rss"], took["status"],
              output=printed)
    if run.status:
        run.problem = f"exit status {run.status}: {tail(log) or tail(out)}"
    return run


def settle(directory):
    """Writes out what earlier runs left, so that it is not the burden of the next one."""
    subprocess.run(["sync", "-f", directory], check=True)


def tail(path):
    """The end of what was written there, on one line."""
    with open(path, encoding="utf-8", errors="replace") as file:
        return " ".join(file.read()[-400:].split())


class Direct:
    """No proxy: the server itself."""

    def __init__(self, host, port):
        self.host, self.port, self.counts = host, port, None

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        pass


class Proxy:
    """bench_proxy before a port, from `with` on; afterwards `counts` says what passed: connections, up_bytes,
    down_bytes, round_trips, seconds. `round_trip` in milliseconds, `rate` in bits a second of each connection each way;
    0 is without delay, or limit. It listens on the port `listen`, or a free one."""

    def __init__(self, host, port, round_trip=0, rate=0, listen=0):
        self._command = [PROXY, "--to", f"{host}:{port}", "--listen", str(listen), "--round-trip", str(round_trip), "--rate",
                         str(rate)]
        self.host, self.port, self.counts = "127.0.0.1", 0, None

    def __enter__(self):
        self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                                         preexec_fn=_dies_with_us)
        self.port = json.loads(self._process.stdout.readline())["port"]
        return self

    def __exit__(self, *unused):
        self._process.terminate()
        try:
            lines = self._process.communicate(timeout=PROXY_SECONDS)[0].splitlines()
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            return
        self.counts = json.loads(lines[-1]) if lines else None


class Sampler:
    """Calls look() every 10 ms while the block runs; `samples` are what it returned."""

    def __init__(self, look, seconds=0.01):
        self._look, self._seconds, self.samples, self._over = look, seconds, [], threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        while not self._over.wait(self._seconds):
            self.samples.append(self._look())

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *unused):
        self._over.set()
        self._thread.join()


def tree_cpu(pid):
    """Processor seconds of a process, of those below it that live, and of those that were waited for."""
    parents, ticks = {}, {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", encoding="ascii", errors="replace") as file:
                fields = file.read().rsplit(")", 1)[1].split()
        except OSError:
            continue         # it has ended
        parents[int(name)], ticks[int(name)] = int(fields[1]), sum(map(int, fields[11:15]))
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return sum(ticks.get(each, 0) for each in found) / os.sysconf("SC_CLK_TCK")


def reset_peak_rss(pid):
    """From now on peak_rss() tells of what comes."""
    with open(f"/proc/{pid}/clear_refs", "w", encoding="ascii") as file:
        file.write("5")


def peak_rss(pid):
    """Octets of the process alone."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM"))
