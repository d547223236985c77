"""`Server`: over real sockets, in threads, processes and event loops."""

import asyncio
import ctypes
import errno
import os
import pickle
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

import pytest

import basenji
from basenji import Client, Server, ServerError, SettingError, WaitTimeout


@pytest.fixture
def server():
    with Server(port=0, telemetry=False) as server:
        yield server


def send(server, *datagrams):
    """The kernel has them when this returns."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        for datagram in datagrams:
            client.sendto(datagram, ("127.0.0.1", server.port))


def test_each_kind_of_series_has_its_values(server):
    send(server, b"a:1|c|#y,x,y\na:2|c|@0.5|#x,y", b"b:7|g", b"c:u|s\nc:v|s", b"d:1:3|h", b"e:8|ms", b"f:2:4|d|#host:h")
    a = server.wait_for("a")
    assert (a.kind, a.value, a.tags, a.host, a.interval) == ("count", 5.0, ("x", "y"), None, 10)
    assert abs(a.timestamp - time.time()) < 60
    assert (server.wait_for("b").kind, server.wait_for("c").value) == ("gauge", 2)
    d = server.wait_for("d")
    assert (d.kind, d.value, d.count, d.sum, d.min, d.max, d.avg) == ("histogram", None, 2, 4.0, 1.0, 3.0, 2.0)
    assert d.aggregates == {"max": 3.0, "median": 1.0, "avg": 2.0, "count": 2.0, "95percentile": 3.0}
    assert server.wait_for("e").kind == "timing"
    f = server.wait_for("f")
    assert (f.kind, f.host, f.count, f.sketch.quantile(1)) == ("distribution", "h", 2, 4.0)
    assert f == pickle.loads(pickle.dumps(f)) and hash(f) == hash(pickle.loads(pickle.dumps(f)))
    assert str(f) == "f count=2 sum=6 min=2 max=4 (distribution)"


def test_events_and_service_checks_come_with_what_the_server_knows(server):
    send(server, "_e{3,3}:tö|a\\n|t:error|#env:dev".encode(), b"_sc|db|2|#env:dev|m:down")
    event = server.wait_for_event("tö", tags=["env:dev"])
    assert (event.text, event.alert_type) == ("a\n", "error") and abs(event.timestamp - time.time()) < 60
    check = server.wait_for_service_check("db", where=lambda check: check.status == 2)
    assert (check.message, check.tags) == ("down", ("env:dev",))


def test_wait_for_finds_what_was_flushed_before_and_what_is_sent_later_each_once(server):
    send(server, b"a:1|c\na:1|c|#x")
    server.flush()
    assert server.wait_for("a", tags=["x"]).value == 1
    assert server.wait_for("a").tags == ()
    threading.Timer(0.05, send, (server, b"other:1|c", b"a:4|c")).start()
    assert server.wait_for("a", where=lambda series: series.value == 4).value == 4


def test_what_does_not_come_is_a_timeout_that_says_what_has(server):
    send(server, b"other:5|g|#x")
    with pytest.raises(WaitTimeout) as raised:
        server.wait_for("a", tags=["y"], timeout=0.03)
    assert str(raised.value) == "a with the tags y did not arrive within 0.03 s; what did:\n  other 5 (gauge) #x"
    assert isinstance(raised.value, TimeoutError) and isinstance(raised.value, basenji.Error)
    assert (raised.value.code, pickle.loads(pickle.dumps(raised.value)).code) == (67, 67)
    with pytest.raises(WaitTimeout, match="the event 't' did not arrive within 0 s; nothing else did either"):
        server.wait_for_event("t", timeout=0)


def test_unix_datagram_and_stream_sockets_are_received_and_go_with_the_server(tmp_path):
    paths = tmp_path / "dsd.socket", tmp_path / "dsd.stream"
    with Server(socket_path=paths[0], stream_path=str(paths[1]), telemetry=False) as server:
        assert (server.port, server.addresses) == (0, [str(path) for path in paths])
        assert server.address == f"unix://{paths[0]}"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
            client.sendto(b"a:1|c", str(paths[0]))
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.connect(str(paths[1]))
            client.sendall(struct.pack("<I", 5) + b"b:2|c")
        assert (server.wait_for("a").value, server.wait_for("b").value) == (1, 2)
        with pytest.raises(ServerError, match="already listening") as raised:
            Server(socket_path=paths[0])
        assert (raised.value.errno, raised.value.code) == (errno.EADDRINUSE, 70)
        assert pickle.loads(pickle.dumps(raised.value)).errno == errno.EADDRINUSE
        with Client(server.address, telemetry=False, origin_detection=False) as ours:
            ours.increment("c", tags=["x"])
        assert server.wait_for("c").tags == ("x",)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").touch()
    for path, number in [("no/x", errno.ENOENT), ("x" * 200, errno.ENAMETOOLONG), ("file", errno.ENOTSOCK)]:
        with pytest.raises(ServerError) as raised:
            Server(socket_path=tmp_path / path)
        assert raised.value.errno == number


def test_iteration_gives_every_series_from_then_on_until_the_end():
    server = Server(port=0, telemetry=False, counter_zeros=False)
    send(server, b"before:1|c")
    server.flush()
    seen, readers = [], []
    for _ in range(2):
        series = iter(server)
        reader = threading.Thread(target=lambda series=series: seen.append([each.name for each in series]))
        reader.start()
        readers.append(reader)
    flushes = server.flushes()
    send(server, b"a:1|c\nb:1|g")
    server.flush()
    send(server, b"c:1|c", b"_sc|db|0")
    stats = server.close()
    for reader in readers:
        reader.join()
    assert seen == [["a", "b", "c"]] * 2
    assert [(len(flushed.series), len(flushed.service_checks)) for flushed in flushes] == [(2, 0), (1, 1)]
    assert list(server) == [] and list(flushes)[1].service_checks[0].name == "db"
    assert (stats.datagrams["udp"], stats.messages["service_check"], server.close()) == (4, 1, stats)


def test_async_iteration_leaves_the_loop_to_others():
    async def main():
        async with Server(port=0, telemetry=False) as server:
            seen = []

            async def read(series):
                async for each in series:
                    seen.append(each.name)
                    if each.name == "b":
                        break

            readers = [asyncio.create_task(read(aiter(server))) for _ in range(2)]
            await asyncio.sleep(0)
            for name in (b"a", b"b"):
                send(server, name + b":1|g")
                await asyncio.to_thread(server.flush)
            await asyncio.wait_for(asyncio.gather(*readers), 10)
            cancelled = asyncio.create_task(read(aiter(server)))
            await asyncio.sleep(0)
            cancelled.cancel()
            with pytest.raises(asyncio.CancelledError):
                await cancelled
            flushes = server.flushes()
            send(server, b"_e{1,1}:t|u")
            rest = asyncio.create_task(anext(aiter(flushes)))
            await asyncio.to_thread(server.close)
            assert (await rest).events[0].title == "t"
            assert [flushed.flushed_at async for flushed in flushes] == [(await rest).flushed_at]
            return seen

    assert sorted(asyncio.run(main())) == ["a", "a", "b", "b"]


def test_a_thousand_datagrams_are_one_flush(server):
    flushes = server.flushes()
    send(server, *(b"a:1|c|#n:%d" % (at % 10) for at in range(1000)))
    server.flush()
    sums = [server.wait_for("a", tags=[f"n:{tag}"]).value for tag in range(10)]
    server.close()
    assert sums == [100] * 10
    assert sum(1 for flushed in flushes if any(series.value for series in flushed.series)) == 1


def test_the_server_receives_while_python_has_its_lock(tmp_path):
    program = """
