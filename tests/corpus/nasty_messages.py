"""The messages of nasty.py, in groups: each yields (name, octets) or (name, octets, flags[, date])."""
import base64
import zlib

KIB, MIB = 1 << 10, 1 << 20
# Messages above this are not held as a whole by the engine.
WHOLE = 256 * KIB
SYSTEM_FLAGS = ("\\Seen", "\\Answered", "\\Flagged", "\\Draft", "\\Deleted")
BLOB_LINE = 57      # octets in a line of base64


def mail(name, *more, body=b"text\r\n", drop=()):
    """A sound message about `name`: `more` are further header lines, `drop` names usual ones to leave out."""
    seconds = zlib.crc32(name.encode()) % 86400
    usual = {
        "Date": f"Fri, 13 Mar 2020 {seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02} +0000",
        "From": "Ann Example <ann@example.org>", "To": "ben@example.org", "Subject": name,
        "Message-ID": f"<{name.replace(' ', '.')}@nasty.example>",
    }
    lines = [f"{field}: {value}".encode() for field, value in usual.items() if field not in drop]
    lines += [line if isinstance(line, bytes) else line.encode() for line in more]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def headers(_):
    """What stands above the first empty line."""
    yield "plain", mail("plain")
    yield "subject-latin1", mail("subject-latin1", b"Subject: Gr\xfc\xdfe", drop=["Subject"])
    yield "subject-utf8", mail("subject-utf8", "Subject: Grüße 日本 📬", drop=["Subject"])
    yield "from-8bit-no-id", mail("from-8bit-no-id", b"From: J\xf6rg <j@example.org>", drop=["From", "Message-ID"])
    yield "8bit-in-message-id", mail("8bit-in-message-id", b"Message-ID: <gr\xfcn@nasty.example>", drop=["Message-ID"])
    yield "8bit-other-field", mail("8bit-other-field", b"X-Anmerkung: \xe4\xf6\xfc")
    yield "line-without-colon", mail("line-without-colon", "this line has no colon at all", "X-After: it")
    yield "blank-before-colon", mail("blank-before-colon", "Subject : blank before the colon", drop=["Subject"])
    yield "empty-field", mail("empty-field", "X-Empty:", "X-Blank: ")
    yield "only-colon", mail("only-colon", ": nothing before the colon")
    yield "starts-folded", b" folded before anything\r\n" + mail("starts-folded")
    yield "folded", mail("folded",
                         "Subject: one\r\n two\r\n\tthree", "References: <a@b>\r\n\t<c@d>\r\n  <e@f>", drop=["Subject"])
    yield "folded-blank-line", mail("folded-blank-line", "X-Fold: one\r\n \r\n two")
    yield "tab-after-colon", mail("tab-after-colon", "Subject:\ttab\tand\ttab", drop=["Subject"])
    yield from _names_and_values()
    yield from _what_servers_write()
    yield "header-only", mail("header-only", body=b"")
    yield "header-unfinished", mail("header-unfinished", body=b"")[:-2]
    yield "header-cut", mail("header-cut", "X-Cut: in the mid", body=b"")[:-4]


def _names_and_values():
    yield "upper-names", mail("upper-names",
                              "MESSAGE-ID: <UPPER@nasty.example>", "SUBJECT: upper", drop=["Message-ID", "Subject"])
    yield "lower-names", mail("lower-names",
                              "message-id: <lower@nasty.example>", "subject: lower", drop=["Message-ID", "Subject"])
    yield "two-subjects", mail("two-subjects", "Subject: the second one")
    yield "date-broken", mail("date-broken", "Date: yesterday, or so", drop=["Date"])
    yield "date-missing", mail("date-missing", drop=["Date"])
    yield "date-far-future", mail("date-far-future", "Date: Sat, 1 Jan 2050 00:00:00 +0000", drop=["Date"])
    yield "line-64-KiB", mail("line-64-KiB", "X-Long: " + "h" * 64 * KIB)
    yield "folded-64-KiB", mail("folded-64-KiB",
                                "References:" + "".join(f"\r\n <{n}@long.example>" for n in range(3200)))
    yield "20000-headers", mail("20000-headers", *(f"X-{n}: v" for n in range(20_000)))
    yield "control-characters", mail("control-characters", b"X-Odd: \x01\x07\x1b[31m\x7f")
    yield "bare-cr-in-header", mail("bare-cr-in-header", b"X-Odd: one\rtwo")


def _what_servers_write():
    yield "status-lines", mail("status-lines", "Status: RO", "X-Status: AF", "X-UID: 12", "X-Keywords: a b")
    yield "imap-lines", mail("imap-lines", "X-IMAP: 1234567890 0000000001", "X-IMAPbase: 1 1", "X-Mozilla-Status: 0001")
    yield "from-line-first", b"From ann@example.org Fri Mar 13 10:00:00 2020\r\n" + mail("from-line-first")
    yield "wrong-length", mail("wrong-length", "Content-Length: 999999", "Lines: -1")


