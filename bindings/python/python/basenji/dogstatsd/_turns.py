"""Work that threads have done one after the other, without a lock that anybody waits for.

Signal handlers, finalizers and log handlers run in the midst of a thread's work. One of them may wait for a lock of the program's, and the thread that
has it may call the client: if it waited for the first thread, neither would ever go on. So a thread hands in its work, and whoever finds nobody
at work does all that there is; who finds another one there waits a moment for the outcome, and no longer while nothing gets done.
"""

from __future__ import annotations

import time
from _thread import get_ident
from sys import is_finalizing

from .. import _basenji
from ._sockets import STANDSTILL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

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


class Turns(_basenji.Turns):
    """Has work done by one thread at a time.

    Who is at work is the native half's to know: a turn ends with its call, whatever the work raises.
    """

    def is_mine(self) -> bool:
        """Whether the calling thread is at work, further up its stack."""
        return self._is_of(get_ident())

    def do(
        self,
        work: Callable[[float | None], Any],
        deadline: float | None = None,
        patience: float | None = None,
        datagram: _basenji.Datagram | None = None,
    ) -> Any:
        """The outcome of `work`; LATER, if another thread is at work and nothing got done for `patience` seconds (None: a moment), LOST if that has too much to do.

        Work is given the moment when whoever does it gives up. Nobody is waited for beyond `deadline`, by `time.monotonic`. `datagram` is what `finish` drops.
        """
        if self.waiting >= MOST_WAITING and not self._wait(lambda: self.waiting < MOST_WAITING, deadline, STANDSTILL):
            return LOST
        outcome: list[Any] = []
        self._hand_in(work, outcome, datagram, patience != 0)
        self._go_on(get_ident(), deadline)
        if not outcome and patience != 0:
            try:
                self._wait(lambda: bool(outcome), deadline, PATIENCE if patience is None else patience)
            finally:
                self._end_wait(outcome)
                # Who was at work may have gone because this thread was there.
                self._go_on(get_ident(), deadline)
        return outcome[0] if outcome else LATER

    def finish(self, deadline: float) -> int:
        """Waits until all is done, until `deadline`; how many datagrams were not sent, and are dropped. Other work stays."""
        self._go_on(get_ident(), deadline)
        if self.is_mine() or self._wait(lambda: not self.waiting, deadline, STANDSTILL):
            # What is this thread's to do is done when it is back there.
            return 0
        return self._drop_datagrams()

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
            self._go_on(get_ident(), deadline)
        return True
