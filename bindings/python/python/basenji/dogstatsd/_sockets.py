"""Opening sockets: UDP by IPv4 first, Unix sockets by the schemes ``unix``, ``unixgram`` and ``unixstream``."""

from __future__ import annotations

import errno
import os
import sys
import time

from .._later import later
from ._lookup import addresses

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket

    _Timeout = float | None
else:
    socket = later("socket")

MIN_SEND_BUFFER_SIZE = 32 * 1024

#: Seconds that an end without a time limit waits while nothing can be sent.
STANDSTILL = 10.0


def load() -> None:
    """Imports what a send needs; waits for another thread that does."""
    socket.AF_INET  # noqa: B018
    if "random" in sys.modules:
        __import__("random")


def opened(path: str | None, host: str | None, port: int | None, timeout: _Timeout, deadline: _Timeout = None) -> socket.socket:
    """A connected socket with a timeout: to `path` if there is one, or else to `host` and `port` by UDP.

    Raises OSError if it cannot be opened; if there is a `deadline`, by `time.monotonic`, TimeoutError if it is not until then.
    """
    patience = timeout
    if deadline is not None and timeout != 0:
        left = max(0.001, deadline - time.monotonic())
        patience = left if timeout is None else min(left, timeout)
    made = udp(host or "", port or 0, patience, deadline) if path is None else unix(path, patience)
    made.settimeout(timeout)
    return made


def is_looked_up(path: str | None, host: str | None) -> bool:
    """Whether a name server may be asked, which takes as long as it takes."""
    if path is not None or host in (None, "localhost"):
        return False
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host or "")
        except OSError:
            continue
        return False
    return True


def send_until(to: socket.socket, packet: bytes, deadline: float) -> None:
    """Sends a datagram, or all of a frame, whatever the socket's own timeout is.

    Raises TimeoutError if the system has not taken it at `deadline`, by `time.monotonic`.
    """
    is_stream = to.type == socket.SOCK_STREAM
    if not hasattr(socket, "MSG_DONTWAIT"):
        to.sendall(packet) if is_stream else to.send(packet)
        return
    rest = memoryview(packet)
    # Another object for the same socket: one with a timeout would wait for it.
    with socket.socket(to.family, to.type, to.proto, os.dup(to.fileno())) as now:
        while True:
            try:
                sent = now.send(rest, socket.MSG_DONTWAIT)
            except BlockingIOError:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TimeoutError("timed out") from None
                # What is called writable may still refuse; nothing is asked more than a thousand times a second.
                wait_until_writable(now, min(left, 0.05))
                time.sleep(0.001)
            else:
                rest = rest[sent:]
                if not is_stream or not rest:
                    return


def wait_until_writable(to: socket.socket, timeout: float) -> bool:
    """Waits up to `timeout` seconds until the system takes something; whether it does."""
    import select

    if not hasattr(select, "poll"):
        return bool(select.select([], [to], [], timeout)[1])
    poll = select.poll()
    poll.register(to, select.POLLOUT)
    return bool(poll.poll(timeout * 1000))


def udp(host: str, port: int, timeout: _Timeout, deadline: _Timeout = None) -> socket.socket:
    """A socket that is connected to the first address of `host` that takes it.

    Raises OSError if there is none; TimeoutError if none is found until `deadline`, by `time.monotonic`.
    """
    # As bytes it is looked up as it is; for text Python imports a codec, by which a thread would hold up forks.
    name = host.encode() if host.isascii() else host
    if is_looked_up(None, host):
        found = addresses(name, port, deadline)
    else:
        found = socket.getaddrinfo(name, port, 0, socket.SOCK_DGRAM)
    found.sort(key=lambda address: address[0] != socket.AF_INET)
    problem: OSError = OSError(f"{host} has no address")
    for family, kind, protocol, _, address in found:
        try:
            return _connected(socket.socket(family, kind, protocol), address, timeout)
        except OSError as error:
            problem = error
    raise problem


def unix(path: str, timeout: _Timeout) -> socket.socket:
    """A socket that is connected to a path; ``unix://`` or no scheme is a datagram socket, or else a stream.

    Raises OSError if it cannot be connected.
    """
    kinds = [socket.SOCK_DGRAM, socket.SOCK_STREAM]
    for scheme, of_scheme in (("unixgram://", kinds[:1]), ("unixstream://", kinds[1:]), ("unix://", kinds)):
        if path.startswith(scheme):
            path, kinds = path[len(scheme) :], of_scheme
            break
    for kind in kinds[:-1]:
        try:
            return _connected(socket.socket(socket.AF_UNIX, kind), path, timeout)
        except OSError as error:
            if error.errno != errno.EPROTOTYPE:
                raise
    return _connected(socket.socket(socket.AF_UNIX, kinds[-1]), path, timeout)


def _connected(opened: socket.socket, address: object, timeout: _Timeout) -> socket.socket:
    try:
        opened.settimeout(timeout)
        if opened.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) <= MIN_SEND_BUFFER_SIZE:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, MIN_SEND_BUFFER_SIZE)
        opened.connect(address)  # type: ignore[arg-type]
    except BaseException:
        opened.close()
        raise
    return opened


def default_route() -> str | None:
    """The IPv4 address of the default route, from ``/proc/net/route``; None without one."""
    try:
        with open("/proc/net/route") as table:
            for line in table.readlines():
                fields = line.split()
                if len(fields) > 2 and fields[1] == "00000000":
                    return socket.inet_ntoa(int(fields[2], 16).to_bytes(4, "little"))
    except (OSError, ValueError):
        pass
    return None
