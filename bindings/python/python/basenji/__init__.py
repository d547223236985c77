"""DogStatsD for Python.

A client that replaces ``datadog.dogstatsd``, and the server, the parser, the aggregator and the sketch that it speaks with.
"""

from __future__ import annotations

from ._basenji import Aggregator, Counter, Gauge, Sketch, Uniques, __version__, parse
from .client import Client
from .dogstatsd import DogStatsd, initialize, statsd
from .errors import Error, ParseError, ServerError, SettingError, StateError, WaitTimeout
from .handles import Samples

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from . import compat
    from ._signals import flush_on_signal
    from .messages import Event, Message, Metric, ServiceCheck
    from .series import AggregatorStats, Flushed, Series
    from .server import Server, ServerStats
    from .stats import Stats

__all__ = [
    "Aggregator",
    "AggregatorStats",
    "Client",
    "Counter",
    "DogStatsd",
    "Error",
    "Event",
    "Flushed",
    "Gauge",
    "Message",
    "Metric",
    "ParseError",
    "Samples",
    "Series",
    "Server",
    "ServerError",
    "ServerStats",
    "ServiceCheck",
    "SettingError",
    "Sketch",
    "StateError",
    "Stats",
    "Uniques",
    "WaitTimeout",
    "__version__",
    "compat",
    "flush_on_signal",
    "initialize",
    "parse",
    "statsd",
]

#: Where the names are that a client does not need: they are imported when they are asked for.
_LATER = {
    **dict.fromkeys(("Event", "Message", "Metric", "ServiceCheck"), "messages"),
    **dict.fromkeys(("AggregatorStats", "Flushed", "Series"), "series"),
    **dict.fromkeys(("Server", "ServerStats"), "server"),
    "Stats": "stats",
    "flush_on_signal": "_signals",
    "compat": "compat",
}


def __getattr__(name: str) -> Any:
    module = _LATER.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    found = import_module(f"{__name__}.{module}")
    value = found if name == module else getattr(found, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
