"""For programs that a signal ends: what waits is sent before it does."""

from __future__ import annotations

import os
import signal
from time import monotonic
from typing import TYPE_CHECKING

from .dogstatsd import _lifecycle

if TYPE_CHECKING:
    from types import FrameType

__all__ = ["flush_on_signal"]


def flush_on_signal(number: int = signal.SIGTERM, timeout: float = 1.0) -> None:
    """Has every client send what waits, for at most `timeout` seconds together, when this signal comes; then what was there before has its turn.

    A signal that nobody handles ends a process without anything that is registered with `atexit`, and metrics that were not sent yet are lost. Called
    from the main thread, after whatever else sets handlers: the handler that is there is called afterwards, and without one the process
    ends by the signal as it would have.

    >>> flush_on_signal()

    Raises ValueError where the handler that is there was not set by Python, and elsewhere than in the main thread.
    """
    before = signal.getsignal(number)
    if before is None:
        raise ValueError(f"signal {number} has a handler that Python cannot call")

    def flush_and_go_on(number: int, frame: FrameType | None) -> None:
        _lifecycle.flush_all(monotonic() + timeout)
        if callable(before):
            before(number, frame)
        elif before == signal.SIG_DFL:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)

    signal.signal(number, flush_and_go_on)
