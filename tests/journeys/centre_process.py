"""A central service as a process of its own, the way `dev.py` and a company run it: started, stopped, killed, restarted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import requests

from fieldapp.base.clock import moment_text

__all__ = ["CentreProcess", "Sample"]

COMMAND = [sys.executable, "-m", "fieldapp.central"]


@dataclass(frozen=True, slots=True)
class Sample:
    """What `fieldapp-central sample` printed: the engineer's one-time code, the dispatcher's account, the day's visits."""

    raw: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        """A printed value by its name."""
        try:
            return self.raw[name]
        except KeyError:
            raise AttributeError(name) from None


class CentreProcess:
    """Start and stop one central service over one data folder; its port changes at each start unless one is given."""

    def __init__(self, data: Path, log: Path) -> None:
        self.data = data
        self.log = log
        self.address = ""
        self.port = 0
        self._process: subprocess.Popen[str] | None = None

    def sample(self, at: datetime, seed: int = 2026, extra_forms: tuple[Path, ...] = ()) -> Sample:
        """Fill the folder with the sample world as of a moment."""
        arguments = ["sample", "--data", str(self.data), "--seed", str(seed), "--at", moment_text(at)]
        for path in extra_forms:
            arguments += ["--form", str(path)]
        with self.log.open("a") as log:
            done = subprocess.run([*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=log, text=True, check=True)
        return Sample(json.loads(done.stdout.strip().splitlines()[-1]))

    def start(self, now: datetime | None = None) -> str:
        """Start it and return its address; RuntimeError with the log's end when it does not come up."""
        arguments = ["serve", "--data", str(self.data), "--port", str(self.port)]
        if now is not None:
            arguments += ["--now", moment_text(now)]
        with self.log.open("a") as log:
            self._process = subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=log, text=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line.strip():
            raise RuntimeError("the centre did not start:\n" + self.log.read_text()[-2000:])
        self.address = str(json.loads(line)["address"])
        self.port = int(self.address.rsplit(":", 1)[1])
        self._wait()
        return self.address

    def _wait(self) -> None:
        for _ in range(100):
            try:
                if requests.get(self.address + "/v1/time", timeout=2).ok:
                    return
            except requests.RequestException:
                time.sleep(0.1)
        raise RuntimeError("the centre does not answer:\n" + self.log.read_text()[-2000:])

    def stop(self) -> None:
        """Ask it to end and wait."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()
            self._close()

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(15)
            self._close()

    def _close(self) -> None:
        assert self._process is not None
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process = None

    def ca(self) -> bytes:
        """The centre's CA certificate (PEM)."""
        environment = {**os.environ}
        with self.log.open("a") as log:
            done = subprocess.run(
                [*COMMAND, "ca", "--data", str(self.data)], stdout=subprocess.PIPE, stderr=log, env=environment, check=True
            )
        return done.stdout
