#!/usr/bin/env python3
"""Fills mailboxes with sample messages of every awkward kind, the same for the same seed."""
import argparse
import base64
import random
import socket
import sys

FOLDERS = ["INBOX", "Sent", "Drafts", "Work", "Work/Projects", "Work/Projects/2024 & later", "Entwürfe/Año 2024",
           "Входящие", "日本語", 'with "quotes"', "Empty"]
UNSUBSCRIBED = {"Work/Projects", "日本語"}
FLAGS = ["\\Seen", "\\Answered", "\\Flagged", "\\Draft", "\\Deleted"]
KEYWORDS = ["$Forwarded", "Junk", "$label1", "projekt"]
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def modified_utf7(name):
    """RFC 3501 section 5.1.3."""
    out, pending = [], ""

    def flush():
        nonlocal pending
        if pending:
            coded = base64.b64encode(pending.encode("utf-16-be")).rstrip(b"=").replace(b"/", b",")
            out.append("&" + coded.decode() + "-")
            pending = ""

    for char in name:
        if " " <= char <= "~":
            flush()
            out.append("&-" if char == "&" else char)
        else:
            pending += char
    flush()
    return "".join(out)


def quoted(name):
    return b'"' + name.encode().replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


class Imap:
    """Enough IMAP to append quickly: commands are pipelined, answers counted."""

    def __init__(self, host, port):
        self.socket = socket.create_connection((host, port), 30)
        self.file = self.socket.makefile("rb")
        self.file.readline()
        self.tag, self.waiting = 0, 0

    def send(self, command):
        self.tag += 1
        self.waiting += 1
        self.socket.sendall(b"p%d %s\r\n" % (self.tag, command))
        if self.waiting >= 50:
            self.drain()

    def drain(self):
        while self.waiting:
            line = self.file.readline()
            if not line:
                raise SystemExit("populate: the server hung up")
            if line.startswith(b"p"):
                self.waiting -= 1
                status = line.split(b" ", 2)[1]
                if status != b"OK" and b"ALREADYEXISTS" not in line:
                    raise SystemExit(f"populate: {line!r}")


def message(rng, user, number):
    """Octets of one message; every so often an odd one."""
    kind = number % 20
    head = [f"Date: {rng.randint(1, 28)} {rng.choice(MONTHS)} 2023 10:00:00 +0000", "From: Ann <ann@example.org>",
            f"To: {user}@example.org", f"Subject: message {number} of {user}"]
    if kind != 1:
        head.append(f"Message-ID: <{'same' if kind == 2 else number}.{user}@example.org>")
    if kind == 3:
        head[3] = "Subject: =?utf-8?B?" + base64.b64encode("Grüße aus Köln".encode()).decode() + "?="
    body = " ".join(rng.choice(["lorem", "ipsum", "dolor", "sit"]) for _ in range(rng.randint(3, 200)))
    if kind == 4:
        body = "Umlaute als Latin-1: \xe4\xf6\xfc"
    if kind == 5:
        body = "x" * 5000
    if kind == 6:
        body = ""
    if kind == 7:
        blob = base64.encodebytes(rng.randbytes(rng.randint(2000, 30000))).decode().replace("\n", "\r\n")
        head += ["MIME-Version: 1.0", 'Content-Type: multipart/mixed; boundary="b"']
        body = f"--b\r\n\r\ntext\r\n--b\r\nContent-Transfer-Encoding: base64\r\n\r\n{blob}\r\n--b--\r\n"
    if number in (50, 51):
        body = ("0123456789abcdef" * 4 + "\r\n") * (5000 if number == 50 else 48000)   # 330 KB and 3 MB
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body.encode("latin-1", "replace") + b"\r\n"


def fill(host, port, password, user, count, seed, delimiter, prefix):
    rng = random.Random(f"{seed}-{user}")
    imap = Imap(host, port)
    imap.send(b"LOGIN %s %s" % (quoted(user), quoted(password)))
    imap.drain()
    raw = {}
    for name in FOLDERS:
        usable = name.replace("/", delimiter) if delimiter != "/" else name
        raw[name] = quoted("INBOX" if name == "INBOX" else prefix + modified_utf7(usable))
        if name != "INBOX":
            imap.send(b"CREATE " + raw[name])
        if name not in UNSUBSCRIBED:
            imap.send(b"SUBSCRIBE " + raw[name])
    imap.drain()
    filled = [name for name in FOLDERS if name != "Empty"]
    previous = b""
    for number in range(count):
        octets = previous if number % 40 == 39 and previous else message(rng, user, number)   # one stands twice
        previous = octets
        flags = [flag for flag in FLAGS if rng.random() < 0.2] + [word for word in KEYWORDS if rng.random() < 0.1]
        date = "%02d-%s-%d %02d:%02d:%02d %s" % (rng.randint(1, 28), rng.choice(MONTHS), rng.randint(2001, 2024),
                                                 rng.randint(0, 23), rng.randint(0, 59), rng.randint(0, 59),
                                                 rng.choice(["+0000", "+0200", "-0730"]))
        folder = raw[filled[number % 40 // 39 + number % len(filled) - (1 if number % 40 == 39 else 0)]]
        imap.send(b'APPEND %s (%s) "%s" {%d+}\r\n%s' % (folder, " ".join(flags).encode(), date.encode(), len(octets), octets))
    imap.drain()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--mailboxes", type=int, default=20)
    parser.add_argument("--messages", type=int, default=1000, help="in all mailboxes together")
    parser.add_argument("--prefix", default="user", help="of the user names")
    parser.add_argument("--delimiter", default="/")
    parser.add_argument("--folder-prefix", default="")
    parser.add_argument("--seed", default="1")
    options = parser.parse_args()
    for index in range(options.mailboxes):
        count = options.messages // options.mailboxes + (index < options.messages % options.mailboxes)
        fill(options.host, options.port, options.password, f"{options.prefix}{index + 1}", count, options.seed,
             options.delimiter, options.folder_prefix)
    return 0


if __name__ == "__main__":
    sys.exit(main())
