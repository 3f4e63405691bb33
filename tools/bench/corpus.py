"""Mail to copy: the same seed makes the same octets, flags and dates. No message stands twice, and there are no keywords,
so that every tool can copy all of it."""
import base64
import math
import random

import imap_client

MB = 1_000_000
FLAGS = ("\\Seen", "\\Answered", "\\Flagged")
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
ZONES = ("+0000", "+0200", "-0730", "+0545")
WORDS = ("the of and to in that is was for on with as at by from they this have not but what all were when we there can "
         "an your which their said if do will each about how up out them then she many some so these would").split()
# Sizes of real mailboxes: the median is some 12 KB, the mean 40 KB, one in 300 has more than a megabyte.
MEDIAN, SIGMA, LARGEST = 12_000, 1.6, 10 * MB
BATCH_MESSAGES, BATCH_OCTETS = 500, 8 * MB

_LINE = 78


def _text_pool():
    rng, line, lines = random.Random("text"), "", []
    while len(lines) < 5000:
        line += rng.choice(WORDS) + " "
        if len(line) > 60:
            lines.append(line.strip().ljust(_LINE - 2, ".") + "\r\n")
            line = ""
    return "".join(lines).encode()


def _base64_pool():
    coded = base64.b64encode(random.Random("base64").randbytes(57 * 50_000))
    return b"".join(coded[at:at + _LINE - 2] + b"\r\n" for at in range(0, len(coded), _LINE - 2))


_POOLS = {"text": _text_pool(), "base64": _base64_pool()}


def _lines(rng, pool, octets):
    """Whole lines out of a pool, from somewhere in it."""
    source = _POOLS[pool]
    at = rng.randrange(len(source) // _LINE) * _LINE
    wanted = max(octets // _LINE, 1) * _LINE
    found = source[at:at + wanted]
    while len(found) < wanted:
        found += source[:wanted - len(found)]
    return found


def message(rng, name, octets):
    """One message of about so many octets; beyond 20,000 most of it is an attachment."""
    date = f"{rng.randint(1, 28)} {rng.choice(MONTHS)} {rng.randint(2005, 2024)} {rng.randint(10, 23)}:00:00 +0000"
    head = (f"Return-Path: <ann@example.org>\r\n"
            f"Received: from mx.example.org (mx.example.org [192.0.2.{rng.randint(1, 254)}])\r\n"
            f"\tby mail.example.net (Postfix) with ESMTPS id {rng.getrandbits(40):X}\r\n"
            f"\tfor <bob@example.net>; {date}\r\n"
            f"Received: by mx.example.org (Postfix, from userid {rng.randint(1000, 9999)})\r\n"
            f"\tid {rng.getrandbits(40):X}; {date}\r\n"
            f"Date: {date}\r\nFrom: Ann Example <ann@example.org>\r\nTo: Bob Example <bob@example.net>\r\n"
            f"Subject: {name}: {' '.join(rng.choices(WORDS, k=6))}\r\n"
            f"Message-ID: <{name}.{rng.getrandbits(64):x}@example.org>\r\nMIME-Version: 1.0\r\n").encode()
    room = max(octets - len(head) - 60, _LINE)
    if octets <= 20_000:
        return head + b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + _lines(rng, "text", room)
    return b"".join((head, b"Content-Type: multipart/mixed; boundary=b1\r\n\r\n--b1\r\nContent-Type: text/plain\r\n\r\n",
                     _lines(rng, "text", 1000), b"\r\n--b1\r\nContent-Type: application/octet-stream\r\n"
                     b"Content-Transfer-Encoding: base64\r\n\r\n", _lines(rng, "base64", room - 1200), b"\r\n--b1--\r\n"))


def _with_flags(rng, octets):
    flags = " ".join(flag for flag in FLAGS if rng.random() < 0.4)
    date = (f"{rng.randint(1, 28):02}-{rng.choice(MONTHS)}-{rng.randint(2005, 2024)} "
            f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}:{rng.randint(0, 59):02} {rng.choice(ZONES)}")
    return octets, flags, date


def tiny(count):
    """Messages of hardly more than the headers that they are known by."""
    for number in range(count):
        yield (b"Date: 1 Mar 2020 10:00:00 +0000\r\nFrom: ann@example.org\r\nSubject: message %d\r\n"
               b"Message-ID: <%d@example.org>\r\n\r\nsmall %d\r\n" % (number, number, number), "\\Seen",
               "01-Mar-2020 10:00:00 +0000")


def small(count, seed="small"):
    """Yields (octets, flags, date) of `count` messages of about 2 KB."""
    rng = random.Random(seed)
    for number in range(count):
        yield _with_flags(rng, message(rng, f"{seed}-{number}", rng.randint(1200, 2800)))


def realistic(octets, seed="large"):
    """As many messages as make so many octets, of sizes as they are in mailboxes; one has a twentieth of it."""
    rng = random.Random(seed)
    sizes = [octets // 20]
    left = octets - sizes[0]
    while left > 0:
        sizes.append(min(max(int(rng.lognormvariate(math.log(MEDIAN), SIGMA)), 1200), LARGEST))
        left -= sizes[-1]
    rng.shuffle(sizes)
    for number, size in enumerate(sizes):
        yield _with_flags(rng, message(rng, f"{seed}-{number}", size))


def fill(server, user, mail, folder="INBOX"):
    """Puts mail into a folder of an account, many messages with one command. Returns how many, and their octets."""
    connection = imap_client.Connection(server.host, server.port)
    connection.login(user, server.password)
    count, total, batch, waiting = 0, 0, [], 0

    def send():
        if batch:
            connection.command(b"APPEND %s" % imap_client.quoted(folder) + b"".join(batch))

    for octets, flags, date in mail:
        batch.append(b' (%s) "%s" {%d+}\r\n%s' % (flags.encode(), date.encode(), len(octets), octets))
        count, total, waiting = count + 1, total + len(octets), waiting + len(octets)
        if len(batch) >= BATCH_MESSAGES or waiting >= BATCH_OCTETS:
            send()
            batch, waiting = [], 0
    send()
    connection.logout()
    return count, total


def make_folders(server, user, names):
    """Creates the folders, many at once."""
    connection = imap_client.Connection(server.host, server.port)
    connection.login(user, server.password)
    for line, status in connection.pipeline(b"CREATE " + imap_client.quoted(name) for name in names):
        if not status.startswith(b"OK"):
            raise imap_client.ImapError(f"{line!r}: {status.decode(errors='replace')}")
    connection.logout()