def bodies(rng):
    """What stands below it."""
    yield "no-headers", b"\r\nno headers, only a body\r\n"
    yield "not-a-message", b"just a line of text that has no header at all\r\nand another one\r\n"
    yield "one-octet", b"x"
    yield "one-line-end", b"\r\n"
    yield "shortest-header", b"A: b\r\n\r\n"
    yield "no-final-newline", mail("no-final-newline", body=b"the end")
    yield "bare-lf", mail("bare-lf", body=b"one\ntwo\n\nthree\n").replace(b"\r\n", b"\n")
    yield "mixed-ends", mail("mixed-ends", body=b"one\ntwo\r\nthree\nfour\r\n")
    yield "bare-cr", mail("bare-cr", body=b"one\rtwo\r\rthree\r\n")
    yield "cr-cr-lf", mail("cr-cr-lf", body=b"one\r\r\ntwo\r\n")
    yield "ends-in-cr", mail("ends-in-cr", body=b"one\r")
    yield "nul", mail("nul", body=b"before\0after\r\nnext line\r\n")
    yield "nul-in-header", mail("nul-in-header", b"X-Nul: a\0b")
    yield "dots", mail("dots", body=b".\r\n..\r\n.\r\n")
    yield "from-lines", mail("from-lines",
                             body=b"\r\nFrom here on\r\n>From there\r\n\r\nFrom ann@x Fri Mar 13 10:00:00 2020\r\n")
    yield "imap-answers", mail("imap-answers",
                               body=b"* 1 EXISTS\r\n* 9 FETCH (UID 3)\r\na1 OK {5}\r\n)\r\n+ go on\r\n{99}\r\n")
    yield "blank-lines-last", mail("blank-lines-last", body=b"text\r\n\r\n\r\n\r\n")
    yield "blanks-last", mail("blanks-last", body=b"text  \r\n\t\r\n   ")
    yield "8bit-untold", mail("8bit-untold", body="Grüße 日本 📬\r\n".encode())
    yield "every-octet", mail("every-octet",
                              body=bytes(range(1, 256)).replace(b"\n", b"").replace(b"\r", b"") + b"\r\n")
    yield "line-200-kB", mail("line-200-kB", body=b"y" * 200_000 + b"\r\n")
    yield "line-without-end", mail("line-without-end", body=b"z" * 70_000)
    yield from _mime_bodies()
    for name, size in (("whole-at-most", WHOLE), ("whole-and-one", WHOLE + 1), ("3-MiB", 3 * MIB)):
        yield name, _of_size(rng, name, size)


def _mime_bodies():
    yield "deep-multipart", _nested_parts(100)
    yield "deep-message", _nested_messages(60)
    yield "no-closing-boundary", mail("no-closing-boundary",
                                      "Content-Type: multipart/mixed; boundary=b", body=b"--b\r\n\r\nx\r\n")
    yield "empty-boundary", mail("empty-boundary",
                                 'Content-Type: multipart/mixed; boundary=""', body=b"--\r\n\r\nx\r\n----\r\n")
    yield "broken-base64", mail("broken-base64", "Content-Transfer-Encoding: base64", body=b"abc=def!\r\n=\r\n")


def _nested_parts(depth):
    body = b"the core\r\n"
    for level in range(depth):
        body = (f"--b{level}\r\nContent-Type: multipart/mixed; boundary=b{level - 1}\r\n\r\n".encode() + body
                + f"\r\n--b{level}--\r\n".encode())
    return mail("deep-multipart", "MIME-Version: 1.0", f"Content-Type: multipart/mixed; boundary=b{depth - 1}", body=body)


def _nested_messages(depth):
    octets = mail("deep-message")
    for _ in range(depth):
        octets = mail("deep-message", "MIME-Version: 1.0", "Content-Type: message/rfc822", body=octets)
    return octets


