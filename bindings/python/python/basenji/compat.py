"""Makes programs that cannot be edited use this client."""

from __future__ import annotations

import sys
import types
from typing import Any

from . import dogstatsd

__all__ = ["install"]


def install() -> None:
    """Makes ``import datadog.dogstatsd`` and ``from datadog import statsd, initialize`` give ours.

    To be called before the program's own imports, for example from ``sitecustomize``. Where the package ``datadog`` is installed, the rest of
    it (its HTTP API) stays reachable and ``datadog.initialize`` configures both; where it is not, a module with `statsd`,
    `DogStatsd` and `initialize` takes its place.

    >>> install()
    >>> from datadog.dogstatsd import DogStatsd
    >>> DogStatsd.__module__
    'basenji.dogstatsd.client'
    """
    base: Any = types.ModuleType("datadog.dogstatsd.base", dogstatsd.__doc__)
    for name in dogstatsd.__all__:
        setattr(base, name, getattr(dogstatsd, name))
    datadog: Any
    try:
        datadog = __import__("datadog")
    except ImportError:
        datadog = types.ModuleType("datadog", dogstatsd.__doc__)
        datadog.__path__ = []
        datadog.initialize = dogstatsd.initialize
        sys.modules["datadog"] = datadog
    package: Any = types.ModuleType("datadog.dogstatsd", dogstatsd.__doc__)
    package.__path__ = []
    for module in (datadog, package):
        module.DogStatsd = dogstatsd.DogStatsd
        module.statsd = dogstatsd.statsd
    package.base = base
    datadog.dogstatsd = package
    sys.modules["datadog.dogstatsd"] = package
    sys.modules["datadog.dogstatsd.base"] = base
