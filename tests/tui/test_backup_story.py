"""What is said of a set, of one backup, and of what a prune would do."""

import pytest
from msgspec.structs import replace

from ops.backup.structs import Kept, Running, Sealing, Standing
from tests.parts.memory_backups import DAY, HOUR, MIB, NOW, backup_id, event, kept, manifest, month, standing
from tui.glyphs import UNICODE
from tui.panes.backup_kept import View, rows, wanted
from tui.panes.backup_known import known
from tui.panes.backup_story import How, of_backup, of_set
from tui.panes.backup_words import MOST_LISTED, pruning
from tui.widgets.lines import Line

HOW = How(100, NOW, UNICODE)


def text(some: list[Line]) -> str:
    return "\n".join("".join(part for part, _ in line).rstrip() for line in some)


def joined(some: list[Line]) -> str:
    return " ".join(text(some).split())


def styles(some: list[Line], part: str) -> set[str]:
    return {style for line in some for words, style in line if part in words}


@pytest.mark.parametrize(
    ("one", "sentence"),
    [
        pytest.param(month(), "RPO 1d6h: if it were gone now, what changed in the last 20h would be lost", id="RPO"),
        pytest.param(month(), "RTO 4h: 12m measured, 14m by its size now", id="RTO as measured and as projected"),
        pytest.param(month(), "next 2023-11-15 02:13 UTC (daily)", id="what comes next"),
        pytest.param(standing("shop"), "all of it would be lost", id="nothing is verified"),
        pytest.param(
            standing("shop", restore_s=None, restore_now_s=None), "never measured: a drill measures it", id="no drill"
        ),
        pytest.param(standing("shop", next_at=None), "no next one is scheduled", id="no schedule"),
        pytest.param(
            standing("shop", kept(HOUR), unreachable="connection refused", remedy="start it"),
            "its target could not be asked: connection refused start it",
            id="a target that is away",
        ),
        pytest.param(
            standing("shop", kept(HOUR), anomalies=("half as large as usual",)), "odd: half as large", id="odd sizes"
        ),
        pytest.param(
            standing("shop", kept(HOUR), leftovers=2), "2 unfinished backups of dead processes", id="leftovers"
        ),
        pytest.param(
            standing("shop", last=event("run", 60, ok=False, words="it is full", remedy="make room")),
            "the last run failed: it is full",
            id="a run that failed",
        ),
        pytest.param(
            standing("shop", last=event("run", 60, ok=False, words="it is full", remedy="make room")),
            "make room",
            id="and what to do about it",
        ),
    ],
)
def test_a_set_says(one: Standing, sentence: str) -> None:
    assert sentence in joined(of_set(known(one, asked=True), HOW))


def test_what_was_done_to_a_set_is_told_with_how_it_went() -> None:
    done = (
        event("verify", HOUR, ok=False, words="a chunk is damaged", remedy="take another", fraction=(2, 7), bytes=0),
        event("run", DAY + HOUR),
    )
    told = of_set(known(standing("shop", kept(HOUR), events=done), asked=True), HOW)
    assert f"21:13 UTC  ● verify {backup_id(NOW - HOUR)}" in text(told)
    assert "a chunk is damaged, in 42 s, part 2 of 7, by ann (screen)" in joined(told)
    assert styles(told, "take another") == {"accent"}
    assert "2023-11-13 21:13 UTC  ✓ run" in text(told)


def test_what_runs_stands_above_everything() -> None:
    one = standing(
        "shop", kept(HOUR), running=Running(what="run", bytes=MIB, total_bytes=4 * MIB, words="database shop")
    )
    assert text(of_set(known(one, asked=True), HOW)).startswith(
        "▶ run ████░░░░░░░░░░░░ 25 % 1 MiB of about 4 MiB\ndatabase"
    )


