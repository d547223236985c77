"""A fleet on one machine, and what engines answer at the end beside what was sent.

usage: fleet.py DAEMON SIMULATOR PYTHON VICTORIA-METRICS PROMETHEUS [--simulated N] [--real N] [--flushes N] [--pause SECONDS]

Some daemons are real, each with sockets of its own; the others are simulated flush by flush, through the same sinks, by SIMULATOR, the
daemon's tests. All of them send to ClickHouse (PYTHON has chdb), VictoriaMetrics (OTLP, deltas) and Prometheus (remote write) at the same
time, through a proxy that loses some answers after the engine has stored what was sent, and that is down for a third of the time. While
it is down a third of the daemons die; they return with what they have left on disk.
"""

import argparse
import contextlib
import http.client
import http.server
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../interop/sinks"))
import run  # noqa: E402

# Of so many answers one is lost.
LOSE = 7
# Members of all sets.
MEMBERS = 50_000
QUANTILES = (0.5, 0.9, 0.95, 0.99)
SINKS = ("clickhouse", "otlp", "remote_write")


class Proxy:
    """In front of an engine: passes requests on, unless it is down, and loses some answers if it `loses` any."""

    def __init__(self, engine, loses=True):
        self.is_down = False
        self.lost = self.passed = 0
        proxy, lock = self, threading.Lock()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if proxy.is_down:
                    return self.end()
                try:
                    connection = http.client.HTTPConnection("127.0.0.1", engine, timeout=120)
                    headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
                    connection.request("POST", self.path, body, headers)
                    answer = connection.getresponse()
                    found = answer.read()
                except OSError:
                    return self.end()
                with lock:
                    proxy.passed += 1
                    is_lost = loses and proxy.passed % LOSE == 0
                    proxy.lost += is_lost
                if is_lost:
                    return self.end()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() in ("content-type", "retry-after", "x-clickhouse-exception-code"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(found)))
                self.end_headers()
                self.wfile.write(found)

            def end(self):
                self.close_connection = True
                with contextlib.suppress(OSError):
                    self.connection.shutdown(socket.SHUT_RDWR)

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 512

            def handle_error(self, *_):
                pass

        self.server = Server(("0.0.0.0", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class Workload:
    """Lines of each daemon and flush, and what they come to."""

    def __init__(self, daemons, flushes, dying, killed):
        chance = random.Random(7)
        self.views, self.users, self.values, self.flushes, self.killed = 0, set(), [], [], killed
        # What each daemon that is killed has counted in each flush of its first life.
        self.counts = {daemon: {} for daemon in killed}
        for daemon in range(daemons):
            mine = []
            for flush in range(flushes):
                dies, returns = dying.get(daemon, (flushes, flushes))
                life = 1 if flush < dies else 2
                mine.append(self.lines(chance, daemon, life, flush) if not dies <= flush < returns else [])
            self.flushes.append(mine)
        self.values.sort()

    def lines(self, chance, daemon, life, flush):
        tags = f"|#host:h{daemon},life:{life}"
        count = chance.randint(1, 100)
        values = [chance.lognormvariate(3, 1) for _ in range(40)]
        users = [f"u{chance.randrange(MEMBERS)}" for _ in range(30)]
        name = "fleet"
        if daemon in self.killed and life == 1:
            # Some of it will be lost, so that it has a name of its own.
            name = "killed"
            self.counts[daemon][flush] = count
            tags += f",flush:{flush},from:h{daemon}"
        else:
            self.views += count
            self.values += values
            self.users.update(users)
        lines = [f"{name}.views:{count}|c{tags}", f"{name}.req:{':'.join(map(repr, values))}|d{tags}"]
        return lines + [f"{name}.users:{user}|s{tags}" for user in users]


class Namespace:
    """A network of its own with a line to this machine."""

    def __init__(self, number):
        # Of the addresses that are for tests of networks.
        net = f"198.18.{os.getpid() % 256}"
        self.outside, self.inside = f"{net}.{4 * number + 1}", f"{net}.{4 * number + 2}"
        self.name, self.line = f"basenji-{os.getpid()}-{number}", f"bj{os.getpid()}-{number}"

    def __enter__(self):
        ip("netns", "add", self.name)
        try:
            ip("link", "add", self.line, "type", "veth", "peer", "name", "line", "netns", self.name)
            ip("address", "add", f"{self.outside}/30", "dev", self.line)
            ip("link", "set", self.line, "up")
            ip("-n", self.name, "address", "add", f"{self.inside}/30", "dev", "line")
            for link in ("lo", "line"):
                ip("-n", self.name, "link", "set", link, "up")
        except OSError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        ip("netns", "delete", self.name)

    @staticmethod
    def refusal():
        """Why there are none here."""
        try:
            with Namespace(63):
                return None
        except OSError as error:
            return str(error)


def ip(*arguments):
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True)
    if done.returncode:
        raise OSError(f"ip {' '.join(arguments)}: {done.stderr.strip()}")


class Real:
    """A real daemon: on a Unix socket of its own, or in a namespace on the port that every daemon has."""

    def __init__(self, program, variables, directory, name, namespace):
        self.socket = os.path.join(directory, f"{name}.socket")
        self.variables, self.namespace, self.child = variables, namespace, None
        common = ["--bucket-secs", "1", "--no-telemetry", "--format", "off"]
        # Series that stay silent would go on as zeros.
        common += ["--expiry-seconds", "0"]
        if namespace:
            self.prefix, self.http = ["ip", "netns", "exec", namespace.name], 8127
            self.command = [*self.prefix, program, *common]
            self.variables["DD_DOGSTATSD_NON_LOCAL_TRAFFIC"] = "true"
        else:
            self.prefix, self.http = [], run.free_port()
            self.command = [program, "--port", "off", "--socket", self.socket, "--http", str(self.http), *common]
        self.disk = variables["DD_FORWARDER_STORAGE_PATH"]

    def start(self):
        self.child = subprocess.Popen(self.command, env={"PATH": os.environ["PATH"], **self.variables}, stderr=subprocess.PIPE, text=True)
        said = ""
        for line in self.child.stderr:
            said += line
            if "listening" in line:
                break
        else:
            sys.exit(f"a daemon does not listen: {said}")
        threading.Thread(target=self.child.stderr.read, daemon=True).start()

    def send(self, lines):
        family, address = (socket.AF_INET, (self.namespace.inside, 8125)) if self.namespace else (socket.AF_UNIX, self.socket)
        with socket.socket(family, socket.SOCK_DGRAM) as out:
            for line in lines:
                out.sendto(line.encode(), address)

    def rows(self):
        """What it says of each sink: series shown, restored, delivered, waiting and dropped."""
        ask = f"import urllib.request as u; print(u.urlopen('http://127.0.0.1:{self.http}/status', timeout=10).read().decode())"
        text = subprocess.run([*self.prefix, sys.executable, "-c", ask], capture_output=True, text=True, check=True).stdout
        rows = {}
        for row in json.loads(text)["sinks"]:
            dropped = sum(amount["series"] for amount in row["dropped"].values())
            rows[row["sink"]] = {**{part: row[part]["series"] for part in ("shown", "restored", "delivered", "waiting")}, "dropped": dropped}
        return {sink: rows[sink] for sink in SINKS}

    def kill(self):
        """Kills it once nothing happens any more: what had arrived of each sink, and what is on disk."""
        rows, since = self.rows(), time.monotonic()
        while time.monotonic() < since + 3:
            time.sleep(0.2)
            now = self.rows()
            if now != rows:
                rows, since = now, time.monotonic()
        self.child.kill()
        self.child.wait(20)
        stored = dict.fromkeys(SINKS, 0)
        for directory, _, files in os.walk(self.disk):
            sink = os.path.relpath(directory, self.disk).split(os.sep)[0]
            for file in files:
                if file.endswith(".retry"):
                    stored[sink] += int(file.split("-")[2])
        for sink, row in rows.items():
            if row["shown"] != row["delivered"] + row["waiting"] or row["dropped"] or not 0 <= stored[sink] <= row["waiting"]:
                sys.exit(f"{sink}: {row}, and {stored[sink]} on disk")
        return {sink: {"shown": row["shown"], "arrived": row["delivered"], "disk": stored[sink]} for sink, row in rows.items()}

    def end(self):
        self.child.terminate()
        code = self.child.wait(180)
        if code:
            sys.exit(f"a daemon has ended with {code}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("programs", nargs=5)
    parser.add_argument("--simulated", type=int, default=24)
    parser.add_argument("--real", type=int, default=6)
    parser.add_argument("--flushes", type=int, default=12)
    parser.add_argument("--pause", type=float, default=30)
    options = parser.parse_args()
    program, simulator, python, victoria, prometheus = options.programs
    with tempfile.TemporaryDirectory() as data, contextlib.ExitStack() as stack:
        fleet(options, program, simulator, python, victoria, prometheus, data, stack)


def engines(python, victoria, prometheus, data, stack):
    """Starts all three; their ports."""
    click, metrics, prom = run.free_port(), run.free_port(), run.free_port()
    face = os.path.join(os.path.dirname(os.path.abspath(run.__file__)), "clickhouse.py")
    stack.enter_context(run.running([python, face, str(click), f"{data}/clickhouse"]))
    command = [victoria, f"-storageDataPath={data}/vm", f"-httpListenAddr=127.0.0.1:{metrics}", "-retentionPeriod=1d"]
    # What comes twice has the same time.
    stack.enter_context(run.running([*command, "-dedup.minScrapeInterval=1ms"]))
    with open(f"{data}/prometheus.yml", "w") as out:
        out.write("global: {}\n")
    command = [prometheus, f"--config.file={data}/prometheus.yml", f"--storage.tsdb.path={data}/prometheus"]
    version = subprocess.run([prometheus, "--version"], capture_output=True, text=True)
    native = ["--enable-feature=native-histograms"] if "version 2." in version.stdout + version.stderr else []
    command += [f"--web.listen-address=127.0.0.1:{prom}", "--web.enable-remote-write-receiver", "--query.lookback-delta=1h", *native]
    stack.enter_context(run.running(command))
    run.wait("ClickHouse", lambda: run.get(f"http://127.0.0.1:{click}/ping") == "Ok.\n")
    run.wait("VictoriaMetrics", lambda: run.get(f"http://127.0.0.1:{metrics}/health") == "OK")
    run.wait("Prometheus", lambda: "Ready" in run.get(f"http://127.0.0.1:{prom}/-/ready"))
    return click, metrics, prom


def fleet(options, program, simulator, python, victoria, prometheus, data, stack):
    click, metrics, prom = engines(python, victoria, prometheus, data, stack)
    schema = subprocess.run([program, "clickhouse", "--print-schema"], capture_output=True, text=True, check=True).stdout
    for statement in run.re.sub(r"--[^\n]*", "", schema).split(";"):
        if statement.strip():
            run.get(f"http://127.0.0.1:{click}/", query=statement)
    proxies = [Proxy(port) for port in (click, metrics, prom)]
    # An answer that is lost and a daemon that is killed before it asks again: what was stored would count as lost.
    honest = [Proxy(port, loses=False) for port in (click, metrics, prom)]

    total = options.simulated + options.real
    down, up = options.flushes // 3, 2 * options.flushes // 3
    # A third of them dies while the engines are down, and is back before or after they are.
    dying = {daemon: (down + 1, down + 1 + (up - down) // 2 if daemon % 2 else up + 1) for daemon in range(0, total, 3)}
    # Real ones have more to lose, the later they die.
    killed = [daemon for daemon in dying if daemon >= options.simulated]
    dying.update((daemon, (up - 1, up + 1)) for daemon in killed)
    work = Workload(total, options.flushes, dying, killed)
    refusal = Namespace.refusal()
    if refusal:
        print(f"no namespaces: {refusal}")

    def variables(daemon, proxies=proxies, host="127.0.0.1"):
        urls = [f"http://{host}:{proxy.server.server_port}" for proxy in proxies]
        return {
            "DD_HOSTNAME": f"h{daemon}",
            "DD_BASENJI_CLICKHOUSE_URL": urls[0],
            "DD_BASENJI_OTLP_ENDPOINT": f"{urls[1]}/opentelemetry",
            "DD_BASENJI_REMOTE_WRITE_URL": f"{urls[2]}/api/v1/write",
            "DD_FORWARDER_BACKOFF_BASE": "0.2",
            "DD_FORWARDER_BACKOFF_MAX": "2",
            "DD_FORWARDER_TIMEOUT": "120",
            "DD_FORWARDER_MAX_CONCURRENT_REQUESTS": "2",
            "DD_FORWARDER_STORAGE_MAX_SIZE_IN_BYTES": "100000000",
            "DD_FORWARDER_STORAGE_PATH": f"{data}/disk{daemon}",
            "DD_FORWARDER_STORAGE_MAX_DISK_RATIO": "1",
        }

    daemons = []
    for daemon in range(options.simulated):
        dies, returns = dying.get(daemon, (None, None))
        daemons.append({"variables": {**variables(daemon), "DD_FORWARDER_STOP_TIMEOUT": "1"}, "flushes": work.flushes[daemon], "dies": dies, "returns": returns})
    with open(f"{data}/plan.json", "w") as out:
        json.dump({"pause_ms": round(options.pause * 1000), "patience_secs": 1800, "daemons": daemons}, out)
    reals = {}
    for daemon in range(options.simulated, total):
        namespace = None
        if daemon % 2 == 0 and not refusal:
            namespace = stack.enter_context(Namespace(daemon - options.simulated))
        mine = variables(daemon, honest if daemon in killed else proxies, namespace.outside if namespace else "127.0.0.1")
        if daemon in killed:
            # A flush or two; what is older goes to disk.
            mine["DD_FORWARDER_RETRY_QUEUE_PAYLOADS_MAX_SIZE"] = "1000"
        reals[daemon] = Real(program, mine, data, f"d{daemon}", namespace)
        reals[daemon].start()

    command = [simulator, "--ignored", "--exact", "sink::fleet::many_daemons", "--nocapture"]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "BASENJI_FLEET_PLAN": f"{data}/plan.json"})
    was_down, deaths = 0, {}
    for line in child.stdout:
        if not line.startswith("flush "):
            continue
        # The simulator has finished this flush, and waits before the next.
        number = int(line.split()[1])
        for daemon, real in reals.items():
            dies, returns = dying.get(daemon, (None, None))
            if number == dies:
                deaths[daemon] = real.kill()
            if number == returns:
                real.start()
                for sink, row in real.rows().items():
                    deaths[daemon][sink]["restored"] = row["restored"]
            if work.flushes[daemon][number]:
                real.send(work.flushes[daemon][number])
        if number == down:
            since = time.monotonic()
            for proxy in proxies + honest:
                proxy.is_down = True
        if number == up:
            was_down = time.monotonic() - since
            for proxy in proxies + honest:
                proxy.is_down = False
    if child.wait():
        sys.exit("the simulated daemons have not delivered everything")
    for real in reals.values():
        real.variables["DD_FORWARDER_STOP_TIMEOUT"] = "120"
        real.end()
    print(f"{options.simulated} simulated daemons and {options.real} real ones, {options.flushes} flushes, engines down for {was_down:.0f} s, {len(dying)} daemons dead meanwhile, {len(killed)} of them killed")
    print(f"{sum(real.namespace is not None for real in reals.values())} real daemons have a network namespace of their own")
    print(f"{sum(proxy.passed for proxy in proxies)} requests, of which {sum(proxy.lost for proxy in proxies)} were stored and their answers lost")
    verdicts(work, deaths, click, metrics, prom)


def verdicts(work, deaths, click, metrics, prom):
    """What each engine answers beside the truth; ends the program where it is not as it has to be."""
    failures = []

    def row(engine, what, found, truth, within):
        error = found / truth - 1
        is_good = abs(error) <= within
        print(f"| {engine} | {what} | {truth:.10g} | {found:.10g} | {error:+.3%} | {'kept' if is_good else 'BROKEN'} |")
        if not is_good:
            failures.append(f"{engine}: {what}")

    print("\n| engine | what | truth | answer | error | verdict |\n| --- | --- | --- | --- | --- | --- |")
    ask = lambda text: run.get(f"http://127.0.0.1:{click}/", query=text)
    row("ClickHouse", "sum of counts", float(ask("SELECT sum(value) FROM basenji.counts WHERE name = 'fleet.views'")), work.views, 0)
    row("ClickHouse", "the same by the view of minutes", float(ask("SELECT sum(value) FROM basenji.counts_minute WHERE name = 'fleet.views'")), work.views, 0)
    row("ClickHouse", "samples", float(ask("SELECT sum(cnt) FROM basenji.sketches WHERE name = 'fleet.req'")), len(work.values), 0)
    row("ClickHouse", "members of a set", float(ask("SELECT basenjiUniq(maxMap(registers)) FROM basenji.sets WHERE name = 'fleet.users'")), len(work.users), 0.025)
    for q in QUANTILES:
        found = float(ask(f"SELECT basenjiQuantile({q}, sumMap(bins)) FROM basenji.sketches WHERE name = 'fleet.req'"))
        row("ClickHouse", f"p{q * 100:g}", found, run.quantile(work.values, q), 0.008)

    def query(port, text, **more):
        answer = json.loads(run.get(f"http://127.0.0.1:{port}/api/v1/query", query=text, **more))
        found = answer["data"]["result"]
        return float(found[0]["value"][1]) if found else 0.0

    run.get(f"http://127.0.0.1:{metrics}/internal/force_flush")
    vm = lambda text: query(metrics, text, latency_offset="1s", nocache="1")
    row("VictoriaMetrics", "sum of counts", vm('sum(sum_over_time({__name__="fleet.views"}[1h]))'), work.views, 0)
    row("VictoriaMetrics", "samples", vm('sum(sum_over_time({__name__="fleet.req_count"}[1h]))'), len(work.values), 0)
    for q in QUANTILES:
        found = vm(f'histogram_quantile({q}, sum(sum_over_time({{__name__="fleet.req_bucket"}}[1h])) by (vmrange))')
        row("VictoriaMetrics", f"p{q * 100:g}", found, run.quantile(work.values, q), 0.008)

    # A daemon that returns begins its totals anew, as a series of its own.
    prometheus = lambda text: query(prom, text)
    row("Prometheus", "sum of counts", prometheus("sum(fleet_views_total)"), work.views, 0)
    row("Prometheus", "samples", prometheus("histogram_count(sum(fleet_req))"), len(work.values), 0)
    for q in QUANTILES:
        row("Prometheus", f"p{q * 100:g}", prometheus(f"histogram_quantile({q}, sum(fleet_req))"), run.quantile(work.values, q), 0.008)
    failures += losses(work, deaths, ask, vm, prometheus)
    rows = ask("SELECT table, sum(rows), sum(bytes_on_disk) FROM system.parts WHERE active AND database = 'basenji' GROUP BY table ORDER BY table")
    held = [line.split("\t") for line in rows.splitlines()]
    print("\nClickHouse holds " + ", ".join(f"{count} rows of {table} in {size} bytes" for table, count, size in held) + ".")
    count = 'count(last_over_time({__name__=~"fleet.+"}[1h]))'
    in_prometheus = 'count({__name__=~"fleet.+"})'
    print(f"VictoriaMetrics holds {vm(count):.0f} series, Prometheus {prometheus(in_prometheus):.0f}.")
    if failures:
        sys.exit(f"not as it has to be: {'; '.join(failures)}")


def losses(work, deaths, ask, vm, prometheus):
    """What the engines have of daemons that were killed: what had arrived and what was on disk, each once, and nothing else."""
    failures = []
    print("\n| killed | sink | shown | had arrived | on disk | restored | lost | in the engine | verdict |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for daemon, sinks in deaths.items():
        host = f"h{daemon}"
        rows = [ask(f"SELECT count() FROM basenji.{table} WHERE name LIKE 'killed.%' AND host = '{host}'") for table in ("counts", "sketches", "sets")]
        otlp = [vm(f'sum(count_over_time({{__name__="killed.{name}",from="{host}"}}[1h]))') for name in ("views", "req_count", "users")]
        written = [prometheus(f'sum(count_over_time(killed_{name}{{from="{host}"}}[1h]))') for name in ("views_total", "req", "users")]
        for (sink, row), found in zip(sinks.items(), (sum(map(int, rows)), sum(otlp), sum(written))):
            lost = row["shown"] - row["arrived"] - row["disk"]
            is_good = found == row["arrived"] + row["disk"] and row["restored"] == row["disk"]
            verdict = "kept" if is_good else "BROKEN"
            print(f"| {host} | {sink} | {row['shown']} | {row['arrived']} | {row['disk']} | {row['restored']} | {lost} | {found:.0f} | {verdict} |")
            if not is_good:
                failures.append(f"{sink} of {host}, which was killed")
        counts = ask(f"SELECT tags['flush'], sum(value) FROM basenji.counts WHERE name = 'killed.views' AND host = '{host}' GROUP BY 1")
        found = {int(flush): float(count) for flush, count in (line.split("\t") for line in counts.splitlines())}
        if not found or any(work.counts[daemon][flush] != count for flush, count in found.items()):
            failures.append(f"counts of {host}: {found} of {work.counts[daemon]}")
    # Whether one alone has a full queue when it is killed is an accident of time.
    if len(deaths) > 1 and not any(row["disk"] for sinks in deaths.values() for row in sinks.values()):
        failures.append("nothing of those that were killed was on disk")
    return failures


if __name__ == "__main__":
    main()
