"""The bad network itself: it does what it says, at the byte that it says, and nothing else."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from tests.sockets.proxy import BadNetwork, Trouble

ASKED = b"POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody"
ANSWERED = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


class Echo:
    """A server that keeps what it was asked and always says the same."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    @property
    def place(self) -> tuple[str, int]:
        """Host and port."""
        return "127.0.0.1", int(self.listener.getsockname()[1])

    def _serve(self) -> None:
        while True:
            client, _ = self.listener.accept()
            with client:
                data = b""
                while not data.endswith(b"body") and (more := client.recv(4096)):
                    data += more
                if data == b"end":
                    return
                self.heard.append(data)
                if data.endswith(b"body"):
                    client.sendall(ANSWERED)

    def close(self) -> None:
        """End it."""
        with socket.create_connection(self.place) as last:
            last.sendall(b"end")
        self.thread.join()
        self.listener.close()


@pytest.fixture
def echo() -> Iterator[Echo]:
    made = Echo()
    yield made
    made.close()


@pytest.fixture
def network(echo: Echo) -> Iterator[BadNetwork]:
    made = BadNetwork(lambda: echo.place)
    yield made
    made.close()


def ask(network: BadNetwork) -> bytes:
    """What comes back for one request; what came until the connection ended."""
    host, port = network.address.removeprefix("http://").split(":")
    answer = b""
    with socket.create_connection((host, int(port)), 5) as client:
        client.sendall(ASKED)
        try:
            while data := client.recv(4096):
                answer += data
        except ConnectionResetError:
            pass
    return answer


def test_without_a_fault_everything_passes_as_it_is(echo: Echo, network: BadNetwork) -> None:
    assert ask(network) == ANSWERED
    assert echo.heard == [ASKED]
    assert (network.up, network.down, network.requests) == (len(ASKED), len(ANSWERED), 1)


@pytest.mark.parametrize("at", [0, 1, 20, len(ASKED) - 1])
def test_a_connection_ends_at_the_byte_on_its_way_up(echo: Echo, network: BadNetwork, at: int) -> None:
    network.arm(Trouble("cut_up", at))
    assert ask(network) == b""
    assert ask(network) == ANSWERED
    assert echo.heard[-1] == ASKED
    assert b"".join(echo.heard[:-1]) == ASKED[:at]
    assert network.counts["cut_up"] == 1


@pytest.mark.parametrize("at", [0, 1, 30])
def test_a_connection_ends_at_the_byte_on_its_way_down(echo: Echo, network: BadNetwork, at: int) -> None:
    network.arm(Trouble("cut_down", at))
    assert ask(network) == ANSWERED[:at]
    assert ask(network) == ANSWERED
    assert echo.heard == [ASKED, ASKED]


def test_one_byte_is_another_one(echo: Echo, network: BadNetwork) -> None:
    network.arm(Trouble("garble_down", len(ANSWERED)))
    answer = ask(network)
    assert answer[:-1] == ANSWERED[:-1]
    assert answer[-1] != ANSWERED[-1]
    assert ask(network) == ANSWERED


def test_a_request_arrives_although_nobody_hears_the_answer(echo: Echo, network: BadNetwork) -> None:
    network.arm(Trouble("reply_lost", 1))
    assert ask(network) == b""
    assert len(echo.heard) == 1


def test_a_request_arrives_twice(echo: Echo, network: BadNetwork) -> None:
    network.arm(Trouble("doubled", 1))
    assert ask(network) == ANSWERED
    assert len(echo.heard) == 2


def test_a_request_arrives_late(echo: Echo, network: BadNetwork) -> None:
    network.arm(Trouble("delayed", 1))
    assert ask(network) == b""
    assert echo.heard == []
    network.deliver_late()
    assert len(echo.heard) == 1
    assert echo.heard[0].startswith(b"POST /x")
    assert echo.heard[0].endswith(b"body")


def test_a_wrong_computer_answers_in_place_of_the_centre(echo: Echo, network: BadNetwork) -> None:
    network.arm(Trouble("portal"))
    assert b"<html>" in ask(network)
    assert echo.heard == []
