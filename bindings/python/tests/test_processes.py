"""Forks, threads, the end of a process, servers that fork, monkey-patching, signals: with real processes; nothing doubled, nothing lost."""

import collections
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import basenji
import pytest
from receiving import Receiver

PROFILES = {
    "default": "basenji.DogStatsd(host='127.0.0.1', port={port}, disable_telemetry=True, origin_detection_enabled=False)",
    "buffered": "basenji.DogStatsd(host='127.0.0.1', port={port}, disable_telemetry=True, origin_detection_enabled=False, disable_buffering=False, flush_interval=100)",
    "aggregated": "basenji.DogStatsd(host='127.0.0.1', port={port}, disable_telemetry=True, origin_detection_enabled=False, disable_aggregation=False, flush_interval=100)",
    "background": "basenji.DogStatsd(host='127.0.0.1', port={port}, disable_telemetry=True, origin_detection_enabled=False, disable_background_sender=False)",
    "fast": "basenji.DogStatsd(host='127.0.0.1', port={port}, disable_telemetry=True, origin_detection_enabled=False, profile='fast')",
    "client": "basenji.Client('udp://127.0.0.1:{port}', telemetry=False, origin_detection=False)",
}

every_profile = pytest.mark.parametrize("profile", PROFILES)


def run(receiver, profile, body, timeout=60, prelude="", interpreter=sys.executable):
    """Runs a program with `statsd` of that profile, and gives what its counts come to, by name."""
    program = prelude + "\nimport os, sys, threading, time, basenji\nstatsd = " + PROFILES[profile].format(port=receiver.port)
    subprocess.run([interpreter, "-c", program + "\n" + textwrap.dedent(body)], check=True, timeout=timeout)
    return sums(receiver)


def sums(receiver):
    counts = collections.Counter()
    for datagram in receiver.collected():
        for line in datagram.splitlines():
            name, _, rest = line.partition(":")
            counts[name] += float(rest.split("|")[0])
    return counts


@pytest.fixture
def receiver(tmp_path):
    with Receiver("udp", tmp_path) as receiver:
        receiver.collecting()
        yield receiver
        receiver.collected()


@every_profile
def test_what_was_called_arrives_at_the_end_of_the_process(profile, receiver):
    assert run(receiver, profile, "for _ in range(20): statsd.increment('n')") == {"n": 20}


@every_profile
def test_an_exception_at_the_end_loses_nothing(profile, receiver):
    with pytest.raises(subprocess.CalledProcessError):
        run(receiver, profile, "statsd.increment('n')\nsys.stderr = None\nraise SystemExit(3)")
    assert sums(receiver) == {"n": 1}


@pytest.mark.parametrize("profile, flush", [("buffered", "flush"), ("aggregated", "flush_aggregated_metrics")])
def test_what_another_thread_has_taken_and_not_yet_sent_arrives_at_the_end_too(profile, flush, receiver):
    body = f"""
        started = threading.Event()
        class Slow:
            def send(self, packet):
                started.set()
                time.sleep(0.3)
                real.send(packet)
        real, statsd.socket = statsd.get_socket(), Slow()
        statsd.increment('n')
        threading.Thread(target=statsd.{flush}, daemon=True).start()
        started.wait()
    """
    assert run(receiver, profile, body) == {"n": 1}


def test_a_stop_says_that_another_thread_has_yet_to_send():
    taken, go = threading.Event(), threading.Event()

    class Stuck:
        def send(self, packet):
            taken.set()
            assert go.wait(60)

    client = basenji.DogStatsd(disable_buffering=False, flush_interval=100)
    client.socket = Stuck()
    client.increment("n")
    thread = threading.Thread(target=client.flush)
    thread.start()
    assert taken.wait(60)
    assert not client.stop(0.05)
    go.set()
    thread.join()
    assert client.flush()


