"""The drills themselves: one of them from end to end, and what is concluded from what was seen."""

import pytest

from tests.drills.catalog import DRILLS, chosen, waves
from tests.drills.drill import Drill, SeenBoard, SeenRow, delays, told, unprintable, well
from tests.drills.outcome import Outcome, Run, table
from tests.drills.run import run_drills
from tests.drills.vitals import Vitals, complaints, growth, settled

NOW = 1_800_000_000.0


def _drill(**more: object) -> Drill:
    def part(site: object) -> object:
        raise AssertionError("no part is started here")

    given = {"name": "web-down", "shows": "", "row": "service:web*", "says": "refused", "part": part, "wave": "web"}
    return Drill(**(given | more))  # type: ignore[arg-type]


def _row(
    level: str = "ok", reason: str = "", *, at: float = NOW, checks: tuple[tuple[str, str, str], ...] = ()
) -> SeenRow:
    word = "up" if level == "ok" else "down"
    return SeenRow("service:web", "service:web", level, word, reason, at, False, False, checks)


def _board(*rows: SeenRow) -> SeenBoard:
    return SeenBoard(NOW, 0.0, 0.0, rows)


def test_a_fault_is_told_by_the_row_or_by_one_of_its_checks() -> None:
    drill = _drill()
    assert told(drill, _board(_row("critical", "127.0.0.1:1 refused the connection")))
    assert told(drill, _board(_row(checks=(("warning", "down", "refused"),))))
    assert told(drill, _board(_row("critical", "no answer"))) is None
    assert told(_drill(row="redis:*"), _board(_row("critical", "refused"))) is None


def test_it_is_healed_when_the_row_was_read_anew_and_is_ok() -> None:
    drill = _drill()
    assert well(drill, _board(_row()), NOW - 1)
    assert not well(drill, _board(_row()), NOW + 1)
    assert not well(drill, _board(_row("warning", "refused")))
    assert not well(drill, _board())
    assert well(_drill(shared=True), _board(_row("warning", "something else")))
    assert not well(_drill(shared=True), _board(_row("warning", "something else")), NOW + 1), "not read since"
    assert well(_drill(shared=True), _board(), NOW), "gone with its fault, as an alert"


def test_a_sign_that_a_terminal_obeys_is_found() -> None:
    assert unprintable(_board(_row("critical", "all is printable: é 日"))) == []
    assert unprintable(_board(_row("critical", "\x1b[2J"))) == ["\x1b[2J"]


def test_others_are_late_by_what_is_more_than_their_interval() -> None:
    polled = {"a": [NOW - 4, NOW + 1, NOW + 6], "b": [NOW - 1, NOW + 12], "own": [NOW - 100]}
    late = delays(polled, NOW, NOW + 12, ["own"])
    assert late == {"a": pytest.approx(1.0), "b": pytest.approx(8.0)}


def test_each_broken_promise_is_told() -> None:
    fine = Outcome("fine", limits=(10, 15), seen_s=3, healed_s=4, words="down refused")
    late = Outcome(
        "late", limits=(10, 15), seen_s=12, healed_s=None, others_late_s=6, latest_other="redis:x", stall_s=0.2
    )
    run = Run(drills=[fine, late], quit_s=0.1)
    assert fine.broken() == []
    assert run.problems() == [
        "late: seen after 12.0 s, over 10.0 s",
        "late: not healed",
        "late: redis:x was polled 6.0 s late",
        "late: the event loop was held for 200 ms",
    ]
    assert Run(quit_s=None).problems() == ["it had to be killed"]
    lines = table([fine, late]).splitlines()
    assert [line.split()[0] for line in lines] == ["drill", "fine", "late"]
    assert "never" in lines[2]


def test_what_can_not_be_done_here_is_no_failure_unless_everything_must(monkeypatch: pytest.MonkeyPatch) -> None:
    skipped = Outcome("tmpfs", skipped="needs root")
    monkeypatch.setenv("CI", "")
    assert skipped.broken() == []
    monkeypatch.setenv("CI", "true")
    assert skipped.broken() == ["not done, though nothing may be missing: needs root"]


def _looks(*megabytes: float, **more: object) -> list[Vitals]:
    plain = {
        "rss_bytes": 0,
        "pss_bytes": 0,
        "descriptors": 9,
        "threads": 2,
        "children": 0,
        "zombies": 0,
        "stall_s": 0.0,
        "sent_bytes": 0,
    }
    return [
        Vitals(**({"at_s": 10.0 * number, "anon_bytes": int(amount * 1e6)} | plain | more))  # type: ignore[arg-type]
        for number, amount in enumerate(megabytes)
    ]


def test_growth_counts_once_memory_has_settled() -> None:
    assert (settled(60), settled(3)) == (600, 60)
    assert growth(_looks(10, 50, 60, 60, 60, 60), 20) == 0
    assert growth(_looks(60, 60, 60, 60, 62, 62), 20) == 2_000_000
    assert growth(_looks(60), 20) is None


def test_a_leak_a_zombie_and_a_stall_are_told() -> None:
    assert complaints(_looks(60, 60, 60, 60), 0) == []
    leaking = [*_looks(60, calm=True), *_looks(60, calm=True, descriptors=12, at_s=10.0)]
    assert complaints(leaking, 0) == ["descriptors went from 9 to 12 while nothing was broken"]
    passing = [*_looks(60, calm=True), *_looks(60, 60, calm=True), *_looks(60, calm=True, descriptors=12)]
    assert complaints(passing, 0) == [], "a program that a poll runs just then is no leak"
    assert complaints(_looks(60, 60, zombies=1), 0) == ["it left zombies: 1"]
    assert complaints(_looks(60, 60, stall_s=0.3), 0) == ["its event loop was held for 300 ms"]


def test_every_drill_has_a_name_of_its_own_and_a_wave() -> None:
    assert len({drill.name for drill in DRILLS}) == len(DRILLS)
    assert [drill.name for drill in chosen(["http-500"])] == ["http-500"]
    with pytest.raises(KeyError):
        chosen(["no-such-drill"])
    assert waves(list(DRILLS))[-1][0].wave == "cpu"


async def test_a_drill_from_end_to_end() -> None:
    run = await run_drills(chosen(["http-500"]), floor=False)
    (outcome,) = run.drills
    assert "answers 500" in outcome.words
    assert run.problems() == []
