"""The floor's reading of backups, by the program of its own: real files, a real book, a target that goes away."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from collectors.backup import ASK_S, Backup, BackupConfig, Told
from collectors.base import CollectError, Entity
from collectors.units import Duration
from ops.backup.child import tell
from ops.backup.doing.run import run
from ops.backup.doing.verify import verify
from ops.backup.doing.work import Work, backups_folder
from ops.backup.rows import told_of
from ops.config.structs import Config
from tests.parts.backup_files import Shop
from tests.parts.memory_backups import MemoryBackups, event, kept, month, standing


def work(config: Config) -> Work:
    """What the engine is given."""
    return Work(config=config, spec=config.targets[0], folder=backups_folder(config), by="ann (test)")


def collector(config: Config) -> Backup:
    """Of the only set."""
    settings = config.targets[0].config
    assert isinstance(settings, BackupConfig)
    return Backup(settings, {})


async def read(backup: Backup) -> Entity:
    """Its row."""
    (entity,) = (await backup.collect()).entities
    return entity


async def test_a_set_without_backups_is_read_and_says_so(tmp_path: Path) -> None:
    facts = (await read(collector(Shop(tmp_path).config()))).facts
    assert (facts["count"], facts["verified"], facts["run_ok"], facts["unreachable"]) == (0, 0, None, "")
    assert "age_s" not in facts


async def test_what_is_done_is_seen_by_the_next_reading_and_otherwise_only_ages_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = Shop(tmp_path).config()
    backup = collector(config)
    await read(backup)
    made = await run(work(config))
    await verify(work(config), made.id)

    first = await read(backup)
    assert (first.facts["newest"], first.facts["verified"], first.facts["run_ok"]) == (made.id, 1, True)
    now = time.time()
    monkeypatch.setattr("collectors.backup.PROGRAM", "no.such.program")
    monkeypatch.setattr("collectors.backup.time.time", lambda: now + 600.0)
    later = await read(backup)
    assert later.facts["age_s"] == pytest.approx(now + 600 - made.at, abs=1)
    assert later.facts["age_ratio"] == pytest.approx(600 / 86400, abs=0.001)
    assert later.facts["newest"] == made.id

    start = time.monotonic()
    monkeypatch.setattr("collectors.backup.time.monotonic", lambda: start + 2 * ASK_S)
    with pytest.raises(CollectError, match="ended with 1"):
        await read(backup)


async def test_a_target_that_is_away_is_said_and_what_the_book_knows_stays(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    config = shop.config()
    made = await run(work(config))
    shop.target.rename(tmp_path / "away")
    shop.target.write_text("something else")
    facts = (await read(collector(config))).facts
    assert facts["unreachable"]
    assert facts["newest"] == made.id


async def test_a_set_that_the_config_has_no_more_is_an_error_with_a_sentence(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    config = shop.config()
    backup = collector(config)
    (tmp_path / "floor.toml").write_text("")
    with pytest.raises(CollectError, match=r"no \[\[backup\]\] called media"):
        await read(backup)


class Slow(MemoryBackups):
    """A target that never answers."""

    async def standing(self, name: str, *, ask: bool = True) -> Any:
        """Only the book."""
        if ask:
            await asyncio.Event().wait()
        return standing(name, kept(3600.0))


async def test_a_target_that_never_answers_costs_no_more_than_its_time(tmp_path: Path) -> None:
    config = Shop(tmp_path).config()
    told = await tell(config.path, "media", 0.01, lambda _: Slow())
    assert told.error == ""
    assert told.facts["unreachable"] == "file:///var/backups/watchfloor did not answer within 10 ms"
    assert told.facts["count"] == 1


def test_facts_tell_how_a_set_stands() -> None:
    every = month()
    told = told_of(
        replace(every, anomalies=("half as large", "took long"), leftovers=2),
        BackupConfig(name="shop", kind="postgres", target="file:///b", source="shop"),
        "/book",
    )
    facts = told.facts
    assert (facts["count"], facts["broken"], facts["expired"]) == (30, 1, 10)
    assert (facts["of"], facts["anomalies"], facts["anomaly"]) == ("postgres:shop", 2, "half as large")
    assert told.since["age_s"] == every.kept[0].manifest.at
    assert told.until == {"next_in_s": every.next_at}
    assert "took long" in told.hints
    assert any("2 unfinished backups" in hint for hint in told.hints)
    assert told.texts["Kept backups"].splitlines()[-1] == "and 10 more: B shows all"


@pytest.mark.parametrize(
    ("reason", "bad"),
    [
        pytest.param("damaged", True, id="the backup is bad"),
        pytest.param("unreachable", False, id="it could not be looked at"),
    ],
)
def test_a_proof_that_failed_says_whether_the_backup_or_the_try_was_bad(reason: str, bad: bool) -> None:
    failed = event("verify", 60.0, ok=False, words="no", reason=reason)
    told = told_of(
        standing("shop", kept(3600.0), events=(failed,)),
        BackupConfig(name="shop", kind="files", target="file:///b", interval=Duration(60)),
        "",
    )
    assert (told.facts["verify_ok"], told.facts["verify_bad"], told.facts["of"]) == (False, bad, "")


def test_what_the_program_writes_is_small_whatever_there_is() -> None:
    import msgspec

    assert (
        len(msgspec.json.encode(told_of(month(), BackupConfig(name="s", kind="files", target="file:///b"), ""))) < 9000
    )
    assert msgspec.json.decode(b"{}", type=Told) == Told()
