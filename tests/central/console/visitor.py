"""What a person does in the console: reads pages, follows links, fills forms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape

from tests.central.browser import Browser


class Visitor:
    """A person at the console; each answer is (status, text or where it leads)."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self._token = ""

    def log_in(self, name: str, password: str) -> None:
        """Begin a session."""
        assert self.browser.post("/console/login", data={"name": name, "password": password}).status_code == 303
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', self.read("/console/cases"))
        assert found is not None
        self._token = found[1]

    def speak(self, language: str) -> None:
        """Choose a language."""
        self.browser.get(f"/console/language/{language}")

    def read(self, path: str, status: int = 200) -> str:
        """The text of a page, entities resolved."""
        answer = self.browser.get(path)
        assert answer.status_code == status, answer.text
        return unescape(answer.text)

    def send(self, path: str, fields: Mapping[str, str] | None = None, files: Mapping[str, bytes] | None = None) -> tuple[int, str]:
        """Send a form with the token; its status, and the place it leads to or the page."""
        sent = [("files", (name, data)) for name, data in (files or {}).items()]
        answer = self.browser.post(path, data={"csrf": self._token, **(fields or {})}, **({"files": sent} if sent else {}))
        return answer.status_code, answer.headers.get("location", unescape(answer.text))

    def links(self, path: str) -> set[str]:
        """Where the links of a page lead within the console."""
        return {unescape(found) for found in re.findall(r'<a [^>]*href="(/[^"#]+)', self.browser.get(path).text)}
