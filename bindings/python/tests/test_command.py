"""The `basenji` command, in processes where that is what matters."""

import json
import os
import signal
import socket
import struct
import subprocess
import sys
from pathlib import Path

import pytest

import basenji
from basenji import Server
from basenji._command import main

VECTORS = Path(__file__).parents[3] / "tests" / "vectors"
SCRIPT = Path(sys.executable).with_name("basenji")


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch):
    monkeypatch.setenv("DD_ORIGIN_DETECTION_ENABLED", "false")


def start(*arguments, **variables):
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    return subprocess.Popen([sys.executable, "-m", "basenji", *arguments], env={**os.environ, **variables}, bufsize=0, **pipes)


def run(*arguments, given=b"", **variables):
    """Exit code, standard output, standard error."""
    with start(*arguments, **variables) as process:
        out, err = process.communicate(given, timeout=60)
    return process.returncode, out.decode(), err.decode()


@pytest.fixture
def receiver():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(30)
        yield receiver


def address(receiver):
    return f"udp://127.0.0.1:{receiver.getsockname()[1]}"


# parse


def test_each_line_is_an_object_in_order():
    lines = b"page.views:1:nan|c|@0.5|#b,a\r\n\n_sc|db.up|1\n_e{1,1}:a|b\nm:x|c\nlast:1|g"
    rest = ',"timestamp":null,"container_id":null,"external_data":null,"cardinality":null}\n'
    assert run("parse", given=lines) == (
        0,
        '{"kind":"metric","name":"page.views","type":"c","values":[1.0,"NaN"],"sample_rate":0.5,"tags":["b","a"]' + rest
        + '{"kind":"service_check","name":"db.up","status":1,"timestamp":null,"host":null,"message":null,"tags":[],'
        + '"container_id":null,"external_data":null,"cardinality":null}\n'
        + '{"kind":"event","title":"a","text":"b","timestamp":null,"host":null,"aggregation_key":null,"priority":"normal",'
        + '"source_type":null,"alert_type":"info","tags":[],"container_id":null,"external_data":null,"cardinality":null}\n'
        + '{"kind":"error","error":"bad value","code":5,"offset":2,"input":"m:x|c"}\n'
        + '{"kind":"metric","name":"last","type":"g","values":[1.0],"sample_rate":1.0,"tags":[]' + rest,
        "",
    )


def test_the_vectors_come_out_as_they_are_written():
    lines, expected = [], []
    for path in sorted(VECTORS.glob("*.jsonl")):
        for vector in map(json.loads, filter(None, path.read_text("utf-8").split("\n"))):
            expect = vector.get("expect")
            given = bytes.fromhex(vector["input_hex"]) if "input_hex" in vector else vector.get("input", "").encode()
            # Those of several lines, and what a listener cuts or refuses, are not a command's matter.
            if isinstance(expect, list) and len(expect) == 1 and b"\n" not in given and not vector.get("truncated") and not vector.get("eol_required"):
                lines.append(given)
                expected += expect
    code, out, _ = run("parse", given=b"\n".join(lines))
    assert (code, len(expected) > 200) == (0, True)
    assert list(map(json.loads, out.split("\n")[:-1])) == expected


@pytest.mark.parametrize(("lines", "arguments", "code"), [(b"bad\ng:1|c", [], 0), (b"bad\ng:1|c", ["--strict"], 1), (b"g:1|c", ["--strict"], 0), (b"", ["--strict"], 0)])
def test_a_refused_line_changes_the_exit_code_only_if_it_is_asked_to(lines, arguments, code):
    assert run("parse", *arguments, given=lines)[0] == code


def test_a_file_is_read_in_place_of_standard_input(tmp_path, capfdbinary):
    (tmp_path / "lines").write_bytes(b"a:1|c\nb:1|c\n")
    for arguments in ([], ["--datagram"]):
        assert main(["parse", *arguments, str(tmp_path / "lines")]) == 0
        assert capfdbinary.readouterr().out.count(b"\n") == 2
    assert main(["parse", str(tmp_path / "missing")]) == 1
    assert capfdbinary.readouterr().err.decode() == f"basenji: cannot read {tmp_path}/missing: No such file or directory\n"


def test_a_line_that_is_too_long_is_refused_and_its_neighbours_are_not():
    code, out, _ = run("parse", given=b"a:1|c\n" + b"x" * (3 << 20) + b"\nb:1|c\nc:1|c\n")
    found = list(map(json.loads, out.splitlines()))
    assert (code, [each.get("name") for each in found]) == (0, ["a", None, "b", "c"])
    assert (found[1]["error"], found[1]["code"], found[1]["offset"], len(found[1]["input"])) == ("truncated", 14, 0, 1 << 20)


