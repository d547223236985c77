"""`basenji.testing` and the pytest fixture: what passes, and what failures say."""

import threading

import pytest

from basenji import Client, DogStatsd
from basenji.testing import Received


@pytest.fixture
def received():
    with Received() as received:
        yield received


@pytest.fixture
def client(received):
    client = DogStatsd(host="127.0.0.1", port=received.port, disable_telemetry=True, origin_detection_enabled=False)
    yield client
    client.stop()


def failure(call, *arguments, **options):
    with pytest.raises(AssertionError) as raised:
        call(*arguments, **options)
    return str(raised.value)


def test_a_value_is_a_sum_a_last_gauge_one_sample_or_one_member(received, client):
    client.increment("count")
    client.count("count", 4, tags=["x"], sample_rate=1)
    client.gauge("gauge", 1)
    client.gauge("gauge", 2.5)
    for sample in (1, 2, 3):
        client.distribution("distribution", sample / 10)
    client.set("set", 7)
    received.assert_sent("count", 5, type="c")
    received.assert_sent("count", 4, tags=["x"])
    received.assert_sent("gauge", 2.5)
    received.assert_sent("distribution", 0.2)
    received.assert_sent("distribution", pytest.approx(0.3000001))
    received.assert_sent("set", 7)
    received.assert_sent("set", "7")
    received.assert_sent("set")
    received.assert_not_sent("count", 1)
    received.assert_not_sent("other")
    received.assert_not_sent("gauge", tags=["x"])
    assert [metric.type for metric in received.metrics] == ["c", "c", "g", "g", "d", "d", "d", "s"]


def test_a_failure_says_which_values_there_were(received, client):
    client.increment("orders", 3, tags=["env:prod"])
    assert failure(received.assert_sent, "orders", 1, tags=["env:prod"], timeout=0) == (
        "orders = 1 with the tags env:prod was not sent; orders came to 3.0\nreceived:\n  orders:3|c|#env:prod"
    )


def test_a_failure_says_which_tags_differ(received, client):
    client.increment("orders", tags=["env:prod", "shop:1"])
    client.increment("orders")
    assert failure(received.assert_sent, "orders", tags=["env:test", "shop:1"], timeout=0).splitlines()[0] == (
        "orders with the tags env:test, shop:1 was not sent; "
        "orders was sent with env:prod, shop:1 (without env:test); with no tags (without env:test, shop:1)"
    )


def test_a_failure_says_which_type_it_was(received, client):
    client.gauge("orders", 1)
    assert "; orders was sent of the type g\n" in failure(received.assert_sent, "orders", 1, type="c", timeout=0)


def test_a_failure_says_the_nearest_names(received, client):
    client.increment("checkout.order")
    client.increment("unlike")
    assert "; the nearest names are checkout.order\n" in failure(received.assert_sent, "checkout.orders", timeout=0)


def test_a_failure_shows_the_last_messages_and_what_is_none_but_no_telemetry(received):
    assert failure(received.assert_sent, "a", timeout=0) == "a was not sent\nreceived: nothing"
    client = DogStatsd(host="127.0.0.1", port=received.port, origin_detection_enabled=False, telemetry_min_flush_interval=0)
    for number in range(25):
        client.gauge("g", number)
    client.event("Deploy", "failed", alert_type="error")
    client.service_check("db", 2, message="down")
    with Client(received.address, profile="plain", telemetry=False, origin_detection=False) as ours:
        ours.distribution("d", 1)
    client.socket.send(b"bad")
    client.stop()
    text = failure(received.assert_sent, "a", timeout=0)
    assert text.startswith("a was not sent\nreceived:\n  ... 8 earlier\n  g:8|g\n")
    assert "\n  event 'Deploy' 'failed' error\n  service check db 2 'down'\n  d:1|d\nnot understood:\n  expected a '|'" in text
    assert "dogstatsd.client" not in text and any("dogstatsd.client" in metric.name for metric in received.metrics)
    assert failure(received.assert_not_sent, "d", 1).startswith("d = 1 was sent\n")


def test_events_and_service_checks_are_asserted_by_their_fields(received, client):
    client.event("Deploy", "v1.2\nfailed", alert_type="error", tags=["env:test"])
    client.service_check("db", client.CRITICAL, message="down", tags=["env:test"])
    received.assert_event("Deploy", tags=["env:test"], alert_type="error", text="v1.2\nfailed")
    received.assert_service_check("db", 2, tags=["env:test"], message="down")
    assert (received.events[0].title, received.service_checks[0].name) == ("Deploy", "db")
    assert failure(received.assert_event, "Deploy", alert_type="info", timeout=0).startswith(
        "the event 'Deploy', alert_type 'info' was not sent\nreceived:\n  event 'Deploy'"
    )
    assert failure(received.assert_service_check, "db", 0, tags=["x"], timeout=0).startswith(
        "the service check 'db' with the tags x, status 0 was not sent\n"
    )
    with pytest.raises(TypeError, match="Event has no field 'alert'; there are title, "):
        received.assert_event("Deploy", alert="error")


def test_what_is_cleared_is_forgotten(received, client):
    client.increment("a")
    client.socket.send(b"bad")
    assert len(received.errors) == 1
    received.clear()
    assert (received.messages, received.errors) == ([], [])
    received.assert_not_sent("a")


def test_what_is_sent_later_is_waited_for(received, client):
    threading.Timer(0.1, client.increment, ("later",)).start()
    received.assert_sent("later", 1, timeout=20)


