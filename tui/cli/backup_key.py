"""`watchfloor backup key`: a new key, or the id of the one that a set has."""

import argparse
import os
from contextlib import suppress
from pathlib import Path

import msgspec

from collectors.base import Secret
from ops.durable import sync_folder, write_all
from ops.errors import OutputError, UsageError
from tui.cli.backup_shared import load_config, spec_of
from tui.cli.incident_shared import Declared
from tui.cli.output import complain, say, say_exactly, say_json

_KEEP = "keep a copy of it in another place: without it no backup that it seals can ever be read"


def _declare(parser: argparse.ArgumentParser) -> None:
    into = "write it there with mode 0600, where there is no file yet; else it goes to standard output"
    parser.add_argument("--out", metavar="FILE", default="", help=into)
    parser.add_argument("--of", metavar="SET", default="", help="make none, and show the id of that set's key")


def _key(args: argparse.Namespace) -> int:
    from ops.backup.keys import key_id, new_key

    if args.of:
        if args.out:
            raise UsageError("--of shows the id of a key that there is, --out writes a new one: leave one of them out")
        return _of(args)
    key = new_key()
    about = key_id(Secret(key))
    if args.out:
        _write(Path(args.out), key)
        said = {"id": about, "file": os.path.abspath(args.out)}
        if args.json:
            say_json(said)
        else:
            say(f"{said['file']} has the new key {about}; {_KEEP}")
        return 0
    say_exactly(f"{msgspec.json.encode({'key': key, 'id': about}).decode() if args.json else key}\n")
    complain(f"the id of this key is {about}; {_KEEP}")
    return 0


def _of(args: argparse.Namespace) -> int:
    from ops.backup.errors import BackupError
    from ops.backup.keys import MAKE, key_id

    spec = spec_of(load_config(args.config), args.of)
    key = spec.secrets.get("key")
    if key is None:
        raise BackupError(f"{args.of} has no key", MAKE, reason="key")
    about = key_id(key)
    if args.json:
        say_json({"set": args.of, "id": about})
    else:
        say(about)
    return 0


def _write(file: Path, key: str) -> None:
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError as error:
        raise OutputError(f"{file} is there already, and a key is never written over") from error
    except OSError as error:
        raise OutputError(f"{file} can't be written: {error.strerror}") from error
    try:
        try:
            write_all(descriptor, f"{key}\n".encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        sync_folder(file.absolute().parent)
    except OSError as error:
        # A part of a key would be in the way of a whole one.
        with suppress(OSError):
            file.unlink()
        raise OutputError(f"{file} can't be written: {error.strerror}") from error


COMMANDS: tuple[Declared, ...] = (
    ("key", "make a key to encrypt with, or show the id of the one that a set has", _declare, _key),
)
