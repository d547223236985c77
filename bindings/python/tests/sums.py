"""Random lives of a process whose calls are counted: threads, forks, flushes, listeners that vanish, ends. What arrives is what was called; where nobody
listened to the end it is no more. `lives.py` lives many of them."""

import os
import random
import signal
import socket
import subprocess
import sys
import threading

#: No life may take longer, in seconds: two for the end of each process of it, on a busy machine.
LONGEST = 40

CLIENTS = {
    "default": "basenji.DogStatsd(host='127.0.0.1', port=port, **quiet)",
    "buffered": "basenji.DogStatsd(host='127.0.0.1', port=port, disable_buffering=False, flush_interval=choose((0.01, 100)), **quiet)",
    "aggregated": "basenji.DogStatsd(host='127.0.0.1', port=port, disable_aggregation=False, flush_interval=choose((0.01, 100)), **quiet)",
    "background": "basenji.DogStatsd(host='127.0.0.1', port=port, disable_background_sender=False, sender_queue_size=0, **quiet)",
    "fast": "basenji.DogStatsd(host='127.0.0.1', port=port, profile='fast', **quiet)",
    "client": "basenji.Client(f'udp://127.0.0.1:{port}', telemetry=False, origin_detection=False, flush_interval=choose((0.01, 100)))",
}

PROGRAM = """
import multiprocessing, os, random, signal, sys, threading, time, warnings
warnings.simplefilter("ignore")
import basenji
seed, port, client = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
choose = random.Random(seed).choice
quiet = dict(disable_telemetry=True, origin_detection_enabled=False)
statsd = eval(client)
def say(number):
    os.write(1, b"%d\\n" % number)
def call(times, pause):
    say(times)
    for n in range(times):
        # Two forms: by name, and one that is known after a while.
        statsd.increment("n") if n % 2 else statsd.count("n", 1, tags=["a:1"])
        if pause and n % 8 == 0:
            time.sleep(0.0002)
        if pause and n % 20 == 19 and hasattr(statsd, "flush"):
            statsd.flush()
def child(times):
    call(times, False)
threads = [threading.Thread(target=call, args=(choose(range(40)), choose((True, False)))) for _ in range(choose(range(4)))]
for thread in threads:
    thread.start()
call(choose(range(20)), False)
for _ in range(choose(range(4))):
    times, how = choose(range(20)), choose(("exit", "flush", "process"))
    if how == "process":
        process = multiprocessing.get_context("fork").Process(target=child, args=(times,))
        process.start()
        process.join()
        assert process.exitcode == 0, process.exitcode
        continue
    pid = os.fork()
    if pid == 0:
        threads.clear()
        child(times)
        if how == "flush":
            getattr(statsd, "flush_aggregated_metrics", lambda: None)()
            statsd.flush()
            getattr(statsd, "wait_for_pending", lambda: None)()
            os._exit(0)
        sys.exit(0)
    assert os.waitpid(pid, 0)[1] == 0
for thread in threads:
    thread.join()
end = choose(("return", "exit", "exception", "stop", "signal", "late"))
if end == "exit":
    sys.exit(0)
if end == "exception":
    sys.stderr = None
    raise ValueError
if end == "stop":
    getattr(statsd, "close", getattr(statsd, "stop", None))() if isinstance(statsd, basenji.Client) else statsd.stop()
if end == "signal":
    basenji.flush_on_signal()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(20)
if end == "late":
    # What is called at the end itself is called before ours, which was registered first.
    import atexit
    atexit.register(call, 3, False)
"""


def count(datagrams):
    lines = b"\n".join(datagrams).split(b"\n")
    return sum(int(line.split(b":")[1].split(b"|")[0]) for line in lines if line.startswith(b"n:"))


def live(mode, seed, interpreter=sys.executable, environment=None):
    """Lives the life of this seed; None if it ended in time and its sums add up, or else what is wrong."""
    choices = random.Random(seed ^ 0x5EED)
    state = choices.choice(("there", "there", "there", "absent", "vanishes"))
    datagrams = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        listener.bind(("127.0.0.1", 0))
        address = listener.getsockname()
        if state == "absent":
            listener.close()
        command = [interpreter, "-c", PROGRAM, str(seed), str(address[1]), CLIENTS[mode]]
        life = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, start_new_session=True)

        def receive():
            while datagram := listener.recv(65536):
                datagrams.append(datagram)

        reader = threading.Thread(target=receive)
        if state != "absent":
            reader.start()
        closer = threading.Timer(choices.random() / 2, lambda: stop(listener, reader))
        if state == "vanishes":
            closer.start()
        try:
            said, error = life.communicate(timeout=LONGEST)
        except subprocess.TimeoutExpired:
            os.killpg(life.pid, signal.SIGKILL)
            return f"seed {seed}, {mode}, {state}: it did not end within {LONGEST} seconds: {life.communicate()}"
        finally:
            closer.cancel()
            stop(listener, reader)
    called, arrived = sum(map(int, said.split())), count(datagrams)
    is_right = arrived == called if state == "there" else arrived <= called
    if not is_right or life.returncode not in (0, 1, -signal.SIGTERM) or (life.returncode == 1 and error):
        return f"seed {seed}, {mode}, {state}: ended with {life.returncode}, called {called}, arrived {arrived}: {error.decode()[-1000:]}"
    return None


def stop(listener, reader):
    """Has the reader read what there is, and closes its socket."""
    if reader.is_alive():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"", listener.getsockname())
        reader.join()
    listener.close()
