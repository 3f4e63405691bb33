#!/usr/bin/env python3
"""Fills mailboxes with sample mail of many awkward kinds; the same seed makes the same mail.

Folders: nested ones, names in several scripts and with every special character the server takes, an empty one, some
unsubscribed. Messages: attachments, 8-bit text, long lines, no body, no or repeated Message-ID, the same message twice,
large ones; with flags, keywords and dates of many years and zones.
"""
import argparse
import base64
import itertools
import random
import sys
import time

import imap_client

FOLDERS = [
    ("INBOX",), ("Sent",), ("Drafts",), ("Work",), ("Work", "Projects"), ("Work", "Projects", "2024 & later"),
    ("Entwürfe", "Año 2024"), ("Входящие",), ("日本語", "受信箱"), ("Emoji 📬",), ('with "quotes"',), ("back\\slash",),
    ("100%, *(really)*",), ("Lists", "a", "b", "c", "d", "e"), ("Empty",),
]
EMPTY = ("Empty",)
UNSUBSCRIBED = {("Work", "Projects"), ("back\\slash",), ("Lists", "a", "b", "c", "d", "e")}
FLAGS = ["\\Seen", "\\Answered", "\\Flagged", "\\Draft", "\\Deleted"]
KEYWORDS = ["$Forwarded", "Junk", "$label1", "projekt", "Follow-Up"]
ZONES = ["+0000", "+0200", "-0730", "+0545", "-0330", "+1300"]
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
WORDS = "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor".split()
LARGE = 300 * 1024
HUGE = 3 * 1024 * 1024
HUGE_MAILBOXES = 3      # so many of them get one huge message


def text(rng, words):
    """Lines of at most some 70 characters."""
    lines, line = [], ""
    for _ in range(words):
        line += rng.choice(WORDS) + " "
        if len(line) > 64:
            lines.append(line.rstrip())
            line = ""
    return "\r\n".join(lines + [line.rstrip()]) + "\r\n"


def attachment(rng, size):
    """A multipart body with one base64 part of `size` octets, and the headers it needs."""
    blob = base64.encodebytes(rng.randbytes(size)).decode().replace("\n", "\r\n")
    body = (f"--b1\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text(rng, 20)}\r\n--b1\r\n"
            "Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=data.bin\r\n"
            f"Content-Transfer-Encoding: base64\r\n\r\n{blob}\r\n--b1--\r\n")
    return ["MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b1"], body


