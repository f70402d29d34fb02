"""What a form being filled may know of the world around it; frozen, so that the same answers give the same values."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from fieldapp.base.ids import Randomness, SeededRandomness

__all__ = ["Environment", "new_instance_id", "preload_text"]


@dataclass(frozen=True, slots=True)
class Environment:
    """The surroundings of one open form.

    `now` is an aware moment, the same for all expressions until the form is opened again. `zone` is an IANA name; a
    date without zone is midnight there. `properties` answers preloads: `deviceid`, `username`, `email`, `phonenumber`.
    `instances` are secondary instances by id, as XML text; they take the place of what the form itself carries and of
    files it refers to (`jr://file/…`); `media` are files by name, as bytes (CSV, XML, GeoJSON).
    `language` is only for display: `zh`, `en`, or the name of a translation.
    `randomness` feeds random(), uuid() and randomize() without a seed.
    `place` is where the device is, as a geopoint (`latitude longitude altitude accuracy`), empty when it does not know.
    """

    now: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    zone: str = "Asia/Shanghai"
    language: str = "zh"
    properties: Mapping[str, str] = field(default_factory=dict)
    instances: Mapping[str, str] = field(default_factory=dict)
    media: Mapping[str, bytes] = field(default_factory=dict)
    randomness: Randomness = field(default_factory=lambda: SeededRandomness(0))
    place: str = ""


def new_instance_id(environment: Environment) -> str:
    """A new id of an instance: `uuid:` and a random UUID."""
    return f"uuid:{uuid.UUID(bytes=environment.randomness.bytes(16), version=4)}"


def preload_text(kind: str, parameter: str, environment: Environment) -> str:
    """The text of one preload, empty when it is unknown: uid, date today, timestamp start, property of the device."""
    local = environment.now.astimezone(ZoneInfo(environment.zone))
    if kind == "uid":
        return new_instance_id(environment)
    if kind == "date" and parameter == "today":
        return local.date().isoformat()
    if kind == "timestamp" and parameter in ("start", "end"):
        return local.isoformat(timespec="milliseconds")
    if kind == "property":
        name = parameter.rpartition(":")[2]
        return environment.properties.get(name) or environment.properties.get(parameter, "")
    return ""