@pytest.mark.parametrize("profile", ["default", "fast", "client"])
def test_an_end_that_is_not_pythons_loses_nothing_that_is_native(profile, receiver):
    body = """
        import ctypes
        statsd.increment('n')
        ctypes.CDLL(None).exit(0)
    """
    assert run(receiver, profile, body) == {"n": 1}


@every_profile
def test_parent_and_child_of_a_fork_send_once_each(profile, receiver):
    body = """
        statsd.increment('before')
        pid = os.fork()
        statsd.increment('child' if pid == 0 else 'parent')
        if pid: assert os.waitpid(pid, 0)[1] == 0
    """
    assert run(receiver, profile, body) == {"before": 1, "child": 1, "parent": 1}


#: A thread of Python that runs at this moment, as the background sender's, may hold the interpreter's lock for ever in the child.
@pytest.mark.parametrize("profile", [name for name in PROFILES if name != "background"])
def test_a_child_of_a_fork_that_python_is_not_told_of_leaves_to_the_parent_what_is_its(profile, receiver):
    body = """
        import ctypes
        statsd.increment('before')
        pid = ctypes.PyDLL(None).fork()
        statsd.increment('child' if pid == 0 else 'parent')
        if pid: assert os.waitpid(pid, 0)[1] == 0
    """
    assert run(receiver, profile, body) == {"before": 1, "child": 1, "parent": 1}


@every_profile
def test_forks_while_threads_count_lose_and_double_nothing(profile, receiver):
    body = """
        def count():
            for _ in range(50):
                statsd.increment('thread')
                time.sleep(0.0005)
        threads = [threading.Thread(target=count) for _ in range(4)]
        for thread in threads: thread.start()
        children = []
        for _ in range(5):
            pid = os.fork()
            if pid == 0:
                statsd.increment('child')
                sys.exit(0)
            children.append(pid)
        for pid in children: assert os.waitpid(pid, 0)[1] == 0
        for thread in threads: thread.join()
    """
    prelude = "import warnings; warnings.simplefilter('ignore')"
    assert run(receiver, profile, body, prelude=prelude) == {"thread": 200, "child": 5}


#: How `multiprocessing` has work done that comes to 45. Its processes end by ``os._exit``.
WAYS = {
    "pool": "pool = context.Pool(2); pool.map(work, range(10)); pool.close(); pool.join()",
    "process": "process = context.Process(target=work, args=(45,)); process.start(); process.join()",
    "executor": "from concurrent.futures import ProcessPoolExecutor as Pool\n    with Pool(2, mp_context=context) as pool: list(pool.map(work, range(10)))",
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
@pytest.mark.parametrize("profile", ["buffered", "fast", "client"])
def test_what_processes_of_multiprocessing_count_arrives_at_their_end(profile, method, way, receiver, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        "import multiprocessing, basenji\n"
        f"statsd = {PROFILES[profile].format(port=receiver.port)}\n"
        "def work(n):\n    statsd.increment('work', n)\n"
        "if __name__ == '__main__':\n"
        f"    context = multiprocessing.get_context('{method}')\n"
        f"    {WAYS[way]}\n"
    )
    subprocess.run([sys.executable, program], check=True, timeout=60)
    assert sums(receiver) == {"work": 45}


def test_a_fork_is_less_than_a_millisecond_dearer(receiver):
    def cost(made):
        program = f"""
import os, time
{made}
best = 1.0
for _ in range(30):
    start = time.perf_counter()
    pid = os.fork()
    if pid == 0: os._exit(0)
    best = min(best, time.perf_counter() - start)
    os.waitpid(pid, 0)
print(best)
"""
        return float(subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, timeout=60).stdout)

    with_us = "import basenji\nstatsd = " + PROFILES["fast"].format(port=receiver.port) + "\nstatsd.increment('x')"
    assert cost(with_us) - cost("import socket, threading") < 0.001


@every_profile
def test_threads_lose_nothing(profile, receiver):
    body = """
        def count():
            for _ in range(25): statsd.increment('n')
        threads = [threading.Thread(target=count) for _ in range(8)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
    """
    assert run(receiver, profile, body) == {"n": 200}


