"""Proves that a backup can be read: every byte of it, or a slice, through digest, key and the real tool."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from ops.backup import manifest as manifests
from ops.backup.base import Source
from ops.backup.doing.chosen import chosen
from ops.backup.doing.session import Account, Session, session, worded, written_down
from ops.backup.doing.work import Work
from ops.backup.errors import BackupError
from ops.backup.known import Known
from ops.backup.meter import Meter
from ops.backup.names import stored
from ops.backup.pipeline import source_by
from ops.backup.standing import BAD, kept_of, taken_here
from ops.backup.structs import Event, Kept, Manifest, Part
from ops.figures import several, size
from ops.slo.calendar import zone

_NEXT = "restore another backup, take a new one, and look at the target's disk"


async def verify(work: Work, backup: str, fraction: tuple[int, int] = (1, 1)) -> Event:
    """Read one through, or the parts of a slice of it; gives the line of the book, not `ok` where it is damaged.

    Raises BackupError where it could not be read: no key, no target, no program. That says nothing of the backup.
    """
    async with session(work, "verify") as one:
        account = Account(what="verify", fraction=_checked(fraction))
        with written_down(one, account):
            kept = await found(one, backup)
            account.backup = kept.id
            await proven(one, kept.id, account, account.fraction)
        return newest_event(one)


async def found(one: Session, wanted: str) -> Kept:
    """The backup of the set that is meant, as the target has it now."""
    return among(one, await all_kept(one), wanted)


def among(one: Session, kept: Sequence[Kept], wanted: str) -> Kept:
    """The same where it was asked which there are."""
    return chosen(kept, wanted, zone(one.work.backup.schedule.time_zone))


async def all_kept(one: Session) -> tuple[Kept, ...]:
    """Those that are in the target now."""
    read = await Known(one.work.folder).asked(one.target, one.work.name)
    return kept_of(read, one.book.events(one.work.name), one.work.backup, one.work.clock())


def newest_event(one: Session) -> Event:
    """The line that was written last."""
    return one.book.events(one.work.name)[0]


async def proven(one: Session, backup: str, account: Account, fraction: tuple[int, int] = (1, 1)) -> None:
    """Read it through; what is wrong with it stands in the account afterwards."""
    try:
        source = await opened(one, backup, account)
        parts = slice_of(source.manifest.parts, fraction)
        one.meter.begin("reads", sum(part.plain_bytes for part in parts))
        for part in parts:
            await _read_through(one, source, part)
    except BackupError as error:
        if error.reason not in BAD:
            raise
        account.bad, account.reason, account.remedy = error.message, error.reason, error.remedy or _NEXT
        return
    account.bytes = sum(part.stored_bytes for part in parts)
    account.plain_bytes = sum(part.plain_bytes for part in parts)
    nth, of = fraction
    which = "all" if of == 1 else f"slice {nth} of {of}"
    account.words = f"{backup}: {which} read through, {several(len(parts), 'part')}, {size(account.plain_bytes)}"


async def opened(one: Session, backup: str, account: Account) -> Source:
    """Its manifest, read anew, and its parts, which must all be there in the size that they had."""
    text = await one.target.manifest(backup)
    account.digest = manifests.digest_of(text)
    known = Known(one.work.folder).all(one.work.name).get(backup)
    if known is not None and known.digest != account.digest:
        # What is said of it is said of the one that lists show.
        account.digest = known.digest
        raise BackupError(f"the manifest of {backup} is another one than was read before", _NEXT, reason="damaged")
    ours = taken_here(one.book.events(one.work.name))
    source = source_by(text, one.target, backup, one.work.backup, one.work.spec.secrets, ours)
    if source.manifest.kind != one.kind.name:
        raise BackupError(
            f"{backup} is of the kind {source.manifest.kind}, and {one.work.name} is {one.kind.name}",
            "name the set as it was, or give this one another name",
            reason="refused",
        )
    await check_there(one, source.manifest)
    return source


async def check_there(one: Session, manifest: Manifest) -> None:
    """Raises BackupError "damaged" where a part is not there, or has another size than was written."""
    sizes = await one.target.sizes(manifest.id)
    for part in manifest.parts:
        _check_size(manifest.id, part, sizes)


def _check_size(backup: str, part: Part, sizes: Mapping[str, int]) -> None:
    name = stored(part)
    if name not in sizes:
        raise BackupError(f"{name} of {backup} is not there any more", _NEXT, reason="damaged")
    if sizes[name] != part.stored_bytes:
        words = f"{name} of {backup} has {sizes[name]:,} bytes, {part.stored_bytes:,} were written"
        raise BackupError(words, _NEXT, reason="damaged")


async def _read_through(one: Session, source: Source, part: Part) -> None:
    one.meter.says(f"reads {part.what}")
    whole = _Whole(source, one.meter)
    with worded():
        wrong = await one.kind.check(one.place, replace(source, open=whole.open), part)
        if wrong:
            raise BackupError(f"{part.name} of {source.manifest.id}: {wrong}", _NEXT, reason="damaged")
        if part.name not in whole.read:
            # The real tool needs not all of it, and the last bytes tell whether all of them were right.
            async for _ in whole.open(part):
                continue


class _Whole:
    """Notes which parts were read to their ends."""

    def __init__(self, source: Source, meter: Meter) -> None:
        self._source, self._meter = source, meter
        self.read: set[str] = set()

    async def open(self, part: Part) -> AsyncIterator[bytes]:
        """The part."""
        total, tell = 0, self._meter.stream()
        pieces = self._source.open(part)
        try:
            async for piece in pieces:
                total += len(piece)
                tell(total)
                yield piece
            self.read.add(part.name)
        finally:
            close = getattr(pieces, "aclose", None)
            if close is not None:
                await close()


def watched(source: Source, meter: Meter) -> Source:
    """The same, with its bytes counted as they are read."""
    return replace(source, open=_Whole(source, meter).open)


class _Placed(NamedTuple):
    part: Part
    nth: int


def slice_of(parts: Sequence[Part], fraction: tuple[int, int]) -> list[Part]:
    """The parts of one slice: each part is in exactly one of them, and they are about equally large."""
    nth, of = fraction
    total = sum(part.stored_bytes for part in parts) or 1
    placed, before = [], 0
    for part in sorted(parts, key=lambda one: one.name):
        middle = before + part.stored_bytes // 2
        placed.append(_Placed(part, min(of, middle * of // total + 1)))
        before += part.stored_bytes
    return [one.part for one in placed if one.nth == nth]


def _checked(fraction: tuple[int, int]) -> tuple[int, int]:
    nth, of = fraction
    if not 1 <= nth <= of:
        raise BackupError(f"there is no slice {nth} of {of}", "take one from 1 on", reason="refused")
    return fraction
