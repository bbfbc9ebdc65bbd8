"""Changes a file inside a folder that is held, so that no link is ever followed: here it is emptied or rotated."""

import os
from collections.abc import Callable
from contextlib import suppress
from secrets import token_hex

from collectors.text import clean
from collectors.threads import DaemonPool
from ops.actions.errors import Refused
from ops.actions.files import Seen, checked, folder_of, look, told
from ops.figures import size
from ops.runner.base import Answer
from ops.runner.calls import File
from ops.runner.reach import Reach

KEPT = 9
"""Older ones that a rotation keeps, as ".1" to ".9"."""


async def make(call: File, reach: Reach) -> Answer:
    """Do it in a thread: a mount may hang. Raises Refused and ActionError."""
    said, freed = await DaemonPool(1, name="watchfloor-file").run(_work(call, reach), call.path)
    reach.sink.line("say", said)
    return Answer(value=freed)


def _work(call: File, reach: Reach) -> Callable[[str], tuple[str, int]]:
    """What does it, given the path: says what was done, and how many bytes that freed."""
    if call.how in ("truncate", "rotate"):
        return _truncate if call.how == "truncate" else _rotate
    if call.how in ("mode", "owner"):
        from ops.runner.effects import file_rights

        return lambda _: (file_rights.change(call), 0)
    from ops.runner.effects import file_writing
    from ops.runner.effects.file_aside import Aside
    from ops.store.places import store_folder

    aside = Aside(store_folder(reach.config) / "drift" / "aside")
    return lambda _: (file_writing.change(call, aside), 0)


def _truncate(path: str) -> tuple[str, int]:
    with folder_of(path) as (folder, name):
        with told(path):
            look(path)
            flags = os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            held = os.open(name, flags, dir_fd=folder)
        try:
            before = checked(path, os.fstat(held))
            with told(path):
                os.ftruncate(held, 0)
        finally:
            os.close(held)
    return f"{clean(path)} is empty: {size(before.size_bytes)} are free", before.size_bytes


def _rotate(path: str) -> tuple[str, int]:
    with folder_of(path) as (folder, name), told(path):
        seen = look(path)
        fresh = _begin(name, folder, seen)
        try:
            freed = _shift(name, folder)
            os.rename(name, f"{name}.1", src_dir_fd=folder, dst_dir_fd=folder)
            os.rename(fresh, name, src_dir_fd=folder, dst_dir_fd=folder)
        except OSError:
            with suppress(OSError):
                os.unlink(fresh, dir_fd=folder)
            raise
    dropped = f"; the oldest is gone: {size(freed)} are free" if freed else "; nothing is freed yet"
    return f"{clean(path)} begins anew, and what was in it ({size(seen.size_bytes)}) is {clean(path)}.1{dropped}", freed


def _begin(name: str, folder: int, like: Seen) -> str:
    """A new empty file beside it that may be read and written by the same people, under a name of its own.

    Made before anything is renamed: without it the log would have nobody to write it.
    """
    fresh = f".{name[:200]}.{token_hex(8)}"
    held = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=folder)
    try:
        made = os.fstat(held)
        if (made.st_uid, made.st_gid) != like.owner:
            os.fchown(held, *like.owner)
        os.fchmod(held, like.mode)
    except OSError as error:
        os.unlink(fresh, dir_fd=folder)
        raise Refused(
            f"a new {clean(like.path)} can't be given to its owner: {clean(error.strerror or error)}",
            "run as its owner, or as root: nothing was renamed",
            reason="permission",
        ) from error
    finally:
        os.close(held)
    return fresh


def _shift(name: str, folder: int) -> int:
    """Make room: ".8" becomes ".9" and so on up to the first gap. Gives the bytes of the one that was dropped."""
    there = 0
    while there < KEPT and _stands(f"{name}.{there + 1}", folder):
        there += 1
    freed = 0
    if there == KEPT:
        freed = os.stat(f"{name}.{KEPT}", dir_fd=folder, follow_symlinks=False).st_size
        there -= 1
    for number in range(there, 0, -1):
        os.rename(f"{name}.{number}", f"{name}.{number + 1}", src_dir_fd=folder, dst_dir_fd=folder)
    return freed


def _stands(name: str, folder: int) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True
