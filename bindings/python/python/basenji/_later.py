"""Modules that are imported when something of them is first used.

Most programs import a client long before it sends anything, and many that import one never do: what a socket or a thread needs would be nine
tenths of the time that importing this package takes.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class _Later:
    """A module to be."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        # Asked each time, so that what is patched later is seen.
        module = sys.modules.get(self._name)
        if module is None or getattr(module.__spec__, "_initializing", False):
            # Waits for another thread that is importing it.
            module = __import__(self._name)
        return getattr(module, name)


def later(name: str) -> Any:
    """The module of that name, which is imported when it is first used."""
    return _Later(name)
