"""A small IMAP client for filling and comparing accounts, on the standard library only.

It shares nothing with the engine under test. Answers are nested lists of bytes (atoms, quoted strings and literals) and
None (NIL). Every read and write has a timeout.
"""
import base64
import re
import socket
import ssl

TIMEOUT_SECONDS = 120
_TOKEN = re.compile(rb'"((?:[^"\\]|\\.)*)"|([()])|([^\s()"]+)')
_LITERAL = re.compile(rb"~?\{(\d+)\}\r\n\Z")


class ImapError(Exception):
    """A refused command or a lost connection, in the server's words; never a password."""


def quoted(name):
    """bytes or text as a quoted string."""
    octets = name.encode() if isinstance(name, str) else name
    return b'"' + octets.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def modified_utf7(name):
    """A folder's name on the wire (RFC 3501, 5.1.3)."""
    out = []
    for part in re.findall(r"[ -~]+|[^ -~]+", name):
        if " " <= part[0] <= "~":
            out.append(part.replace("&", "&-"))
        else:
            coded = base64.b64encode(part.encode("utf-16-be")).rstrip(b"=").replace(b"/", b",")
            out.append(f"&{coded.decode()}-")
    return "".join(out).encode()


def plain_name(raw):
    """The text that a name on the wire stands for, as far as it is well formed."""
    def decoded(found):
        coded = found[1].replace(b",", b"/")
        octets = base64.b64decode(coded + b"=" * (-len(coded) % 4))
        return octets.decode("utf-16-be", "replace").encode() if coded else b"&"
    return re.sub(rb"&([A-Za-z0-9+,]*)-", decoded, raw).decode(errors="replace")


def wire_name(levels, prefix, delimiter):
    """The raw name of a folder given as text; None if a level holds the delimiter, or there is none and it has levels."""
    coded = [modified_utf7(level) for level in levels]
    if delimiter is None and len(coded) > 1 or delimiter and any(delimiter in level for level in coded):
        return None
    return b"INBOX" if tuple(levels) == ("INBOX",) else prefix + (delimiter or b"").join(coded)


def parse(pieces):
    """Nested lists from text and literals in turn, as they came."""
    stack = [[]]
    for index, piece in enumerate(pieces):
        if index % 2:
            stack[-1].append(piece)
            continue
        for found in _TOKEN.finditer(piece):
            text, bracket, atom = found.groups()
            if bracket == b"(":
                stack.append([])
            elif bracket == b")" and len(stack) > 1:
                inner = stack.pop()
                stack[-1].append(inner)
            elif atom is not None:
                stack[-1].append(None if atom.upper() == b"NIL" else atom)
            elif text is not None:
                stack[-1].append(re.sub(rb"\\(.)", rb"\1", text))
    return stack[0]


class Connection:
    """One connection; tls is none, starttls or implicit. Certificates are checked against `ca` files, or the system's."""

    def __init__(self, host, port, tls="none", ca=(), verify=True):
        self._tag = 0
        self._host = host
        self._socket = socket.create_connection((host, port), TIMEOUT_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        context = _tls_context(ca, verify) if tls != "none" else None
        if tls == "implicit":
            self._socket = context.wrap_socket(self._socket, server_hostname=host)
        self._file = self._socket.makefile("rb", 1 << 16)
        if not self._file.readline().startswith(b"* OK"):
            raise ImapError(f"{host}:{port}: no greeting")
        if tls == "starttls":
            self.command(b"STARTTLS")
            self._file.close()
            self._socket = context.wrap_socket(self._socket, server_hostname=host)
            self._file = self._socket.makefile("rb", 1 << 16)
        self.capabilities = set()

    def login(self, user, password, auth_user=""):
        """As `user`; with `auth_user`, whose password it then is, on behalf of `user`."""
        if auth_user:
            plain = base64.b64encode(f"{user}\0{auth_user}\0{password}".encode())
            self._exchange(b"AUTHENTICATE PLAIN", plain)
        else:
            self.command(b"LOGIN %s %s" % (quoted(user), quoted(password)), secret=True)
        self.capabilities = {word.upper() for row in self.command(b"CAPABILITY") for word in row[1:]}

    def namespaces(self):
        """(prefix, delimiter) of the personal namespace, and the prefixes of the namespaces of others."""
        if b"NAMESPACE" in self.capabilities:
            for row in self.command(b"NAMESPACE"):
                if row[0].upper() == b"NAMESPACE" and row[1]:
                    others = [space[0] for group in row[2:4] for space in group or () if space[0]]
                    return row[1][0][0], row[1][0][1], others
        row = self.command(b'LIST "" ""')[0]
        return b"", row[2], []

    def command(self, line, secret=False):
        """Its untagged answers; ImapError if it is not answered with OK."""
        self._send(line)
        return self._answers(b"" if secret else line[:80])

    def pipeline(self, lines):
        """Sends commands, up to 50 ahead of their answers, and yields (line, status and text) of each."""
        waiting = []
        for line in lines:
            self._send(line)
            waiting.append(line)
            if len(waiting) == 50:
                yield from ((sent, self._tagged()) for sent in waiting)
                waiting = []
        yield from ((sent, self._tagged()) for sent in waiting)

    def append(self, folder, arguments, octets):
        """APPEND with a literal the server has asked for; for servers without LITERAL+. NUL goes as BINARY has it."""
        binary = b"~" if b"\0" in octets and b"BINARY" in self.capabilities else b""
        self._exchange(b"APPEND %s %s %s{%d}" % (folder, arguments, binary, len(octets)), octets)

    def logout(self):
        """Polite, but the connection may be lost already."""
        try:
            self.command(b"LOGOUT")
        except (ImapError, OSError):
            pass
        self._file.close()
        self._socket.close()

    def _exchange(self, line, octets):
        self._send(line)
        pieces = self._pieces()
        while pieces[0].startswith(b"*"):
            pieces = self._pieces()
        if not pieces[0].startswith(b"+"):
            raise ImapError(f"{self._host}: {line[:80]!r}: {pieces[0].strip().decode(errors='replace')}")
        self._socket.sendall(octets + b"\r\n")
        self._answers(line[:80])

    def _send(self, line):
        self._tag += 1
        self._socket.sendall(b"t%d %s\r\n" % (self._tag, line))
        # Mailutils answers in small pieces, each of which waits until the one before is acknowledged.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    def _pieces(self):
        """One answer: text, literal, text, ..."""
        pieces = []
        while True:
            line = self._file.readline()
            if not line.endswith(b"\n"):
                raise ImapError(f"{self._host}: the server hung up")
            literal = _LITERAL.search(line)
            if not literal:
                return pieces + [line]
            pieces += [line[:literal.start()], self._file.read(int(literal[1]))]

    def _answers(self, line):
        rows = []
        while True:
            pieces = self._pieces()
            if pieces[0].startswith(b"* "):
                pieces[0] = pieces[0][2:]
                rows.append(parse(pieces))
            elif pieces[0].startswith(b"t"):
                status = pieces[0].split(b" ", 1)[1].strip()
                if not status.upper().startswith(b"OK"):
                    raise ImapError(f"{self._host}: {line!r}: {status.decode(errors='replace')}")
                return rows

    def _tagged(self):
        pieces = self._pieces()
        while not pieces[0].startswith(b"t"):
            pieces = self._pieces()
        return pieces[0].split(b" ", 1)[1].strip()


def _tls_context(ca, verify):
    context = ssl.create_default_context()
    for file in ca:
        context.load_verify_locations(file)
    if not verify:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
