"""Alertmanager's alerts are read as its own client sees them: fired, silenced, inhibited, resolved."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.alertmanager import Alertmanager, AlertmanagerConfig
from collectors.alertmanager_api.answers import MOST_ALERTS, read_alerts, read_status
from collectors.alertmanager_api.names import Names, plain_name
from collectors.alertmanager_api.unheard import TOLD_AGAIN_S, Unheard
from collectors.base import Entity, Secret, Value
from collectors.polling.inert import sanitize
from tests.parts.alertmanager import AlertmanagerServer
from tests.parts.collecting import ended_after, fault, first, of_kind, parts
from tests.parts.readings import read_until
from tests.parts.servers import Exchange, Talk, body, running

Watch = Callable[..., Alertmanager]
DOWN = {"alertname": "InstanceDown", "instance": "api-1:9100", "job": "api", "severity": "critical"}
SLOW = {"alertname": "Slow", "instance": "api-1:9100", "severity": "warning"}
FULL = {"alertname": "DiskFull", "instance": "db-1:9100", "mountpoint": "/data", "severity": "info"}


@pytest.fixture
async def watch() -> AsyncIterator[Watch]:
    """Make collectors of an address, which are closed after the test."""
    made: list[Alertmanager] = []

    def make(url: str, secrets: dict[str, Secret] | None = None, **settings: Any) -> Alertmanager:
        made.append(Alertmanager(AlertmanagerConfig(name="main", url=url, **settings), secrets or {}))
        return made[-1]

    yield make
    for collector in made:
        await collector.close()


def told(value: Value) -> float:
    assert isinstance(value, int | float)
    return value


async def test_alerts_are_those_of_its_own_client(alertmanager: AlertmanagerServer, watch: Watch) -> None:
    collector = watch(alertmanager.url)
    assert (await first(collector)).facts["alerts"] == 0
    alertmanager.fire(DOWN, summary="api-1 is gone", description="no scrape\nfor a minute", runbook_url="http://wiki/x")
    alertmanager.fire(SLOW, FULL)
    reading = await read_until(collector, lambda found: len(found.entities) == 4, "three alerts")
    own, rows = reading.entities[0], of_kind(reading, "alert")
    known = alertmanager.known()
    assert {row.key for row in rows.values()} == known.keys()
    assert set(rows) == {"InstanceDown api-1:9100", "Slow api-1:9100", "DiskFull db-1:9100 /data"}
    down = rows["InstanceDown api-1:9100"]
    assert (down.facts["severity"], down.facts["state"]) == ("critical", known[down.key]["status"]["state"])
    assert (down.facts["summary"], down.facts["runbook"]) == ("api-1 is gone", "http://wiki/x")
    assert down.facts["receivers"] == "pager"
    assert down.texts["description"] == "no scrape\nfor a minute"
    assert down.texts["labels"].splitlines()[0] == "alertname = InstanceDown"
    started = datetime.fromisoformat(known[down.key]["startsAt"]).timestamp()
    assert told(down.facts["started_at"]) == pytest.approx(started, abs=0.001)
    assert 0 <= told(down.facts["age_s"]) < 20
    assert own.facts["cluster_status"] == "disabled"
    assert own.facts["version"] == alertmanager.version()
    assert told(own.facts["uptime_s"]) >= 0


async def test_silenced_inhibited_and_resolved(alertmanager: AlertmanagerServer, watch: Watch) -> None:
    collector = watch(alertmanager.url)
    alertmanager.fire(DOWN)
    alertmanager.fire(SLOW, FULL)
    silence = alertmanager.tool("silence", "add", "alertname=DiskFull", "--comment=night", "--author=me").strip()

    def settled(reading: Any) -> bool:
        return bool(reading.entities[0].facts["suppressed"] == 2)

    rows = of_kind(await read_until(collector, settled, "a silence and an inhibition"), "alert")
    full, slow = rows["DiskFull db-1:9100 /data"], rows["Slow api-1:9100"]
    assert (full.facts["state"], full.facts["silenced_by"], full.facts["inhibited_by"]) == ("suppressed", silence, None)
    assert (slow.facts["state"], slow.facts["silenced_by"]) == ("suppressed", None)
    assert slow.facts["inhibited_by"] == rows["InstanceDown api-1:9100"].key
    over = datetime.now(UTC) - timedelta(seconds=1)
    alertmanager.fire(DOWN, ends=over.isoformat())
    left = await read_until(collector, lambda found: found.entities[0].facts["alerts"] == 2, "the end of one")
    assert set(of_kind(left, "alert")) == {"Slow api-1:9100", "DiskFull db-1:9100 /data"}
    assert (left.entities[0].facts["firing"], left.entities[0].facts["suppressed"]) == (1, 1)


async def test_only_what_is_asked_for(alertmanager: AlertmanagerServer, watch: Watch) -> None:
    alertmanager.fire(DOWN, SLOW, FULL)
    await read_until(watch(alertmanager.url), lambda found: len(found.entities) == 4, "three alerts")
    severe = watch(alertmanager.url, matchers=("severity=~critical|warning", 'instance="api-1:9100"'))
    assert set(await parts(severe, "alert")) == {"InstanceDown api-1:9100", "Slow api-1:9100"}
    assert set(await parts(watch(alertmanager.url, receiver="pag.*"), "alert")) == {"InstanceDown api-1:9100"}
    error = await fault(watch(alertmanager.url, matchers=("severity",)))
    assert (error.reason, error.retry) == ("protocol", False)
    assert "severity" in error.message
    assert error.remedy == "correct matchers and receiver in the config"


async def test_what_it_forgot_in_a_restart_is_not_resolved(alertmanager: AlertmanagerServer, watch: Watch) -> None:
    collector = watch(alertmanager.url)
    alertmanager.fire(DOWN, SLOW)
    before = of_kind(await read_until(collector, lambda found: len(found.entities) == 3, "two alerts"), "alert")
    alertmanager.stop()
    alertmanager.launch()
    reading = await collector.collect()
    after = of_kind(reading, "alert")
    assert (reading.entities[0].facts["alerts"], after.keys()) == (0, before.keys())
    assert {row.facts["state"] for row in after.values()} == {"unheard"}
    alertmanager.fire(DOWN)
    again = await read_until(collector, lambda found: found.entities[0].facts["alerts"] == 1, "one told again")
    states = {row.key: row.facts["state"] for row in of_kind(again, "alert").values()}
    assert sorted(str(state) for state in states.values()) == ["active", "unheard"]


def test_what_is_not_told_again_is_let_go() -> None:
    unheard, row = Unheard(), Entity(kind="alert", name="A", key="a", facts={"state": "active"})
    assert unheard.missing([row], 100.0, 200.0) == ()
    (left,) = unheard.missing([], 300.0, 310.0)
    assert (left.key, left.facts["state"]) == ("a", "unheard")
    assert unheard.keys == {"a"}
    (left,) = unheard.missing([], 320.0, 330.0)
    assert unheard.missing([], 320.0, 320.0 + TOLD_AGAIN_S) == ()
    assert unheard.missing([row], None, 900.0) == ()
    assert unheard.missing([], 950.0, 951.0) == (), "nothing is known of its start"


async def test_down_hung_and_back(alertmanager: AlertmanagerServer, watch: Watch) -> None:
    collector = watch(alertmanager.url)
    await first(collector)
    alertmanager.hang()
    assert await ended_after(collector, 0.3) < 3
    alertmanager.unhang()
    await first(collector)
    alertmanager.stop()
    assert (await fault(collector)).reason == "refused"
    alertmanager.launch()
    assert (await first(collector)).facts["alerts"] == 0


STATUS = json.dumps({"cluster": {"status": "ready", "peers": [{}]}, "versionInfo": {"version": "0.27.0"}}).encode()


def answering(talk: Talk) -> Talk:
    """An Alertmanager whose alerts are answered by `talk`."""

    async def answer(exchange: Exchange) -> None:
        if "status" in exchange.target:
            await exchange.answer(200, STATUS)
        else:
            await talk(exchange)

    return answer


def alert_json(number: int, **labels: str) -> dict[str, object]:
    return {
        "labels": {"alertname": "Many", **labels},
        "annotations": {},
        "fingerprint": f"{number:016x}",
        "startsAt": f"2026-01-01T00:00:{number % 60:02}.5+01:00",
        "status": {"state": "active", "silencedBy": [], "inhibitedBy": []},
        "receivers": [{"name": "x"}],
    }


@pytest.mark.parametrize(
    ("talk", "reason", "said"),
    [
        pytest.param(body(b"<html>"), "protocol", "answered with a page, not with data", id="a page"),
        pytest.param(body(b'{"a":1}'), "protocol", "answered with data that can't be read", id="other JSON"),
        pytest.param(body(b"[" + b"1," * 4_000_000), "limit", "the answer is longer than 4 MiB", id="endless"),
        pytest.param(body(b"", "", 404), "missing", "has no such API", id="an old one"),
        pytest.param(body(b"", "", 401), "auth", "does not accept our login", id="locked"),
        pytest.param(
            body(b'"unable to list"', "", 500), "protocol", "status 500: unable to list", id="its own trouble"
        ),
    ],
)
async def test_bad_answers(watch: Watch, talk: Talk, reason: str, said: str) -> None:
    async with running(answering(talk)) as server:
        collector = watch(server.url)
        error = await fault(collector)
        await collector.close()
    assert (error.reason, said in error.message) == (reason, True), error.message


async def test_of_very_many_the_first_are_kept_and_the_rest_is_counted(watch: Watch) -> None:
    many = json.dumps([alert_json(number, queue=f"q{number}") for number in range(1000)]).encode()
    async with running(answering(body(many))) as server:
        reading = await watch(server.url).collect()
    assert (len(reading.entities), reading.entities[0].facts["alerts"]) == (1 + MOST_ALERTS, 1000)
    assert reading.entities[0].hints[0].startswith("700 more alerts are not shown")


@pytest.mark.parametrize(
    ("labels", "name"),
    [
        pytest.param(DOWN, "InstanceDown api-1:9100", id="an instance says more than its job"),
        pytest.param({"alertname": "A", "namespace": "shop", "pod": "p"}, "A shop p", id="a pod"),
        pytest.param({"alertname": "A", "job": "api", "severity": "page"}, "A api", id="a job alone"),
        pytest.param({"alertname": "A", "severity": "page"}, "A", id="nothing more"),
        pytest.param({}, "unnamed", id="no label at all"),
        pytest.param({"alertname": "\x1b[2J"}, "␛[2J", id="hostile"),
    ],
)
def test_names(labels: dict[str, str], name: str) -> None:
    assert plain_name(labels) == name


def test_two_of_one_name_keep_theirs_whoever_leaves() -> None:
    names = Names()
    first_, second, third = (read_alerts(json.dumps([alert_json(number)]).encode()).kept[0] for number in (1, 2, 3))
    assert names.give([first_]) == {first_.fingerprint: "Many"}
    both = names.give([second, first_])
    assert both == {first_.fingerprint: "Many", second.fingerprint: "Many 000000"}
    assert names.give([third, second]) == {second.fingerprint: "Many 000000", third.fingerprint: "Many"}


LABELS = st.dictionaries(st.sampled_from(["alertname", "instance", "job", "a", "ü"]), st.text(max_size=5), max_size=4)
ALERTS = st.lists(
    st.builds(
        lambda number, labels, state, start: (
            alert_json(number) | {"labels": labels, "status": {"state": state, "silencedBy": None}, "startsAt": start}
        ),
        st.integers(0, 9),
        LABELS,
        st.sampled_from(["active", "suppressed", "unprocessed", "other"]),
        st.sampled_from(
            ["2026-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "2026-01-01T00:00:00", "9999-12-31T23:59:59Z", "x"]
        ),
    ),
    max_size=6,
    unique_by=lambda alert: alert["fingerprint"],
)


@given(st.one_of(st.binary(max_size=200), ALERTS.map(lambda alerts: json.dumps(alerts).encode())))
def test_any_body_is_alerts_of_different_names_or_no_data(said: bytes) -> None:
    with suppress(msgspec.DecodeError, UnicodeDecodeError):
        assert read_status(said).version.isprintable()
    with suppress(msgspec.DecodeError, UnicodeDecodeError):
        found = read_alerts(said)
        assert len(set(Names().give(found.kept).values())) == found.total


async def test_hostile_alerts_become_plain_rows(watch: Watch) -> None:
    evil = alert_json(1, instance="\x1b]0;owned\x07\u202e", severity="crit\nical") | {
        "annotations": {"summary": "\x9b2J"}
    }
    async with running(answering(body(json.dumps([evil]).encode()))) as server:
        reading = sanitize(await watch(server.url).collect())
    (row,) = of_kind(reading, "alert").values()
    for text in (row.name, *(value for value in row.facts.values() if isinstance(value, str))):
        assert text.isprintable()


async def test_two_polls_at_one_deadline_leave_nothing_open(watch: Watch) -> None:
    async def mute(exchange: Exchange) -> None:
        await exchange.gone()
        raise ConnectionError

    async with running(mute) as server:
        collector = watch(server.url)
        assert await ended_after(collector, 0.2) < 3
        assert await ended_after(collector, 0.2) < 3
        await collector.close()
        await asyncio.sleep(0)
        assert server.connections == 2


@pytest.mark.parametrize("wrong", [{"matchers": ("",)}, {"matchers": ("a=b",) * 21}], ids=["empty", "too many"])
def test_settings_that_can_not_be_meant(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="matchers"):
        AlertmanagerConfig(name="main", **wrong)