def message(rng, user, number, size=0):
    """The octets of one message; `number` chooses its kind, `size` makes it at least as large."""
    kind = number % 25
    subject, message_id, extra = f"message {number} of {user}", f"<{number}.{user}@example.org>", []
    body, charset = text(rng, rng.randint(3, 300)), "utf-8"
    if kind == 1:
        message_id = None
    elif kind in (2, 3):
        message_id = f"<repeated.{user}@example.org>"     # every time with another body
    elif kind == 4:
        subject = "=?utf-8?B?" + base64.b64encode("Grüße aus Köln".encode()).decode() + "?="
    elif kind == 5:
        subject = "ungekürzt: Übermorgen 明日"            # raw UTF-8 (RFC 6532)
    elif kind == 6:
        body, charset = "Latin-1: \xe4\xf6\xfc\xdf\r\n" * 20, "latin-1"
    elif kind == 7:
        body = "x" * 5000 + "\r\n" + "y" * 20000 + "\r\n"
    elif kind == 8:
        body = ""
    elif kind == 9:
        body = "\r\n.\r\nFrom here on\r\n\r\n>From there\r\n* 1 EXISTS\r\na OK {5}"       # no final line end
    elif kind == 10:
        extra = ["References: " + "\r\n ".join(f"<{n}.{user}@example.org>" for n in range(40))]
    elif kind in (11, 12, 13):
        extra, body = attachment(rng, rng.randint(2000, 30000))
    if size:
        extra, body = attachment(rng, size * 3 // 4)
    head = [f"Date: {rng.randint(1, 28)} {rng.choice(MONTHS)} {rng.randint(2001, 2024)} 10:00:00 +0000",
            "From: Ann Example <ann@example.org>", f"To: {user}@example.org", f"Subject: {subject}"]
    if message_id:
        head.append(f"Message-ID: {message_id}")
    return "\r\n".join(head + extra).encode() + b"\r\n\r\n" + body.encode(charset)


def mailbox(seed, user, count, huge=False):
    """Yields (octets, flags and keywords, internal date) of a user's messages."""
    rng = random.Random(f"{seed}-{user}")
    previous = None
    for number in range(count):
        if number % 30 == 29:
            octets = previous                             # the same message twice
        else:
            octets = message(rng, user, number, LARGE if number % 100 == 15 else HUGE if huge and number == 16 else 0)
        previous = octets
        flags = [flag for flag in FLAGS if rng.random() < 0.2] + [word for word in KEYWORDS if rng.random() < 0.08]
        date = (f"{rng.randint(1, 28):02}-{rng.choice(MONTHS)}-{rng.randint(2001, 2024)} {rng.randint(0, 23):02}:"
                f"{rng.randint(0, 59):02}:{rng.randint(0, 59):02} {rng.choice(ZONES)}")
        yield octets, flags, date


def make_folders(connection):
    """The names on the wire of the folders that this server lets us make, in the order of FOLDERS."""
    prefix, delimiter, _ = connection.namespaces()
    wanted = {}
    for levels in FOLDERS:
        raw = imap_client.wire_name(levels, prefix, delimiter)
        if raw is not None:
            wanted[levels] = imap_client.quoted(raw)
    creations = [b"CREATE " + raw for levels, raw in wanted.items() if levels != ("INBOX",)]
    refused = {line[7:] for line, status in connection.pipeline(creations)
               if not status.startswith(b"OK") and b"ALREADYEXISTS" not in status.upper()}
    made = {levels: raw for levels, raw in wanted.items() if raw not in refused}
    for _ in connection.pipeline(b"SUBSCRIBE " + raw for levels, raw in made.items() if levels not in UNSUBSCRIBED):
        pass
    return [raw for levels, raw in made.items() if levels != EMPTY]


def fill(connection, user, count, seed="1", huge=False):
    """Puts `count` messages into the folders of the account that `connection` is signed in to, in turn."""
    folders = make_folders(connection)
    mail = zip(mailbox(seed, user, count, huge), itertools.cycle(folders))
    if b"LITERAL+" not in connection.capabilities:
        for (octets, flags, date), folder in mail:
            connection.append(folder, _arguments(flags, date), octets)
        return
    lines = (b"APPEND %s %s {%d+}\r\n%s" % (folder, _arguments(flags, date), len(octets), octets)
             for (octets, flags, date), folder in mail)
    for line, status in connection.pipeline(lines):
        if not status.startswith(b"OK"):
            raise imap_client.ImapError(f"{line[:60]!r}: {status.decode(errors='replace')}")


def _arguments(flags, date):
    return f'({" ".join(flags)}) "{date}"'.encode()


def populate(host, port, password, mailboxes, messages, prefix="user", seed="1"):
    """`messages` in all, spread over `mailboxes` accounts prefix1, prefix2, ... Returns the names of the accounts."""
    users = [f"{prefix}{index + 1}" for index in range(mailboxes)]
    for index, user in enumerate(users):
        connection = imap_client.Connection(host, port)
        connection.login(user, password)
        count = messages // mailboxes + (index < messages % mailboxes)
        fill(connection, user, count, seed, huge=index < HUGE_MAILBOXES)
        connection.logout()
    return users


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True, help="where LOGIN is allowed without TLS")
    parser.add_argument("--password", required=True, help="of every account")
    parser.add_argument("--mailboxes", type=int, default=20)
    parser.add_argument("--messages", type=int, default=1000, help="in all mailboxes together")
    parser.add_argument("--prefix", default="user", help="of the account names")
    parser.add_argument("--seed", default="1")
    options = parser.parse_args()
    started = time.monotonic()
    populate(options.host, options.port, options.password, options.mailboxes, options.messages, options.prefix,
             options.seed)
    print(f"populate: {options.messages} messages in {options.mailboxes} mailboxes, "
          f"{time.monotonic() - started:.1f} s")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (imap_client.ImapError, OSError) as error:
        sys.exit(f"populate: {error}")
