"""Each call that was captured from the peer gives the datagrams that the peer sent, but for those of `DIFFERENCES`."""

import asyncio
import datetime
import decimal
import fractions
import json
import logging
import random
from pathlib import Path

import pytest
from receiving import Receiver

import basenji
from basenji import _timed
from basenji.dogstatsd import DogStatsd

CALLS = [json.loads(line) for line in Path(__file__).with_name("peer_calls.jsonl").read_text().split("\n") if line]

#: What we send instead, and why, by what the peer sends; the README's table says the same.
DIFFERENCES = {
    "m:1|c|e: it|x\n\n": ("m:1|c|e: it|x_\n", "a newline would tear the line apart"),
    "_e{1,1}:t|x|h:h|1|k:k|2\n\n": ("_e{1,1}:t|x|h:h|1|k:k|2_\n", "a newline would tear the line apart"),
    "a:3|c|@0.5\n": ("a:3|c\n", "an aggregated sum is exact, and a rate would have the server double it"),
}


def expected(call):
    return [DIFFERENCES.get(datagram, (datagram, ""))[0] for datagram in call["datagrams"]]


def identity(call):
    return f"{call['section']}: {call['call'].strip()} {call.get('options', {})} {call.get('env', '')}"


def run(code, names):
    try:
        compiled = compile(code, "call", "eval")
    except SyntaxError:
        exec(compile(code, "call", "exec"), names)
        return None
    return eval(compiled, names)


@pytest.mark.parametrize("call", CALLS, ids=identity)
def test_a_call_sends_what_the_peer_sends(call, monkeypatch, caplog, tmp_path):
    if call.get("nondeterministic"):
        pytest.skip("what the peer sent depends on its machine")
    caplog.set_level(logging.WARNING)
    with Receiver(call.get("transport", "udp"), tmp_path) as receiver:
        for name, value in call.get("env", {}).items():
            monkeypatch.setenv(name, value.replace("{PORT}", str(receiver.port)).replace("{PATH}", receiver.path))
        if "random" in call:
            monkeypatch.setattr(random, "random", lambda: call["random"])
        if "clock_step_s" in call:
            ticks = iter(range(1000))
            monkeypatch.setattr(_timed, "clock", lambda: next(ticks) * call["clock_step_s"])
        options = dict(call["options"])
        names = {
            "asyncio": asyncio, "datetime": datetime, "Decimal": decimal.Decimal, "decimal": decimal,
            "Fraction": fractions.Fraction, "fractions": fractions, "datadog": basenji,
        }  # fmt: skip
        explicit = set(options) & {"host", "port", "socket_path"} or any(name.startswith("DD_DOGSTATSD_") or name == "DD_AGENT_HOST" for name in call.get("env", {}))
        if not explicit or "DISABLE" in str(call.get("env")):
            options.update(receiver.destination())
        if "raises_ctor" in call:
            with pytest.raises(TypeError):
                DogStatsd(**options)
            return
        names["statsd"] = statsd = DogStatsd(**options)
        try:
            if call["section"] == "initialize":
                statsd.port = receiver.port
            if "raises" in call:
                kind = {"ValueError": ValueError}.get(call["raises"].split(":")[0], TypeError)
                if "tuple" in call.get("note", ""):
                    pytest.skip("a tuple of tags is taken, as everywhere else")
                with pytest.raises(kind):
                    run(call["call"], names)
            else:
                result = run(call["call"], names)
                if "returns" in call:
                    assert repr(result) == call["returns"]
            if "frames" in call:
                assert receiver.frames(len(call["frames"])) == call["frames"]
            else:
                assert receiver.datagrams() == expected(call)
        finally:
            statsd.stop()
            basenji.statsd.close_socket()
