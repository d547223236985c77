"""Modules that are imported when something of them is first used.

Most programs import a client long before it sends anything, and many that import one never do: what a socket or a thread needs would be nine
tenths of the time that importing this package takes.
"""

from __future__ import annotations

import sys
from _thread import RLock
from sys import is_finalizing
from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class _Later:
    """A module to be."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        # Asked each time, so that what is patched later is seen.
        return getattr(sys.modules.get(self._name) or __import__(self._name), name)


def later(name: str) -> Any:
    """The module of that name, which is imported when it is first used."""
    return _Later(name)


def taken(lock: RLock, deadline: float | None = None) -> bool:
    """Takes a lock; False if it cannot be had before `deadline`, by `time.monotonic`.

    While the interpreter ends, other threads stay where they are for ever, perhaps with the lock: nobody is waited for.
    """
    if is_finalizing():
        return lock.acquire(blocking=False)
    if deadline is None:
        return lock.acquire()
    return lock.acquire(timeout=min(max(0.0, deadline - monotonic()), 1e6))


def reentrant_lock() -> RLock:
    """A lock that its owner may take again: that of `threading` where somebody has imported, and perhaps patched, it."""
    threading: Any = sys.modules.get("threading")
    lock: RLock = threading.RLock() if threading else RLock()
    return lock
