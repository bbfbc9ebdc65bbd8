"""Backups as jobs do them, with real files in a real folder: planned, done, proven by the floor's own reading."""

from pathlib import Path

import pytest

from ops.actions.backups import fraction_of, listed, names_of
from ops.actions.errors import ActionError, Refused
from ops.runner.calls import Backup
from tests.parts.acting import MemorySink, act, fresh_case, planned, read, row_of
from tests.parts.backup_files import ROW, Shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """One."""
    return Shop(tmp_path)


async def test_a_backup_is_taken_and_read_through_and_the_floor_sees_it(shop: Shop) -> None:
    config = shop.config()
    before = row_of(await read(config), ROW)
    assert (before.level, before.word) == ("warning", "none")
    plan = await planned(config, "backup.run", ROW)
    assert [call.told for call in plan.calls] == ["watchfloor backup run media", "watchfloor backup verify media"]
    assert list(shop.target.iterdir()) == []

    acted = await act(config, "backup.run", ROW, plan.seen)

    (kept,) = await shop.kept(config)
    assert kept.verified_at is not None
    assert acted.sink.inert
    after = row_of(await read(config), ROW)
    assert (after.level, after.facts["count"], after.facts["verified"]) == ("ok", 1, 1)
    assert after.facts["newest"] == kept.id
    assert kept.manifest.why == "asked"


async def test_with_a_time_of_its_own_for_proofs_it_is_only_taken(shop: Shop) -> None:
    config = shop.config('schedule = { daily = "02:00", verify = "daily 05:00" }\n')
    await act(config, "backup.run", ROW, due="daily weekly")
    (kept,) = await shop.kept(config)
    assert (kept.verified_at, kept.manifest.why, kept.manifest.due) == (None, "schedule", ("daily", "weekly"))
    row = row_of(await read(config), ROW)
    assert (row.level, row.word) == ("warning", "not verified")


async def test_what_is_damaged_is_told_by_the_job_and_by_the_floor(shop: Shop) -> None:
    config = shop.config()
    await act(config, "backup.run", ROW)
    (part,) = [file for file in shop.target.glob("media/*/*") if file.name != "manifest.json"]
    whole = part.read_bytes()
    part.chmod(0o600)
    part.write_bytes(whole[:-8] + bytes(8))
    with pytest.raises(ActionError) as failed:
        await act(config, "backup.verify", ROW)
    assert not isinstance(failed.value, Refused)
    assert failed.value.remedy
    row = row_of(await read(config), ROW)
    assert (row.level, row.word) == ("critical", "broken")


async def test_a_drill_measures_how_long_a_restore_takes(shop: Shop) -> None:
    config = shop.config()
    await act(config, "backup.run", ROW)
    plan = await planned(config, "backup.drill", ROW)
    (kept,) = await shop.kept(config)
    assert plan.seen == {"backup": kept.id}
    await act(config, "backup.drill", ROW, plan.seen)
    facts = row_of(await read(config), ROW).facts
    assert facts["drill_ok"] is True
    assert isinstance(facts["restore_s"], float)


async def test_a_restore_says_what_it_writes_over_and_puts_it_back(shop: Shop) -> None:
    config = shop.config()
    await act(config, "backup.run", ROW)
    shop.write(**{"a.txt": "spoilt\n"})
    plan = await planned(config, "backup.restore", ROW)
    assert plan.lost, "what is there is written over"
    assert (shop.source / "a.txt").read_text() == "spoilt\n"

    await act(config, "backup.restore", ROW, plan.seen)

    assert (shop.source / "a.txt").read_text() == "one\n"
    assert {one.manifest.why for one in await shop.kept(config)} == {"asked", "safety"}


async def test_a_restore_to_an_empty_place_loses_nothing(shop: Shop) -> None:
    config = shop.config()
    await act(config, "backup.run", ROW)
    plan = await planned(config, "backup.restore", ROW, to=str(shop.folder / "elsewhere"))
    assert plan.lost == []
    assert plan.calls[0].told.endswith(f"--to {shop.folder / 'elsewhere'}")
    await act(config, "backup.restore", ROW, plan.seen, to=str(shop.folder / "elsewhere"))
    assert sorted(file.name for file in (shop.folder / "elsewhere").rglob("*.txt")) == ["a.txt", "b.txt"]


async def test_a_plan_is_for_the_backup_that_it_was_made_for(shop: Shop) -> None:
    config = shop.config()
    await act(config, "backup.run", ROW)
    plan = await planned(config, "backup.restore", ROW)
    await act(config, "backup.run", ROW)
    with pytest.raises(Refused, match="backup has changed"):
        await act(config, "backup.restore", ROW, plan.seen)


async def test_only_what_has_expired_is_pruned(shop: Shop) -> None:
    config = shop.config("keep = { last = 1 }\n")
    for _ in range(3):
        await act(config, "backup.run", ROW)
    newest, *old = await shop.kept(config)
    plan = await planned(config, "backup.prune", ROW)
    assert all(any(str(step).startswith(one.id) for step in plan.steps) for one in old)
    assert plan.lost == [next(text for text in plan.lost if text.startswith("2 backups of 3"))]
    assert [call.told for call in plan.calls] == ["watchfloor backup prune media"]
    assert isinstance(plan.calls[0], Backup)
    assert plan.calls[0].params == {"agreed": plan.seen["expired"]}
    await act(config, "backup.prune", ROW, plan.seen)
    assert [one.id for one in await shop.kept(config)] == [newest.id]
    with pytest.raises(Refused, match="no backup has expired"):
        await planned(config, "backup.prune", ROW)


