"""What comes out of a server and of an aggregator: finished series.

They are immutable, compare by their fields, and can be made by hand.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from ._basenji import Sketch, Uniques
from .messages import Event, ServiceCheck

__all__ = ["AggregatorStats", "Flushed", "Series"]


@dataclass(frozen=True, slots=True)
class Series:
    """One finished point of one series.

    `timestamp` is in seconds since 1970: the start of the bucket, or the point's own. `interval` is the bucket's length in seconds. `tags` are
    sorted, each once.

    `value` is the sum of a count, the last value of a gauge, how many different members a set has, whose `uniques` merge with those of other
    servers and are not compared. For histograms, timings and distributions `value` is None, and there are `count` (each sample as often as its
    sample rate says), `sum`, `min`, `max` and `avg`; `aggregates` of histograms and timings by name, as in ``95percentile``; and the `sketch`
    of a distribution.

    >>> Series("page.views", "count", ("env:dev",), 1700000000, 10, value=3.0).value
    3.0
    """

    name: str
    kind: Literal["count", "gauge", "set", "histogram", "timing", "distribution"]
    tags: tuple[str, ...]
    timestamp: int
    interval: int
    host: str | None = None
    value: float | None = None
    count: int | None = None
    sum: float | None = None
    min: float | None = None
    max: float | None = None
    avg: float | None = None
    aggregates: dict[str, float] | None = field(default=None, hash=False)
    sketch: Sketch | None = field(default=None, hash=False)
    uniques: Uniques | None = field(default=None, hash=False, compare=False)

    def __str__(self) -> str:
        """In one line.

        >>> print(Series("page.views", "count", ("env:dev",), 1700000000, 10, value=3.0))
        page.views 3 (count) #env:dev
        """
        value = f"{self.value:g}" if self.value is not None else f"count={self.count} sum={self.sum:g} min={self.min:g} max={self.max:g}"
        return f"{self.name} {value} ({self.kind})" + (f" #{','.join(self.tags)}" if self.tags else "")


@dataclass(frozen=True, slots=True)
class Flushed:
    """One flush of a server; `flushed_at` is in seconds since 1970. Events and service checks have a timestamp."""

    flushed_at: float
    series: tuple[Series, ...] = ()
    events: tuple[Event, ...] = ()
    service_checks: tuple[ServiceCheck, ...] = ()


class AggregatorStats(NamedTuple):
    """What an aggregator holds, and what it has refused (`contexts` without room, `values` without room) and skipped since it was made."""

    contexts: int
    refused_contexts: int
    refused_values: int
    skipped_values: int
    odd_rates: int