def _of_size(rng, name, size):
    """Exactly so many octets."""
    octets = mail(name, "Content-Transfer-Encoding: base64", body=b"")
    line = base64.b64encode(rng.randbytes(BLOB_LINE)) + b"\r\n"
    blob = line * ((size - len(octets)) // len(line) + 1)
    return octets + blob[:size - len(octets) - 2] + b"\r\n"


def identity(_):
    """Who is who."""
    for number in range(3):
        yield (f"same-id-{number}", mail(f"same-id-{number}", "Message-ID: <same@nasty.example>", drop=["Message-ID"],
                                         body=b"other\r\n" * (number + 1)))
    for letter in "ab":
        yield (f"same-id-same-size-{letter}", mail("same-id-same-size", body=letter.encode() * 50 + b"\r\n"))
    for name, times in (("twice", 2), ("three-times", 3)):
        for number in range(times):
            yield f"{name}-{number}", mail(name)
    yield "twin-unseen", mail("twin"), (), "01-Mar-2011 10:00:00 +0000"
    yield "twin-flagged", mail("twin"), ("\\Flagged",), "02-Mar-2012 10:00:00 +0000"
    for number in range(2):
        yield f"no-id-twin-{number}", mail("no-id-twin", drop=["Message-ID"])
        yield f"no-id-other-{number}", mail("no-id-other", drop=["Message-ID"], body=b"body %d\r\n" % number)
    yield "no-id-no-date", mail("no-id-no-date", drop=["Message-ID", "Date"])
    yield "id-empty", mail("id-empty", "Message-ID:", drop=["Message-ID"])
    yield "id-brackets-only", mail("id-brackets-only", "Message-ID: <>", drop=["Message-ID"])
    yield "id-bare", mail("id-bare", "Message-ID: bare@nasty.example", drop=["Message-ID"])
    yield "id-next-line", mail("id-next-line", "Message-ID:\r\n <next.line@nasty.example>", drop=["Message-ID"])
    yield "id-blanks", mail("id-blanks", "Message-ID: <with blanks @nasty.example>", drop=["Message-ID"])
    yield "id-long", mail("id-long", f"Message-ID: <{'i' * 900}@nasty.example>", drop=["Message-ID"])
    yield "id-two", mail("id-two", "Message-ID: <second@nasty.example>")
    yield "unavailable", mail("unavailable", "Subject: message unavailable", drop=["Subject"],
                              body=b"This message is no longer available on the server.\r\n")


def flags(_):
    """System flags."""
    yield "no-flags", mail("no-flags"), ()
    for flag in SYSTEM_FLAGS:
        yield f"flag-{flag[1:]}", mail(f"flag-{flag[1:]}"), (flag,)
    yield "all-flags", mail("all-flags"), SYSTEM_FLAGS
    yield "seen-answered", mail("seen-answered"), ("\\Seen", "\\Answered")
    yield "flagged-draft", mail("flagged-draft"), ("\\Flagged", "\\Draft")
    yield "flags-odd-case", mail("flags-odd-case"), ("\\SEEN", "\\fLaGgEd")
    yield "deleted-seen", mail("deleted-seen"), ("\\Deleted", "\\Seen")


def keywords(_):
    """And the other ones. Together more than the 26 that fit into a Maildir's file names."""
    cases = {
        "forwarded": ["$Forwarded"], "labels": [f"$Label{n}" for n in range(1, 6)], "junk": ["$Junk", "Junk"],
        "nonjunk": ["NonJunk", "$NotJunk"], "mdnsent": ["$MDNSent"], "100-characters": ["k" * 100], "case-lower": ["work"],
        "case-upper": ["WORK"], "punctuation": ["a'b", "c_d-e+f", "g.h,i;j:k", "~l#m!n?", "o=p@q/r"], "bracket": ["a]b"],
        "digits": ["1", "2024"], "many": [f"many{n}" for n in range(30)], "dollar": ["$"],
    }
    for name, words in cases.items():
        yield f"keyword-{name}", mail(f"keyword-{name}"), tuple(words)
    yield "keyword-and-flags", mail("keyword-and-flags"), ("\\Seen", "$Forwarded", "\\Flagged", "projekt")


def dates(_):
    """When it arrived."""
    cases = {
        "epoch": "01-Jan-1970 00:00:00 +0000", "second-1": "01-Jan-1970 00:00:01 +0000",
        "before-epoch": "31-Dec-1969 23:59:59 +0000", "1970-02": "02-Jan-1970 12:00:00 +0000",
        "1960": "15-Jun-1960 12:00:00 +0000", "1999": "31-Dec-1999 23:59:59 -0500", "billion": "09-Sep-2001 01:46:40 +0000",
        "leap-2000": "29-Feb-2000 12:00:00 +0000", "leap-2024": "29-Feb-2024 23:59:59 +0100",
        "one-digit": " 4-Feb-2020 03:04:05 +0000", "spring-forward": "31-Mar-2024 02:30:00 +0100",
        "before-spring": "31-Mar-2024 01:59:59 +0100", "fall-back-first": "27-Oct-2024 02:30:00 +0200",
        "fall-back-second": "27-Oct-2024 02:30:00 +0100", "zone-west": "10-May-2015 23:30:00 -1200",
        "zone-east": "11-May-2015 00:30:00 +1400", "zone-quarter": "12-May-2015 12:00:00 +0545",
        "zone-half": "13-May-2015 12:00:00 -0330", "zone-minus-zero": "14-May-2015 12:00:00 -0000",
        "2037": "31-Dec-2037 23:59:59 +0000", "2038-last": "19-Jan-2038 03:14:07 +0000",
        "2038-over": "19-Jan-2038 03:14:08 +0000", "none": "",
    }
    for name, date in cases.items():
        yield f"date-{name}", mail(f"date-{name}"), (), date


def large(rng):
    """Only when asked for."""
    yield "50-MB", _of_size(rng, "50-MB", 50_000_000)
    yield "50-MB-unfinished", _of_size(rng, "50-MB-unfinished", 50_000_000)[:-2]


GROUPS = {group.__name__: group for group in (headers, bodies, identity, flags, keywords, dates)}