import socket, sys
client = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
for _ in range(5000):
    client.sendto(b"a:1|c", sys.argv[1])
print(flush=True)
"""
    with Server(socket_path=tmp_path / "d", telemetry=False) as server:
        command = [sys.executable, "-c", program, server.addresses[0]]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as sender:
            # A system call with the interpreter's lock. It ends when the sender has, whose socket holds a few hundred datagrams.
            assert ctypes.PyDLL(None).read(sender.stdout.fileno(), ctypes.create_string_buffer(1), 1) == 1
        assert server.wait_for("a").value == 5000


def test_what_was_received_can_be_taken_message_by_message():
    with Server(port=0, messages=True, telemetry=False) as server:
        send(server, b"a:1|c\nbad", b"_sc|db|1\n")
        taken = []
        while len(taken) < 3:
            taken += server.take_messages(timeout=5)
        assert [type(each).__name__ for each in taken] == ["Metric", "ParseError", "ServiceCheck"]
        assert (taken[1].offset, taken[1].reason) == (3, "no |")
        assert server.take_messages() == []


def test_lines_that_are_none_are_counted_with_their_reason(server):
    send(server, b"bad\na:nan:1|c|@7")
    assert server.wait_for("a").value == 1
    stats = server.stats()
    assert (stats.parse_errors["no_pipe"], stats.skipped_values, stats.odd_rates, stats.contexts) == (1, 1, 1, 1)


def test_contexts_are_bounded_and_what_is_refused_is_counted():
    with Server(port=0, contexts=1, telemetry=False) as server:
        send(server, b"a:1|c\nb:1|c\na:1|c")
        assert server.wait_for("a").value == 2
        assert server.stats().refused["contexts"] == 1


def test_what_nobody_reads_is_bounded_and_counted(tmp_path):
    with Server(stream_path=tmp_path / "s", receive_buffer=65507, counter_zeros=False, telemetry=False, messages=True) as server:
        flushes = server.flushes()
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.connect(str(tmp_path / "s"))
            for number in range(3):
                for frame in range(150):
                    lines = "\n".join(f"{number}.{frame}.{line}.{'x' * 1000}:1|c" for line in range(60)).encode()
                    client.sendall(struct.pack("<I", len(lines)) + lines)
                server.flush()
        stats = server.close()
        assert stats.messages["count"] == 27_000
        kept = [series.name.partition(".")[0] for flushed in flushes for series in flushed.series]
        assert kept[-1] == "2" and "0" not in kept
        stats = server.stats()
        assert stats.flushes_missed >= 1
        messages = len(server.take_messages())
        assert messages + 60 * stats.datagrams_missed == 27_000 and 60 * 200 < messages < 27_000


def test_a_closed_server_does_nothing_more(server):
    send(server, b"a:1|c")
    server.close()
    server.flush()
    assert server.wait_for("a").value == 1
    with pytest.raises(ServerError, match="a did not arrive before the server was closed"):
        server.wait_for("a")
    with Server(port=server.port) as again:
        assert again.port == server.port


def test_closing_ends_who_waits(server):
    raised = []

    def wait():
        with pytest.raises(ServerError) as error:
            server.wait_for("never", timeout=60)
        raised.append(error.value.code)

    waiter = threading.Thread(target=wait)
    waiter.start()
    threading.Timer(0.05, server.close).start()
    waiter.join(timeout=30)
    assert raised == [66]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"port": "8125"}, "port must be an int, not '8125'"),
        ({"port": 1.5}, "port must be an int, not 1.5"),
        ({"port": 0, "host": 1}, "host must be str, not 1"),
        ({"socket_path": 1}, "socket_path must be a path, not 1"),
        ({"stream_path": b"x"}, "stream_path must be a path, not b'x'"),
        ({"port": 0, "tags": "env:dev"}, "tags must be a sequence of str, not 'env:dev'"),
        ({"port": 0, "tags": [1]}, "tags must be a sequence of str, not [1]"),
        ({"port": 0, "telemetry": "yes"}, "telemetry must be bool, not 'yes'"),
        ({"port": 0, "messages": 1}, "messages must be bool, not 1"),
        ({"port": 0, "counter_zeros": 1}, "counter_zeros must be bool, not 1"),
        ({"port": 0, "bucket_secs": "10"}, "bucket_secs must be an int, not '10'"),
        ({"port": 0, "aggregates": [95]}, "aggregates must be a sequence of str, not [95]"),
        ({"scoket_path": "x"}, "Server() has no option 'scoket_path'; did you mean 'socket_path'?"),
    ],
)
def test_a_wrong_type_is_a_type_error_that_names_the_argument(arguments, message):
    with pytest.raises(TypeError) as raised:
        Server(**arguments)
    assert str(raised.value).startswith(message)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"port": 65536}, "port must be from 0 to 65535, not 65536"),
        ({"port": -1}, "port must be from 0 to 65535, not -1"),
        ({"port": 1 << 80}, "port must be from 0 to 65535"),
        ({"port": 0, "bucket_secs": 0}, "bucket_secs must be from 1 to 86400, not 0"),
        ({"port": 0, "receive_buffer": 65508}, "receive_buffer must be from 1 to 65507"),
        ({"port": 0, "aggregates": ["p95"]}, "aggregates must be some of .*, not 'p95'"),
        ({"port": 0, "tags": ["a|b"]}, "cannot be a tag"),
        ({"port": 0, "contexts": 0}, "contexts must be from 1 to "),
    ],
)
def test_an_option_out_of_its_range_is_a_setting_error(arguments, message):
    with pytest.raises(SettingError, match=message) as raised:
        Server(**arguments)
    assert isinstance(raised.value, ValueError) and raised.value.code == 103


def test_a_port_in_use_and_an_address_that_is_none_are_server_errors(server):
    with pytest.raises(ServerError, match="already in use") as raised:
        Server(port=server.port)
    assert isinstance(raised.value, OSError) and raised.value.errno == errno.EADDRINUSE
    with pytest.raises(ServerError) as raised:
        Server(port=0, host="192.0.2.1")
    assert (raised.value.errno, raised.value.code) == (errno.EADDRNOTAVAIL, 98)


@pytest.mark.parametrize(
    ("wait", "message"),
    [
        ("wait_for(1)", "name must be str, not 1"),
        ("wait_for_event(None)", "title must be str, not None"),
        ("wait_for_service_check(b'a')", "name must be str, not b'a'"),
        ("wait_for('a', tags='env:dev')", "tags must be several str, not 'env:dev'"),
        ("wait_for_event('a', tags=[1])", r"tags must be several str, not \[1\]"),
        ("wait_for('a', timeout='x')", "timeout must be a number, not 'x'"),
        ("take_messages('x')", "timeout must be a number, not 'x'"),
    ],
)
def test_waiting_for_nonsense_is_a_type_error_that_names_the_argument(server, wait, message):
    with pytest.raises(TypeError, match=f"^{message}$"):
        eval(f"server.{wait}")


def run(program, *arguments):
    # From 3.12 on Python warns of a fork where there are threads.
    return subprocess.run([sys.executable, "-W", "ignore:This process:DeprecationWarning", "-c", program, *arguments], capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("wait", ["server.wait_for('a', timeout=60)", "next(iter(server))", "server.take_messages(60)"])
def test_an_interrupt_ends_a_wait(wait):
    program = f"""
