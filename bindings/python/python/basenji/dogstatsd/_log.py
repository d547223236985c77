"""The logger ``datadog.dogstatsd``, under which programs look for a client's complaints.

Nothing is printed until the program has configured logging. A program that has not imported `logging` has not configured it: it is not imported
for a complaint that nobody would hear.

A complaint is told by a thread that nobody waits for and that holds no lock of ours: a handler may do anything, call this client included. What is complained about meanwhile, in the same
thread, is counted and not told.
"""

from __future__ import annotations

import sys
from _thread import _local

from .._basenji import held

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def _nothing(*_: object) -> None:
    """What is said where nobody listens."""


class _Telling(_local):
    """Whether this thread is telling something, and whether it must not."""

    now = False
    later = False


_telling = _Telling()


class _Kind(_local):
    """What the calling thread is for."""

    #: Whether it sends what others queue; it leaves it to another thread to tell.
    sends = False


kind = _Kind()


class _Log:
    """The logger's methods; each looks the logger up."""

    def __getattr__(self, name: str) -> Any:
        logging = sys.modules.get("logging")
        try:
            return getattr(logging.getLogger("datadog.dogstatsd"), name)  # type: ignore[union-attr]
        except AttributeError:
            # It is not imported, or is being imported.
            return _nothing


log: Any = _Log()


def tell(logger: Any, level: str, message: str, *arguments: object) -> None:
    """Logs, unless this thread is logging already; whatever a handler raises is its own matter."""
    if _telling.now:
        return
    _telling.now = True
    try:
        _be_quiet_by_default()
        getattr(logger, level)(message, *arguments)
    except Exception:  # noqa: S110
        pass
    finally:
        _telling.now = False


def has_to_leave_it() -> bool:
    """Whether this thread leaves a complaint to another one to tell: it is waited for, or within `logging` it has a lock that others wait for."""
    if _telling.now:
        # It is not told at all.
        return False
    if kind.sends:
        return True
    frame = sys._getframe() if "logging" in sys.modules else None
    while frame is not None:
        if frame.f_globals.get("__name__") == "logging":
            return True
        frame = frame.f_back
    return False


def silently(work: Callable[[], object]) -> None:
    """Does something while this thread tells nothing; complaints are kept.

    Before a fork it may have the lock of `logging`, for which the thread that has a handler's lock may be waiting.
    """
    _telling.later = True
    try:
        work()
    finally:
        _telling.later = False


def is_silent() -> bool:
    """Whether this thread tells nothing now: others may wait for it, and a handler for them."""
    return bool(held() or _telling.later or sys.is_finalizing())


def _be_quiet_by_default() -> None:
    """Keeps `logging` from printing warnings where the program has not configured it."""
    logging: Any = sys.modules.get("logging")
    try:
        logger = logging.getLogger("datadog.dogstatsd")
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
    except AttributeError:
        pass