@every_profile
def test_a_call_in_a_signal_handler_does_not_hang(profile, receiver):
    body = """
        import signal
        signal.signal(signal.SIGALRM, lambda *_: statsd.increment('signal'))
        signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
        for n in range(100): statsd.increment('main')
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
    """
    assert run(receiver, profile, body)["main"] == 100


@every_profile
def test_a_terminated_process_that_exits_by_its_handler_loses_nothing(profile, receiver):
    body = """
        import signal
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        statsd.increment('n')
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(10)
    """
    assert run(receiver, profile, body) == {"n": 1}


@every_profile
def test_a_late_call_while_the_interpreter_ends_does_not_crash(profile, receiver):
    body = """
        class Late:
            def __del__(self): statsd.increment('late')
        late = Late()
        statsd.increment('n')
    """
    assert run(receiver, profile, body)["n"] == 1


@every_profile
def test_gevent_changes_nothing(profile, receiver):
    prelude = "from gevent import monkey; monkey.patch_all()"
    body = """
        import gevent
        def count():
            for _ in range(20):
                statsd.increment('n')
                gevent.sleep(0)
        gevent.joinall([gevent.spawn(count) for _ in range(10)])
    """
    assert run(receiver, profile, body, prelude=prelude) == {"n": 200}


def test_a_subinterpreter_is_told_why_not():
    program = """
import _xxsubinterpreters as interpreters
try:
    interpreters.run_string(interpreters.create(), "import basenji")
except interpreters.RunFailedError as error:
    print(error)
"""
    try:
        import _xxsubinterpreters  # noqa: F401
    except ImportError:
        pytest.skip("this Python has no such module")
    told = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60).stdout
    assert "ImportError" in told and "subinterpreters" in told


APPLICATION = """
import os, time, basenji
statsd = {client}
statsd.increment('loaded')

def application(environ, start_response):
    statsd.increment('request')
    # So that requests that are made at the same time need both workers.
    time.sleep(0.01)
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [str(os.getpid()).encode()]
"""


def served(command, directory, port):
    """Sends requests to a server of two workers, four at a time, until both have answered, ends it, and gives how many there were."""
    with (directory / "server.log").open("w+b") as log:
        server = subprocess.Popen(command, cwd=directory, stdout=log, stderr=log)

        def told():
            log.seek(0)
            return log.read().decode()

        def ask(_):
            while True:
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as answer:
                        return answer.read()
                except urllib.error.URLError:
                    # It has not begun to listen.
                    assert time.monotonic() < deadline and server.poll() is None, told()
                    time.sleep(0.05)

        try:
            answers, deadline = [], time.monotonic() + 60
            with ThreadPoolExecutor(4) as pool:
                while len(answers) < 40 or len(set(answers)) < 2:
                    assert time.monotonic() < deadline, told()
                    answers += pool.map(ask, range(8))
            return len(answers)
        finally:
            server.send_signal(signal.SIGTERM)
            try:
                server.wait(timeout=30)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
                raise


def free_port():
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@every_profile
def test_gunicorn_with_a_preloaded_application(profile, receiver, tmp_path):
    (tmp_path / "application.py").write_text(APPLICATION.format(client=PROFILES[profile].format(port=receiver.port)))
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--preload", "--workers", "2", "--bind", f"127.0.0.1:{port}", "application"]
    requests = served(command, tmp_path, port)
    assert sums(receiver) == {"loaded": 1, "request": requests}


