"""The fixture `dogstatsd` of pytest, which every suite has where `basenji` is installed.

It stands beside that package, so that a suite imports `basenji` when it does, with the environment that it has then, and not when pytest starts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from basenji.testing import Received

__all__ = ["dogstatsd"]


@pytest.fixture
def dogstatsd(monkeypatch: pytest.MonkeyPatch) -> Iterator[Received]:
    """A DogStatsD server for one test, on a port of its own: ``dogstatsd.assert_sent("checkout.orders", 1, tags=["env:test"])``.

    A client that the test's application makes finds it by ``DD_*`` variables, which are set for the test; ``basenji.statsd`` and
    ``datadog.statsd`` send to it too. The rest is said by `basenji.testing.Received`.
    """
    from basenji.testing import Received

    with Received() as received:
        for name, value in received.environment().items():
            monkeypatch.setenv(name, value)
        for name in ("DD_DOGSTATSD_SOCKET", "DD_DOGSTATSD_DISABLE"):
            monkeypatch.delenv(name, raising=False)
        with received.attached():
            yield received
