"""From a kind's stream to a target's part and back: compressed, sealed, digested, and checked to the last byte."""

from collections.abc import AsyncIterator, Callable, Container, Mapping

import msgspec

from collectors.backup import BackupConfig
from collectors.base import Secret
from ops.backup import keys
from ops.backup import manifest as manifests
from ops.backup.base import Source, Stream
from ops.backup.errors import BackupError
from ops.backup.keys import DataKey
from ops.backup.names import stored, stored_as
from ops.backup.sealing import Sealer, Unsealer
from ops.backup.stages import Joined, Stage, Tally, ahead, closing, limited, through, watched
from ops.backup.structs import Manifest, Part
from ops.backup.target import Target, Writing
from ops.backup.zipping import Unzipper, Zipper
from ops.config.backed import is_sealed

_NEXT = "restore another backup; `verify` tells which are good"
_UNSEALED = (
    "restore another backup; where you know that it is yours, read it by a config whose [[backup]] has neither key nor "
    "recipients"
)


class Packing(msgspec.Struct, frozen=True, kw_only=True):
    """How the parts of one backup are stored."""

    backup: str
    """Its id."""
    data_key: DataKey | None = None
    """None: not sealed."""
    level: int = 3
    """Of zstd; 0 for none."""
    bytes_per_s: int = 0
    """Stored bytes; 0: no limit."""
    private: bool = False
    """True where nobody reads what is stored though it isn't sealed here: the target encrypts."""

    @classmethod
    def of(cls, config: BackupConfig, backup: str, data_key: DataKey | None, *, seals: bool = False) -> "Packing":
        """As a set says; into a target that `seals` itself parts go as they are, and `data_key` must be None."""
        return cls(
            backup=backup,
            data_key=data_key,
            level=0 if seals else config.compression,
            bytes_per_s=int(config.bandwidth),
            private=seals or data_key is not None,
        )


def _nothing(plain_bytes: int) -> None:
    """Nobody watches."""


async def store(stream: Stream, writing: Writing, packing: Packing, tell: Callable[[int], None] = _nothing) -> Part:
    """Write a stream as one part, reading ahead while the target writes; `tell` hears of plain bytes so far.

    Raises BackupError, also "empty" for a stream of no bytes: no kind makes one, so it is a failure that nobody saw.
    """
    if stream.secret and not packing.private:
        said = f"{stream.what} holds secrets, and is never taken without encryption"
        raise BackupError(said, f"give the set a key or recipients; {keys.MAKE}", reason="refused")
    compressed, sealed = packing.level > 0 and stream.compress, packing.data_key is not None
    plain, kept = Tally(), Tally()
    first: list[Stage] = [plain, *([Zipper(packing.level)] if compressed else [])]
    last: list[Stage] = [*([Sealer(packing.data_key, packing.backup, stream.name)] if packing.data_key else []), kept]
    zipped = through(ahead(watched(stream.pieces, tell)), Joined(*first))
    pieces = limited(ahead(through(ahead(zipped), Joined(*last))), packing.bytes_per_s)
    name = stored_as(stream.name, compressed=compressed, sealed=sealed)
    async with closing(pieces):
        written = await writing.put(name, pieces)
    _check_written(stream, plain, kept, written)
    return Part(
        name=stream.name,
        what=stream.what,
        format=stream.format,
        plain_bytes=plain.bytes,
        stored_bytes=kept.bytes,
        digest=kept.digest,
        plain_digest=plain.digest,
        compressed=compressed,
        sealed=sealed,
        entries=stream.entries(),
    )


def _check_written(stream: Stream, plain: Tally, kept: Tally, written: int) -> None:
    if not (plain.ended and kept.ended) or written != kept.bytes:
        said = f"{written} bytes of {stream.what} were written, and {kept.bytes} were to be"
        raise BackupError(said, "look at the target, then run it again", reason="lost")
    if not plain.bytes:
        raise BackupError(
            f"{stream.what} gave nothing at all: not one byte", "look whether it can be read", reason="empty"
        )


def opened(target: Target, manifest: Manifest, data_key: DataKey | None) -> Source:
    """A backup whose manifest was read and proven: each part is checked while it is read."""

    def open_part(part: Part) -> AsyncIterator[bytes]:
        return _read(target, manifest.id, part, data_key)

    return Source(manifest=manifest, open=open_part)


async def source_of(
    target: Target, backup: str, config: BackupConfig, secrets: Mapping[str, Secret], ours: Container[str] = ()
) -> Source:
    """A backup with its manifest read, its key unwrapped and its seal proven.

    `ours` are the digests of manifests that were written here: those alone are believed without a seal where the set
    has a key. Raises BackupError: "missing", "damaged", also for one that anybody may have put there, "newer", "key"
    for none or the wrong one.
    """
    return source_by(await target.manifest(backup), target, backup, config, secrets, ours)


def source_by(
    text: bytes,
    target: Target,
    backup: str,
    config: BackupConfig,
    secrets: Mapping[str, Secret],
    ours: Container[str] = (),
) -> Source:
    """The same by the text of its manifest."""
    manifest = manifests.read(text, backup)
    if manifest.set != config.name:
        said = f"{backup} lies with the backups of {config.name} and is one of another set"
        raise BackupError(said, _NEXT, reason="damaged")
    if manifest.sealing is None:
        if _seals(target, config, secrets) and manifests.digest_of(text) not in ours:
            said = f"{backup} is not sealed though {config.name} is, and was not taken here: anybody may have made it"
            raise BackupError(said, _UNSEALED, reason="damaged")
        return opened(target, manifest, None)
    data_key = keys.data_key(manifest.sealing, secrets, backup)
    manifests.prove(text, data_key, backup)
    return opened(target, manifest, data_key)


def _seals(target: Target, config: BackupConfig, secrets: Mapping[str, Secret]) -> bool:
    """Whether what the set takes is sealed by us: then what is not sealed is from elsewhere, or older than the key."""
    return not target.seals and ("key" in secrets or is_sealed(config))


async def _read(target: Target, backup: str, part: Part, data_key: DataKey | None) -> AsyncIterator[bytes]:
    """The plain bytes of a part; its end is reached only if every digest was right. Raises BackupError."""
    if part.sealed and data_key is None:
        raise BackupError(f"{part.name} of {backup} is sealed, and no key is given", reason="key")
    kept, plain = Tally(part.stored_bytes), Tally(part.plain_bytes)
    inner: list[Stage] = [kept, *([Unsealer(data_key, backup, part.name)] if part.sealed and data_key else [])]
    outer: list[Stage] = [*([Unzipper()] if part.compressed else []), plain]
    unsealed = through(ahead(target.read(backup, stored(part))), Joined(*inner))
    try:
        async with closing(ahead(through(ahead(unsealed), Joined(*outer)))) as pieces:
            async for piece in pieces:
                yield piece
        _check_read(part, kept, plain)
    except BackupError as error:
        if error.reason != "damaged":
            raise
        said = f"{part.name} of {backup} is damaged: {error.message}"
        raise BackupError(said, _NEXT, reason="damaged") from error


def _check_read(part: Part, kept: Tally, plain: Tally) -> None:
    """Raises BackupError "damaged" where the whole is not what was written, though each step of it went well."""
    if kept.bytes != part.stored_bytes:
        raise BackupError(f"{kept.bytes} of its {part.stored_bytes} bytes are there", reason="damaged")
    if kept.digest != part.digest:
        raise BackupError("other bytes are there than were written", reason="damaged")
    if (plain.bytes, plain.digest) != (part.plain_bytes, part.plain_digest):
        raise BackupError("what is in it is not what was taken", reason="damaged")
