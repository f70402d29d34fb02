"""A bad network between a laptop and the centre: real sockets, and one fault at a byte or a request that a test names.

Bytes are counted in both directions, headers included. Messages are not changed but by a fault.
"""

from __future__ import annotations

import re
import select
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import NamedTuple

__all__ = ["AT_BYTE", "AT_REQUEST", "INSTEAD", "BadNetwork", "Trouble"]

AT_BYTE = frozenset({"cut_up", "cut_down", "garble_up", "garble_down"})
"""Faults at the n-th byte of a direction: the connection ends there, or the byte is another one."""

AT_REQUEST = frozenset({"reply_lost", "doubled", "doubled_other_reply", "delayed"})
"""Faults of the n-th request: the centre answers and nobody hears it; it arrives twice, the first or the second answer is heard;
it arrives after the laptop gave up.
"""

INSTEAD = {
    "portal": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 44\r\n\r\n<html><body>Welcome. Accept.</body></html>\r\n\r\n",
    "empty": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "redirect": b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/login\r\nContent-Length: 0\r\n\r\n",
    "missing": b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<p>nginx</p>\r\n",
    "gateway": b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n",
    "no_http": b"SSH-2.0-OpenSSH_9.2p1\r\n",
    "nobody": b"",
}
"""What a wrong computer answers to everything."""

_PIECE = 64 * 1024
_CRUMB = 97


class Trouble(NamedTuple):
    """One fault: what, and at which byte or request (from 1) since it was armed; `every`: again and again."""

    what: str
    at: int = 0
    every: bool = False


class BadNetwork:
    """Listens on a port of its own and passes on to the centre, which may come back at another address."""

    def __init__(self, centre: Callable[[], tuple[str, int]]) -> None:
        """`centre` is asked for its address at each connection."""
        self.counts: Counter[str] = Counter()
        self.up = self.down = self.requests = 0
        self.late: list[bytes] = []
        self._centre = centre
        self._trouble = Trouble("")
        self._marks = (0, 0, 0)
        self._turn = threading.RLock()
        self._closing = False
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._threads: list[threading.Thread] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """The base address for a laptop."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def arm(self, trouble: Trouble) -> None:
        """One fault from now on; what was armed before is forgotten."""
        with self._turn:
            self._trouble = trouble
            self._marks = self.up, self.down, self.requests

    def calm(self) -> None:
        """Faults stop."""
        self.arm(Trouble(""))

    def close(self) -> None:
        """End it, and every connection that is left."""
        self._closing = True
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in (self._thread, *self._threads):
            thread.join(10)

    def deliver_late(self) -> None:
        """Requests that were held back arrive; nobody hears the answers."""
        while self.late:
            self._ask(self.late.pop(0))

    # ---------------------------------------------------------------------------------------------- connections

    def _accept(self) -> None:
        while not self._closing:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._threads = [thread for thread in self._threads if thread.is_alive()]
            self._threads.append(threading.Thread(target=self._serve, args=(client,), daemon=True))
            self._threads[-1].start()

    def _serve(self, client: socket.socket) -> None:
        with ExitStack() as stack, suppress(OSError):
            stack.enter_context(client)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            server: socket.socket | None = None
            head = _Requests()
            while not self._closing:
                ready, _, _ = select.select([client, server] if server else [client], [], [], 0.1)
                for source in ready:
                    data = source.recv(_PIECE)
                    if not data:
                        return
                    if source is server:
                        if not self._pass(data, client, "down"):
                            return
                        continue
                    if head.feed(data):
                        with self._turn:
                            self.requests += 1
                    if self._instead(client, head, data):
                        return
                    if server is None:
                        server = stack.enter_context(socket.create_connection(self._centre(), 10))
                        server.settimeout(None)
                        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    if not self._pass(data, server, "up"):
                        return

    def _pass(self, data: bytes, target: socket.socket, way: str) -> bool:
        """Pass bytes on; False when the connection ends here."""
        with self._turn:
            trouble, begun = self._trouble, self._marks[way == "down"]
            before = (self.up if way == "up" else self.down) - begun
            ends = trouble.what == f"cut_{way}" and before <= trouble.at <= before + len(data)
            if ends:
                data = data[: trouble.at - before]
            if trouble.what == f"garble_{way}" and before < trouble.at <= before + len(data):
                place = trouble.at - before - 1
                data = data[:place] + bytes([data[place] ^ (1 << trouble.at % 7)]) + data[place + 1 :]
                self._fired()
            if way == "up":
                self.up += len(data)
            else:
                self.down += len(data)
            if ends:
                self._fired()
        if trouble.what == "trickle":
            for start in range(0, len(data), _CRUMB):
                target.sendall(data[start : start + _CRUMB])
                time.sleep(0.0005)
        elif data:
            target.sendall(data)
        return not ends

    def _fired(self) -> None:
        """A fault has happened; it does not happen again unless it happens every so many bytes."""
        self.counts[self._trouble.what] += 1
        self.arm(self._trouble if self._trouble.every else Trouble(""))

    # ---------------------------------------------------------------------------------------------- whole requests

    def _instead(self, client: socket.socket, head: _Requests, data: bytes) -> bool:
        """Whether this connection is at an end, because something else than passing on became of a request."""
        with self._turn:
            trouble, number = self._trouble, self.requests - self._marks[2]
        if trouble.what in INSTEAD:
            self._whole(client, head)
            self.counts[trouble.what] += 1
            client.sendall(INSTEAD[trouble.what])
            return True
        if trouble.what not in AT_REQUEST or number != trouble.at:
            return False
        request = self._whole(client, head)
        with self._turn:
            self.up += len(request)
            self._fired()
        if trouble.what == "delayed":
            self.late.append(request)
            return True
        answers = [self._ask(request) for _ in range(1 + trouble.what.startswith("doubled"))]
        if trouble.what != "reply_lost":
            client.sendall(answers[trouble.what == "doubled_other_reply"])
            with self._turn:
                self.down += len(answers[0])
        return True

    def _whole(self, client: socket.socket, head: _Requests) -> bytes:
        """The request that has begun, to its end."""
        while not head.whole:
            data = client.recv(_PIECE)
            if not data:
                raise ConnectionResetError
            head.feed(data)
        return bytes(head.held)

    def _ask(self, request: bytes) -> bytes:
        """Send a whole request on a connection of its own and read the whole answer; the answer says that it is the last one."""
        begin, rest = request.split(b"\r\n", 1)
        with socket.create_connection(self._centre(), 10) as server:
            server.sendall(begin + b"\r\nConnection: close\r\n" + re.sub(rb"(?im)^connection:[^\r]*\r\n", b"", rest, count=1))
            answer = bytearray()
            while data := server.recv(_PIECE):
                answer += data
        return bytes(answer)


class _Requests:
    """Where one request ends and the next one begins on a connection; bodies have a length, nothing is sent ahead."""

    def __init__(self) -> None:
        self.held = bytearray()
        self.whole = True
        self._wanted = 0

    def feed(self, data: bytes) -> bool:
        """Take bytes; whether a request begins with them."""
        begins = self.whole
        if begins:
            self.held.clear()
            self._wanted = 0
        self.held += data if len(self.held) < 2**20 or not self._wanted else b""
        if not self._wanted:
            end = self.held.find(b"\r\n\r\n")
            if end >= 0:
                found = re.search(rb"(?im)^content-length: *(\d+)", self.held[:end])
                self._wanted = end + 4 + int(found[1] if found else 0)
                self._seen = len(self.held)
        else:
            self._seen += len(data)
        self.whole = bool(self._wanted) and self._seen >= self._wanted
        return begins
