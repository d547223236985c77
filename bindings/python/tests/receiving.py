"""A real socket that a test's client sends to."""

import socket
import struct
import threading


class Receiver:
    """Of a transport: ``udp``, ``uds-dgram`` or ``uds-stream``."""

    def __init__(self, transport, directory):
        self.transport = transport
        self.path = str(directory / "d.sock")
        self.port = 0
        if transport == "udp":
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.socket.bind(("127.0.0.1", 0))
            self.port = self.socket.getsockname()[1]
        else:
            kind = socket.SOCK_DGRAM if transport == "uds-dgram" else socket.SOCK_STREAM
            self.socket = socket.socket(socket.AF_UNIX, kind)
            self.socket.bind(self.path)
            if kind == socket.SOCK_STREAM:
                self.socket.listen()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.socket.close()

    def destination(self):
        """The options of a client that sends here."""
        return {"host": "127.0.0.1", "port": self.port} if self.transport == "udp" else {"socket_path": self.path}

    def address(self):
        return f"udp://127.0.0.1:{self.port}" if self.transport == "udp" else f"unix://{self.path}"

    def datagrams(self):
        """What has arrived, as text: what was sent over the loopback is there."""
        self.socket.setblocking(False)
        found = []
        while True:
            try:
                found.append(self.socket.recv(65536).decode())
            except BlockingIOError:
                return found

    def collecting(self):
        """Collects what arrives in a thread, for more than the system's buffer holds."""
        self._collected = []
        self._collector = threading.Thread(target=self._collect)
        self._collector.start()

    def _collect(self):
        while True:
            datagram = self.socket.recv(65536)
            if datagram == b"end of the test":
                return
            self._collected.append(datagram.decode())

    def collected(self):
        """What has arrived until now."""
        if not self._collector.is_alive():
            return self._collected
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"end of the test", ("127.0.0.1", self.port))
        self._collector.join()
        return self._collected

    def frames(self, count):
        """As many frames of the first connection."""
        self.socket.settimeout(10)
        connection, _ = self.socket.accept()
        with connection:
            connection.settimeout(10)
            frames = []
            for _ in range(count):
                (length,) = struct.unpack("<I", connection.recv(4, socket.MSG_WAITALL))
                frames.append(connection.recv(length, socket.MSG_WAITALL).decode())
            return frames


def lines(client, receiver):
    """What a client has sent after a flush, in the order of the alphabet."""
    assert client.flush()
    return sorted("".join(receiver.datagrams()).splitlines())
