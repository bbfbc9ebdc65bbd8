"""`watchfloor backup contents|cat`: what is inside a backup, and one part of it as it was taken."""

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING

from collectors.text import clean
from ops.config.names import did_you_mean
from ops.errors import UsageError
from tui.cli.backup_shared import GOOD, declare_backup, declare_set, load_config, spec_of
from tui.cli.incident_shared import Declared, count_of
from tui.cli.output import complain, say, say_json

if TYPE_CHECKING:
    from ops.backup.structs import Found
    from ops.config.structs import Config, TargetSpec

_MOST = "10000"


def _declare_contents(parser: argparse.ArgumentParser) -> None:
    declare_set(parser)
    declare_backup(parser)
    search = 'only what is called so: a part of the name in any case, or a glob: "*.png", "public.ord*"'
    parser.add_argument("--search", metavar="PATTERN", default="", help=search)
    parser.add_argument("--most", metavar="N", default=_MOST, help=f"stop after so many; 0: never; default {_MOST}")


def _declare_cat(parser: argparse.ArgumentParser) -> None:
    declare_set(parser)
    parser.add_argument("backup", metavar="BACKUP", help="its id or the beginning of it, latest, verified, or a time")
    parts = "which part, as `backup show` names them; may be left out where there is one only"
    parser.add_argument("part", metavar="PART", nargs="?", default="", help=parts)


def _contents(args: argparse.Namespace) -> int:
    config = load_config(args.config)
    name = spec_of(config, args.set).config.name
    most = count_of(args.most, "--most")
    found, whole = asyncio.run(_inside(args, config, name, most))
    if args.json:
        say_json({"found": found, "whole": whole})
    if not whole:
        complain(f"watchfloor: only the first {most:,} are shown; --most 0 shows all, --search what is called so")
    elif not found and not args.json:
        say("nothing in it is called so" if args.search else "nothing is in it")
    return GOOD


async def _inside(args: argparse.Namespace, config: "Config", name: str, most: int) -> "tuple[list[Found], bool]":
    """What is inside, and whether that is all; as text it is written as it is read."""
    from contextlib import aclosing

    from ops.backup.desk import BackupDesk
    from tui.cli.backup_told import found_line

    found: list[Found] = []
    count = 0
    async with aclosing(BackupDesk(config).contents(name, args.backup, pattern=args.search)) as inside:  # type: ignore[type-var]
        async for one in inside:
            if most and count == most:
                return found, False
            count += 1
            if args.json or not found:
                found.append(one)
            if not args.json:
                say(found_line(one))
    return found, True


def _cat(args: argparse.Namespace) -> int:
    if sys.stdout is None or sys.stdout.isatty():
        raise UsageError("cat writes bytes, which are not for a terminal: send them into a file or a program")
    config = load_config(args.config)
    asyncio.run(_write(config, spec_of(config, args.set), args.backup, args.part))
    return GOOD


async def _write(config: "Config", spec: "TargetSpec", backup: str, wanted: str) -> None:
    """Raises BackupError; all bytes were right only where it does not."""
    from ops.backup.desk import BackupDesk
    from ops.backup.doing.work import backups_folder
    from ops.backup.reading import reading
    from ops.backup.stages import closing

    kept = await BackupDesk(config).kept(spec.config.name, backup)
    names = [part.name for part in kept.manifest.parts]
    if wanted not in names and (wanted or len(names) != 1):
        if not wanted:
            raise UsageError(f"say which part: {', '.join(names)}")
        raise UsageError(f'no part of {kept.id} is called "{clean(wanted)}"; {did_you_mean(wanted, names)}')
    whole = reading(spec, kept.id, backups_folder(config))
    async with whole as source, closing(source.open(source.part(wanted or names[0]))) as pieces:
        async for piece in pieces:
            sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()


COMMANDS: tuple[Declared, ...] = (
    ("contents", "what is inside a backup: tables, files, keys", _declare_contents, _contents),
    (
        "cat",
        "write one part as it was taken, decrypted, to standard output; exit 0 only if all was right",
        _declare_cat,
        _cat,
    ),
)