def test_an_object_is_written_before_the_next_line_comes_and_a_reader_that_leaves_ends_it_quietly():
    with start("parse") as process:
        process.stdin.write(b"a:1|c\nb:")
        assert json.loads(process.stdout.readline())["name"] == "a"
        process.stdout.close()
        try:
            while True:
                process.stdin.write(b"a:1|c\n" * 1000)
        except BrokenPipeError:
            pass
        assert (process.wait(60), process.stderr.read()) == (0, b"")


# send


def sent(receiver, *arguments):
    assert main(["send", *arguments, "--to", address(receiver)]) == 0
    return receiver.recv(65535).decode()


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ("count a 1 -t x:1,y --tag z --rate 0.25 --timestamp 1700000000 --cardinality low", "a:1|c|@0.25|#x:1,y,z|card:low|T1700000000"),
        ("gauge temp -2.5", "temp:-2.5|g"),
        ("histogram h 1:3", "h:1:3|h"),
        ("distribution d 5 --rate 0.5", "d:5|d|@0.5"),
        ("timing t 12.5", "t:12.5|ms"),
        ("set s -1 --rate 1", "s:-1|s"),
        (
            "event title text --timestamp 1700000000 --hostname h --aggregation-key k --priority low --source-type s --alert-type success -t a:b --cardinality high",
            "_e{5,4}:title|text|d:1700000000|h:h|k:k|p:low|s:s|t:success|#a:b|card:high",
        ),
        ("check c warning --timestamp 1700000000 --hostname h --message m -t a --cardinality none", "_sc|c|1|d:1700000000|h:h|#a|m:m|card:none"),
        ("check c 3", "_sc|c|3"),
    ],
)
def test_every_option_has_its_field(receiver, arguments, line):
    assert sent(receiver, *arguments.split()) == f"{line}\n"


def test_nothing_that_is_passed_breaks_a_line(receiver):
    assert sent(receiver, "count", "a:b|c\nd", "1", "-t", "x|y\nz") == "a_b_c_d:1|c|#x_y_z\n"
    assert sent(receiver, "event", "a\nb", "c\nd") == "_e{4,4}:a\\nb|c\\nd\n"
    assert sent(receiver, "set", "a", "\udcff") == "a:\ufffd|s\n"


def test_every_socket_is_sent_to_and_the_console_script_is_there(tmp_path):
    with Server(port=0, socket_path=tmp_path / "d", stream_path=tmp_path / "s", telemetry=False, messages=True) as server:
        addresses = [f"udp://localhost:{server.port}", f"unix://{tmp_path}/d", f"unixgram://{tmp_path}/d", f"unix://{tmp_path}/s", f"unixstream://{tmp_path}/s"]
        for to in addresses:
            assert main(["send", "--to", to, "count", "a", "2", "--repeat", "3"]) == 0
        assert subprocess.run([SCRIPT, "send", "count", "a", "4", "--to", addresses[0]], check=True, capture_output=True).stderr == b""
        assert server.wait_for("a").value == len(addresses) * 6 + 4


def test_the_environment_says_where_to_and_what_every_message_has(receiver, monkeypatch, capsys):
    for name, value in [("URL", address(receiver)), ("TAGS", "team:b"), ("CARDINALITY", "low"), ("ENV", "dev")]:
        monkeypatch.setenv(f"DD_DOGSTATSD_{name}" if name == "URL" else f"DD_{name}", value)
    assert main(["send", "count", "a", "1", "-t", "x"]) == 0
    assert receiver.recv(100) == b"a:1|c|#x,team:b,env:dev|card:low\n"
    monkeypatch.setenv("DD_DOGSTATSD_DISABLE", "true")
    assert main(["send", "count", "a", "1"]) == 0
    assert capsys.readouterr().err == "basenji: warning: nothing is sent because DD_DOGSTATSD_DISABLE says so\n"


def test_a_message_can_be_repeated_in_full_datagrams(receiver):
    assert sent(receiver, "count", "a", "1", "--repeat", "3") == "a:1|c\n" * 3
    assert sent(receiver, "count", "a", "1", "--repeat", "3", "--datagram-size", "12") == "a:1|c\n" * 2


def test_lines_of_standard_input_are_packed_whole_and_what_does_not_parse_is_named(receiver):
    lines = b"a:1|c\nb:x|c\n\nmuch.longer.than.a.datagram:1|c\r\nd:1|c"
    code, out, err = run("send", "--stdin", "--to", address(receiver), "--datagram-size", "12", given=lines)
    assert (code, out) == (0, "")
    assert err == 'basenji: warning: line 2 will be refused: the value is not a number (a name must not contain \':\') (at byte 2): "b:x|c"\n'
    assert [receiver.recv(100) for _ in range(3)] == [b"a:1|c\nb:x|c\n", b"much.longer.than.a.datagram:1|c\n", b"d:1|c\n"]


