"""Proving a backup: every bit counts, and what could not be tried says nothing of the backup."""

import hashlib
import os
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors.base import Secret
from ops.backup.doing.drill import drill
from ops.backup.doing.run import run
from ops.backup.doing.verify import slice_of, verify
from ops.backup.errors import BackupError
from ops.backup.structs import Manifest, Part
from tests.parts.backup_sets import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    made = Stage(tmp_path)
    made.fill(a=os.urandom(200_000), b=b"hello" * 1000)
    return made


def files(stage: Stage, made: Manifest) -> list[Path]:
    """Of one backup, its manifest last."""
    return sorted((stage.target / "media" / made.id).iterdir(), key=lambda file: file.name == "manifest.json")


class Damage(NamedTuple):
    """What is done to a file of a backup."""

    known: bool
    """Whether the backup was seen before."""
    manifest: bool
    where: float
    bit: int
    """8 and more: cut there."""

    def done_to(self, content: bytes) -> bytes:
        """The file afterwards."""
        at = int(self.where * len(content))
        if self.bit > 7:
            return content[:at]
        return content[:at] + bytes([content[at] ^ 1 << self.bit]) + content[at + 1 :]


@pytest.mark.parametrize("sealed", [False, True], ids=["plain", "sealed"])
async def test_a_good_one_is_verified_and_drilled(stage: Stage, sealed: bool) -> None:
    if sealed:
        stage.sealed()
    made = await run(stage.work())
    assert (await stage.desk.kept("media")).verified_at is None
    event = await verify(stage.work(), made.id[:14])
    assert (event.ok, event.backup, event.bytes) == (True, made.id, made.stored_bytes)
    drilled = await drill(stage.work(), "verified")
    assert drilled.ok
    assert drilled.rows == sum(made.counts.values())
    kept = await stage.desk.kept("media", "verified")
    assert kept.id == made.id
    assert kept.drilled_at is not None
    assert kept.restore_s == drilled.took_s
    standing = await stage.desk.standing("media")
    assert standing.age_s is not None
    assert standing.restore_s is not None
    assert not list((stage.state / "backups" / "scratch" / "media").glob("*"))


@pytest.mark.parametrize("sealed", [False, True], ids=["plain", "sealed"])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(damage=st.builds(Damage, st.booleans(), st.booleans(), st.floats(0, 1, exclude_max=True), st.integers(0, 11)))
async def test_any_flipped_bit_and_any_cut_of_any_file_is_found(
    tmp_path_factory: pytest.TempPathFactory, sealed: bool, damage: Damage
) -> None:
    stage = Stage(tmp_path_factory.mktemp("bits"))
    if sealed:
        stage.sealed()
    stage.fill(a=b"hello" * 400)
    made = await run(stage.work())
    if damage.known:
        assert (await verify(stage.work(), made.id)).ok
    file = files(stage, made)[-1 if damage.manifest else 0]
    file.write_bytes(damage.done_to(file.read_bytes()))
    event = await verify(stage.work(), made.id)
    assert (event.ok, event.reason) == (False, "damaged")
    standing = await stage.desk.standing("media")
    assert standing.kept[0].broken
    assert standing.age_s is None


async def test_a_part_that_is_gone_and_one_too_many_are_told_apart(stage: Stage) -> None:
    made = await run(stage.work())
    part = files(stage, made)[0]
    part.with_name("another.tar").write_bytes(b"x")
    assert (await verify(stage.work(), made.id)).ok
    part.unlink()
    event = await verify(stage.work(), made.id)
    assert not event.ok
    assert "is not there any more" in event.words


async def test_the_wrong_key_is_said_by_its_id_and_speaks_not_of_the_backup(stage: Stage) -> None:
    made = await run(stage.sealed().work())
    await verify(stage.work(), made.id)
    stage.secrets = {"key": Secret("a" * 64)}
    assert made.sealing is not None
    for proof in (verify, drill):
        with pytest.raises(BackupError, match=f"sealed by the key {made.sealing.key_id}") as caught:
            await proof(stage.work(), made.id)
        assert caught.value.reason == "key"
    kept = await stage.desk.kept("media")
    assert kept.broken == ""
    assert kept.verified_at is not None
    assert [event.ok for event in stage.events()][:3] == [False, False, True]


async def test_a_manifest_of_a_newer_watchfloor_is_refused_and_kept_whatever_the_rule_says(stage: Stage) -> None:
    made = await run(stage.work())
    file = files(stage, made)[-1]
    body = file.read_bytes().replace(b'"format": 1', b'"format": 2').partition(b',\n  "digest"')[0]
    digest = hashlib.sha256(body).hexdigest()
    file.write_bytes(body + f',\n  "digest": "{digest}"\n}}\n'.encode())
    assert "another one than was read before" in (await verify(stage.work(), made.id)).words
    shutil.rmtree(stage.state)
    with pytest.raises(BackupError, match="reads up to 1") as caught:
        await verify(stage.work(), made.id)
    assert caught.value.reason == "newer"
    (kept,) = await stage.desk.expiring("media")
    assert kept.broken
    assert kept.reasons
    assert not kept.expires


async def test_another_manifest_under_the_same_id_is_not_proven_by_an_older_proof(stage: Stage) -> None:
    made = await run(stage.work())
    await verify(stage.work(), made.id)
    (stage.folder / "other").mkdir()
    other = Stage(stage.folder / "other")
    other.fill(a=b"another")
    another = await run(other.work())
    folder = stage.target / "media" / made.id
    text = files(other, another)[-1].read_bytes().replace(another.id.encode(), made.id.encode())
    body = text.partition(b',\n  "digest"')[0]
    (folder / "manifest.json").write_bytes(body + f',\n  "digest": "{hashlib.sha256(body).hexdigest()}"\n}}\n'.encode())
    assert not (await verify(stage.work(), made.id)).ok


async def test_a_slice_proves_only_all_together(stage: Stage) -> None:
    more = stage.folder / "more"
    more.mkdir()
    (more / "c").write_bytes(os.urandom(150_000))
    stage.settings["paths"] = (str(stage.source), str(more))
    made = await run(stage.work())
    assert len(made.parts) == 2
    first = await verify(stage.work(), made.id, (1, 2))
    assert 0 < first.bytes < made.stored_bytes
    assert (await stage.desk.kept("media")).verified_at is None
    second = await verify(stage.work(), made.id, (2, 2))
    assert first.bytes + second.bytes == made.stored_bytes
    assert (await stage.desk.kept("media")).verified_at is not None
    with pytest.raises(BackupError, match="no slice 3 of 2"):
        await verify(stage.work(), made.id, (3, 2))


@given(sizes=st.lists(st.integers(0, 10**9), max_size=30), of=st.integers(1, 12))
def test_every_part_is_in_exactly_one_slice(sizes: list[int], of: int) -> None:
    parts = [
        Part(name=f"p{at}", what="", format="tar", plain_bytes=0, stored_bytes=size, digest="", plain_digest="")
        for at, size in enumerate(sizes)
    ]
    slices = [slice_of(parts, (nth, of)) for nth in range(1, of + 1)]
    assert sorted(part.name for one in slices for part in one) == sorted(part.name for part in parts)
