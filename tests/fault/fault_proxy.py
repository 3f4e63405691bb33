"""A TCP proxy before a real IMAP server that does to one of its connections what networks do.

It reads IMAP in the clear, so that a fault can be placed inside a literal or between an APPEND and its answer. All
proxies of a process share one thread.
"""
import asyncio
import collections
import contextlib
import dataclasses
import socket
import struct
import threading
import time

from imap_framing import ClientFramer, ServerFramer

UP, DOWN = "up", "down"          # from the client to the server, and back
CHUNK = 1 << 16
SHOWN = 160                      # octets of a line in a transcript
GOODBYE_SECONDS = 10             # a server that was told everything may take so long to close
DRIP_OCTETS, DRIP_SECONDS = 150, 0.005

# Moments of a fault: in which direction, and the kind of mark that is counted.
MOMENTS = {
    "bytes_up": (UP, None), "bytes_down": (DOWN, None), "literal_up": (UP, "literal"), "literal_down": (DOWN, "literal"),
    "append_sent": (UP, "append"), "append_answered": (DOWN, "append_answer"), "tagged": (DOWN, "tagged"),
}
_MOMENT_OF = {value: name for name, value in MOMENTS.items()}
ACTIONS = ("none", "drop", "rst", "fin", "half_close", "stall", "late", "garbage", "truncate", "drip")


@dataclasses.dataclass
class Fault:
    """What is done to one connection, once.

    `at` names the moment and `count` tells which of them: the octets passed, or the count-th literal (of which
    `fraction` has passed), complete APPEND (without its last `hold` octets; of at least `least` messages), answer to an
    APPEND or tagged answer (none of which passes). `action`:

    none        only on_fire is called
    drop        nothing passes any more, either way, and nobody is told
    rst, fin    both sides see a reset, or an orderly end
    half_close  who would have received these octets sees the end; the other direction goes on
    stall       nothing passes for `seconds` (0: for ever)
    late        the client sees an end; what it had sent reaches the server after `seconds`
    garbage     `octets` come before what follows
    truncate    only half of the line passes, and its end
    drip        what follows passes octet by octet for a while
    """

    at: str
    action: str
    count: int = 1
    least: int = 0
    connection: int = 0
    fraction: float = 0.5
    hold: int = 0
    seconds: float = 0
    octets: bytes = b""
    on_fire: object = None

    def __post_init__(self):
        if self.at not in MOMENTS or self.action not in ACTIONS:
            raise ValueError(f"{self.at} {self.action}")

    @property
    def direction(self):
        """In which the moment is sought."""
        return MOMENTS[self.at][0]


def _shared_loop():
    """Runs in a thread of its own as long as the process."""
    with _loop_lock:
        if not _loops:
            _loops.append(asyncio.new_event_loop())
            threading.Thread(target=_loops[0].run_forever, daemon=True).start()
        return _loops[0]


_loops, _loop_lock = [], threading.Lock()


