"""The centre's web application behind a real socket, in a thread; which service answers may change between two requests."""

from __future__ import annotations

import socket
import threading
import time
from typing import Any

import uvicorn

from fieldapp.central.service import CentralService
from fieldapp.central.web.app import make_app

__all__ = ["Serving"]


class Serving:
    """One uvicorn for many worlds."""

    def __init__(self) -> None:
        """Start it; nobody answers before `serve`."""
        self._app: Any = None
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        config = uvicorn.Config(
            self._ask, interface="asgi3", log_config=None, access_log=False, lifespan="off", server_header=False, timeout_keep_alive=30
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.005)

    async def _ask(self, scope: Any, receive: Any, send: Any) -> None:
        await self._app(scope, receive, send)

    def serve(self, service: CentralService) -> None:
        """Let this service answer from now on."""
        self._app = make_app(service)

    @property
    def place(self) -> tuple[str, int]:
        """Host and port."""
        host, port = self._socket.getsockname()
        return str(host), int(port)

    def close(self) -> None:
        """End it."""
        self._server.should_exit = True
        self._thread.join(10)
        self._socket.close()