#: Applications are loaded before the workers are forked, by uWSGI in C, or by each of them.
@pytest.mark.parametrize("lazy", [False, True], ids=["preloaded", "lazy-apps"])
@pytest.mark.parametrize("profile", [name for name in PROFILES if name != "background"])
def test_uwsgi_with_its_workers(profile, lazy, receiver, tmp_path):
    (tmp_path / "application.py").write_text(APPLICATION.format(client=PROFILES[profile].format(port=receiver.port)))
    port = free_port()
    command = [Path(sys.executable).with_name("uwsgi"), "--http-socket", f"127.0.0.1:{port}", "--wsgi-file", "application.py", "--master", "--processes", "2"]
    command += ["--enable-threads", "--need-app", "--virtualenv", sys.prefix] + ["--lazy-apps"] * lazy
    if profile in ("buffered", "aggregated"):
        # They have a thread of Python, which may hold the interpreter's lock when uWSGI forks without telling Python.
        command.append("--py-call-uwsgi-fork-hooks")
    # Without it workers end in the midst of whatever they do.
    command += ["--hook-master-start", "unix_signal:15 gracefully_kill_them_all"]
    requests = served(command, tmp_path, port)
    assert sums(receiver) == {"loaded": 2 if lazy else 1, "request": requests}


def outcome(program, *arguments, timeout=60):
    """What a program prints, on either output."""
    command = [sys.executable, "-c", textwrap.dedent(program), *arguments]
    return subprocess.run(command, check=True, timeout=timeout, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout


def test_the_child_of_a_fork_hands_to_a_transport_at_its_end_what_it_counted():
    said = outcome(
        """
        import os, sys
        from basenji import Client, DogStatsd
        reader, writer = os.pipe()
        client = Client(transport=lambda datagram: os.write(writer, datagram), telemetry=False, origin_detection=False)
        client.increment("parent")
        child = os.fork()
        if child == 0:
            client.increment("child", 5)
            sys.exit(0)
        assert os.waitpid(child, 0)[1] == 0
        client.close()
        os.close(writer)
        with os.fdopen(reader) as lines:
            print(lines.read())
        """
    )
    assert "child:5|c" in said and "parent:1|c" in said and "Error" not in said


@pytest.mark.parametrize("mode", ["disable_buffering=True", "disable_background_sender=False"])
def test_a_signal_handler_and_a_log_handler_count_with_a_client_each(mode):
    said = outcome(
        """
        import logging, signal, sys, threading, time
        from basenji import DogStatsd
        name, value = sys.argv[1].split("=")
        one = DogStatsd(socket_path="/nowhere/one", **{name: value == "True"})
        other = DogStatsd(socket_path="/nowhere/other", **{name: value == "True"})
        class Counting(logging.Handler):
            def emit(self, record):
                one.increment("log.lines")
        logging.getLogger("datadog.dogstatsd").addHandler(Counting())
        signal.signal(signal.SIGALRM, lambda *_: other.increment("signals"))
        signal.setitimer(signal.ITIMER_REAL, 0.001, 0.0013)
        end = time.monotonic() + 4
        def run():
            while time.monotonic() < end:
                one.increment("work")
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        run()
        thread.join(20)
        signal.setitimer(signal.ITIMER_REAL, 0)
        print("alive" if not thread.is_alive() else "stuck")
        """,
        mode,
    )
    assert said.endswith("alive\n"), said


@pytest.mark.parametrize("call", ["client.stop(0.5)", "os.fork() or os._exit(0)", "client.pre_fork()"])
def test_a_name_server_that_does_not_answer_is_asked_once_at_the_end_and_never_by_a_fork(call):
    said = outcome(
        """
        import os, socket, sys, time
        asked = []
        def ask(*arguments, **options):
            asked.append(arguments)
            time.sleep(1)
            raise socket.gaierror(-3, "Temporary failure in name resolution")
        socket.getaddrinfo = ask
        from basenji import DogStatsd
        client = DogStatsd(host="agent.example", disable_aggregation=False, flush_interval=1000)
        for number in range(10):
            client.increment(f"m{number}")
        asked.clear()
        eval(sys.argv[1])
        print(len(asked), flush=True)
        os._exit(0)
        """,
        call,
    )
    assert int(said.split()[-1]) <= ("stop" in call), said
