"""`watchfloor history`: metrics and capacity over time, for people, spreadsheets and programs."""

import csv
import io
import json
import time
from pathlib import Path

import pytest

from ops.board import Row
from ops.store.contract import Record
from ops.store.opening import open_store
from tests.parts.command import watchfloor
from tests.parts.promised import HOUR, MINUTE, ROW, fill, steady

NOW = time.time() // HOUR * HOUR


def row(row_id: str, at: float, **facts: float) -> Row:
    """A row with these facts."""
    kind, _, name = row_id.partition(":")
    return Row(
        id=row_id, kind=kind, name=name, target=row_id.partition("/")[0], level="ok", word="up", reason="", since=at,
        at=at, facts=facts,
    )  # fmt: skip


@pytest.fixture(scope="module")
def floor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a config and three hours of a host, its disk, a container and a service."""
    folder = tmp_path_factory.mktemp("floor")
    (folder / "watchfloor.toml").write_text('[watchfloor]\nname = "shop"\n[store]\npath = "history"\n')
    store = open_store(folder / "history")
    records = []
    for minute in range(180):
        at = NOW - 3 * HOUR + minute * MINUTE
        rows = (
            row("host:here", at, cpu_percent=10.0 + minute % 10, memory_percent=40.0, uptime_s=float(minute)),
            row("host.disk:here/", at, percent=70.0 + minute / 60),
            row("container:local/web", at, cpu_percent=5.0, memory_bytes=1000 + minute),
            row(ROW, at, total_s=0.2),
        )
        records.append(Record(at=at, rows=rows))
    store.append(records)
    fill(store, steady(NOW - 3 * HOUR, NOW, [(NOW - 2 * HOUR, NOW - HOUR)]))
    while store.roll(NOW):
        pass
    store.close()
    return folder


def table(floor: Path, *words: str) -> list[dict[str, str]]:
    """What a command prints as CSV."""
    done = watchfloor("history", *words, "--format", "csv", cwd=floor)
    assert (done.returncode, done.stderr) == (0, "")
    return list(csv.DictReader(io.StringIO(done.stdout)))


def test_a_fact_by_the_hour(floor: Path) -> None:
    lines = table(floor, "host.disk.percent", "--since", "7d")
    assert [line["row"] for line in lines] == ["host.disk:here/"] * 3
    assert list(lines[0]) == ["time", "row", "value", "least", "most"]
    assert float(lines[0]["least"]) == pytest.approx(70.0, rel=1e-3)
    assert float(lines[2]["most"]) == pytest.approx(72.98, rel=1e-3)


def test_a_fact_by_the_minute_between_two_moments(floor: Path) -> None:
    lines = table(floor, "host.uptime_s", "--since", str(int(NOW - HOUR)), "--until", str(int(NOW - 50 * MINUTE)))
    assert [float(line["value"]) for line in lines] == pytest.approx(list(range(120, 130)), rel=1e-3)


def test_what_events_say(floor: Path) -> None:
    errors = table(floor, "service.error_percent", "--since", "7d", "--step", "hour")
    assert [float(line["value"]) for line in errors] == [0, 100, 0]
    p95 = table(floor, "service.p95_s", "--since", "7d", "--row", "service:*")
    assert [float(line["value"]) for line in p95] == pytest.approx([0.42] * 3, rel=0.01)
    assert float(table(floor, "service.events", "--since", "7d")[0]["value"]) == 300


def test_capacity_is_one_line_for_each_thing_and_hour(floor: Path) -> None:
    lines = table(floor, "capacity", "--since", "30d")
    assert list(lines[0])[:5] == ["time", "row", "cpu_percent", "memory_percent", "memory_bytes"]
    assert len(lines) == 9
    by_row = {line["row"]: line for line in lines}
    assert float(by_row["host:here"]["memory_percent"]) == pytest.approx(40, rel=1e-3)
    assert float(by_row["container:local/web"]["memory_bytes"]) == pytest.approx(1149.5, rel=1e-2)
    assert by_row["container:local/web"]["disk_percent"] == ""
    assert float(by_row["host.disk:here/"]["disk_percent"]) > 72


def test_text_and_json(floor: Path) -> None:
    shown = watchfloor("history", "service.p95_s", "--since", "7d", cwd=floor).stdout
    assert shown.startswith("service:api service.p95_s\n  20")
    assert " ms" in shown
    told = json.loads(watchfloor("history", "container.memory_bytes", "--format", "json", cwd=floor).stdout)
    assert (told[0]["row"], told[0]["metric"], len(told[0]["points"])) == (
        "container:local/web", "container.memory_bytes", 3
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param(("host.disk.percnt",), 'did you mean "host.disk.percent"?', id="a wrong metric"),
        pytest.param(
            ("nosuch",),
            'recorded as "nosuch"; say kind and fact, such as "container.cpu_percent"; '
            "`watchfloor board --json` shows them\n",
            id="no metric at all",
        ),
        pytest.param(("service.p95",), 'did you mean "service.p95_s"?', id="without its unit"),
        pytest.param(("host.cpu_percent", "--row", "host:there"), 'did you mean "host:here"?', id="a wrong row"),
        pytest.param(("host.cpu_percent", "--since", "1x"), "--since:", id="a wrong time"),
        pytest.param(("host.cpu_percent", "--until", "-2h", "--since", "now"), "--since", id="nothing between"),
        pytest.param((), "METRIC", id="no metric"),
    ],
)
def test_bad_input_gets_one_sentence(floor: Path, words: tuple[str, ...], told: str) -> None:
    done = watchfloor("history", *words, cwd=floor)
    assert (done.returncode, done.stdout) == (64, "")
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


def test_nothing_in_that_time_ends_with_3(floor: Path, tmp_path: Path) -> None:
    done = watchfloor("history", "host.cpu_percent", "--since", "9d", "--until", "8d ago", cwd=floor)
    assert (done.returncode, "nothing was recorded in that time" in done.stderr) == (3, True)
    (tmp_path / "watchfloor.toml").write_text('[store]\npath = "none"\n')
    done = watchfloor("history", "host.cpu_percent", cwd=tmp_path)
    assert (done.returncode, "nothing was recorded yet" in done.stderr) == (3, True)
