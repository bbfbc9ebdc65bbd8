"""Volumes of a Docker engine, and folders of its host that containers have."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from fnmatch import fnmatchcase
from functools import partial

import msgspec

from collectors.docker_api.client import engine_client
from collectors.docker_engine import DockerConfig
from collectors.text import clean
from ops.backup.base import About, Compared, Kind, Place, Restored, Source, Stream, Wish
from ops.backup.errors import BackupError
from ops.backup.meant import meant
from ops.backup.names import word
from ops.backup.structs import Found, Manifest, Overwrite, Part
from ops.backup.trees.choosing import refuse_unfound
from ops.backup.trees.reading import listed, through_tar
from ops.backup.trees.restoring import in_scratch
from ops.backup.volumes.engine import INSIDE, Engine
from ops.backup.volumes.files import into_folder, refuse_full
from ops.backup.volumes.moving import Passed, passing
from ops.backup.volumes.restoring import Put, Spot, made_as, refuse_used, restored
from ops.backup.volumes.shapes import Volume
from ops.figures import size
from ops.redact import mask

_TIMEOUT_S = 60.0


class Volumes(Kind):
    """One tar for each volume, made by the engine itself: no program is needed in any container."""

    name = "volume"
    title = "volumes of Docker"

    async def estimate(self, place: Place) -> int:
        """Not known: engines take minutes to sum it up."""
        async with _engine(place) as engine:
            await _meant(engine, place)
        return 0

    async def take(self, place: Place, about: About) -> AsyncIterator[Stream]:
        """Each through a container that is made for it, and never started."""
        async with _engine(place) as engine:
            await engine.sweep()
            about.subject = _subject(place)
            for volume in await _meant(engine, place):
                for user in await engine.users(volume.name):
                    if user.runs:
                        about.notes.append(f"{clean(volume.name)} was taken while {user.name} ran")
                passed, part = Passed(), f"{word(volume.name)}.tar"
                image = (await engine.images(volume.name))[0]
                async with engine.helper(volume.name, image) as made:
                    yield Stream(
                        name=part,
                        what=_called(volume.name),
                        format="tar",
                        pieces=passing(engine.tar(made), passed, volume.name),
                        entries=partial(_entries, passed),
                    )
                _told(about, volume, part, passed)
        if not any(count for count in about.counts.values()):
            about.notes.append("no file is in any of them")

    async def check(self, place: Place, source: Source, part: Part) -> str:
        """By `tar --list`, and by counting what is in it."""
        return await through_tar(source, part)

    async def drill(self, place: Place, source: Source) -> Compared:
        """Unpack all of it into folders of the scratch, read back what was written, and compare."""
        return await in_scratch(place, source)

    async def overwrites(self, place: Place, manifest: Manifest, wish: Wish) -> Sequence[Overwrite]:
        """Each volume, and who uses it."""
        at = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(manifest.at))
        if wish.to.startswith("/"):
            return await _over_folders(manifest, wish, at)
        found = []
        async with _engine(place) as engine:
            if manifest.subject != _subject(place) and not wish.to:
                raise BackupError(
                    f"it has {clean(manifest.subject)}, and this is {_subject(place)}", "say which volume it goes to",
                    reason="refused",
                )  # fmt: skip
            there = {volume.name for volume in await engine.volumes()}
            for spot in _spots(manifest, wish):
                users = await engine.users(spot.place)
                refuse_used(spot.place, users)
                exists = spot.place in there or spot.place.startswith("/")
                if wish.to and exists and not wish.empty:
                    raise BackupError(
                        f"there is a volume {clean(spot.place)} already",
                        "name a new one, or say that it may be written over", reason="refused",
                    )  # fmt: skip
                used = f"used by {', '.join(one.name for one in users[:3])}" if users else "used by no container"
                found.append(
                    Overwrite(
                        what=_called(spot.place),
                        now=f"there, {used}" if exists else "not there",
                        then=f"{_size_of(manifest, spot.part)}, as of {at}",
                    )
                )
        return found

    async def restore(self, place: Place, source: Source, wish: Wish) -> Restored:
        """Into a new volume, then into its place; what was there is kept in a volume of its own."""
        await self.overwrites(place, source.manifest, wish)
        if wish.to.startswith("/"):
            return await into_folder(
                place, source, wish, [(spot.part, spot.name) for spot in _spots(source.manifest, wish)]
            )
        stamp = time.strftime("%Y%m%dt%H%M%S", time.gmtime())
        async with _engine(place) as engine:
            await engine.sweep()
            done = list[Put]()
            for spot in _spots(source.manifest, wish):
                try:
                    done.append(await restored(engine, place, source, spot, stamp))
                except BackupError as error:
                    if not done:
                        raise
                    raise _after(done, error) from error
        return Restored(
            compared=Compared(equal=sum(one.files for one in done)),
            aside=", ".join(one.aside for one in done if one.aside),
            back=tuple(one.back for one in done if one.back),
        )

    async def contents(self, place: Place, source: Source, part: Part) -> AsyncIterator[Found]:
        """Every name in a tar, from the volume's own on."""
        name = str(source.manifest.facts.get(f"{part.name}.volume", part.name))
        async for one in listed(source, part):
            yield msgspec.structs.replace(one, name=name + one.name.removeprefix(f"/{INSIDE}"))