class FaultProxy:
    """Listens on `host`:`port` for the server at `server_port`. `faults` are for one connection each; arm() sets others.

    Counters: connections, octets by direction, round_trips, moments (how many of each came), fired (faults that came to
    pass), answered (connection and monotonic time of each answer to an APPEND, as it came from the server). `struck` is
    the mark of the last fault, `transcript` has the lines.
    """

    def __init__(self, server_port, faults=(), server_host="127.0.0.1"):
        self.host, self.port = "127.0.0.1", 0
        self.server = (server_host, server_port)
        self.connections, self.round_trips, self.fired = 0, 0, 0
        self.faults = {}
        self.octets = {UP: 0, DOWN: 0}
        self.moments = collections.Counter()
        self.answered, self.transcript, self.struck = [], [], None
        self.error = None          # of the proxy itself
        self._loop = _shared_loop()
        self._links = set()
        self.pending_deliveries = 0
        self._listener = self._accepting = None
        self.arm(*faults)

    def start(self):
        """Returns itself, listening."""
        self._run(self._start())
        return self

    def stop(self):
        """Ends all connections; what was to be delivered late is not."""
        self._run(self._stop())

    def __enter__(self):
        return self.start()

    def __exit__(self, *unused):
        self.stop()

    def note(self, connection, direction, what):
        """One line of the transcript."""
        self.transcript.append(f"{time.monotonic():.3f} {connection} {direction:4} {what}")

    def on_marks(self, connection, direction, marks):
        """Counts them."""
        for mark in marks:
            moment = _MOMENT_OF.get((direction, mark.kind))
            if moment:
                self.moments[moment] += 1
            if moment == "append_answered":
                self.answered.append((connection, time.monotonic()))
            if mark.kind == "line":
                self.note(connection, direction, mark.value[:SHOWN].decode(errors="backslashreplace").rstrip())

    def arm(self, *faults):
        """These faults instead of those before; their connections count from here."""
        self.faults = {self.connections + fault.connection: fault for fault in faults}

    def wait_delivered(self, seconds):
        """Until nothing waits for late delivery and the server has closed what it got; False after `seconds`."""
        deadline = time.monotonic() + seconds
        while self.pending_deliveries and time.monotonic() < deadline:
            time.sleep(0.01)   # between two looks
        return not self.pending_deliveries

    def _run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    async def _start(self):
        self._listener = socket.create_server((self.host, 0), backlog=128)
        self._listener.setblocking(False)
        self.port = self._listener.getsockname()[1]
        self._accepting = asyncio.ensure_future(self._accept())

    async def _accept(self):
        while True:
            client, _ = await self._loop.sock_accept(self._listener)
            link = Link(self, client, self.connections, self.faults.get(self.connections))
            self.connections += 1
            self._links.add(link)
            link.task = asyncio.ensure_future(self._serve(link))

    async def _serve(self, link):
        try:
            await link.run()
        except OSError:
            pass                   # either side went away
        except Exception as error:
            self.error = error
            raise
        finally:
            link.close()
            self._links.discard(link)

    async def _stop(self):
        tasks = [self._accepting] + [link.task for link in self._links]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._listener.close()


