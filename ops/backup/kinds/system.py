"""The state of this host: what runs, from which images and commits, with which packages and mounts."""

import os
import time
from collections.abc import AsyncIterator, Sequence
from functools import partial
from pathlib import Path

from ops.backup.base import About, Compared, Kind, Place, Restored, Source, Stream, Wish
from ops.backup.errors import BackupError
from ops.backup.hooks import hook
from ops.backup.host.state import agreed, another_key, baseline, captured, counts, counts_of, items_of, text, unread
from ops.backup.structs import Format, Found, Manifest, Overwrite, Part
from ops.backup.trees.choosing import refuse_unfound
from ops.backup.trees.placing import Placing, stage_in
from ops.backup.trees.plain_files import text_pieces, write_part
from ops.backup.trees.settling import or_back, without
from ops.backup.trees.taking import POOL
from ops.backup.trees.unpacking import steadily, unwritten
from ops.config.drifted import host_name
from ops.figures import size

NOW, AGREED, READABLE = "system.toml", "agreed.toml", "system.txt"
_MOST = 128 * 2**20


class System(Kind):
    """A baseline of now, the one that was agreed, and a text for people. It is put into a folder, never onto a host."""

    name = "system"
    title = "the state of a system"
    hooks = True

    async def estimate(self, place: Place) -> int:
        """Not known before it is captured; it is small."""
        return 0

    async def take(self, place: Place, about: About) -> AsyncIterator[Stream]:
        """What drift captures: no secret is in it, only salted digests."""
        about.subject = f"{self.name} of {host_name()}"
        found, at = await captured(place.config), time.time()
        about.at, about.counts = at, dict(counts(found))
        about.notes += unread(found)
        if not about.counts:
            raise BackupError("nothing of this host could be read", "see why at `watchfloor drift capture`",
                              reason="empty")  # fmt: skip
        total = sum(about.counts.values())
        now = await POOL.run(baseline, place.config, found, "backup", at)
        yield _stream(NOW, "the state of this host", "toml", now, total)
        yield _stream(READABLE, "the same for people", "text", text(found, host_name(), at), total)
        before = await POOL.run(agreed, place.config)
        if before:
            number = sum((await POOL.run(counts_of, before, AGREED)).values())
            yield _stream(AGREED, "the baseline that drift compares with", "toml", before, number)
        else:
            about.notes.append("no baseline was agreed, so none is in it")

    async def check(self, place: Place, source: Source, part: Part) -> str:
        """Baselines are read, and held against their own digest."""
        content = await _whole(source, part)
        if part.format != "toml":
            return "" if content.strip() else f"{part.name} is empty"
        try:
            number = sum((await POOL.run(counts_of, content, part.name)).values())
        except BackupError as error:
            return error.message
        return "" if number == part.entries else f"{part.name} has {number:,} things, {part.entries:,} were taken"

    async def drill(self, place: Place, source: Source) -> Compared:
        """Read all of it, and count."""
        wrong = [told for part in source.manifest.parts if (told := await self.check(place, source, part))]
        if not wrong:
            content = await _whole(source, source.part(NOW))
            found = await POOL.run(counts_of, content, NOW)
            wrong = [
                f"{NOW} has {found.get(name, 0):,} of {name}, {count:,} were taken"
                for name, count in source.manifest.counts.items()
                if found.get(name) != count
            ]
        return Compared(equal=0 if wrong else sum(source.manifest.counts.values()), differences=tuple(wrong))

    async def overwrites(self, place: Place, manifest: Manifest, wish: Wish) -> Sequence[Overwrite]:
        """The files that are put into a folder."""
        folder = _to(wish)
        there = await POOL.run(_there, folder)
        parts = _parts(manifest, wish)
        known = [part for part in parts if part.name in there]
        if known and not wish.empty:
            raise BackupError(
                f"{folder / known[0].name} is there already",
                "take another folder, or say that it may be written over",
                reason="refused",
            )
        at = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(manifest.at))
        return [
            Overwrite(
                what=str(folder / part.name),
                now=size(there[part.name]) if part.name in there else "not there",
                then=f"{part.what}, {size(part.plain_bytes)}, as of {at}",
            )
            for part in parts
        ]

    async def restore(self, place: Place, source: Source, wish: Wish) -> Restored:
        """Write the files beside, check them, and put them into the folder."""
        await self.overwrites(place, source.manifest, wish)
        folder, parts = _to(wish), _parts(source.manifest, wish)
        for part in parts:
            if told := await self.check(place, source, part):
                raise BackupError(told, "nothing was changed; restore another backup", reason="mismatch")
        note = await self._another_key(place, source, parts)
        stamp = time.strftime("%Y%m%dt%H%M%S", time.gmtime())
        placing = Placing(stamp)
        try:
            await steadily(partial(folder.mkdir, parents=True, exist_ok=True))
            stage = await steadily(stage_in, folder, stamp)
        except OSError as error:
            raise unwritten(folder, error) from error
        async with without(placing, [stage]):
            for part in parts:
                await write_part(source, part, stage / part.name)
            await hook(place.backup.restored, {"RESTORED": str(stage)}, place.say)
            async with or_back(placing, folder):
                for part in parts:
                    await steadily(placing.swap, stage / part.name, folder / part.name)
        return Restored(
            compared=Compared(equal=sum(part.entries for part in parts), notes=(note,) if note else ()),
            aside=", ".join(map(str, placing.aside)),
            back=tuple(placing.back),
        )

    async def _another_key(self, place: Place, source: Source, parts: Sequence[Part]) -> str:
        baselines = [part for part in parts if part.format == "toml"]
        if not baselines:
            return ""
        content = await _whole(source, baselines[0])
        return await POOL.run(another_key, place.config, content, baselines[0].name)

    async def contents(self, place: Place, source: Source, part: Part) -> AsyncIterator[Found]:
        """Each thing of each source; of the text nothing but itself."""
        if part.format != "toml":
            yield Found(part=part.name, name=part.name, kind="text", bytes=part.plain_bytes)
            return
        content = await _whole(source, part)
        for where, name in await POOL.run(lambda: list(items_of(content, part.name))):
            yield Found(part=part.name, name=f"{where}:{name}", kind="object")


def _stream(name: str, what: str, form: Format, content: bytes, entries: int) -> Stream:
    return Stream(name=name, what=what, format=form, pieces=text_pieces(content), entries=lambda: entries)


async def _whole(source: Source, part: Part) -> bytes:
    content = b""
    async for piece in source.open(part):
        content += piece
        if len(content) > _MOST:
            raise BackupError(f"{part.name} is longer than it can be", "use another backup", reason="damaged")
    return content


def _to(wish: Wish) -> Path:
    if not wish.to:
        raise BackupError(
            "the state of a system is not put back onto a host",
            f"say which folder it goes to; `watchfloor drift` can compare with {NOW} from there",
            reason="refused",
        )
    folder = Path(os.path.expanduser(wish.to))
    if not folder.is_absolute():
        raise BackupError(f"{folder} is no whole path", "name the folder from / on", reason="refused")
    return folder


def _parts(manifest: Manifest, wish: Wish) -> Sequence[Part]:
    refuse_unfound(wish.only, {part.name for part in manifest.parts})
    return [part for part in manifest.parts if not wish.only or part.name in wish.only]


def _there(folder: Path) -> dict[str, int]:
    names = (NOW, AGREED, READABLE)
    return {name: (folder / name).lstat().st_size for name in names if os.path.lexists(folder / name)}
