"""What a server does to a message, its flags, its date or a folder's name, whoever brings it.

FORCED is the table: a row excuses one kind of difference at one kind of destination, if its rule foretells exactly what
is there. Everything else that differs between a source and its copy is the copier's doing.
"""
import collections
import email.utils
import hashlib
import re

import imap_client

# The rule: for bytes from octets to octets, all rows in turn; for missing whether octets are refused, and the reason is in
# the server's words; for keywords whether one is lost; for dates what it becomes, from (instant, Foreseen, span of the
# copy) to a span of instants, or None; for folders whether a name (its levels, as text) is refused.
Row = collections.namedtuple("Row", "destination kind reason rule")
# Of the octets of a source message, for every kind of server: what refuses it, what becomes of it, why; and its Date.
Foreseen = collections.namedtuple("Foreseen", "refused digests changes date")

_EMPTY_LINE = re.compile(rb"\r?\n\r?\n")
_NOT_CRLF = re.compile(rb"(?<!\r)\n")
_FIELD = re.compile(rb"[!-9;-~]+:")
_FROM_LINE = re.compile(rb"From [^\r\n]*\r\n")
_WRAP = 1 << 32


# ---- octets

def _head_and_body(octets):
    """The empty line belongs to the body."""
    if octets[:2] == b"\r\n":
        return b"", octets
    found = _EMPTY_LINE.search(octets)
    end = found.start() + (2 if octets[found.start():found.start() + 1] == b"\r" else 1) if found else len(octets)
    return octets[:end], octets[end:]


def _header_lines(octets):
    """First lines of fields, without those that go on; with their line ends."""
    head = _without_from_line(_head_and_body(octets)[0])
    return [line for line in re.split(rb"(?<=\n)", head) if line and line[:1] not in b" \t"]


def _starts_folded(octets):
    return octets[:1] in (b" ", b"\t")


def _invalid_header(octets):
    lines = _header_lines(octets)
    return any(not _FIELD.match(line) for line in lines) or bool(lines) and not octets.endswith(b"\n") \
        and not _EMPTY_LINE.search(octets)


def _no_colon(octets):
    return _starts_folded(octets) or any(b":" not in line for line in _header_lines(octets))


def _x_for_8bit(octets):
    head, body = _head_and_body(octets)
    return bytes(octet if octet < 128 else ord("X") for octet in head) + body


def _final_crlf(octets):
    return octets if octets.endswith(b"\r\n") else octets + b"\r\n"


def _without_from_line(octets):
    found = _FROM_LINE.match(octets)
    return octets[found.end():] if found else octets


def _field_blanks(octets):
    head, body = _head_and_body(octets)
    return re.sub(rb"(?m)^([^\s:][^:\r\n]*?)[ \t]*:[ \t]*", rb"\1: ", head) + body


def _without_status(octets):
    head, body = _head_and_body(octets)
    return re.sub(rb"(?mi)^(Status|X-UID|X-IMAPbase):.*\r\n", b"", head) + body


def _complete_header(octets):
    if _EMPTY_LINE.search(octets) or octets[:2] == b"\r\n":
        return octets
    return _final_crlf(octets) + b"\r\n"


# ---- keywords and dates

def _long_or_bracket(keyword):
    return len(keyword) > 50 or b"]" in keyword


def _not_for_courier(keyword):
    return keyword.isdigit() or bool(re.search(rb"[][}~]", keyword))


def _to_come(instant, _, when):
    return when if instant > when[0] else None


def _until_1970(instant, _, when):
    return when if instant <= 0 else None


