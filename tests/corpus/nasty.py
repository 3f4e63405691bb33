"""A mailbox of everything that breaks copies: odd folders, odd messages, odd flags and dates. No network, no clock.

Every folder and message has a name of its own, so that a failure says which case it is. The same seed makes the same
mail. `python3 tests/corpus/nasty.py` lists the cases.
"""
import collections
import datetime
import random
import zlib

import nasty_messages

Folder = collections.namedtuple("Folder", "name levels")           # levels: text, not on the wire yet
Message = collections.namedtuple("Message", "name folder octets flags date")   # date: as in APPEND, or ""

SPECIAL = ["Sent", "Drafts", "Trash", "Junk", "Archive", "Gesendete Objekte", "Entwürfe", "Papierkorb",
           "Éléments envoyés", "Brouillons", "Elementos enviados", "Отправленные", "Корзина", "送信済み", "已发送邮件", "보낸편지함"]
ODD_NAMES = {
    "blank-first": " blank first", "blank-last": "blank last ", "two-blanks": "two  blanks", "quotes": 'with "quotes"',
    "apostrophe": "Ann's", "backslash": "back\\slash", "star": "star*", "percent": "100%", "brackets": "[a] (b) {c} <d>",
    "ampersand": "this & that", "ampersand-alone": "&", "utf7-lookalike": "&AGE-", "pipe-caret": "a|b^c", "tilde": "~home",
    "hash": "#shared", "comma-colon": "a,b;c:d", "dot-inside": "v1.2", "dot-first": ".hidden", "slash-inside": "and/or",
    "number": "007", "minus": "-rf", "nil": "NIL", "accents": "Año où ß", "decomposed": "e\u0301te\u0301",
    "right-to-left": "שלום دنيا", "cjk": "日本語の受信箱", "emoji": "📬 👩‍👩‍👧", "long-ascii": "long-" + "x" * 200,
    "long-utf7": "長" * 60, "case-upper": "CASE", "case-lower": "case", "case-title": "Case", "inbox-lookalike": "INBOX2",
    "maildir-word": "cur",
}
NESTED = {
    "inbox-child": ("INBOX", "child"), "inbox-in-inbox": ("INBOX", "INBOX"),
    "depth-10": tuple(f"d{n}" for n in range(1, 11)), "child-of-noselect": ("Parent", "Child"),
    "nested-scripts": ("Проекты", "日本", "A & B"), "inbox-below": ("Old", "INBOX"),
}
EMPTY = Folder("empty", ("Empty",))
_START = datetime.datetime(2010, 1, 1, 8, 0, 0)


def folders():
    """In the order in which they are to be made; INBOX is there already. The parent of "Parent/Child" is not made."""
    odd = [Folder(name, (level,)) for name, level in ODD_NAMES.items()]
    nested = [Folder(name, levels) for name, levels in NESTED.items()]
    special = [Folder(f"special-{level}", (level,)) for level in SPECIAL]
    groups = [Folder(name, ("Nasty", name)) for name in nasty_messages.GROUPS]
    return [Folder("INBOX", ("INBOX",)), *groups, *odd, *nested, *special, EMPTY]


def messages(size="", seed=1):
    """Yields every Message, folder by folder; size="large" adds those of 50 MB."""
    for folder in folders():
        if folder == EMPTY:
            continue
        if folder.name not in nasty_messages.GROUPS:
            name = f"in {folder.name}"
            yield Message(name, folder.name, nasty_messages.mail(name), *_usual(name))
            continue
        rng = random.Random(f"{seed}-{folder.name}")
        for name, octets, *marks in nasty_messages.GROUPS[folder.name](rng):
            usual = _usual(name)
            yield Message(name, folder.name, octets, *marks, *usual[len(marks):])
    if size == "large":
        rng = random.Random(f"{seed}-large")
        for name, octets in nasty_messages.large(rng):
            yield Message(name, "INBOX", octets, *_usual(name))


def _usual(name):
    """Flags and date of a message that is not about them: different ones, but the same every time."""
    number = zlib.crc32(name.encode())
    date = _START + datetime.timedelta(seconds=number % (12 * 365 * 86400))
    return ("\\Seen",) if number & 1 else (), date.strftime("%d-%b-%Y %H:%M:%S +0000")


if __name__ == "__main__":
    for case in folders():
        print("folder ", case.name, case.levels)
    for case in messages("large"):
        print("message", case.folder, case.name, len(case.octets), *case.flags, case.date, sep="\t")