def test_a_line_is_sent_before_the_next_one_comes_and_many_bad_ones_are_few_warnings(receiver):
    with start("send", "--stdin", "--to", address(receiver)) as process:
        process.stdin.write(b"a:1|c\nb:")
        assert receiver.recv(100) == b"a:1|c\n"
        _, err = process.communicate(b"\n" + b"bad\n" * 100, timeout=60)
    assert (process.returncode, len(err.splitlines())) == (0, 11)
    assert err.splitlines()[-1] == b"basenji: warning: 101 lines will be refused in all"


def test_a_line_that_is_too_long_is_counted_and_its_neighbours_are_sent(receiver):
    lines = b"a:1|c\n" + b"x" * 70_000 + b":1|c\nb:1|c\n" + b"x" * (2 << 20) + b"\nc:1|c\n"
    code, _, err = run("send", "--stdin", "--to", address(receiver), given=lines)
    assert (code, err.splitlines()[-1]) == (1, f"basenji: 2 lines were not sent because they are longer than {address(receiver)} takes")
    received = b""
    while len(received) < 18:
        received += receiver.recv(1000)
    assert received == b"a:1|c\nb:1|c\nc:1|c\n"


def failed(capsys, *arguments):
    code = main(list(arguments))
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and err.startswith("basenji: ")
    return code, err.removeprefix("basenji: ").rstrip("\n")


def test_where_nobody_is_it_is_one_sentence_and_exit_code_1(tmp_path, receiver, capsys):
    for scheme in ("unix", "unixgram", "unixstream"):
        to = f"{scheme}://{tmp_path}/missing"
        assert failed(capsys, "send", "count", "a", "1", "--to", to) == (1, f"cannot send to {to}: there is no such socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as abandoned:
        abandoned.bind(str(tmp_path / "abandoned"))
    to = f"unix://{tmp_path}/abandoned"
    assert failed(capsys, "send", "count", "a", "1", "--to", to) == (1, f"cannot send to {to}: nobody listens there")
    # The port is that of a socket, so that nobody else takes it, which takes from another port only.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        receiver.connect(other.getsockname())
        for more in ([], ["--repeat", "100", "--datagram-size", "1"]):
            sentence = f"cannot send to {address(receiver)}: nobody listens there"
            assert failed(capsys, "send", "count", "a", "1", "--to", address(receiver), *more) == (1, sentence)


def test_a_message_that_is_too_long_is_one_sentence(tmp_path, capsys):
    with Server(stream_path=tmp_path / "s") as server:
        to = f"unixstream://{server.addresses[0]}"
        sentence = f"cannot send to {to}: the datagram is longer than the transport carries"
        assert failed(capsys, "send", "set", "a", "x" * 10_000, "--to", to) == (1, sentence)
        assert failed(capsys, "send", "set", "a", "x" * 70_000, "--to", to) == (2, "the message is longer than 65507 bytes")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("send count a fast", "invalid value 'fast' for '<VALUE>': it is not a finite number"),
        ("send gauge a 1:x", "invalid value '1:x' for '<VALUE>': 'x' is not a finite number"),
        ("send timing a NaN", "invalid value 'NaN' for '<VALUE>': it is not a finite number"),
        ("send count a 1_000", "invalid value '1_000' for '<VALUE>': it is not a finite number"),
        ("send count  1", "a value is required for '<NAME>' but none was supplied"),
        ("send count a", "the following required arguments were not provided: <VALUE>"),
        ("send count a 1 --rate 2", "invalid value '2' for '--rate <RATE>': a sample rate is a number above 0 and up to 1"),
        ("send check a 4", "invalid value '4' for '<STATUS>': a status is ok, warning, critical, unknown, or a number from 0 to 3"),
        ("send count a 1 --to tcp://h:1", "invalid value 'tcp://h:1' for '--to <ADDRESS>': there is no 'tcp://', only udp://, unix://, unixgram:// and unixstream://"),
        ("send count a 1 --cardinality mid", "invalid value 'mid' for '--cardinality <LEVEL>': a cardinality is none, low, orchestrator or high"),
        ("send count a 1 --timestamp 0", f"invalid value '0' for '--timestamp <SECONDS>': expected a number from 1 to {2**63 - 1}"),
        ("send", "there is nothing to send: give a message, as in 'basenji send count page.views 1', or --stdin"),
        ("send --stdin count a 1", "--stdin stands in place of a message, so there cannot be both"),
        ("send --stdin --repeat 2", "--stdin does not go together with --repeat"),
        ("send sum a 1", "unrecognized subcommand 'sum'"),
        ("send count a 1 --load 2", "unexpected argument '--load' found"),
        ("sned", "unrecognized subcommand 'sned'; a similar subcommand exists: 'send'"),
        ("--prot 1", "unexpected argument '--prot' found; a similar argument exists: '--port'"),
        ("run now", "unexpected argument 'now' found"),
        ("--port 65536", "invalid value '65536' for '--port <PORT>': a port is a number from 0 to 65535, or the word off"),
        ("--buffer-size 65508", "invalid value '65508' for '--buffer-size <BYTES>': expected a number from 1 to 65507"),
        ("--bucket-secs 0", "invalid value '0' for '--bucket-secs <SECONDS>': expected a number from 1 to 86400"),
        ("--socket-mode 888", "invalid value '888' for '--socket-mode <MODE>': a mode is an octal number from 0 to 777"),
        ("--socket", "a value is required for '--socket <PATH>' but none was supplied"),
        ("--port off", "there is nothing to listen on: give --port, --socket or --stream-socket"),
    ],
)
def test_a_command_line_that_cannot_be_is_one_sentence_and_exit_code_2(arguments, sentence, capsys):
    assert failed(capsys, *arguments.split(" ")) == (2, sentence)