def _second_before_1970(instant, *_):
    return (-_WRAP // 2,) * 2 if instant == -1 else None


def _of_the_date_field(_, foreseen, when):
    return when if foreseen.date is None else (foreseen.date,) * 2


def _first_level(expression):
    return lambda levels: bool(re.match(expression, levels[0]))


def _any_level(expression):
    return lambda levels: any(re.fullmatch(expression, level) for level in levels)


def _for_cyrus(levels):
    return levels == ["INBOX", "INBOX"] or any(re.search(r'[!"%;<>\\^`{|}/]', level) for level in levels)


FORCED = [
    Row("dovecot", "bytes", "line ends become CRLF", lambda o: re.sub(rb"\r*\n", b"\r\n", o)),
    Row("dovecot", "bytes", "a CR at the end goes", lambda o: o.rstrip(b"\r")),
    Row("dovecot", "bytes", "NUL is shown as 0x80", lambda o: o.replace(b"\0", b"\x80")),
    Row("dovecot", "keywords", "refuses keywords above 50 octets, and with ]", _long_or_bracket),
    Row("dovecot", "dates", "a date to come becomes now", _to_come),
    Row("dovecot", "dates", "takes the second before 1970 for an error", _second_before_1970),
    Row("dovecot", "folders", "no ~ at the beginning", _first_level("~")),
    Row("dovecot-fs", "folders", "Maildir has folders of these names", _any_level("cur|new|tmp")),
    Row("dovecot-maildir", "folders", "a name is a file's name", _any_level(".*/.*")),
    Row("dovecot-inbox", "folders", "a name is a file's name", _any_level(".*/.*")),

    Row("cyrus", "missing", "NO Message contains invalid header", _invalid_header),
    Row("cyrus", "missing", "NO Message contains bare newlines", lambda o: bool(_NOT_CRLF.search(o))),
    Row("cyrus", "missing", "NO Message contains NUL characters", lambda o: b"\0" in _head_and_body(o)[0]),
    Row("cyrus", "bytes", "octets above 127 in the header become X", _x_for_8bit),
    Row("cyrus", "keywords", "] stands in no keyword of RFC 9051, and is not sent", lambda keyword: b"]" in keyword),
    Row("cyrus", "dates", "no dates until 1970", _until_1970),
    Row("cyrus", "folders", "NO Invalid mailbox name", _for_cyrus),

    Row("courier", "bytes", "CR alone goes", lambda o: re.sub(rb"\r(?!\n)", b"", o)),
    Row("courier", "bytes", "LF alone becomes CRLF", lambda o: _NOT_CRLF.sub(b"\r\n", o)),
    Row("courier", "bytes", "a last line end is added", _final_crlf),
    Row("courier", "keywords", "NO Error in IMAP command", _not_for_courier),
    Row("courier", "dates", "no dates until 1970", _until_1970),
    Row("courier", "folders", "a name is a file's name", _any_level(".*/.*")),
    Row("courier", "folders", "no characters outside the BMP", _any_level(".*[^\0-\uffff].*")),

    Row("mailutils", "missing", "NO APPEND [TRYCREATE] failed", _no_colon),
    Row("mailutils", "bytes", "ends at NUL", lambda o: o.split(b"\0")[0]),
    Row("mailutils", "bytes", "a From_ line at the beginning goes", _without_from_line),
    Row("mailutils", "bytes", "LF alone becomes CRLF", lambda o: _NOT_CRLF.sub(b"\r\n", o)),
    Row("mailutils", "bytes", "without a header the body goes", lambda o: b"\r\n" if o[:2] == b"\r\n" else o),
    Row("mailutils", "bytes", "one blank after the colon", _field_blanks),
    Row("mailutils", "bytes", "Status:, X-UID:, X-IMAPbase: go", _without_status),
    Row("mailutils", "bytes", "an empty line ends the header", _complete_header),
    Row("mailutils", "keywords", "has none", lambda keyword: True),
    Row("mailutils", "dates", "takes the Date field, else now", _of_the_date_field),
    Row("mailutils", "folders", "hides folders of these names", _any_level("cur|new|tmp")),
]
KINDS = ("dovecot", "cyrus", "courier", "mailutils")


def rows(variant, kind):
    """Of a variant such as dovecot-fs: its own and those of its kind of server."""
    return [row for row in FORCED if row.kind == kind and row.destination in (variant, variant.split("-")[0])]


def foresee(octets):
    """The Foreseen of a message."""
    refused, digests, changes = {}, {}, {}
    for server in KINDS:
        refused[server] = [row.reason for row in rows(server, "missing") if row.rule(octets)]
        there, changes[server] = octets, []
        for row in rows(server, "bytes"):
            before, there = there, row.rule(there)
            if there != before:
                changes[server].append(row.reason)
        digests[server] = hashlib.sha256(there).digest()
    return Foreseen(refused, digests, changes, _date_field(octets))


def _date_field(octets):
    """The instant, as a server with 32 bits for it understands it; None if there is none."""
    head = octets.split(b"\0")[0][:1 << 16]
    found = re.search(rb"(?mi)^Date:[ \t]*(.*)$", _head_and_body(head)[0])
    try:
        instant = email.utils.parsedate_to_datetime(found[1].decode()).timestamp()
    except (TypeError, ValueError, IndexError):
        return None
    return (instant + _WRAP // 2) % _WRAP - _WRAP // 2


def undated(variant, ours):
    """Mailutils says now, whenever it is asked, of a message without a Date field."""
    return variant == "mailutils" and ours.note.date is None


def excuse(source, variant, kind, ours, theirs, when):
    """Why the difference is the destination's doing, or the source's; "" if it is not. `ours.note` is Foreseen, `when`
    (from, until) of the copy."""
    server = variant.split("-")[0]
    if kind == "dates" and undated(source, ours) and when[0] - 2 <= theirs.date <= when[1] + 2:
        return "the source says now"
    if kind == "missing":
        return "; ".join(ours.note.refused[server])
    if kind == "bytes":
        return "; ".join(ours.note.changes[server]) if theirs.digest == ours.note.digests[server] else ""
    if kind == "keywords":
        return _excuse_keywords(variant, ours.keywords, theirs.keywords)
    if kind == "dates":
        for row in rows(variant, "dates"):
            span = row.rule(ours.date, ours.note, when)
            if span and span[0] - 2 <= theirs.date <= span[1] + 2:
                return row.reason
    return ""


def _excuse_keywords(variant, ours, theirs):
    for row in rows(variant, "keywords"):
        if theirs == {keyword for keyword in ours if not row.rule(keyword)}:
            return row.reason
    if {keyword.lower() for keyword in ours} == {keyword.lower() for keyword in theirs}:
        return "a folder knows one spelling of a keyword"
    return ""


def excuse_folder(variant, levels):
    """Why a folder cannot have its name there."""
    names = [imap_client.plain_name(level) for level in levels]
    return "; ".join(row.reason for row in rows(variant, "folders") if row.rule(names))
