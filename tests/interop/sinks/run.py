"""The daemon's sinks against real receivers: what a query reads back equals what was sent.

usage: run.py DAEMON victoria-metrics|prometheus|collector PROGRAM
       run.py DAEMON statsd-exporter PROGRAM [GENERATED MAPPING FILES] [MAPPING FILES OF OTHERS]
       run.py DAEMON clickhouse PYTHON
       run.py DAEMON kafka DIRECTORY-OF-JARS COLLECTOR PYTHON

Only loopback, free ports, a directory of its own for each receiver.
"""

import contextlib
import json
import math
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import time

from collector import collector
from statsd_exporter import statsd_exporter
from support import (
    buckets,
    Daemon,
    fleet,
    free_port,
    get,
    index,
    key,
    lines,
    near,
    quantile,
    running,
    same,
    VALUES,
    wait,
)

def victoria_metrics(program, receiver):
    port = free_port()
    with tempfile.TemporaryDirectory() as data:
        command = [receiver, f"-storageDataPath={data}", f"-httpListenAddr=127.0.0.1:{port}", "-retentionPeriod=1d"]
        with running(command):
            base = f"http://127.0.0.1:{port}"
            wait("VictoriaMetrics", lambda: get(f"{base}/health") == "OK")

            def export(match):
                get(f"{base}/internal/force_flush")
                rows = [json.loads(line) for line in get(f"{base}/api/v1/export", **{"match[]": match}).splitlines()]
                return {json.dumps(row["metric"], sort_keys=True): row["values"] for row in rows}

            def ranges(name, read):
                found = {}
                for metric, values in export(name).items():
                    low, high = map(float, json.loads(metric)["vmrange"].split("..."))
                    found[round(64 * math.log2(high))] = read(values)
                return found

            write = {"DD_BASENJI_REMOTE_WRITE_URL": f"{base}/api/v1/write"}
            with Daemon(program, write) as daemon:
                daemon.send(*lines("rw"))
            found = wait("remote write", lambda: export('rw_views_total{env="dev"}'))
            same("remote write: a count", [values[-1] for values in found.values()], [5])
            same("remote write: a gauge", [values[-1] for values in export("rw_queue").values()], [-4.5])
            same("remote write: buckets", ranges('rw_req_bucket{a_b="c"}', lambda values: values[-1]), buckets(VALUES))

            otlp = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"{base}/opentelemetry"}
            with Daemon(program, otlp) as daemon:
                daemon.send(*lines("ot"))
            found = wait("OTLP", lambda: export('{__name__="ot.views"}'))
            same("OTLP: a count", [sum(values) for values in found.values()], [5])
            same("OTLP: a gauge", [values[-1] for values in export('{__name__="ot.queue"}').values()], [-4.5])
            same("OTLP: buckets", ranges('{__name__="ot.req_bucket"}', sum), buckets(VALUES))

            everything = fleet(program, lambda _: write, "fleet.req")
            def query(text):
                answer = json.loads(get(f"{base}/api/v1/query", query=text, latency_offset="1s"))
                return [float(row["value"][1]) for row in answer["data"]["result"]]

            # A bucket's points are at its end, which may be a second ahead.
            wait("the fleet", lambda: query("sum(last_over_time(fleet_req_count[5m]))") == [len(everything)])
            for q in (0.5, 0.95, 0.99):
                [value] = query(f"histogram_quantile({q}, sum(last_over_time(fleet_req_bucket[5m])) by (vmrange))")
                near(f"twenty daemons, p{q * 100:g}", value, quantile(everything, q), 0.008)
    stream_aggregation(program, receiver)


DEPLOY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../agent/deploy")


