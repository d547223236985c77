"""The way out: a socket, and what the kernel says of what it was given."""

from __future__ import annotations

import errno
import socket

from .arguments import Failure

#: Seconds that a datagram waits for room.
PATIENCE = 5.0

#: Seconds that the host has to say that nobody listens. On the same host it says so at once.
OBJECTION = 0.02


class Way:
    """To an address, which is opened with the first datagram."""

    def __init__(self, address: tuple[str, str, int, str], limit: int | None) -> None:
        self._scheme, self._place, self._port, self.shown = address
        #: Bytes that datagrams are filled up to.
        self.limit = limit or (1432 if self._scheme == "udp" else 8192)
        self._longest = 65507 if self._scheme == "udp" else max(8192, self.limit)
        self._socket: socket.socket | None = None
        self._sent = self._messages = 0

    def deliver(self, datagram: bytes, messages: int) -> None:
        """Hands a datagram over, waiting for room; raises `Failure` if that cannot be, ValueError if it is too long."""
        try:
            if self._socket is None:
                self._socket = self._open()
            if self._socket.type == socket.SOCK_STREAM:
                if len(datagram) > self._longest:
                    raise ValueError("the datagram is longer than the transport carries")
                self._socket.sendall(len(datagram).to_bytes(4, "little") + datagram)
            else:
                self._socket.send(datagram)
        except OSError as error:
            if error.errno == errno.EMSGSIZE:
                raise ValueError("the datagram is longer than the transport carries") from None
            if self._scheme == "udp" and error.errno == errno.ECONNREFUSED and self._sent > 0:
                # It is said of one sent before.
                raise Failure(f"cannot send to {self.shown}: nobody listens there") from None
            raise self.failure(_why(error, self._scheme)) from None
        self._sent += 1
        self._messages += messages

    def expect_listener(self) -> None:
        """Raises `Failure` if the host says that nobody listens."""
        if self._scheme == "udp" and self._socket is not None:
            self._socket.settimeout(OBJECTION)
            try:
                self._socket.recv(1)
            except ConnectionRefusedError:
                raise Failure(f"cannot send to {self.shown}: nobody listens there") from None
            except TimeoutError:
                pass

    def failure(self, why: str) -> Failure:
        """The last words of a job."""
        after = f" any more, after {self._messages} messages" if self._messages else ""
        return Failure(f"cannot send to {self.shown}{after}: {why}")

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()

    def _open(self) -> socket.socket:
        if self._scheme == "udp":
            found = socket.getaddrinfo(self._place, self._port, type=socket.SOCK_DGRAM)
            family, kind, _, _, address = min(found, key=lambda one: one[0] != socket.AF_INET)
            return _connected(family, kind, address)
        kinds = {"unixgram": [socket.SOCK_DGRAM], "unixstream": [socket.SOCK_STREAM]}.get(self._scheme, [socket.SOCK_DGRAM, socket.SOCK_STREAM])
        try:
            return _connected(socket.AF_UNIX, kinds[0], self._place)
        except OSError as error:
            if error.errno == errno.EPROTOTYPE and len(kinds) > 1:
                return _connected(socket.AF_UNIX, kinds[1], self._place)
            raise


def _connected(family: int, kind: int, address: object) -> socket.socket:
    made = socket.socket(family, kind)
    made.settimeout(PATIENCE)
    try:
        made.connect(address)  # type: ignore[arg-type]
    except OSError:
        made.close()
        raise
    return made


def _why(error: OSError, scheme: str) -> str:
    if error.errno == errno.ENOENT and scheme != "udp":
        return "there is no such socket"
    if error.errno == errno.ECONNREFUSED:
        return "nobody listens there"
    if isinstance(error, TimeoutError):
        return "the socket was full"
    return error.strerror or str(error)
