"""What a line of DogStatsD can be: a metric, an event, a service check.

`basenji.parse` makes them, and `basenji.Server` shows events and service checks as them. They are immutable, compare by their fields, and
can be made by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Event", "Message", "Metric", "ServiceCheck"]


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric as it stands on the wire.

    `type` is ``c`` (count), ``g`` (gauge), ``ms`` (timing in milliseconds), ``h`` (histogram), ``d`` (distribution) or ``s`` (set); `values`
    are the numbers, or the one member of a set. `sample_rate` is the share of samples that were sent, `timestamp` is in seconds since
    1970.

    >>> Metric("page.views", "c", (1.0,), tags=("env:dev",)).tags
    ('env:dev',)
    """

    name: str
    type: Literal["c", "g", "ms", "h", "d", "s"]
    values: tuple[float, ...] | tuple[str]
    sample_rate: float = 1.0
    tags: tuple[str, ...] = ()
    timestamp: int | None = None
    container_id: str | None = None
    external_data: str | None = None
    cardinality: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """An event; newlines in its title and text are newlines. `timestamp` is in seconds since 1970."""

    title: str
    text: str
    timestamp: int | None = None
    host: str | None = None
    aggregation_key: str | None = None
    priority: Literal["normal", "low"] = "normal"
    source_type: str | None = None
    alert_type: Literal["info", "error", "warning", "success"] = "info"
    tags: tuple[str, ...] = ()
    container_id: str | None = None
    external_data: str | None = None
    cardinality: str | None = None


@dataclass(frozen=True, slots=True)
class ServiceCheck:
    """The status of a check: 0 is ok, 1 warning, 2 critical, 3 unknown. `timestamp` is in seconds since 1970."""

    name: str
    status: Literal[0, 1, 2, 3]
    timestamp: int | None = None
    host: str | None = None
    message: str | None = None
    tags: tuple[str, ...] = ()
    container_id: str | None = None
    external_data: str | None = None
    cardinality: str | None = None


Message = Metric | Event | ServiceCheck