import os, signal, threading, basenji
signal.signal(signal.SIGINT, signal.default_int_handler)  # who started the tests may have it ignored
server = basenji.Server(port=0, messages=True, telemetry=False)
try:
    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
    {wait}
except KeyboardInterrupt:
    print("interrupted")
"""
    assert run(program).stdout == "interrupted\n"


def test_a_child_of_a_fork_gets_a_clear_error_and_does_no_harm():
    program = """
import os, socket, basenji
server = basenji.Server(port=0, telemetry=False)
child = os.fork()
if child == 0:
    calls = [server.flush, server.close, server.stats, lambda: server.wait_for("a"), lambda: next(iter(server)), server.take_messages]
    for call in calls:
        try:
            call()
        except basenji.ServerError as error:
            print(error.code, str(os.getppid()) in str(error), flush=True)
    del server, calls
    with basenji.Server(port=0) as own:
        print(own.port > 0, flush=True)
    raise SystemExit(0)
assert os.waitpid(child, 0)[1] == 0
client = socket.socket(type=socket.SOCK_DGRAM)
client.sendto(b"a:3|c", ("127.0.0.1", server.port))
print(server.wait_for("a").value)
"""
    done = run(program)
    assert (done.stdout, done.stderr) == ("66 True\n" * 6 + "True\n3.0\n", "")


def test_a_program_that_never_closes_its_server_ends():
    program = """
import basenji, threading, socket
kept = basenji.Server(port=0)
basenji.Server(port=0)
reader = threading.Thread(target=lambda: list(kept), daemon=True)
reader.start()
socket.socket(type=socket.SOCK_DGRAM).sendto(b"a:3|c", ("127.0.0.1", kept.port))
print("end")
"""
    done = run(program)
    assert (done.returncode, done.stdout) == (0, "end\n")
