"""A godwitd for tests and measurements, with what they do to it: REST, signals, kill -9."""
import contextlib
import csv
import ctypes
import io
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

from private_server import free_port

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
SERVERS = os.path.join(ROOT, "tools", "servers")
BINARIES = os.path.join(os.environ.get("GODWIT_BUILD") or f"{ROOT}/build/release", "bin")
READY_SECONDS = 60


def missing():
    """Why such a test cannot run here; empty if it can."""
    if not os.access(f"{BINARIES}/godwitd", os.X_OK):
        return f"{BINARIES}/godwitd is not built"
    if not os.path.exists("/usr/lib/postgresql/15/bin/postgres"):
        return "PostgreSQL 15 is not installed"
    if not os.path.exists("/usr/sbin/dovecot"):
        return "dovecot is not installed"
    return ""


quiet = False


def expect(what, good, seen=""):
    if not good:
        raise AssertionError(f"{what}: {seen}")
    if not quiet:
        print("ok:", what, flush=True)


class Godwitd:
    """The state lasts as long as `directory`; start() and kill() as often as wanted."""

    def __init__(self, directory, ca_file, settings=""):
        self.directory, self.process = directory, None
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.config, self.log = f"{directory}/godwit.yaml", f"{directory}/godwitd.log"
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(f"state_dir: {directory}/state\nlisten: 127.0.0.1:{self.port}\nlog:\n  format: json\n"
                       f"tls:\n  ca_file: \"{ca_file}\"\nnetwork:\n  allow: [loopback]\n{settings}")

    def start(self):
        libc = ctypes.CDLL(None)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([f"{BINARIES}/godwitd", "--config", self.config], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, start_new_session=True,
                                            preexec_fn=lambda: libc.prctl(1, signal.SIGTERM))
        deadline = time.monotonic() + READY_SECONDS
        while True:
            if self.process.poll() is not None:
                raise AssertionError(f"godwitd ended with {self.process.returncode}:\n{self.tail()}")
            with contextlib.suppress(urllib.error.URLError, OSError):
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:
                    if answer.status == 200:
                        break
            if time.monotonic() > deadline:
                raise AssertionError(f"godwitd is not ready:\n{self.tail()}")
            time.sleep(0.02)   # between two questions
        with open(f"{self.directory}/state/admin.token", encoding="ascii") as file:
            self.token = file.read().strip()
        return self

    def tail(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()[-4000:]

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def stop(self, seconds=20):
        """SIGTERM; how long it took, and the exit status."""
        started = time.monotonic()
        self.process.terminate()
        status = self.process.wait(seconds)
        self.process = None
        return time.monotonic() - started, status

    def wait_ended(self, seconds=20):
        """Of a daemon that ends by itself: the exit status."""
        status = self.process.wait(seconds)
        self.process = None
        return status

    def signal(self, number):
        """To the daemon itself."""
        self.process.send_signal(number)

    def __enter__(self):
        return self.start()

    def __exit__(self, *unused):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()

    def rss(self):
        """Bytes of the daemon itself, without PostgreSQL."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmRSS"))

    # ---- REST

    def request(self, method, path, body=None, content_type="application/json", timeout=120):
        """(status, decoded answer); errors are answers too."""
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=body, method=method,
                                         headers={"Authorization": f"Bearer {self.token}", "Content-Type": content_type})
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                text, status = answer.read(), answer.status
        except urllib.error.HTTPError as error:
            text, status = error.read(), error.code
        try:
            return status, json.loads(text)
        except json.JSONDecodeError:
            return status, text.decode(errors="replace")

    def create_batch(self, name):
        status, answer = self.request("POST", "/api/v1/batches", {"name": name})
        expect(f"batch {name} is created", status == 201, (status, answer))
        return answer["id"]

    def import_rows(self, batch, text):
        return self.request("POST", f"/api/v1/batches/{batch}/imports", text.encode(), "text/csv")

    def batch(self, batch):
        return self.request("GET", f"/api/v1/batches/{batch}")[1]

    def migrations(self, batch):
        found, cursor = [], ""
        while True:
            page = self.request("GET", f"/api/v1/migrations?batch={batch}&limit=500&cursor={cursor}")[1]
            found += page["data"]
            cursor = page.get("next_cursor") or ""
            if not cursor:
                return found

    def act(self, kind, name, action):
        return self.request("POST", f"/api/v1/{kind}/{name}/actions/{action}", {})

    def wait(self, batch, what, condition, seconds=120):
        """Until condition(batch summary) holds; the summary. A daemon that cannot answer at present is asked again."""
        deadline = time.monotonic() + seconds
        while True:
            status, summary = self.request("GET", f"/api/v1/batches/{batch}")
            if status == 200 and condition(summary):
                return summary
            if self.process.poll() is not None:
                raise AssertionError(f"godwitd ended:\n{self.tail()}")
            if time.monotonic() > deadline:
                raise AssertionError(f"still not {what}: {summary}\n{self.tail()}")
            time.sleep(0.05)   # between two questions

    def wait_done(self, batch, seconds=120):
        return self.wait(batch, "done", lambda s: s["states"]["done"] == s["migrations"], seconds)


def rows(source, destination, users, password=None, tls=True, destination_users=None):
    """A native CSV: implicit TLS at the source, STARTTLS at the destination, or none at all. The users of the
    destination are called the same unless they are named."""
    out = io.StringIO()
    table = csv.writer(out)
    fields = ("host", "port", "tls", "user", "password")
    table.writerow([f"{side}_{field}" for side in ("source", "destination") for field in fields])
    for user, other in zip(users, destination_users or users):
        table.writerow([source.host, source.tls_port if tls else source.port, "implicit" if tls else "none", user,
                        password or source.password, destination.host, destination.port, "starttls" if tls else "none", other,
                        destination.password])
    return out.getvalue()


def populate(server, mailboxes, messages, seed="1"):
    subprocess.run([sys.executable, f"{SERVERS}/populate.py", "--port", str(server.port), "--password", server.password,
                    "--mailboxes", str(mailboxes), "--messages", str(messages), "--seed", seed], check=True, timeout=300,
                   stdout=subprocess.DEVNULL)


def compare(source, destination, users):
    """What compare.py counts: {"messages": n, "missing": 0, …}."""
    done = subprocess.run([sys.executable, f"{SERVERS}/compare.py", "--json", "--source", f"{source.host}:{source.port}",
                           "--source-password", source.password, "--destination",
                           f"{destination.host}:{destination.port}", "--destination-password", destination.password,
                           *users], capture_output=True, text=True, timeout=300, check=False)
    if not done.stdout:
        raise AssertionError(done.stderr[-2000:])
    return json.loads(done.stdout)


KINDS = ("missing", "extra", "bytes", "flags", "keywords", "dates", "folders", "subscriptions")


def differences(counts):
    return {kind: counts[kind] for kind in KINDS if counts[kind]}
