"""Puts a volume back: into a new one first, then, with what was there kept in another, into its place."""

import json
import shlex
from collections.abc import Sequence

import msgspec

from collectors.text import clean
from ops.backup.base import Place, Source
from ops.backup.errors import BackupError
from ops.backup.structs import Part
from ops.backup.trees.tally import Tally
from ops.backup.trees.unpacking import to_its_end
from ops.backup.volumes.engine import STAGED, Engine
from ops.backup.volumes.moving import cleared, copied, counted, put
from ops.backup.volumes.shapes import User, Volume


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """Where one tar goes."""

    part: Part
    name: str
    """The volume, or the folder of the engine's host, that it is of."""
    place: str
    """Where it is to be put."""


class Put(msgspec.Struct, frozen=True, kw_only=True):
    """What was put there."""

    place: str
    files: int
    aside: str = ""
    back: str = ""


async def restored(engine: Engine, place: Place, source: Source, spot: Spot, stamp: str) -> Put:
    """Put one back. Raises BackupError; then what was there is there, or the error says where it is."""
    wanted = _wanted(source, spot.part)
    images = list(await engine.images(spot.place))
    staged = f"{STAGED}{stamp}-{spot.part.name.removesuffix('.tar')}"
    await engine.make_volume(engine.own_volume(staged))
    try:
        place.say(f"puts {clean(spot.name)} into a volume of its own, and reads it back")
        await put(engine, staged, images[0], source.open(spot.part), wanted)
        if await _made(engine, source, spot) and await _is_empty(engine, place, spot.place, images[0]):
            place.say(f"puts it into {clean(spot.place)}, which is new")
            await _into_new(engine, spot, staged, images[0])
            return Put(place=spot.place, files=wanted.files)
        return await _swapped(engine, place, spot, staged, images, stamp, wanted)
    finally:
        await to_its_end(engine.remove_volume(staged))


async def _into_new(engine: Engine, spot: Spot, staged: str, image: str) -> None:
    whole = False
    try:
        await copied(engine, staged, spot.place, image)
        whole = True
    finally:
        if not whole:
            await to_its_end(engine.remove_volume(spot.place))


async def _swapped(
    engine: Engine, place: Place, spot: Spot, staged: str, images: list[str], stamp: str, wanted: Tally
) -> Put:
    """Keep what is there in a volume of its own, empty the place, and fill it. When that fails it is put back."""
    kept = f"{_kept_name(spot.place)}_before_{stamp}"
    now = await counted(engine, spot.place, images[0])
    tops = now.tops
    if now.more:
        raise BackupError(
            f"{clean(spot.place)} has too many names to be emptied", "restore into a new volume with --to"
        )
    aside = back = ""
    if tops:
        place.say(f"keeps what is in {clean(spot.place)} as the volume {kept}")
        await engine.make_volume(engine.own_volume(kept))
        aside = f"volume {kept}"
        back = way_back(kept, spot.place)
    if tops:
        await _kept(engine, spot.place, kept, images[0])
    whole = False
    try:
        if tops:
            await cleared(engine, spot.place, images, tops)
        place.say(f"fills {clean(spot.place)}")
        await copied(engine, staged, spot.place, images[0])
        whole = True
    finally:
        if not whole:
            await to_its_end(_put_back(engine, spot.place, kept if tops else "", images))
    return Put(place=spot.place, files=wanted.files, aside=aside, back=back)


async def _kept(engine: Engine, name: str, kept: str, image: str) -> None:
    """Nothing is touched before all of it is kept; what is kept in part is kept for nothing."""
    whole = False
    try:
        await copied(engine, name, kept, image)
        whole = True
    finally:
        if not whole:
            await to_its_end(engine.remove_volume(kept))


async def _put_back(engine: Engine, name: str, kept: str, images: list[str]) -> None:
    """As it was: all of that is in the volume `kept`, which stays; it was empty where there is none."""
    try:
        now = await counted(engine, name, images[0])
        await cleared(engine, name, images, now.tops)
        if kept:
            await copied(engine, kept, name, images[0])
    except BackupError as error:
        was = f"all that was in it is in the volume {kept}" if kept else "it was empty before"
        raise BackupError(
            f"{clean(name)} could be neither filled nor put back ({error.message}); {was}",
            "put right what it says, then copy that back" if kept else "put right what it says, then restore again",
            reason=error.reason,
        ) from error


async def _made(engine: Engine, source: Source, spot: Spot) -> bool:
    """Whether it had to be made, with the driver and labels that it had; one of another name is an ordinary one."""
    if spot.place.startswith("/") or any(one.name == spot.place for one in await engine.volumes()):
        return False
    if spot.place != spot.name:
        # With the options of the other it could be the very same folder or share, and with its labels be taken for it.
        await engine.make_volume(Volume(name=spot.place))
        return True
    about = source.manifest.facts.get(f"{spot.part.name}.made", "")
    was = msgspec.convert(json.loads(str(about)), dict[str, dict[str, str] | str]) if about else {}
    labels, options = was.get("labels"), was.get("options")
    await engine.make_volume(
        Volume(
            name=spot.place,
            driver=str(was.get("driver", "local")),
            labels=labels if isinstance(labels, dict) else {},
            options=options if isinstance(options, dict) else {},
        )
    )
    return True


async def _is_empty(engine: Engine, place: Place, name: str, image: str) -> bool:
    """Whether nothing is in a volume that was just made: its options may name a folder or share that was there."""
    tops = (await counted(engine, name, image)).tops
    if tops:
        place.say(f"{clean(name)} had to be made, and what it is kept in was there: that is put aside")
    return not tops


def way_back(kept: str, place: str) -> str:
    """How to have what was kept back by hand: all of it, and nothing else."""
    volumes = f"-v {kept}:/from:ro -v {shlex.quote(place)}:/to"
    return f"docker run --rm {volumes} busybox sh -c 'find /to -mindepth 1 -delete && cp -a /from/. /to/'"


def _kept_name(place: str) -> str:
    return place.strip("/").replace("/", "-") if place.startswith("/") else place


def _wanted(source: Source, part: Part) -> Tally:
    files, size = source.manifest.facts.get(f"{part.name}.files"), source.manifest.facts.get(f"{part.name}.bytes")
    if not isinstance(files, int) or not isinstance(size, int):
        raise BackupError(
            f"the manifest says nothing of what is in {part.name}", "use another backup", reason="damaged"
        )
    return Tally(files=files, bytes=size)


def refuse_used(place: str, users: Sequence[User]) -> None:
    """Nothing is changed under a container that runs."""
    running = [one.name for one in users if one.runs]
    if running:
        raise BackupError(
            f"{clean(place)} is used by {', '.join(running[:3])}, which runs", "stop it first, then restore",
            reason="held",
        )  # fmt: skip


def made_as(volume: Volume, hides: bool) -> str:
    """How a volume was made, for making it again; options that hold a password are left out."""
    options = {} if hides else volume.options or {}
    return json.dumps({"driver": volume.driver, "labels": volume.labels or {}, "options": options}, sort_keys=True)
