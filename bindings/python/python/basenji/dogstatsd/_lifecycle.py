"""Fork and exit: every tracked client hears of both."""

from __future__ import annotations

import atexit
import os
import weakref

SUPPORTS_FORKING = hasattr(os, "register_at_fork") and not os.environ.get("DD_DOGSTATSD_DISABLE_FORK_SUPPORT")
TRACK_INSTANCES = not os.environ.get("DD_DOGSTATSD_DISABLE_INSTANCE_TRACKING")

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class _Living(Protocol):
        """What hears."""

        def pre_fork(self) -> None: ...
        def post_fork_parent(self) -> None: ...
        def post_fork_child(self) -> None: ...
        def _at_exit(self) -> None: ...


_instances: weakref.WeakSet[_Living] = weakref.WeakSet()
#: Those that wait between the two halves of a fork, in the order in which their locks were taken.
_forking: list[_Living] = []


def track(client: _Living) -> None:
    """Makes `client` hear of forks and of the end."""
    _instances.add(client)


def pre_fork() -> None:
    """To be called before ``os.fork`` where fork hooks are disabled."""
    for client in list(_instances):
        client.pre_fork()
        _forking.append(client)


def post_fork_parent() -> None:
    """To be called in the parent after ``os.fork`` where fork hooks are disabled."""
    while _forking:
        _forking.pop().post_fork_parent()


def post_fork_child() -> None:
    """To be called in the child after ``os.fork`` where fork hooks are disabled."""
    # A program that forks in C, as uWSGI does, tells of the child only.
    for client in _forking[::-1] or list(_instances):
        client.post_fork_child()
    _forking.clear()


def _at_exit() -> None:
    for client in list(_instances):
        client._at_exit()


atexit.register(_at_exit)
if SUPPORTS_FORKING:
    os.register_at_fork(before=pre_fork, after_in_parent=post_fork_parent, after_in_child=post_fork_child)
