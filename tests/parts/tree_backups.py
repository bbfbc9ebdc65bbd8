"""Backups of trees without an engine: what a kind takes is kept in memory, and read back as it was."""

from collections.abc import AsyncIterator, Callable, Mapping
from hashlib import sha256
from pathlib import Path

from msgspec.structs import replace

from collectors.backup import BackupConfig
from collectors.base import Collector, Entity, Reading
from ops.backup.base import About, Kind, Place, Source
from ops.backup.structs import Found, Manifest, Part
from ops.config.structs import Config, Settings, TargetSpec

AT = 1_795_230_000.0


class _Nothing(Collector[BackupConfig]):
    """Stands where the collector of backups is, which kinds never ask."""

    name, section, title, Config = "backup", "backup", "backups", BackupConfig

    async def collect(self) -> Reading:
        return Reading((Entity(kind="backup", name=self.config.name),))


def place(scratch: Path, settings: BackupConfig, *others: TargetSpec, file: str = "") -> Place:
    """What a kind is given, with a scratch folder of its own."""
    scratch.mkdir(mode=0o700, exist_ok=True)
    spec = TargetSpec(id=f"backup:{settings.name}", collector=_Nothing, config=settings)  # type: ignore[arg-type]
    return Place(
        config=Config(path=file, settings=Settings(), targets=(spec, *others), thresholds=()),
        spec=spec,
        scratch=scratch,
    )


async def taken(kind: Kind, where: Place, change: Callable[[bytes], bytes] = lambda it: it) -> Source:
    """Take a backup and give it as it is read; `change` is what happens to its bytes meanwhile."""
    about, parts, kept = About(), list[Part](), dict[str, bytes]()
    async for stream in kind.take(where, about):
        plain = b"".join([piece async for piece in stream.pieces])
        digest = sha256(plain).hexdigest()
        kept[stream.name] = change(plain)
        parts.append(Part(
            name=stream.name, what=stream.what, format=stream.format, plain_bytes=len(plain), stored_bytes=len(plain),
            digest=digest, plain_digest=digest, entries=stream.entries(),
        ))  # fmt: skip
    manifest = Manifest(
        id="20261121T020000Z-1a2b3c", set=where.backup.name, kind=kind.name, subject=about.subject,
        at=about.at or AT, ended_at=AT, took_s=0.0, host="here", parts=tuple(parts), counts=about.counts,
        facts=about.facts, notes=tuple(about.notes), versions=about.versions,
    )  # fmt: skip
    return source(manifest, kept)


def source(manifest: Manifest, kept: Mapping[str, bytes]) -> Source:
    """A backup that is read, in odd pieces."""

    async def opened(part: Part) -> AsyncIterator[bytes]:
        whole = kept[part.name]
        for at in range(0, len(whole), 70_001):
            yield whole[at : at + 70_001]

    return Source(manifest=manifest, open=opened)


def with_facts(it: Source, **facts: int | str) -> Source:
    """The same with other facts in its manifest."""
    return Source(manifest=replace(it.manifest, facts={**it.manifest.facts, **facts}), open=it.open)


async def found(kind: Kind, where: Place, it: Source) -> list[Found]:
    """All that is in it."""
    return [one for part in it.manifest.parts async for one in kind.contents(where, it, part)]