class Link:
    """One client, its connection to the server, and the fault that is meant for it."""

    def __init__(self, proxy, client, number, fault):
        self.proxy, self.number, self.fault, self.task = proxy, number, fault, None
        self._loop = asyncio.get_running_loop()
        self._client, self._server = client, None
        self._target = fault.count if fault and fault.at.startswith("bytes") else None
        self._seen = 0             # of what is counted
        self._passed = {UP: 0, DOWN: 0}
        self._tail = b""           # of a line from the server that is not complete
        self._last = None          # direction of the last octets
        self._dripping, self._drip_direction = 0, None
        self._gate = asyncio.Event()
        self._gate.set()
        self._over = asyncio.Event()
        self._server_closed = asyncio.Event()
        self._dropping = self._resetting = False
        up = ClientFramer()
        self._framers = {UP: up, DOWN: ServerFramer(up)}

    async def run(self):
        """Until both sides are done or the fault has ended it."""
        self._server = socket.socket()
        for end in (self._client, self._server):
            end.setblocking(False)
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await self._loop.sock_connect(self._server, self.proxy.server)
        over = asyncio.ensure_future(self._over.wait())
        pumps = {asyncio.ensure_future(self._pump(direction)) for direction in (UP, DOWN)}
        tasks = {over, *pumps}
        try:
            while pumps and not over.done():
                done, _ = await asyncio.wait({over, *pumps}, return_when=asyncio.FIRST_COMPLETED)
                pumps -= done
                for task in done:
                    task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def close(self):
        """Both sockets, once nothing waits for them."""
        for end in (self._client, self._server):
            if end and self._resetting:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            if end:
                end.close()

    async def _pump(self, direction):
        source, sink = (self._client, self._server) if direction == UP else (self._server, self._client)
        while True:
            try:
                octets = await self._loop.sock_recv(source, CHUNK)
            except ConnectionError:
                octets = b""
            await self._gate.wait()
            if self._dropping:
                if octets:
                    continue
                await self._over.wait()   # the other side hears of nothing, not even this end
            if not octets:
                self.proxy.note(self.number, direction, "=== end")
                break
            await self._on_octets(direction, sink, octets)
            if self._over.is_set():
                return
        if direction == DOWN:
            self._server_closed.set()
            await self._send(direction, sink, self._tail)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    async def _on_octets(self, direction, sink, octets):
        if self._last != direction:
            self.proxy.round_trips += direction == UP
            self._last = direction
        self.proxy.octets[direction] += len(octets)
        framer = self._framers[direction]
        marks = framer.feed(octets)
        self.proxy.on_marks(self.number, direction, marks)
        if not self.fault or self.fault.direction != direction:
            await self._send(direction, sink, octets)
            return
        self._find_target(marks)
        if direction == DOWN:
            octets = self._hold_line(octets, framer)
        while octets:
            cut = None if self._target is None else self._target - self._passed[direction]
            if cut is None or not self.fault or cut > len(octets):
                await self._send(direction, sink, octets)
                return
            await self._send(direction, sink, octets[:max(cut, 0)])
            octets = await self._fire(direction, sink, octets[max(cut, 0):])

    def _hold_line(self, octets, framer):
        """Whole lines only while a fault is awaited, so that none of a line has passed that is to be cut."""
        octets, self._tail = self._tail + octets, b""
        if self.fault and not self.fault.at.startswith("bytes") and framer.open_octets:
            octets, self._tail = octets[:-framer.open_octets], octets[-framer.open_octets:]
        return octets

    def _find_target(self, marks):
        kind, fault = MOMENTS[self.fault.at][1], self.fault
        for mark in marks:
            if mark.kind != kind or self._target is not None or kind == "append" and mark.value < fault.least:
                continue
            self._seen += 1
            if self._seen < fault.count:
                continue
            self.proxy.struck = mark
            if kind == "literal":
                size = mark.end - mark.start
                self._target = mark.start + min(max(int(size * fault.fraction), 1), max(size - 1, 0))
            elif kind == "append":
                self._target = mark.end - fault.hold
            else:
                self._target = mark.start

    async def _send(self, direction, sink, octets):
        self._passed[direction] += len(octets)
        try:
            while self._dripping and octets and direction == self._drip_direction:
                await self._loop.sock_sendall(sink, octets[:1])
                await asyncio.sleep(DRIP_SECONDS)
                octets, self._dripping = octets[1:], self._dripping - 1
            await self._loop.sock_sendall(sink, octets)
        except ConnectionError:
            pass        # who sends may still have something to say

    async def _fire(self, direction, sink, octets):
        """Does it; returns what of the octets at hand still is to pass."""
        fault, self.fault = self.fault, None
        octets += self._tail if direction == DOWN else b""
        self._tail = b"" if direction == DOWN else self._tail
        self.proxy.fired += 1
        self.proxy.note(self.number, direction, f"=== {fault.action} at {fault.at} {fault.count}")
        if fault.action == "late":
            self.proxy.pending_deliveries += 1
        if fault.on_fire:
            fault.on_fire()
        return await getattr(self, f"_do_{fault.action}")(fault, direction, sink, octets)

    async def _do_none(self, _fault, _direction, _sink, octets):
        return octets

    async def _do_drop(self, _fault, _direction, _sink, _octets):
        self._dropping = True
        return b""

    async def _do_rst(self, _fault, _direction, _sink, _octets):
        self._resetting = True
        self._over.set()
        return b""

    async def _do_fin(self, _fault, _direction, _sink, _octets):
        for end in (self._client, self._server):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_WR)
        self._dropping = True
        # What a side still sends is read, so that it is not answered with a reset before it has read the end.
        self._loop.call_later(0.2, self._over.set)
        return b""

    async def _do_half_close(self, _fault, _direction, sink, _octets):
        sink.shutdown(socket.SHUT_WR)
        return b""

    async def _do_stall(self, fault, _direction, _sink, octets):
        self._gate.clear()
        await asyncio.sleep(fault.seconds or 1e6)
        self._gate.set()
        return octets

    async def _do_garbage(self, fault, direction, sink, octets):
        await self._send(direction, sink, fault.octets)
        return octets

    async def _do_truncate(self, _fault, direction, sink, octets):
        end = octets.find(b"\n") + 1 or len(octets)
        await self._send(direction, sink, octets[:end // 2] + b"\r\n")
        return octets[end:]

    async def _do_drip(self, _fault, direction, _sink, octets):
        self._dripping, self._drip_direction = DRIP_OCTETS, direction
        return octets

    async def _do_late(self, fault, _direction, _sink, octets):
        with contextlib.suppress(OSError):
            while more := self._client.recv(CHUNK):      # what the kernel has of the client's is on its way as well
                octets += more
        with contextlib.suppress(OSError):
            self._client.shutdown(socket.SHUT_RDWR)
        try:
            await asyncio.sleep(fault.seconds)
            await self._loop.sock_sendall(self._server, octets)
            self._server.shutdown(socket.SHUT_WR)
            await asyncio.wait_for(self._server_closed.wait(), GOODBYE_SECONDS)
        except (OSError, asyncio.TimeoutError):
            pass
        finally:
            self.proxy.pending_deliveries -= 1
            self._over.set()
        return b""
