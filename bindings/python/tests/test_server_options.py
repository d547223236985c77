"""Options of `Server` whose effect shows in time, at a sink that is stuck, or in the kernel."""

import ctypes
import os
import socket
import subprocess
import sys
import time

import pytest

from basenji import Server

linux = pytest.mark.skipif(sys.platform != "linux", reason="it looks at what Linux shows of a process")


def until(is_so, seconds):
    """Waits until it is so; whether it is."""
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def test_the_expiry_of_contexts_says_when_a_series_is_forgotten():
    def is_forgotten(seconds, **options):
        with Server(port=0, telemetry=False, bucket_secs=1, **options) as server, socket.socket(type=socket.SOCK_DGRAM) as client:
            client.sendto(b"a:1|g", ("127.0.0.1", server.port))
            assert until(lambda: server.stats().contexts == 1, 10)
            return until(lambda: server.stats().contexts == 0, seconds)

    # It would be after twenty seconds by default.
    assert is_forgotten(15, context_expiry_secs=1)
    assert not is_forgotten(4)


def descriptors():
    """The numbers of the files that this process has open."""
    return [int(number) for number in os.listdir("/proc/self/fd")]


@linux
@pytest.mark.parametrize("wanted", [True, False, None])
def test_origin_detection_asks_the_kernel_for_the_sender(wanted, tmp_path):
    path = str(tmp_path / "d.sock")
    with Server(socket_path=path, telemetry=False, origin_detection=wanted):
        asks = []
        for number in descriptors():
            try:
                with socket.socket(fileno=os.dup(number)) as opened:
                    if opened.getsockname() == path:
                        asks.append(bool(opened.getsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED)))
            except OSError:
                pass
    assert asks == [bool(wanted)]


#: A server that says which thread its sink has, and is told when that is stopped, and when to end.
SERVING = """
import os, socket, sys, time
from basenji import Server
server = Server(port=0, telemetry=False, bucket_secs=1, sink_bytes=int(sys.argv[1]), stop_wait=float(sys.argv[2]))
sinks = []
while not sinks:
    sinks = [thread for thread in os.listdir("/proc/self/task") if open(f"/proc/self/task/{thread}/comm").read() == "basenji-sink\\n"]
print(sinks[0], flush=True)
sys.stdin.readline()
client = socket.socket(type=socket.SOCK_DGRAM)
for number in range(3):
    client.sendto(b"m%d:1|g" % number, ("127.0.0.1", server.port))
    flushes = server.stats().flushes
    while server.stats().flushes < flushes + 3:
        time.sleep(0.01)
dropped, started = server.stats().series_dropped, time.monotonic()
server.close()
print(dropped, time.monotonic() - started, flush=True)
sys.stdin.readline()
"""

#: ``PTRACE_SEIZE``, ``PTRACE_INTERRUPT``, ``PTRACE_DETACH``, ``__WALL``.
SEIZE, INTERRUPT, DETACH, WALL = 0x4206, 0x4207, 17, 0x40000000


def ended(sink_bytes, stop_wait):
    """What a server beside a sink that is stopped has dropped before its end, and how long the end took."""
    ptrace = ctypes.CDLL(None, use_errno=True).ptrace
    ptrace.argtypes, ptrace.restype = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p], ctypes.c_long
    command = [sys.executable, "-c", SERVING, str(sink_bytes), str(stop_wait)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as serving:
        thread = int(serving.stdout.readline())
        if ptrace(SEIZE, thread, None, None) != 0:
            serving.kill()
            pytest.skip(f"no thread can be stopped here: {os.strerror(ctypes.get_errno())}")
        assert ptrace(INTERRUPT, thread, None, None) == 0
        os.waitpid(thread, WALL)
        print(file=serving.stdin, flush=True)
        dropped, took = serving.stdout.readline().split()
        assert ptrace(DETACH, thread, None, None) == 0
    assert serving.returncode == 0
    return int(dropped), float(took)


@linux
def test_what_waits_for_a_sink_that_is_stuck_is_bounded_and_so_is_the_wait_for_it_at_the_end():
    dropped, took = ended(1, 0.2)
    assert 1 <= dropped <= 3 and 0.2 <= took < 5
    dropped, took = ended(1 << 20, 0.7)
    assert dropped == 0 and 0.7 <= took < 5
