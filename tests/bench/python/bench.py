"""Calls of `datadog`, `aiodogstatsd` and ours side by side, in one process, over real sockets: CPU time a call and datagrams sent.

Each contender makes the same calls in turns, `ROUNDS` times; the least of the rounds counts, as noise only adds.
"""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import aiodogstatsd
import datadog.dogstatsd.base

import basenji

ROUNDS = 7
CALLS = 20_000
TAGS = ["env:prod", "page:home"]


class Receiver:
    """Counts what arrives, in a thread."""

    def __init__(self, family, address):
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self.socket.bind(address)
        self.address = self.socket.getsockname()


def bare(receiver):
    """What the system's send costs, called from the native half: a line that is ready."""
    sender = socket.socket(receiver.socket.family, socket.SOCK_DGRAM)
    sender.setblocking(False)
    sender.connect(receiver.address)
    return sender


def drain(receiver):
    receiver.socket.setblocking(False)
    count = 0
    while True:
        try:
            receiver.socket.recv(65536)
            count += 1
        except BlockingIOError:
            return count


def measure(receiver, call, calls, settle=lambda: None):
    """CPU nanoseconds a call, of all threads, and datagrams; in portions that the receiver's buffer holds."""
    best, datagrams = float("inf"), 0
    for _ in range(ROUNDS):
        spent, datagrams = 0, 0
        for _ in range(max(1, calls // 2000)):
            start = time.process_time_ns()
            for _ in range(min(calls, 2000)):
                call()
            spent += time.process_time_ns() - start
        start = time.process_time_ns()
        settle()
        spent += time.process_time_ns() - start
        datagrams = drain(receiver)
        best = min(best, spent / calls)
    return best, datagrams


def contenders(path, port):
    to = {"socket_path": path} if path else {"host": "127.0.0.1", "port": port}
    common = {**to, "origin_detection_enabled": False}
    peer, ours = datadog.dogstatsd.base.DogStatsd, basenji.DogStatsd
    for name, options in {
        "default": {},
        "buffered": {"disable_buffering": False, "flush_interval": 100},
        "aggregated": {"disable_buffering": False, "disable_aggregation": False, "flush_interval": 100},
    }.items():
        for maker, label in ((peer, "datadog"), (ours, "basenji")):
            client = maker(**common, **options)
            client.wait_for_pending()
            settle = (lambda client=client: (client.flush_aggregated_metrics(), client.flush())) if options else (lambda: None)
            yield f"{label} {name}", lambda client=client: client.increment("page.views", tags=TAGS), settle
    address = f"unix://{path}" if path else f"udp://127.0.0.1:{port}"
    client = basenji.Client(address, origin_detection=False)
    yield "basenji Client", lambda: client.increment("page.views", tags=TAGS), client.flush
    numbers = iter(range(1 << 40))
    yield "basenji Client, other tags on each call", lambda: client.increment("page.views", tags=["env:prod", f"page:{next(numbers) & 1023}"]), client.flush
    other = iter(range(1 << 40))
    yield "  of which making these tags", lambda: ["env:prod", f"page:{next(other) & 1023}"], lambda: None
    counter = client.counter("page.views", tags=TAGS)
    yield "basenji handle, inc()", counter.inc, client.flush
    samples = client.distribution("page.time", tags=TAGS)
    yield "basenji handle, record(1.5)", lambda: samples.record(1.5), client.flush
    yield "an empty call", lambda: None, lambda: None


def aio(port, receiver):
    async def work():
        async with aiodogstatsd.Client(host="127.0.0.1", port=port) as client:
            best, sent = float("inf"), 0
            for _ in range(ROUNDS):
                start, sent = time.process_time_ns(), 0
                for _ in range(CALLS // 2000):
                    for _ in range(2000):
                        client.increment("page.views", tags={"env": "prod", "page": "home"})
                    while client._queue.qsize() if hasattr(client, "_queue") else False:
                        await asyncio.sleep(0)
                    await asyncio.sleep(0.01)
                    sent += drain(receiver)
                best = min(best, (time.process_time_ns() - start) / CALLS)
            return best, sent

    return asyncio.run(work())


def shown(name, nanoseconds, datagrams):
    print(f"{name:42} {nanoseconds:9.1f} ns {datagrams:7} datagrams", flush=True)


def loops(receiver, sender, line):
    def send():
        try:
            sender.send(line)
        except BlockingIOError:
            pass

    best = measure(receiver, send, CALLS)
    shown("Python's socket.send of the same bytes", *best)


def imports():
    for module in ("basenji", "datadog", "aiodogstatsd"):
        program = f"import time; start = time.perf_counter(); import {module}; print(time.perf_counter() - start)"
        least = min(float(subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout) for _ in range(7))
        print(f"import {module:35} {1000 * least:9.1f} ms")


def threads(receiver):
    """Calls a second of one and two threads; with a global lock they share one processor."""
    client = basenji.Client(f"udp://127.0.0.1:{receiver.address[1]}", origin_detection=False)

    def count():
        for _ in range(200_000):
            client.increment("page.views", tags=TAGS)

    for number in (1, 2):
        workers = [threading.Thread(target=count) for _ in range(number)]
        start = time.perf_counter()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        print(f"basenji Client, {number} thread(s){'':17} {number * 200_000 / (time.perf_counter() - start) / 1e6:9.2f} million calls a second")
    client.close()


def main():
    locked = "with" if getattr(sys, "_is_gil_enabled", lambda: True)() else "without"
    print(f"Python {sys.version.split()[0]}, {locked} the global lock; increment('page.views', tags=[two]), CPU time of all threads\n")
    line = b"page.views:1|c|#env:prod,page:home\n"
    with tempfile.TemporaryDirectory() as directory:
        for family, address in ((socket.AF_INET, ("127.0.0.1", 0)), (socket.AF_UNIX, str(Path(directory) / "d.sock"))):
            receiver = Receiver(family, address)
            path, port = (None, receiver.address[1]) if family == socket.AF_INET else (receiver.address, 0)
            print("UDP" if path is None else "\nUnix datagram socket (its queue is short: without room the system refuses)")
            loops(receiver, bare(receiver), line)
            for name, call, settle in contenders(path, port):
                shown(name, *measure(receiver, call, CALLS, settle))
            if path is None:
                shown("aiodogstatsd", *aio(port, receiver))
                print()
                threads(receiver)
    print()
    imports()


if __name__ == "__main__":
    os.environ.pop("BASENJI_PROFILE", None)
    main()
