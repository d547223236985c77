"""Work that threads have done one after the other, without a lock that anybody waits for.

Signal handlers, finalizers and log handlers run in the midst of a thread's work. One of them may wait for a lock of the program's, and the thread that
has it may call the client: if it waited for the first thread, neither would ever go on. So a thread hands in its work, and whoever finds nobody
at work does all that there is; who finds another one there waits a moment for the outcome, and no longer while nothing gets done.
"""

from __future__ import annotations

import time
from sys import is_finalizing

from .._later import reentrant_lock
from ._log import held
from ._sockets import STANDSTILL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _thread import RLock
    from collections import deque
    from collections.abc import Callable
    from typing import Any, TypeAlias

    #: What is done, given the moment when whoever does it gives up; its outcome, if it has one, is put into the list.
    _Work: TypeAlias = tuple[Callable[[float | None], Any], list[Any]]
else:
    # What `collections` has it from, which takes a millisecond to import.
    from _collections import deque

#: Work that may wait.
MOST_WAITING = 1000

#: Seconds that a thread waits for the outcome while nothing gets done.
PATIENCE = 0.05

#: Seconds that one which flushes, closes or changes something waits.
LONG_PATIENCE = 2.0

#: The outcome of work that another thread does later.
LATER: Any = object()

#: The outcome of work for which there is no room.
LOST: Any = object()

#: Work that a thread does before another one that waits has its turn.
_MOST_IN_A_ROW = 100


class Turns:
    """Has work done by one thread at a time."""

    def __init__(self) -> None:
        self._lock = reentrant_lock()
        self._work: deque[_Work] = deque()
        #: The outcomes that threads wait for, by what identifies them.
        self._waiting: dict[int, list[Any]] = {}
        #: How much has been done.
        self.done = 0

    def is_mine(self) -> bool:
        """Whether the calling thread is at work, further up its stack."""
        return _is_mine(self._lock)

    def do(self, work: Callable[[float | None], Any], deadline: float | None = None, patience: float | None = None) -> Any:
        """The outcome of `work`; LATER, if another thread is at work and nothing got done for `patience` seconds (None: a moment), LOST if that has too much to do.

        Nobody is waited for beyond `deadline`, by `time.monotonic`.
        """
        outcome: list[Any] = []
        if len(self._work) >= MOST_WAITING and not self._wait(lambda: len(self._work) < MOST_WAITING, deadline, STANDSTILL):
            return LOST
        handed_in = (work, outcome)
        self._work.append(handed_in)
        self._go_on(deadline)
        if not outcome and patience != 0:
            self._waiting[id(outcome)] = outcome
            try:
                self._wait(lambda: bool(outcome), deadline, PATIENCE if patience is None else patience)
            finally:
                del self._waiting[id(outcome)]
                # Who was at work may have gone because this thread was there.
                self._go_on(deadline)
        return outcome[0] if outcome else LATER

    def finish(self, deadline: float) -> int:
        """Waits until all is done, until `deadline`; how much was not, and is dropped. What has no `drop` stays."""
        self._go_on(deadline)
        if self.is_mine() or self._wait(lambda: not self._work, deadline, STANDSTILL):
            # What is this thread's to do is done when it is back there.
            return 0
        dropped, stay = 0, []
        while self._work:
            try:
                work, outcome = self._work.popleft()
            except IndexError:
                break
            if hasattr(work, "drop"):
                work.drop()
                outcome.append(False)
                dropped += 1
            else:
                stay.append((work, outcome))
        self._work.extend(stay)
        return dropped

    def forget(self) -> None:
        """Forgets what waits, and threads that are not in this process: in the child of a fork."""
        self._work.clear()
        self._waiting.clear()
        if not self.is_mine():
            self._lock = reentrant_lock()

    def _wait(self, is_so: Callable[[], bool], deadline: float | None, patience: float) -> bool:
        """Waits while work gets done; whether it is so."""
        done, since = self.done, time.monotonic()
        while not is_so():
            now = time.monotonic()
            if done != self.done:
                done, since = self.done, now
            if self.is_mine() or is_finalizing() or now - since >= patience or (deadline is not None and now >= deadline):
                return False
            time.sleep(0.0005)
            self._go_on(deadline)
        return True

    def _go_on(self, deadline: float | None) -> None:
        """Does what there is, unless a thread is at work, which then does."""
        lock = self._lock
        in_a_row = 0
        while self._work and not _is_mine(lock):
            # Before it is had: a signal handler may run as soon as it is.
            held.count += 1
            try:
                if not lock.acquire(blocking=False):
                    return
                while self._work and not (self._waiting and in_a_row >= _MOST_IN_A_ROW):
                    try:
                        work, outcome = self._work.popleft()
                    except IndexError:
                        break
                    try:
                        outcome.append(work(deadline))
                    finally:
                        self.done += 1
                        if not outcome:
                            # It raised, which is for the thread that is at work.
                            outcome.append(None)
                    in_a_row += 1
            finally:
                if _is_mine(lock):
                    lock.release()
                held.count -= 1
            if self._waiting and in_a_row >= _MOST_IN_A_ROW:
                return


def _is_mine(lock: RLock) -> bool:
    return bool(lock._is_owned())  # type: ignore[attr-defined]
