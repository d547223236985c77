"""Looking up host names, which takes as long as name servers take: a caller with a deadline waits until then, and no longer.

The look-up goes on without it, for whoever asks next. A failure is remembered for a second.
"""

from __future__ import annotations

import time
from _thread import start_new_thread
from sys import is_finalizing

from .._later import later

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from typing import Any, TypeAlias

    _Name: TypeAlias = str | bytes
else:
    socket = later("socket")

#: Seconds that a failure is remembered.
FAILURE_SECONDS = 1.0

#: Seconds that an answer is of use for which nobody has waited.
ANSWER_SECONDS = 10.0


class _Lookup:
    """One look-up on a thread of its own, or a failure."""

    def __init__(self) -> None:
        self.answer: list[Any] | None = None
        self.failure: OSError | None = None
        #: When it ended.
        self.ended: float | None = None

    def run(self, name: _Name, port: int) -> None:
        try:
            self.answer = socket.getaddrinfo(name, port, 0, socket.SOCK_DGRAM)
        except OSError as error:
            self.failure = error
        except Exception as error:  # noqa: BLE001 - it is raised where it is waited for.
            self.failure = OSError(str(error))
        self.ended = time.monotonic()

    def is_of_use(self) -> bool:
        """Whether it goes on, or its outcome is not too old."""
        return self.ended is None or time.monotonic() - self.ended < (ANSWER_SECONDS if self.failure is None else FAILURE_SECONDS)

    def outcome(self) -> list[Any]:
        """The answer; raises OSError if there is none."""
        if self.failure is not None:
            raise type(self.failure)(*self.failure.args)
        return self.answer or []


_lookups: dict[tuple[_Name, int], _Lookup] = {}


def forget() -> None:
    """In the child of a fork: the threads that look up are the parent's."""
    _lookups.clear()


def addresses(name: _Name, port: int, deadline: float | None) -> list[Any]:
    """The addresses of a host for datagrams, as `socket.getaddrinfo` gives them.

    Raises OSError if it has none, TimeoutError if there is no answer at `deadline`, by `time.monotonic`.
    """
    known = _lookups.get((name, port))
    if known is not None and not known.is_of_use():
        _lookups.pop((name, port), None)
        known = None
    if known is None:
        known = _Lookup()
        if deadline is not None:
            _start(known, name, port, deadline)
        else:
            known.run(name, port)
            if known.failure is not None:
                _lookups[name, port] = known
    while known.ended is None:
        left = 1.0 if deadline is None else deadline - time.monotonic()
        if left <= 0 or is_finalizing():
            raise TimeoutError("timed out")
        time.sleep(min(left, 0.002))
    if known.failure is None:
        _lookups.pop((name, port), None)
    return known.outcome()


def _start(lookup: _Lookup, name: _Name, port: int, deadline: float) -> None:
    if time.monotonic() >= deadline:
        raise TimeoutError("timed out")
    _lookups[name, port] = lookup
    try:
        start_new_thread(lookup.run, (name, port))
    except RuntimeError:
        # There are no more threads, or the interpreter ends.
        _lookups.pop((name, port), None)
        raise TimeoutError("timed out") from None