async def _over_folders(manifest: Manifest, wish: Wish, at: str) -> Sequence[Overwrite]:
    found = []
    for spot in _spots(manifest, wish):
        folder = f"{wish.to.rstrip('/')}/{word(spot.name)}"
        now = await refuse_full(folder, wish)
        found.append(Overwrite(what=folder, now=now, then=f"{_size_of(manifest, spot.part)}, as of {at}"))
    return found


@asynccontextmanager
async def _engine(place: Place) -> AsyncIterator[Engine]:
    docker = _docker(place)
    client = engine_client(docker.url, docker.ssh_config, max(_TIMEOUT_S, docker.timeout), _nobody)
    try:
        yield Engine(client, place.backup.name)
    finally:
        await client.close()


def _docker(place: Place) -> DockerConfig:
    return meant(place, DockerConfig, "docker", place.backup.source or place.backup.docker)[1]


def _subject(place: Place) -> str:
    return f"volumes of docker:{_docker(place).name}"


async def _meant(engine: Engine, place: Place) -> Sequence[Volume]:
    """Volumes by their globs, folders by their paths. Raises BackupError where something means nothing."""
    every, found = await engine.volumes(), dict[str, Volume]()
    for wanted in place.backup.volumes:
        if wanted.startswith("/"):
            found[wanted.rstrip("/") or "/"] = Volume(name=wanted.rstrip("/") or "/")
            continue
        meant = [volume for volume in every if fnmatchcase(volume.name, wanted)]
        if not meant and not place.lost_ok:
            raise BackupError(
                f"there is no volume {clean(wanted)}", "correct volumes of this [[backup]]", reason="empty"
            )
        found |= {volume.name: volume for volume in meant if not _left_out(place, volume.name)}
    if not found:
        raise BackupError("no volume is named", "set volumes of this [[backup]]", reason="empty")
    return list(found.values())


def _left_out(place: Place, name: str) -> bool:
    return any(fnmatchcase(name, glob) for glob in place.backup.exclude)


def _entries(passed: Passed) -> int:
    return passed.tally.files + passed.tally.folders


def _told(about: About, volume: Volume, part: str, passed: Passed) -> None:
    about.counts[volume.name] = passed.tally.files
    hides = mask(str(volume.options)) != str(volume.options)
    if hides:
        about.notes.append(f"options of the volume {clean(volume.name)} are not in it, as they hold a password")
    about.facts |= {
        f"{part}.volume": volume.name,
        f"{part}.files": passed.tally.files,
        f"{part}.bytes": passed.tally.bytes,
        f"{part}.made": made_as(volume, hides),
    }


def _spots(manifest: Manifest, wish: Wish) -> Sequence[Spot]:
    """Which parts go where: all, those of the named volumes, or those that a named file is in."""
    every = [
        (part, str(name)) for part in manifest.parts if (name := manifest.facts.get(f"{part.name}.volume")) is not None
    ]
    wanted = [(part, name) for part, name in every if not wish.only or any(_means(one, name) for one in wish.only)]
    refuse_unfound(wish.only, {one for one in wish.only if any(_means(one, name) for _, name in every)})
    files = [one for one in wish.only if not any(one == name for _, name in every)]
    if files and not wish.to.startswith("/"):
        raise BackupError(
            f"{clean(files[0])} is one file: volumes are restored as a whole",
            "say a folder of this host to have the file in, from /", reason="refused",
        )  # fmt: skip
    if wish.to and not wish.to.startswith("/") and len(wanted) > 1:
        raise BackupError(
            f"{len(wanted)} volumes can't all go to {clean(wish.to)}", "name one of them with --only", reason="refused"
        )
    folder = wish.to.startswith("/")
    return [Spot(part=part, name=name, place=name if folder or not wish.to else wish.to) for part, name in wanted]


def _after(done: Sequence[Put], error: BackupError) -> BackupError:
    """What to say when others were put back before: they stay so."""
    back = "; ".join(one.back for one in done if one.back)
    return BackupError(
        f"{error.message}; {', '.join(clean(one.place) for one in done)} had been restored by then, and stays so",
        f"{error.remedy}{f'; to go back: {back}' if back else ''}", reason=error.reason,
    )  # fmt: skip


def _called(place: str) -> str:
    return f"{'folder' if place.startswith('/') else 'volume'} {clean(place)}"


def _means(only: str, name: str) -> bool:
    return only == name or only.startswith(f"{name.rstrip('/')}/")


def _size_of(manifest: Manifest, part: Part) -> str:
    files, taken = manifest.facts.get(f"{part.name}.files", 0), manifest.facts.get(f"{part.name}.bytes", 0)
    return f"{files:,} files, {size(float(taken))}"


def _nobody(_: str) -> None:
    """Nobody is told the steps."""