# run


def test_a_server_shows_what_it_has_until_a_signal_ends_it(tmp_path):
    arguments = ["--port", "0", "--stream-socket", str(tmp_path / "s"), "--bucket-secs", "3600", "--no-telemetry", "--tags", "env:dev"]
    for ending in (signal.SIGINT, signal.SIGTERM):
        with start(*arguments) as process:
            place = process.stderr.readline().decode()
            assert place.startswith("basenji: listening on 127.0.0.1:") and place.endswith(f", {tmp_path}/s\n")
            lines = b"c:1|c\ng:2|g\ns:u|s\nh:3|ms\nd:4|d\n_e{1,1}:t|u\n_sc|db|2|m:down"
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
                client.connect(str(tmp_path / "s"))
                client.sendall(struct.pack("<I", len(lines)) + lines)
            process.send_signal(ending)
            out, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, b"")
        shown = list(map(json.loads, out.splitlines()))
        series = {each["metric"]: each for each in shown[:5]}
        assert list(series["c"]) == ["metric", "kind", "host", "tags", "timestamp", "interval", "value"]
        assert (series["c"]["kind"], series["c"]["tags"], series["c"]["value"], series["c"]["interval"]) == ("count", ["env:dev"], 1.0, 3600)
        assert (series["g"]["value"], series["s"]["value"]) == (2.0, 1.0)
        assert series["h"]["aggregates"] == {"max": 3.0, "median": 3.0, "avg": 3.0, "count": 1.0, "95percentile": 3.0}
        assert series["d"]["sketch"] == {"count": 1, "min": 4.0, "max": 4.0, "sum": 4.0, "avg": 4.0, "p50": 4.0, "p75": 4.0, "p90": 4.0, "p95": 4.0, "p99": 4.0}
        assert list(shown[5]["event"]) == ["title", "text", "timestamp", "host", "aggregation_key", "priority", "source_type", "alert_type", "tags"]
        assert shown[6]["service_check"]["message"] == "down"


def test_once_ends_with_the_first_messages(tmp_path):
    with start("run", "--once", "--bucket-secs", "1", "--no-telemetry", DD_DOGSTATSD_PORT="0", DD_DOGSTATSD_SOCKET=str(tmp_path / "d")) as process:
        assert process.stderr.readline().decode() == f"basenji: listening on {tmp_path}/d\n"
        assert run("send", "count", "a", "1", "--to", f"unix://{tmp_path}/d") == (0, "", "")
        out, _ = process.communicate(timeout=60)
    assert (process.returncode, json.loads(out)["metric"]) == (0, "a")


def test_a_server_that_cannot_start_is_one_sentence_and_exit_code_1(receiver, tmp_path, capsys, monkeypatch):
    port = receiver.getsockname()[1]
    assert failed(capsys, "--port", str(port)) == (1, f"UDP port {port} on 127.0.0.1 is already in use by another program")
    missing = f"{tmp_path}/missing"
    sentence = f"cannot make the socket {missing}/s: the directory {missing} does not exist"
    assert failed(capsys, "serve", "--port", "0", "--socket", f"{missing}/s") == (1, sentence)
    monkeypatch.setenv("DD_DOGSTATSD_BUFFER_SIZE", "many")
    assert failed(capsys, "--port", "0") == (2, "invalid value 'many' for the variable DD_DOGSTATSD_BUFFER_SIZE: expected a number from 1 to 65507")


def test_help_and_version_are_said(capsys):
    for arguments, words in [(["--help"], "basenji send count page.views 1"), (["send", "count", "-h"], "--datagram-size BYTES"), (["-V"], basenji.__version__)]:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 0 and words in capsys.readouterr().out