@pytest.mark.parametrize("options", [{"disable_aggregation": False}, {"disable_buffering": False}, {"disable_background_sender": False}, {"profile": "fast"}])
def test_clients_that_hold_back_are_flushed(received, options):
    client = DogStatsd(host="127.0.0.1", port=received.port, flush_interval=60, disable_telemetry=True, **options)
    client.increment("held.back")
    client.increment("held.back")
    received.assert_sent("held.back", 2, timeout=0)
    client.stop()


@pytest.mark.parametrize("tags", ["env:test", [1]])
def test_what_cannot_be_looked_for_is_an_error(received, tags):
    with pytest.raises(TypeError, match="tags must be a sequence of str"):
        received.assert_sent("a", tags=tags)
    with pytest.raises(TypeError, match="tags must be a sequence of str"):
        received.assert_event("a", tags=tags)
    with pytest.raises(TypeError, match="name must be str, not 1"):
        received.assert_sent(1)
    with pytest.raises(ValueError, match="type must be one of c, g, ms, h, d, s, not 'count'"):
        received.assert_sent("a", type="count")


def test_what_was_sent_can_be_looked_at_after_the_end():
    with Received() as received, Client(received.address, telemetry=False) as client:
        client.increment("a")
    received.assert_sent("a", 1, timeout=0)


# The fixture.


def test_clients_find_the_fixture_by_the_environment(dogstatsd, monkeypatch):
    with Client(telemetry=False) as client:
        client.increment("checkout.orders", tags=["env:test"])
        dogstatsd.assert_sent("checkout.orders", 1, tags=["env:test"])
    drop_in = DogStatsd()
    drop_in.gauge("queue", 3)
    drop_in.stop()
    dogstatsd.assert_sent("queue", 3)


def test_the_clients_of_a_program_send_to_the_fixture_while_it_lasts(pytester):
    pytester.makepyfile(
        """
        import basenji
        from basenji.testing import Received

        def test_one_in_another(dogstatsd):
            before = basenji.statsd.port
            with Received() as inner, inner.attached():
                basenji.statsd.increment("inner")
                inner.assert_sent("inner")
            assert (basenji.statsd.host, basenji.statsd.port) == ("127.0.0.1", before) == ("127.0.0.1", dogstatsd.port)
            basenji.statsd.increment("outer")
            dogstatsd.assert_sent("outer")
            dogstatsd.assert_not_sent("inner")

        def test_afterwards():
            assert (basenji.statsd.host, basenji.statsd.port) == ("localhost", 8125)
        """
    )
    pytester.runpytest_subprocess("-q").assert_outcomes(passed=2)


def test_the_client_of_a_program_in_the_fast_profile_does_too(pytester, monkeypatch):
    monkeypatch.setenv("BASENJI_PROFILE", "fast")
    pytester.makepyfile(
        """
        from basenji import statsd
        statsd.increment("before")

        def test_one(dogstatsd):
            statsd.increment("one")
            dogstatsd.assert_sent("one", 1)
            dogstatsd.assert_not_sent("before")

        def test_other(dogstatsd):
            statsd.gauge("other", 2)
            dogstatsd.assert_sent("other", 2)
            dogstatsd.assert_not_sent("one")
        """
    )
    pytester.runpytest_subprocess("-q").assert_outcomes(passed=2)


def test_unchanged_clients_of_datadog_find_it_too(pytester):
    pytester.makepyfile(
        """
        from datadog import DogStatsd, statsd

        def test_sends(dogstatsd):
            client = DogStatsd(disable_buffering=False, flush_interval=60, origin_detection_enabled=False)
            client.increment("own", tags=["env:test"])
            statsd.gauge("global", 2)
            dogstatsd.assert_sent("own", 1, tags=["env:test"])
            dogstatsd.assert_sent("global", 2)
            assert DogStatsd.__module__ == "datadog.dogstatsd.base"
            client.stop()
        """
    )
    pytester.runpytest_subprocess("-q").assert_outcomes(passed=1)


def test_a_suite_has_the_fixture_and_its_failures_are_short(pytester):
    pytester.makepyfile(
        """
        import os

        def test_passes(dogstatsd, tmp_path):
            from basenji import statsd
            statsd.increment("checkout.orders", tags=["env:test"])
            dogstatsd.assert_sent("checkout.orders", 1, tags=["env:test"])
            assert os.environ["DD_DOGSTATSD_URL"] == f"udp://127.0.0.1:{dogstatsd.port}"

        def test_fails(dogstatsd):
            from basenji import statsd
            statsd.increment("checkout.order")
            dogstatsd.assert_sent("checkout.orders", 1, timeout=0)

        def test_leaves_nothing_behind():
            assert "DD_DOGSTATSD_URL" not in os.environ
            from basenji import statsd
            assert statsd.port == 8125
        """
    )
    result = pytester.runpytest_subprocess("-q", "-p", "no:randomly")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        [
            ">       dogstatsd.assert_sent(*",
            "E       AssertionError: checkout.orders = 1 was not sent; the nearest names are checkout.order",
            "E       received:",
            "E         checkout.order:1|c",
        ]
    )
    assert "testing.py" not in result.stdout.str()


def test_a_suite_that_does_not_use_it_does_not_import_it(pytester):
    pytester.makepyfile("import sys\ndef test_nothing():\n    assert 'basenji' not in sys.modules")
    pytester.runpytest_subprocess("-q").assert_outcomes(passed=1)