@pytest.mark.parametrize(
    ("one", "sentence"),
    [
        pytest.param(kept(20 * HOUR), "stays as daily 2023-11-14", id="why it stays"),
        pytest.param(kept(20 * HOUR, reasons=(), expires="older than all rules"), "goes: older than all", id="or goes"),
        pytest.param(kept(20 * HOUR), "taken in 42 s by ann (screen) on web-1 (daily, schedule)", id="who took it"),
        pytest.param(kept(20 * HOUR), "400 MiB stored of 1.6 GiB, not encrypted by watchfloor", id="its sizes"),
        pytest.param(kept(20 * HOUR), "watchfloor 1.4, server 16.4, commit 4f1c9a07e2b8", id="made with what"),
        pytest.param(kept(20 * HOUR), "12,040 counted at the same moment", id="what was counted"),
        pytest.param(kept(20 * HOUR), "11,998 shop.public.orders", id="and of what"),
        pytest.param(kept(20 * HOUR, made={"notes": ("roles have no passwords",)}), "note: roles have no", id="notes"),
        pytest.param(kept(20 * HOUR, made={"needs": ("older",)}), "needs older", id="what it needs"),
        pytest.param(
            kept(20 * HOUR, made={"sealing": Sealing(key_id="0123456789abcdef")}),
            "encrypted (aes-256-gcm, key 0123456789abcdef)",
            id="sealed by a key",
        ),
        pytest.param(
            kept(20 * HOUR, made={"sealing": Sealing(recipients=("age1x", "age1y"))}),
            "encrypted (aes-256-gcm, 2 recipients)",
            id="sealed for people",
        ),
        pytest.param(
            kept(20 * HOUR, broken="it ends after 12 MiB", remedy="take another"),
            "it ends after 12 MiB take another",
            id="one that is none",
        ),
        pytest.param(kept(20 * HOUR, drilled_at=NOW - HOUR, restore_s=720.0), "restored in 12m", id="how fast"),
    ],
)
def test_a_backup_says(one: Kept, sentence: str) -> None:
    assert sentence in joined(of_backup(one, known(standing("shop", one), asked=True), HOW))


def test_what_is_too_much_is_counted() -> None:
    many = manifest(0, counts={f"db.public.t{number}": 1 for number in range(500)})
    told = text(of_backup(Kept(manifest=many), known(standing("shop"), asked=True), HOW))
    assert "and 400 more counts" in told


def test_no_line_of_a_story_is_wider_than_its_room() -> None:
    for width in (60, 78, 100):
        how = How(width, NOW, UNICODE)
        one = known(month(), asked=True)
        for line in [*of_set(one, how), *of_backup(one.standing.kept[5], one, how)]:
            assert sum(len(part) for part, _ in line) <= width, line


@pytest.mark.parametrize(
    ("view", "number"),
    [
        pytest.param(View(), 30, id="all"),
        pytest.param(View("DRILLED"), 5, id="a proof, in any case"),
        pytest.param(View("broken"), 1, id="what is broken"),
        pytest.param(View("broken", inverse=True), 29, id="what is not"),
        pytest.param(View("no rule keeps"), 10, id="why it goes"),
        pytest.param(View("20231110"), 1, id="an id"),
        pytest.param(View("zzz"), 0, id="nothing"),
    ],
)
def test_backups_are_filtered(view: View, number: int) -> None:
    one = known(month(), asked=True)
    lines = rows(one.standing.kept, NOW, UNICODE)
    assert len(wanted(one, lines, view)) == number


def test_the_lines_of_backups_are_made_when_they_are_looked_at() -> None:
    some = rows(month().kept, NOW, UNICODE)
    assert [cell.text for cell in some[0].cells][:3] == ["02:13", "◆ drilled 0s ago", "490M"]
    assert [cell.text for cell in some[5].cells][1] == "● broken"
    assert some[5].is_critical
    assert some[29].cells[3].text.startswith("goes: no rule keeps it")
    assert len({*some}) == 30


def test_a_prune_says_what_goes_and_what_stays_and_why() -> None:
    told = text(list(pruning(month().kept, 120, NOW, UNICODE)))
    assert told.startswith("10 backups would go, 4.1 GiB would be free")
    assert "20 backups would stay" in told
    assert told.count("no rule keeps it: seven daily ones are newer") == 10
    assert "the last verified one" in told
    assert text(list(pruning((kept(0),), 120, NOW, UNICODE))).startswith("✓ nothing expires")


def test_a_prune_of_very_many_lists_some_and_counts_the_rest() -> None:
    going = [kept(number * HOUR, reasons=(), expires="old") for number in range(MOST_LISTED + 7)]
    assert "and 7 more backups" in text(list(pruning(going, 120, NOW, UNICODE)))


def test_an_odd_manifest_of_a_broken_one_is_shown_too() -> None:
    bare = replace(manifest(0), kind="", subject="", parts=(), counts={}, versions={}, by="", host="")
    assert "0 parts" in text(of_backup(Kept(manifest=bare, broken="x"), known(standing("shop"), asked=True), HOW))
