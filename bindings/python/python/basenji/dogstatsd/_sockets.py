"""Opening sockets: UDP by IPv4 first, Unix sockets by the schemes ``unix``, ``unixgram`` and ``unixstream``."""

from __future__ import annotations

import errno

from .._later import later

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket

    _Timeout = float | None
else:
    socket = later("socket")

MIN_SEND_BUFFER_SIZE = 32 * 1024


def udp(host: str, port: int, timeout: _Timeout) -> socket.socket:
    """A socket that is connected to the first address of `host` that takes it.

    Raises OSError if there is none.
    """
    found = socket.getaddrinfo(host, port, 0, socket.SOCK_DGRAM)
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