def stream_aggregation(program, receiver):
    """Hosts summed up before anything is stored, by the rules of agent/deploy."""
    port = free_port()
    with tempfile.TemporaryDirectory() as data:
        command = [receiver, f"-storageDataPath={data}", f"-httpListenAddr=127.0.0.1:{port}", "-retentionPeriod=1d"]
        command += [f"-streamAggr.config={DEPLOY}/victoria-metrics/stream-aggregation.yaml"]
        with running(command):
            base = f"http://127.0.0.1:{port}"
            wait("VictoriaMetrics", lambda: get(f"{base}/health") == "OK")

            def query(text):
                get(f"{base}/internal/force_flush")
                answer = json.loads(get(f"{base}/api/v1/query", query=text, latency_offset="1s"))
                return [float(row["value"][1]) for row in answer["data"]["result"]]

            otlp = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"{base}/opentelemetry"}
            everything = fleet(program, lambda _: otlp, "fleet.req", also="fleet.views:2|c")
            wait("what is summed up", lambda: query('sum(sum_over_time({__name__="fleet.req_count"}[10m]))') == [len(everything)])
            wait("what is summed up", lambda: query('sum(sum_over_time({__name__="fleet.views"}[10m]))') == [40])
            bins = len(buckets(everything))
            series = query('count(last_over_time({__name__="fleet.req_bucket"}[10m]))')
            same("stream aggregation: series of twenty hosts, one a bucket", series, [bins])
            same("stream aggregation: hosts", query('count(last_over_time({__name__=~"fleet.*",host!=""}[10m]))'), [])
            for q in (0.5, 0.95, 0.99):
                text = f'histogram_quantile({q}, sum(sum_over_time({{__name__="fleet.req_bucket"}}[10m])) by (vmrange))'
                [value] = query(text)
                near(f"stream aggregation, p{q * 100:g}", value, quantile(everything, q), 0.008)


def recording_rules(program, receiver, is_two):
    """Hosts summed up by the rules of agent/deploy."""
    port = free_port()
    with tempfile.TemporaryDirectory() as data:
        for name in ("prometheus.yml", "rules.yml"):
            with open(f"{DEPLOY}/prometheus/{name}") as text, open(os.path.join(data, name), "w") as out:
                # A test does not wait for ten seconds.
                out.write(text.read().replace("interval: 10s", "interval: 1s"))
        command = [receiver, f"--config.file={data}/prometheus.yml", f"--storage.tsdb.path={data}/tsdb"]
        command += [f"--web.listen-address=127.0.0.1:{port}", "--web.enable-remote-write-receiver"]
        command += ["--enable-feature=native-histograms"] if is_two else []
        with running(command), contextlib.ExitStack() as stack:
            base = f"http://127.0.0.1:{port}"
            wait("Prometheus", lambda: "Ready" in get(f"{base}/-/ready"))
            write = {"DD_BASENJI_REMOTE_WRITE_URL": f"{base}/api/v1/write"}
            daemons = [stack.enter_context(Daemon(program, write, "--tags", f"host:h{host}")) for host in range(3)]
            chance = random.Random(7)
            everything = []

            def number(text):
                # The same values again and again: their quantiles stay, whatever part of them a rate sees.
                for daemon in daemons if len(everything) >= 3000 else []:
                    for line in everything_as_lines[daemons.index(daemon)]:
                        daemon.send(line)
                found = json.loads(get(f"{base}/api/v1/query", query=text))["data"]["result"]
                time.sleep(0.5)
                return [float(row["value"][1]) for row in found]

            everything_as_lines = []
            for _ in daemons:
                values = [chance.lognormvariate(3, 1) for _ in range(1000)]
                everything += values
                lines = [f"login.time:{':'.join(map(repr, values[start:start + 50]))}|d" for start in range(0, 1000, 50)]
                everything_as_lines.append(lines + ["page.views:5|c"])
            everything.sort()
            wait("the rate of all hosts", lambda: (number("fleet:page_views:rate1m") or [0])[0] > 0)
            same("recording rules: series of three hosts", number("count(fleet:login_time:rate1m)"), [1])
            def settled():
                found = number("fleet:login_time:p99")
                return found and abs(found[0] / quantile(everything, 0.99) - 1) < 0.008 and found
            [value] = wait("the p99 of all hosts", settled)
            near("recording rules, p99 of three hosts", value, quantile(everything, 0.99), 0.008)


