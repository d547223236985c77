"""The background sender: a queue of datagrams and the thread that sends them.

There is no lock: who calls may be a signal handler, a finalizer or a log handler in the midst of another call, or have a lock of the program's that such
a one waits for.
"""

from __future__ import annotations

import threading
import time
from _thread import get_ident
from collections import deque
from collections.abc import Callable
from queue import Empty, SimpleQueue
from sys import is_finalizing

from .._basenji import Datagram
from ._log import kind
from ._sockets import STANDSTILL

#: A datagram, and when it was queued; None for one that does not expire.
_Item = tuple[Datagram, float | None]

#: Seconds from a try without a connection to the next one, at first and at most.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.025, 60.0


class Sender:
    """Sends in order; what does not fit drops the oldest, what waited longer than `expiry` seconds is dropped.

    Datagrams with timestamps never expire.
    """

    def __init__(
        self,
        send: Callable[[Datagram], bool | None],
        size: int,
        patience: float | None,
        expiry: float,
    ) -> None:
        self._send = send
        self._size, self._patience, self._expiry = size, patience, expiry
        self._queue: deque[_Item] = deque()
        #: What ends a wait of the thread.
        self._calls: SimpleQueue[None] = SimpleQueue()
        #: Whether the thread waits for a datagram, and whether it has one in hand.
        self._idle = self._busy = False
        self._ends = self._gives_up = self._has_ended = False
        #: Datagrams that the thread is done with.
        self._done = 0
        self.thread = threading.Thread(target=self._run, name="DogStatsd_sender_thread", daemon=True)
        self.thread.start()

    def put(self, datagram: Datagram, timestamped: bool, deadline: float | None = None) -> bool:
        """Queues a datagram; False if the sender has ended. For room it waits as long as it has patience, and not beyond `deadline`."""
        queue, size = self._queue, self._size
        item = (datagram, None if timestamped else time.monotonic())
        is_patient = bool(size) and self._patience != 0
        while not (self._ends or is_finalizing()):
            if is_patient and len(queue) >= size:
                is_patient = self._wait(lambda: len(queue) < size or self._ends, self._patience, deadline)
                continue
            queue.append(item)
            if self._idle:
                self._calls.put(None)
            if (self._has_ended or self._gives_up) and self._take_back(item):
                return False
            while size and len(queue) > size:
                # Another thread may have been faster.
                if is_patient and self._take_back(item):
                    break
                self._drop_oldest("queue")
            else:
                return True
        return False

    def _take_back(self, item: _Item) -> bool:
        try:
            self._queue.remove(item)
        except (IndexError, ValueError):
            return False
        return True

    def _drop_oldest(self, why: str) -> None:
        try:
            self._queue.popleft()[0].settle(why)
        except IndexError:
            pass

    def _wait(self, is_so: Callable[[], bool], timeout: float | None, deadline: float | None = None) -> bool:
        """Waits until it is so, without a `timeout` as long as datagrams leave; whether it is. The thread itself waits for nothing."""
        start, done, pause = time.monotonic(), self._done, 0.0001
        while not is_so():
            now = time.monotonic()
            if timeout is None and done != self._done:
                start, done = now, self._done
            left = start + (STANDSTILL if timeout is None else timeout) - now
            left = left if deadline is None else min(left, deadline - now)
            if left <= 0 or is_finalizing() or get_ident() == self.thread.ident:
                return False
            time.sleep(min(pause, left))
            pause = min(2 * pause, 0.002)
        return True

    def join(self, timeout: float | None) -> bool:
        """Waits until all is sent; whether it is. Without a timeout it gives up when none has left for ten seconds."""
        # A signal may have ended the call that was to wake the thread.
        self._calls.put(None)
        return self._wait(lambda: not self._queue and not self._busy, timeout)

    def end(self, timeout: float | None) -> bool:
        """Sends what waits and ends; False if that takes longer than `timeout`, after which what waits is dropped.

        Without a timeout it goes on while datagrams leave, and gives up when none has left for ten seconds.
        """
        self._ends = True
        self._calls.put(None)
        if self.thread is threading.current_thread():
            return True
        while True:
            done = self._done
            self.thread.join(STANDSTILL if timeout is None else max(0.0, timeout))
            if not self.thread.is_alive():
                return not self._gives_up
            if timeout is not None or done == self._done:
                self.give_up()
                return False

    def give_up(self) -> None:
        """Drops what waits; the thread ends when it can."""
        self._ends = self._gives_up = True
        while self._queue:
            self._drop_oldest("writer")
        self._calls.put(None)

    def _run(self) -> None:
        kind.sends = True
        try:
            self._send_what_comes()
        finally:
            # Also if a socket of the program's own has raised what ends a thread.
            self._ends = self._has_ended = True
            while self._queue:
                self._drop_oldest("writer")

    def _send_what_comes(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            self._busy = True
            try:
                item = datagram, since = self._queue.popleft()
            except IndexError:
                self._busy = False
                if self._ends:
                    self._has_ended = True
                    if not self._queue:
                        return
                    self._has_ended = False
                else:
                    self._idle = True
                    if not self._queue and not self._ends:
                        self._calls.get()
                    self._idle = False
                continue
            if since is not None and self._expiry and time.monotonic() - since > self._expiry:
                datagram.settle("expired")
            elif self._send(datagram) is None:
                # There was no connection, and it is worth another try.
                if self._gives_up:
                    datagram.settle("writer")
                else:
                    self._queue.appendleft(item)
                    try:
                        # Who ends it does not wait for long.
                        self._calls.get(timeout=_FIRST_PAUSE if self._ends else pause)
                    except Empty:
                        pass
                    pause = min(2 * pause, _LONGEST_PAUSE)
                continue
            self._done += 1
            pause = _FIRST_PAUSE
