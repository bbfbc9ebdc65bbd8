"""The table of sets, and how far what runs is."""

import pytest

from ops.backup.structs import Running, Standing
from tests.parts.memory_backups import DAY, HOUR, MIB, NOW, event, kept, month, standing
from tui.glyphs import ASCII, UNICODE
from tui.panes.backup_known import known
from tui.panes.backup_progress import figures, progress
from tui.panes.backup_sets import COLUMNS, ratio, rows

NAMES = [column.key for column in COLUMNS]


def cells(one: Standing, *, asked: bool = True, now: float = NOW) -> dict[str, tuple[str, str]]:
    """Text and style of each cell."""
    (row,) = rows([known(one, asked=asked)], now, UNICODE)
    return {name: (cell.text, cell.style) for name, cell in zip(NAMES, row.cells, strict=True)}


def test_a_set_that_is_proven_says_how() -> None:
    found = cells(month())
    assert found["state"] == ("✓ proven", "ok")
    assert found["age"] == ("20h/1d6h", "text")
    assert found["last"] == ("✓ 20h", "text")
    assert found["next"] == ("4h", "text")
    assert found["verified"] == ("now, drill now", "text")
    assert found["rto"] == ("12m▸14m/4h", "text")
    assert found["size"] == ("490M", "text")
    assert len(found["trend"][0]) == 24


@pytest.mark.parametrize(
    ("more", "cell", "wanted"),
    [
        pytest.param({"age_s": 31 * HOUR}, "state", ("● RPO missed", "critical"), id="too old"),
        pytest.param({"age_s": 31 * HOUR}, "age", ("1d7h/1d6h", "critical"), id="and its age is marked"),
        pytest.param({"age_s": None}, "state", ("● not verified", "critical"), id="never verified"),
        pytest.param({"age_s": None}, "age", ("–/1d6h", "muted"), id="which has no age"),
        pytest.param({"restore_now_s": 5 * HOUR}, "rto", ("12m▸5h/4h", "critical"), id="it has outgrown its RTO"),
        pytest.param({"restore_now_s": 725.0}, "rto", ("12m/4h", "text"), id="the projection says nothing new"),
        pytest.param({"restore_s": 0.4, "restore_now_s": 0.4}, "rto", ("<1s/4h", "text"), id="under a second is no 0"),
        pytest.param({"restore_s": None, "restore_now_s": None}, "rto", ("–/4h", "muted"), id="no drill measured it"),
        pytest.param({"anomalies": ("half as large",)}, "state", ("▲ odd", "warning"), id="an odd size"),
        pytest.param({"unreachable": "refused"}, "state", ("? unreachable", "unknown"), id="a target that is away"),
        pytest.param({"next_at": None}, "next", ("–", "muted"), id="without a schedule"),
        pytest.param({"next_at": NOW - 5}, "next", ("due", "text"), id="one that should begin now"),
        pytest.param({"last": event("run", HOUR, ok=False)}, "last", ("▲ 1h", "warning"), id="the last run failed"),
        pytest.param({"last": None}, "last", ("–", "muted"), id="never run"),
    ],
)
def test_what_is_not_as_it_should_be_is_marked(more: dict[str, object], cell: str, wanted: tuple[str, str]) -> None:
    assert cells(standing("shop", kept(20 * HOUR), **more))[cell] == wanted


def test_the_age_goes_on_while_nobody_asks() -> None:
    one = standing("shop", kept(20 * HOUR))
    assert cells(one, now=NOW + 9 * HOUR)["state"] == ("✓ verified", "ok")
    assert cells(one, now=NOW + 11 * HOUR)["state"] == ("● RPO missed", "critical")


def test_the_bar_of_the_age_is_full_where_it_is_too_old() -> None:
    (row,) = rows([known(standing("shop", kept(2 * DAY)), asked=True)], NOW, UNICODE)
    bar = row.cells[NAMES.index("bar")]
    assert bar.ratio == 1.6
    assert bar.style == "critical"


def test_before_its_target_has_answered_nothing_is_said_to_be_missing() -> None:
    assert cells(standing("shop"), asked=False)["state"] == ("… asking", "muted")
    assert cells(standing("shop"))["state"] == ("● none", "critical")


@pytest.mark.parametrize(
    ("running", "state", "text"),
    [
        pytest.param(
            Running(what="run", since=NOW - 20, bytes=412 * MIB, total_bytes=960 * MIB, bytes_per_s=24 * MIB, eta_s=22),
            "▶ run 43 %",
            "412 MiB of about 960 MiB, 24 MiB/s, 22 s left",
            id="all is known",
        ),
        pytest.param(
            Running(what="drill", since=NOW - 20), "▶ drill", "since 20 s", id="nothing is known but when it began"
        ),
        pytest.param(
            Running(what="verify", since=NOW - 20, bytes=3 * MIB, bytes_per_s=MIB),
            "▶ verify",
            "3 MiB, 1 MiB/s, since 20 s",
            id="its end is not known",
        ),
        pytest.param(
            Running(what="run", bytes=99 * MIB, total_bytes=90 * MIB),
            "▶ run 100 %",
            "99 MiB of about 90 MiB",
            id="it grew more than expected",
        ),
    ],
)
def test_what_runs_says_how_far_it_is(running: Running, state: str, text: str) -> None:
    assert cells(standing("shop", kept(HOUR), running=running))["state"] == (state, "accent")
    assert figures(running, NOW) == text


def test_what_runs_stays_marked_where_the_set_is_not_well() -> None:
    one = standing("shop", kept(2 * DAY), running=Running(what="run"))
    assert cells(one)["state"] == ("▶ run", "critical")


def test_progress_names_its_job() -> None:
    running = Running(what="run", job=12, bytes=1, total_bytes=4)
    line = "".join(text for text, _ in progress(running, NOW, ASCII))
    assert line == "> run ####............ 25 % 1 B of about 4 B  job 12: o shows it"
    assert ratio(Running(what="run")) is None


def test_names_from_the_config_are_cleaned() -> None:
    assert "\x1b" not in cells(standing("a\x1b[31mb"))["set"][0]
