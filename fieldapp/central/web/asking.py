"""One request to the console as its pages get it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fastapi import Request

from fieldapp.base.i18n import Language
from fieldapp.central.desk import Desk
from fieldapp.central.trust.accounts import Account

__all__ = ["Ask"]


@dataclass(frozen=True, slots=True)
class Ask:
    """One request to the console, read and checked: who asks, in which language, with which fields and files."""

    request: Request
    account: Account
    desk: Desk
    language: Language
    csrf: str
    fields: Mapping[str, str]
    files: Mapping[str, bytes] = field(default_factory=dict)

    def field(self, name: str) -> str:
        """A field of the form or the query, stripped, its lines ended as on laptops; empty when it is not there."""
        return self.fields.get(name, "").replace("\r\n", "\n").strip()

    @property
    def key(self) -> str:
        """The identity in the address."""
        return str(self.request.path_params["key"])
