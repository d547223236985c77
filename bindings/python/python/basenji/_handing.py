"""Datagrams of a client for the program's own transport."""

from __future__ import annotations

import os
import threading
from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

#: Seconds that a flush waits where the caller says nothing, as without a transport.
PATIENCE = 2.0

#: Seconds after which the thread looks whether somebody waits for it.
LOOK = 0.05


class Handing:
    """A thread that hands datagrams over, so that nobody waits for the transport but who flushes. The child of a fork starts its own."""

    def __init__(self, take: Callable[[float], list[bytes]], transport: Callable[[bytes], object]) -> None:
        self._take = take
        self._transport = transport
        self._process = 0
        self._thread: threading.Thread | None = None
        self._waiting: list[threading.Event] = []
        self._is_closed = False
        self._has_ended = False
        self._start()

    @staticmethod
    def deadline(timeout: float | None) -> float:
        """When a flush of `timeout` seconds ends, by `time.monotonic`."""
        return monotonic() + (PATIENCE if timeout is None else max(0.0, timeout))

    def flush(self, deadline: float | None) -> bool:
        """Waits until what is there has been handed over; whether it has. On the thread itself, and once that has ended, it waits for nothing."""
        self._start()
        thread = self._thread
        if thread is None and not self._is_closed:
            # No thread can be started: the program ends, or the system has no more of them.
            while datagrams := self._take(0.0):
                self._hand_over(datagrams)
                if deadline is not None and monotonic() >= deadline:
                    return False
            return True
        if threading.current_thread() is thread:
            return False
        done = threading.Event()
        self._waiting.append(done)
        if self._has_ended or thread is None or not thread.is_alive():
            return True
        return done.wait(0.0 if deadline is None else max(0.0, deadline - monotonic()))

    def close(self, deadline: float | None) -> bool:
        """Flushes, and ends the thread."""
        done = self.flush(deadline)
        self._is_closed = True
        return done

    def _start(self) -> None:
        if self._process != os.getpid() and not self._is_closed:
            # Before it is started: who comes here meanwhile starts no other one.
            self._process = os.getpid()
            self._waiting = []
            self._thread = threading.Thread(target=self._run, name="basenji-transport", daemon=True)
            try:
                self._thread.start()
            except RuntimeError:
                self._process, self._thread = 0, None

    def _run(self) -> None:
        while True:
            waiting, self._waiting = self._waiting, []
            datagrams = self._take(0.0 if waiting else LOOK)
            self._hand_over(datagrams)
            for done in waiting:
                done.set()
            if self._is_closed and not datagrams and not self._waiting:
                break
        self._has_ended = True
        for done in self._waiting:
            done.set()

    def _hand_over(self, datagrams: list[bytes]) -> None:
        for datagram in datagrams:
            try:
                self._transport(datagram)
            except Exception:  # noqa: BLE001, S110 - the transport's own fault; a metric must not end a program.
                pass
