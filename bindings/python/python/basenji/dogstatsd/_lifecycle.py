"""Fork and exit: every tracked client hears of both.

No lock is taken before a fork, and nothing is sent: what the parent has buffered stays the parent's, and the child makes its locks and buffers anew. So a
fork waits for nobody.
"""

from __future__ import annotations

import atexit
import os
import sys
import time
import weakref

SUPPORTS_FORKING = hasattr(os, "register_at_fork") and not os.environ.get("DD_DOGSTATSD_DISABLE_FORK_SUPPORT")
TRACK_INSTANCES = not os.environ.get("DD_DOGSTATSD_DISABLE_INSTANCE_TRACKING")

#: Seconds that the clients of a process may take together to send what waits when it ends.
EXIT_SECONDS = 2.0

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    class _Living(Protocol):
        """What hears."""

        def pre_fork(self) -> None: ...
        def post_fork_parent(self) -> None: ...
        def post_fork_child(self) -> None: ...
        def _at_exit(self, deadline: float) -> None: ...
        def _flush_by(self, deadline: float) -> None: ...


_instances: weakref.WeakSet[_Living] = weakref.WeakSet()


def track(client: _Living) -> None:
    """Makes `client` hear of forks and of the end."""
    _instances.add(client)
    _register_with_multiprocessing()


def pre_fork() -> None:
    """To be called before ``os.fork`` where fork hooks are disabled."""
    for client in list(_instances):
        client.pre_fork()


def post_fork_parent() -> None:
    """To be called in the parent after ``os.fork`` where fork hooks are disabled."""
    for client in list(_instances):
        client.post_fork_parent()


def post_fork_child() -> None:
    """To be called in the child after ``os.fork`` where fork hooks are disabled."""
    for client in list(_instances):
        client.post_fork_child()
    _register_with_multiprocessing()


def flush_at_exit() -> None:
    """Sends what the clients of this process have, for at most two seconds; what is left then is dropped and counted."""
    deadline = time.monotonic() + EXIT_SECONDS
    for client in list(_instances):
        _guarded(client._at_exit, deadline)


def flush_all(deadline: float) -> None:
    """Sends what the clients of this process have, until `deadline`, by `time.monotonic`; they go on."""
    for client in list(_instances):
        _guarded(client._flush_by, deadline)


def _guarded(flush: Callable[[float], None], deadline: float) -> None:
    """What one client cannot send is no reason for the others to keep what they have."""
    try:
        flush(deadline)
    except Exception:  # noqa: BLE001, S110 - a metric must not end a program.
        pass


class _Multiprocessing:
    """The processes of `multiprocessing` end by ``os._exit``, and call nothing at their end but its own finalizers.

    When such a process begins, it forgets the finalizers that it has, and then calls what was registered to be called after a fork.
    """

    #: Whether `begin` is registered; children of a fork inherit that.
    is_registered = False

    def register(self) -> None:
        util: Any = sys.modules.get("multiprocessing.util")
        if util is not None and not self.is_registered:
            util.register_after_fork(self, _Multiprocessing.begin)
            self.is_registered = True
            self.begin()

    def begin(self) -> None:
        process: Any = sys.modules["multiprocessing.process"]
        # A program's first process ends as any other one.
        if process.parent_process() is not None:
            # The last of all, and after what others count in theirs.
            sys.modules["multiprocessing.util"].Finalize(None, flush_at_exit, exitpriority=-1000)


_multiprocessing = _Multiprocessing()


def _register_with_multiprocessing() -> None:
    try:
        _multiprocessing.register()
    except (AttributeError, KeyError):
        # It is being imported; the next client or fork comes here again.
        pass


atexit.register(flush_at_exit)
if SUPPORTS_FORKING:
    os.register_at_fork(before=pre_fork, after_in_parent=post_fork_parent, after_in_child=post_fork_child)