async def test_one_is_deleted_by_its_id(shop: Shop) -> None:
    config = shop.config()
    await act(config, "backup.run", ROW)
    await act(config, "backup.run", ROW)
    newest, old = await shop.kept(config)
    await act(config, "backup.delete", ROW, backup=old.id)
    assert [one.id for one in await shop.kept(config)] == [newest.id]
    with pytest.raises(Refused, match="there is no backup"):
        await planned(config, "backup.delete", ROW, backup=old.id)


async def test_a_plan_never_deletes_the_last_verified_one(shop: Shop) -> None:
    config = shop.config()
    await act(config, "backup.run", ROW)
    await act(config, "backup.drill", ROW)
    (kept,) = await shop.kept(config)
    with pytest.raises(Refused, match="the only one that is verified") as refused:
        await planned(config, "backup.delete", ROW, backup=kept.id)
    assert "take and verify a newer one first" in refused.value.remedy
    assert await shop.kept(config) == (kept,)


async def test_a_set_that_others_hold_is_not_touched(shop: Shop) -> None:
    from ops.backup.doing.work import backups_folder
    from ops.backup.locks import alone

    config = shop.config()
    with (
        alone(backups_folder(config), "media", "run", say=lambda _: None),
        pytest.raises(Refused, match="is being worked on by") as refused,
    ):
        await act(config, "backup.run", ROW)
    assert refused.value.reason == "held"
    assert await shop.kept(config) == ()


async def test_progress_is_the_jobs(shop: Shop) -> None:
    config, sink = shop.config(), MemorySink()
    await act(config, "backup.run", ROW, sink=sink)
    assert any("takes" in words for _, words in sink.moves)
    assert sink.of("call") == ["watchfloor backup run media", "watchfloor backup verify media"]


async def test_picks_are_the_backups_that_are_there(shop: Shop) -> None:
    from ops.actions.registry import discover

    config = shop.config()
    await act(config, "backup.run", ROW)
    (kept,) = await shop.kept(config)
    action = discover()["backup.restore"]
    case = await fresh_case(config, "backup.restore", ROW)
    (pick,) = await action.picks(case, action.params[0])
    assert pick.value == kept.id
    assert "verified" in pick.text


@pytest.mark.parametrize(
    ("names", "text"),
    [
        pytest.param((), "", id="none"),
        pytest.param(("public.orders", "a b"), "public.orders,a b", id="plain ones"),
        pytest.param(("a,b", "c"), '["a,b","c"]', id="one with a comma"),
        pytest.param(("[x]",), '["[x]"]', id="one that looks like a list"),
    ],
)
def test_names_in_one_line_are_read_as_they_were_written(names: tuple[str, ...], text: str) -> None:
    assert listed(names) == text
    assert names_of(text) == names


def test_a_list_that_is_none_and_too_many_names_are_refused() -> None:
    with pytest.raises(Refused, match="is no list of names"):
        names_of('["a"')
    with pytest.raises(Refused, match="500 names can't be said in one line"):
        listed([f"table_{number}" for number in range(500)])


async def test_what_a_job_did_is_said_once_and_counted_in_words(shop: Shop) -> None:
    config = shop.config()
    said = {}
    for action in ("backup.run", "backup.verify", "backup.drill", "backup.restore"):
        sink = MemorySink()
        await act(config, action, ROW, sink=sink)
        said[action] = sink.of("say")
        assert len(set(said[action])) == len(said[action])
        assert sum("all read through" in line for line in said[action]) <= 1, said[action]
    assert [line for line in said["backup.restore"] if "counted and" in line]


@pytest.mark.parametrize(
    ("equal", "told"),
    [
        pytest.param(0, "0 rows, keys or files were counted and are as they were taken", id="none"),
        pytest.param(1, "1 row, key or file was counted and is as it was taken", id="one"),
        pytest.param(1200, "1,200 rows, keys or files were counted and are as they were taken", id="many"),
    ],
)
def test_what_was_compared_is_a_sentence(equal: int, told: str) -> None:
    from ops.backup.base import Compared, Restored
    from ops.backup.doing.restore import lines_of

    assert lines_of(Restored(compared=Compared(equal=equal)))[-1] == told


@pytest.mark.parametrize("text", ["1", "2/1", "0/7", "a/b", "1/7/2", "-1/7"])
def test_a_part_of_a_whole_that_is_none_is_refused(text: str) -> None:
    assert (fraction_of(""), fraction_of("2/7")) == ((1, 1), (2, 7))
    with pytest.raises(Refused, match="is no part of a whole"):
        fraction_of(text)


def test_a_call_is_told_as_one_would_type_it() -> None:
    params = {"to": "shop new", "only": "a,b", "empty": "yes", "safety": "no", "due": ""}
    call = Backup(set="shop", how="restore", backup="20261121T020000Z-1a2b3c", params=params)
    assert call.told == (
        "watchfloor backup restore shop 20261121T020000Z-1a2b3c --to 'shop new' --only a,b --over --no-safety"
    )
    assert Backup(set="shop", how="run", params={"due": "daily"}).told == "watchfloor backup run shop   (due: daily)"
