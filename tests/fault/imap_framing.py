"""Where lines, literals and APPENDs are in the two streams of an IMAP connection in the clear."""
import collections
import re

# Of what is complete: its first octet and the one after its last, counted from the beginning of the stream.
# `kind` is line, literal, command or append (from the client), tagged or append_answer (from the server).
Mark = collections.namedtuple("Mark", "kind start end value")

_LITERAL = re.compile(rb"\{(\d+)(\+?)\}\r?\n\Z")


class _Framer:
    """Cuts a stream into lines and literals. A literal is marked as soon as it is announced, so its end may be ahead."""

    def __init__(self):
        self.position = 0         # octets seen
        self.line_start = 0       # of the line that is not complete yet
        self._line = b""
        self._literal_left = 0

    @property
    def open_octets(self):
        """How many octets of an incomplete line came last."""
        return len(self._line)

    def feed(self, octets):
        """The marks of what these octets complete."""
        marks, at = [], 0
        while at < len(octets):
            if self._literal_left:
                taken = min(self._literal_left, len(octets) - at)
                self._literal_left -= taken
                at, self.position = at + taken, self.position + taken
                self.line_start = self.position
                continue
            end = octets.find(b"\n", at) + 1 or len(octets)
            self._line += octets[at:end]
            self.position += end - at
            at = end
            if self._line.endswith(b"\n"):
                self._on_line(marks)
        return marks

    def _on_line(self, marks):
        line, self._line = self._line, b""
        literal = _LITERAL.search(line)
        self._complete(line, literal, marks)
        if literal:
            self._literal_left = int(literal[1])
            marks.append(Mark("literal", self.position, self.position + self._literal_left, line))
        self.line_start = self.position


class ClientFramer(_Framer):
    """The stream from the client."""

    def __init__(self):
        super().__init__()
        self._tag, self._verb, self._start, self._literals = b"", b"", 0, 0
        self._inside = False      # a command that a literal has interrupted
        self._asked = False       # it waits for the server's word
        self.appends = []         # tags of complete APPENDs that were not answered yet

    def on_continuation(self):
        """The server wants the literal."""
        self._asked = False

    def on_tagged(self, tag):
        """The server has answered: a literal it did not ask for will not come. Returns whether that was an APPEND."""
        if self._inside and self._asked and tag == self._tag:
            self._inside = self._asked = False
            self._literal_left = 0
            self.line_start = self.position
            return True if self._verb == b"APPEND" else False
        if tag in self.appends:
            self.appends.remove(tag)
            return True
        return False

    def _complete(self, line, literal, marks):
        if not self._inside:
            words = line.split(None, 2)
            self._tag, self._verb = words[0] if words else b"", words[1].upper() if len(words) > 1 else b""
            self._start, self._literals = self.line_start, 0
        self._inside = bool(literal)
        self._asked = bool(literal) and not literal[2]
        marks.append(Mark("line", self.line_start, self.position, line))
        if literal:
            self._literals += 1
            return
        kind = "append" if self._verb == b"APPEND" and self._literals else "command"
        if kind == "append":
            self.appends.append(self._tag)
        marks.append(Mark(kind, self._start, self.position, self._literals if kind == "append" else self._verb))


class ServerFramer(_Framer):
    """The stream from the server; `client` is told of continuations and answers."""

    def __init__(self, client):
        super().__init__()
        self._client = client
        self._inside = False

    def _complete(self, line, literal, marks):
        first, self._inside = not self._inside, bool(literal)
        marks.append(Mark("line", self.line_start, self.position, line))
        if not first or line.startswith(b"* "):
            return
        if line.startswith(b"+"):
            self._client.on_continuation()
            return
        tag = line.split(None, 1)[0] if line.strip() else b""
        append = self._client.on_tagged(tag)
        marks.append(Mark("tagged", self.line_start, self.position, tag))
        if append:
            marks.append(Mark("append_answer", self.line_start, self.position, tag))
