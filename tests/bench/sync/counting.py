"""A proxy between laptop and centre that counts bytes and requests as they pass, and loses one reply when told to.

`python -m tests.bench.sync.counting PORT` listens on a port of its own and says which, as JSON. A line on standard input:
`take` answers with the counts and starts anew; `lose TEXT` passes the next request whose first line holds TEXT on whole, and
throws its reply away; `to PORT` changes the target for new connections.
"""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import threading
from dataclasses import asdict, dataclass
from types import TracebackType

__all__ = ["Counted", "Proxy"]

_REQUEST = re.compile(rb"(?:GET|POST|PUT|DELETE|HEAD|OPTIONS|PATCH) /[^ \r\n]* HTTP/1\.[01]\r\n")
_LINE = 2048


@dataclass
class Counted:
    """Bytes from and to the laptop, headers of HTTP included, and requests."""

    up: int = 0
    down: int = 0
    requests: int = 0


class _Pipes:
    """The work of the proxy's process."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.counted = Counted()
        self.doomed = b""
        self.turn = threading.Lock()

    def serve(self, listener: socket.socket) -> None:
        while True:
            near, _ = listener.accept()
            try:
                far = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                near.close()
                continue
            for each in (near, far):
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            lost = threading.Event()
            threading.Thread(target=self._up, args=(near, far, lost), daemon=True).start()
            threading.Thread(target=self._down, args=(far, near, lost), daemon=True).start()

    def _up(self, near: socket.socket, far: socket.socket, lost: threading.Event) -> None:
        held = b""
        try:
            while data := near.recv(1 << 18):
                held += data
                found = list(_REQUEST.finditer(held))
                with self.turn:
                    self.counted.up += len(data)
                    self.counted.requests += len(found)
                    if self.doomed and any(self.doomed in each.group() for each in found):
                        lost.set()
                        self.doomed = b""
                held = held[max(found[-1].end() if found else 0, len(held) - _LINE) :]
                far.sendall(data)
            far.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def _down(self, far: socket.socket, near: socket.socket, lost: threading.Event) -> None:
        try:
            while data := far.recv(1 << 18):
                if lost.is_set():
                    break
                with self.turn:
                    self.counted.down += len(data)
                near.sendall(data)
        except OSError:
            pass
        for each in (near, far):
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        near.close()
        far.close()


def _main(target: int) -> None:
    pipes = _Pipes(target)
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        print(json.dumps({"port": listener.getsockname()[1]}), flush=True)
        threading.Thread(target=pipes.serve, args=(listener,), daemon=True).start()
        for line in sys.stdin:
            word, _, rest = line.strip().partition(" ")
            with pipes.turn:
                if word == "take":
                    print(json.dumps(asdict(pipes.counted)), flush=True)
                    pipes.counted = Counted()
                elif word == "lose":
                    pipes.doomed = rest.encode()
                elif word == "to":
                    pipes.target = int(rest)


class Proxy:
    """A running proxy; `port` is where the laptop connects."""

    def __init__(self, target: int) -> None:
        """Start it in a process of its own."""
        command = [sys.executable, "-m", __name__, str(target)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self._said()["port"])

    def _said(self) -> dict[str, int]:
        assert self._process.stdout is not None
        said: dict[str, int] = json.loads(self._process.stdout.readline())
        return said

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def take(self) -> Counted:
        """What passed since the last time."""
        self._tell("take")
        return Counted(**self._said())

    def lose(self, part: str) -> None:
        """Lose the reply to the next request whose first line holds this."""
        self._tell(f"lose {part}")

    def lead_to(self, target: int) -> None:
        """Another centre behind it from now on."""
        self._tell(f"to {target}")

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(10)
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()

    def __enter__(self) -> Proxy:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


if __name__ == "__main__":
    _main(int(sys.argv[1]))