def kafka(program, jars, collector, python):
    """Through a Collector into a topic, and out of it by context, with the files of agent/deploy."""
    broker, controller, port = free_port(), free_port(), free_port()
    with tempfile.TemporaryDirectory() as data:
        settings = os.path.join(data, "kafka.properties")
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "kafka.properties")) as text, open(settings, "w") as out:
            out.write(text.read().replace("BROKER", str(broker)).replace("CONTROLLER_PORT", str(controller)).replace("DATA", f"{data}/log"))
        java = ["java", "-Xmx256m", "-cp", os.path.join(jars, "*")]
        identity = "MkU3OEVBNTcwNTJENDM2Qk"
        form = [*java, "kafka.tools.StorageTool", "format", "--standalone", "-t", identity, "-c", settings]
        subprocess.run(form, check=True, stdout=subprocess.DEVNULL, cwd=data)
        brokers = f"127.0.0.1:{broker}"
        variables = {**os.environ, "KAFKA_BROKERS": brokers, "OTLP_ENDPOINT": f"127.0.0.1:{port}"}
        ready = [python, "-c", f"import kafka; kafka.KafkaConsumer(bootstrap_servers='{brokers}').topics()"]
        with running([*java, "kafka.Kafka", settings], cwd=data):
            wait("Kafka", lambda: subprocess.run(ready, stderr=subprocess.DEVNULL).returncode == 0)
            with running([collector, "--config", f"{DEPLOY}/kafka/collector.yaml"], env=variables):
                def accepts():
                    with socket.create_connection(("127.0.0.1", port), 1):
                        return True

                wait("the Collector", accepts)
                everything = fleet(program, lambda _: {"DD_BASENJI_OTLP_ENDPOINT": f"http://127.0.0.1:{port}"}, "fleet.req", also="fleet.views:2|c")
                count = f"import kafka; c = kafka.KafkaConsumer(bootstrap_servers='{brokers}'); t = [kafka.TopicPartition('basenji', p) for p in c.partitions_for_topic('basenji')]; print(sum(c.end_offsets(t).values()))"

                def consumed():
                    records = subprocess.run([python, "-c", count], capture_output=True, text=True, check=True).stdout.strip()
                    consumer = [python, f"{DEPLOY}/kafka/consumer.py", brokers, "--until", records]
                    text = subprocess.run(consumer, capture_output=True, text=True, check=True).stdout
                    contexts = {one["name"]: one for one in map(json.loads, text.splitlines())}
                    return contexts if contexts.get("fleet.req", {}).get("histogram", {}).get("count") == len(everything) else None

                contexts = wait("the topic", consumed)
        same("Kafka: a count of twenty daemons", contexts["fleet.views"]["sum"], 40)
        found = {int(index) + 1: count for index, count in contexts["fleet.req"]["histogram"]["positive"].items()}
        same("Kafka: buckets of twenty daemons", found, buckets(everything))


