"""`watchfloor backup prune`: what stays and what goes, each with why; deleted only where something has expired."""

import argparse
import asyncio
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from ops.figures import several, size
from tui.cli.backup_jobs import Done, Wanted, do
from tui.cli.output import say

if TYPE_CHECKING:
    from ops.backup.structs import Kept
    from ops.config.structs import Config


class Fate(msgspec.Struct, frozen=True, kw_only=True):
    """One backup, and why it stays or goes."""

    backup: str
    at: float
    """The moment that it shows, UTC seconds."""
    stored_bytes: int
    proof: str
    """"drilled", "verified", "not verified", "broken"."""
    stays: bool
    reasons: tuple[str, ...]
    """Why it stays, or why it goes."""


class Pruned(Done, frozen=True, kw_only=True):
    """What came of it, or would, and for a dry run the fate of each backup of the set, newest first."""

    backups: tuple[Fate, ...] = ()


def pruned(args: argparse.Namespace, config: "Config", name: str) -> Done:
    """Delete what has expired; with `--dry-run` only say what stays and what goes. Raises as `do` does."""
    from ops.backup.desk import BackupDesk

    every = asyncio.run(BackupDesk(config).expiring(name))
    if any(one.expires for one in every):
        done = do(args, config, Wanted("prune", name))
    else:
        done = Done(set=name, verdict="nothing", said=f"{name}: nothing expires; {len(every):,} stay")
    if not args.dry_run:
        return done
    if not args.json:
        say("\n".join(staying_lines(name, every, time.time())))
    fields = {field: getattr(done, field) for field in Done.__struct_fields__}
    return Pruned(**fields, backups=tuple(map(_fate, every)))


def _fate(one: "Kept") -> Fate:
    from tui.panes.backup_known import WORDS, proof_mark

    return Fate(
        backup=one.id,
        at=one.manifest.at,
        stored_bytes=one.manifest.stored_bytes,
        proof=WORDS[proof_mark(one)],
        stays=bool(one.reasons),
        reasons=one.reasons or (one.expires,),
    )


def staying_lines(name: str, every: "Sequence[Kept]", now: float) -> Iterator[str]:
    """Each that stays with why; those that go stand in the plan. More than the screen lists are counted."""
    from tui.cli.backup_told import KEPT_HEAD, kept_cells
    from tui.cli.fix_list import aligned
    from tui.panes.backup_words import MOST_LISTED

    staying = [one for one in every if one.reasons]
    stored = sum(one.manifest.stored_bytes for one in staying)
    yield f"{name}: {several(len(staying), 'backup')} would stay, {size(stored)}"
    if staying:
        cells = (kept_cells(one, now) for one in staying[:MOST_LISTED])
        yield from (f"  {line}" for line in aligned([KEPT_HEAD, *cells]))
    if (more := len(staying) - MOST_LISTED) > 0:
        yield f"  and {several(more, 'more backup')}: --json lists all"
