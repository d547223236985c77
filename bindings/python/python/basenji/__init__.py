"""DogStatsD for Python.

A client that replaces ``datadog.dogstatsd``, and the server, the parser, the aggregator and the sketch that it speaks with.
"""

from ._basenji import __version__
from .errors import Error

__all__ = ["Error", "__version__"]