def prometheus(program, receiver):
    port, page = free_port(), free_port()
    version = subprocess.run([receiver, "--version"], capture_output=True, text=True)
    # One that was built as a module of Go does not know its version; what Debian has is 2.
    is_two = "version 2." in version.stdout + version.stderr
    with tempfile.TemporaryDirectory() as data:
        config = os.path.join(data, "prometheus.yml")
        with open(config, "w") as out:
            native = "" if is_two else "  scrape_native_histograms: true\n"
            out.write(f"global:\n  scrape_interval: 1s\n  scrape_timeout: 1s\n{native}scrape_configs:\n")
            out.write(f"- job_name: basenji\n  static_configs: [{{targets: ['127.0.0.1:{page}']}}]\n")
        command = [receiver, f"--config.file={config}", f"--storage.tsdb.path={data}/tsdb"]
        command += [f"--web.listen-address=127.0.0.1:{port}", "--web.enable-remote-write-receiver"]
        command += ["--enable-feature=native-histograms"] if is_two else ["--web.enable-otlp-receiver"]
        with running(command):
            base = f"http://127.0.0.1:{port}"
            wait("Prometheus", lambda: "Ready" in get(f"{base}/-/ready"))

            def query(text):
                return json.loads(get(f"{base}/api/v1/query", query=text))["data"]["result"]

            def number(text):
                found = query(text)
                return found and float(found[0]["value"][1])

            def read(text):
                found = query(text)
                rows = found[0]["histogram"][1]["buckets"] if found and "histogram" in found[0] else []
                return {round(64 * math.log2(float(row[2]))): float(row[3]) for row in rows}

            def check(way, name, tag='{env="dev"}'):
                expected = buckets(VALUES)
                wait(way, lambda: number(f"{name}_views_total{tag}") == 5)
                same(f"{way}: a count", number(f"{name}_views_total{tag}"), 5)
                same(f"{way}: a gauge", number(f"{name}_queue"), -4.5)
                wait(f"{way}: a histogram", lambda: read(f"{name}_req") == expected or None)
                same(f"{way}: buckets", read(f'{name}_req{{a_b="c"}}'), expected)

            with Daemon(program, {"DD_BASENJI_PROMETHEUS": f"127.0.0.1:{page}"}) as daemon:
                daemon.send(*lines("scrape"))
                check("scrape", "scrape")
            write = {"DD_BASENJI_REMOTE_WRITE_URL": f"{base}/api/v1/write"}
            with Daemon(program, write) as daemon:
                daemon.send(*lines("rw"))
                check("remote write", "rw")
            if not is_two:
                with Daemon(program, {**write, "DD_BASENJI_REMOTE_WRITE_VERSION": "2"}) as daemon:
                    daemon.send(*lines("rw2"))
                    check("remote write 2.0", "rw2")
                otlp = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"{base}/api/v1/otlp", "DD_BASENJI_OTLP_TEMPORALITY": "cumulative"}
                with Daemon(program, otlp) as daemon:
                    daemon.send(*lines("ot"))
                    # The environment is an attribute of the resource.
                    check("OTLP, cumulative", "ot", "")
            everything = fleet(program, lambda _: write, "fleet.req")
            wait("the fleet", lambda: number("histogram_count(sum(fleet_req))") == len(everything))
            for q in (0.5, 0.95, 0.99):
                value = number(f"histogram_quantile({q}, sum(fleet_req))")
                near(f"twenty daemons, p{q * 100:g}", value, quantile(everything, q), 0.008)
    recording_rules(program, receiver, is_two)


