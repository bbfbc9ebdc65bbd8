"""What a report tells to have happened: what concerns the row, with the name of what it happened to."""

import pytest

from ops.slo.detail import MARKS
from ops.slo.happened import concerning
from ops.slo.report import Report, make_report
from ops.store.contract import Event, Record, Store
from ops.store.memory import MemoryStore
from tests.parts.promised import HOUR, MINUTE, NOW, ROW, configured, fill, promise, steady
from tests.parts.stores import row
from tui.cli.output import json_text
from tui.cli.slo_tables import markdown
from tui.cli.slo_text import text, zone_of

BROKE = NOW - HOUR
UTC = zone_of("UTC")


def told(*happened: Event) -> Report:
    """The report on half an hour in which api failed, as these things happened; api depends on pg."""
    store: Store = MemoryStore()
    fill(store, steady(NOW - 6 * HOUR, NOW, [(BROKE, BROKE + 30 * MINUTE)]))
    rows = (row(ROW, NOW - 60, depends_on=("postgres:pg",)), row("service:shop", NOW - 60))
    store.append([Record(at=BROKE + 60, happened=happened), Record(at=NOW - 60, rows=rows)])
    return concerning(store, make_report(store, configured(promise(window=3 * HOUR)), NOW - 1))


def event(kind: str, about: str, words: str, at: float = BROKE + 10) -> Event:
    """Something that happened, in the first minute if not said otherwise."""
    return Event(at=at, kind=kind, row=about, text=words, before="ok", after="critical")


@pytest.mark.parametrize(
    ("happened", "said"),
    [
        pytest.param(event("level", ROW, "answers 500"), "api: answers 500", id="what it did itself"),
        pytest.param(event("level", "postgres:pg", "refuses"), "pg: refuses", id="what it depends on did"),
        pytest.param(event("restart", "postgres:pg", "pg started again"), "pg started again", id="named once"),
        pytest.param(event("deploy", "git:web", "4f2a1c deployed"), "web: 4f2a1c deployed", id="any deploy"),
        pytest.param(event("level", "service:shop", "answers 503 (1 of 3)"), "", id="the outage of another"),
        pytest.param(event("level", "host:local", "9 zombies"), "", id="what the host has"),
        pytest.param(event("restart", "container:local/img", "img started again"), "", id="a restart of another"),
        pytest.param(event("start", "", "the recording began"), "", id="the recording"),
    ],
)
def test_only_what_concerns_the_row_is_told_with_its_name(happened: Event, said: str) -> None:
    report = told(happened)
    for shown in (text(report, UTC), markdown(report, UTC)):
        assert (said in shown) if said else (happened.text not in shown)
    assert (f'"text":"{happened.text}"' in json_text(report).replace('": "', '":"')) == bool(said)


def test_others_do_not_crowd_out_what_concerns_it() -> None:
    others = [event("restart", f"container:local/w{n}", f"again {n}", BROKE - n) for n in range(20)]
    report = told(*others, event("level", ROW, "answers 500"))
    (spell,) = report.slos[0].objectives[0].spells
    assert [mark.text for mark in spell.happened] == ["answers 500"]
    many = told(*[event("level", ROW, f"answers {n}", BROKE + n) for n in range(20)])
    assert len(many.slos[0].objectives[0].spells[0].happened) == MARKS
