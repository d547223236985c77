"""DogStatsD for Python.

A client that replaces ``datadog.dogstatsd``, and the server, the parser, the aggregator and the sketch that it speaks with.
"""

from . import compat
from ._basenji import Counter, Gauge, __version__
from .client import Client, Stats
from .dogstatsd import DogStatsd, initialize, statsd
from .errors import Error
from .handles import Samples

__all__ = [
    "Client",
    "Counter",
    "DogStatsd",
    "Error",
    "Gauge",
    "Samples",
    "Stats",
    "__version__",
    "compat",
    "initialize",
    "statsd",
]