def clickhouse(program, python):
    port = free_port()
    face = os.path.join(os.path.dirname(os.path.abspath(__file__)), "clickhouse.py")
    with tempfile.TemporaryDirectory() as data, running([python, face, str(port), data]):
        base = f"http://127.0.0.1:{port}"
        wait("ClickHouse", lambda: get(f"{base}/ping") == "Ok.\n")

        def query(text):
            return get(f"{base}/", query=text)

        def rows(text):
            return [json.loads(line) for line in query(text + " FORMAT JSONEachRow").splitlines()]

        def statements(what):
            text = subprocess.run([program, "clickhouse", what], capture_output=True, text=True, check=True).stdout
            text = re.sub(r"--[^\n]*", "", text)
            return [statement for statement in text.split(";") if statement.strip()]

        # Twice: a schema that is there already is left as it is.
        for statement in statements("--print-schema") * 2:
            query(statement)

        def variables(host="", **more):
            return {"DD_BASENJI_CLICKHOUSE_URL": base, "DD_HOSTNAME": f"h{host}", **more}

        compressions = ["zstd", "zlib", "gzip", "none"]
        for compression in compressions:
            with Daemon(program, variables(1, DD_BASENJI_CLICKHOUSE_COMPRESSION=compression)) as daemon:
                values = ":".join(map(str, VALUES))
                daemon.send(f"{compression}.views:2|c|#env:dev,b", f"{compression}.views:3|c|#env:dev,b", f"{compression}.queue:-4.5|g")
                daemon.send(f"{compression}.req:{values}|d|#a.b:c", f"{compression}.time:1:5:3|h", f"{compression}.users:a|s", f"{compression}.users:b|s")
                daemon.send("_e{6,6}:Deploy|it\\nis|t:error|h:web|#env:dev", f"_sc|{compression}.up|2|#env:dev|m:no answer")
            name = f"name = '{compression}"
            [count] = rows(f"SELECT host, tags, sum(value) AS value FROM basenji.counts WHERE {name}.views' GROUP BY ALL")
            same(f"{compression}: a count", count, {"host": "h1", "tags": {"b": "", "env": "dev"}, "value": 5})
            same(f"{compression}: a gauge", rows(f"SELECT value FROM basenji.gauges WHERE {name}.queue'"), [{"value": -4.5}])
            [found] = rows(f"SELECT sumMap(bins) AS bins, toUInt32(sum(cnt)) AS cnt, min(min) AS least, max(max) AS most FROM basenji.sketches WHERE {name}.req'")
            bins = {}
            for value in VALUES:
                bins[key(value)] = bins.get(key(value), 0) + 1
            found_bins = dict(zip(found["bins"]["1"], map(int, found["bins"]["2"]))) if isinstance(found["bins"], dict) else dict(zip(found["bins"][0], map(int, found["bins"][1])))
            same(f"{compression}: a sketch", (found_bins, found["cnt"], found["least"], found["most"]), (bins, 7, 0.001, 1e6))
            [found] = rows(f"SELECT toUInt32(cnt) AS cnt, sum, aggregates['max'] AS most FROM basenji.histograms WHERE {name}.time'")
            same(f"{compression}: a histogram", found, {"cnt": 3, "sum": 9, "most": 5})
            same(f"{compression}: a set", query(f"SELECT basenjiUniq(maxMap(registers)) FROM basenji.sets WHERE {name}.users'"), "2\n")
            same(f"{compression}: a check", rows(f"SELECT status, message FROM basenji.checks WHERE {name}.up'"), [{"status": 2, "message": "no answer"}])
        found = rows("SELECT DISTINCT host, title, text, tags, alert_type FROM basenji.events")
        same("an event", found, [{"host": "web", "title": "Deploy", "text": "it\nis", "tags": {"env": "dev"}, "alert_type": "error"}])

        # Of each third batch the answer is lost: it is sent again, and counts once, in the views of minutes too.
        get(f"{base}/control", lose=3)
        everything = fleet(program, lambda host: variables(host, DD_FORWARDER_BACKOFF_BASE="0.1"), "fleet.req")
        get(f"{base}/control", lose=0)
        where = "WHERE name = 'fleet.req'"
        for table in ("sketches", "sketches_minute"):
            same(f"{table}: samples of twenty daemons", query(f"SELECT sum(cnt), sum(arraySum(bins.2)) FROM basenji.{table} {where}"), f"{len(everything)}\t{len(everything)}\n")
        for q in (0.5, 0.95, 0.99):
            value = float(query(f"SELECT basenjiQuantile({q}, sumMap(bins)) FROM basenji.sketches {where}"))
            near(f"twenty daemons, p{q * 100:g}", value, quantile(everything, q), 0.008)
            state = float(query(f"SELECT quantilesDDMerge(0.007751937984496124, 0.5, 0.75, 0.9, 0.95, 0.99)(state)[{[0.5, 0.75, 0.9, 0.95, 0.99].index(q) + 1}] * 129 / 130 FROM basenji.quantiles_minute {where}"))
            near(f"the same from states, p{q * 100:g}", state, quantile(everything, q), 0.008)
        for statement in statements("--print-queries"):
            query(statement)
        print(f"    {len(statements('--print-queries'))} queries: answered")


def main():
    program, name, receiver, *more = sys.argv[1:]
    suites = {
        "victoria-metrics": victoria_metrics,
        "prometheus": prometheus,
        "statsd-exporter": statsd_exporter,
        "collector": collector,
        "clickhouse": clickhouse,
        "kafka": kafka,
    }
    suites[name](program, receiver, *(int(one) if one.isdigit() else one for one in more))


if __name__ == "__main__":
    main()
