"""A TCP proxy before an IMAP server without TLS, which counts what passes and tells how connections ended."""
import re
import socket
import struct
import threading
import time

CHUNK = 1 << 16
# A tagged answer with the UIDs of what was appended.
_APPENDED = re.compile(rb"^[^*+ \r\n]\S* OK \[APPENDUID[^\r\n]*\r\n", re.MULTILINE)
_LONGEST_LINE = 1 << 14


class Connection:
    """Of one client, `opened` at that time (monotonic); `octets` each way; `trips`: when the client spoke after the server did; `appended`: when the server said that it
    had stored something (monotonic, both); `ended`: "", "end" or "reset", by the client."""

    def __init__(self):
        self.opened = time.monotonic()
        self.octets = {"up": 0, "down": 0}
        self.trips, self.appended = [], []
        self.ended, self.ended_at = "", None


class CountingProxy:
    """Listens on a port of its own, from `with` on."""

    def __init__(self, server):
        self.server, self.host, self.password = server, "127.0.0.1", server.password
        self.connections, self._sockets = [], []
        self._lock = threading.Lock()

    def __enter__(self):
        self._listener = socket.create_server((self.host, 0), backlog=128)
        self.port = self.tls_port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *unused):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for end in self._sockets:
                _shut(end)

    def round_trips(self, since, until):
        """Of all connections together."""
        return sum(since < at <= until for connection in list(self.connections) for at in list(connection.trips))

    def first_append(self, since):
        """When something was stored at first over a connection that is younger than `since`; None if nothing was. What
        is stored late over an older one does not count."""
        return min((at for connection in list(self.connections) if connection.opened > since
                    for at in list(connection.appended)), default=None)

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection((self.server.host, self.server.port))
            except OSError:
                if self._listener.fileno() < 0:
                    return
                continue
            connection = Connection()
            last = [None]
            with self._lock:
                self.connections.append(connection)
                self._sockets += [client, server]
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._up, args=(connection, client, server, last), daemon=True).start()
            threading.Thread(target=self._down, args=(connection, client, server, last), daemon=True).start()

    @staticmethod
    def _up(connection, client, server, last):
        reset = False
        try:
            while octets := client.recv(CHUNK):
                connection.octets["up"] += len(octets)
                if last[0] != "up":
                    connection.trips.append(time.monotonic())
                last[0] = "up"
                server.sendall(octets)
        except ConnectionResetError:
            reset = True
        except OSError:
            pass
        connection.ended, connection.ended_at = "reset" if reset else "end", time.monotonic()
        if reset:       # passed on, so that the server forgets what is incomplete
            server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            server.close()
        else:
            _shut(server, socket.SHUT_WR)

    @staticmethod
    def _down(connection, client, server, last):
        tail = b""
        try:
            while octets := server.recv(CHUNK):
                connection.octets["down"] += len(octets)
                last[0] = "down"
                lines = tail + octets
                end = lines.rfind(b"\n") + 1
                connection.appended += [time.monotonic()] * len(_APPENDED.findall(lines[:end]))
                tail = lines[end:][-_LONGEST_LINE:]
                client.sendall(octets)
        except OSError:
            pass
        _shut(client, socket.SHUT_WR)


def _shut(end, how=socket.SHUT_RDWR):
    try:
        end.shutdown(how)
    except OSError:
        pass            # it is gone already
