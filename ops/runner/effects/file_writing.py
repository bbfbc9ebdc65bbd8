"""Writes a file, makes a link or a folder, or takes one away, inside a folder that is held: whole or not at all."""

import errno
import os
import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from secrets import token_hex

from collectors.text import clean
from ops.actions.errors import Refused
from ops.actions.files import folder_of, told
from ops.actions.host_files import Present, present_in
from ops.durable import write_all
from ops.runner.calls import File
from ops.runner.effects.file_aside import Aside
from ops.runner.effects.file_rights import LOOK, mode_of, owner_of

_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_WITHOUT = frozenset({errno.ENOTSUP, errno.EPERM})
"""What file systems say that have no second names for a file."""
_FITS = {"write": ("file", ""), "link": ("link", ""), "folder": ("",), "aside": ("file", "link", "folder")}


def change(call: File, aside: Aside) -> str:
    """Do it and say so. Raises Refused and ActionError."""
    with folder_of(call.path) as (folder, name), told(call.path):
        before = present_in(folder, name, call.path)
        if before.kind not in _FITS[call.how] or before.sha256 != call.expect:
            raise _changed(call)
        kept = aside.keep(call.path, before.content) if before.kind in ("file", "link") else None
        _DO[call.how](call, before, folder, name)
        _sync(folder)
    said = f"; what was there is kept as {clean(str(kept), 400)}" if kept else ""
    return f"{clean(call.path)} is {'gone' if call.how == 'aside' else 'as it should be'}{said}"


def _text(call: File, before: Present, folder: int, name: str) -> None:
    """Make a new file beside it with all that it should have, then give it the name."""
    fresh = _own_name(name)
    held = os.open(fresh, _NEW, 0o600, dir_fd=folder)
    try:
        try:
            write_all(held, call.text.encode("utf-8", "surrogateescape"))
            _give(call, os.fstat(held), lambda user, group: os.fchown(held, user, group))
            if before.kind:
                _carry_over(call, held, folder, name)
            os.fchmod(held, mode_of(call))
            os.fsync(held)
        finally:
            os.close(held)
        _put(call, before, folder, fresh, name)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(fresh, dir_fd=folder)


def _link(call: File, before: Present, folder: int, name: str) -> None:
    fresh = _own_name(name)
    os.symlink(call.text, fresh, dir_fd=folder)
    try:
        _give_link(call, folder, fresh)
        _put(call, before, folder, fresh, name)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(fresh, dir_fd=folder)


def _give_link(call: File, folder: int, fresh: str) -> None:
    """By what is held: whoever may write into the folder could put a second name of another's file in its place."""
    held = os.open(fresh, LOOK, dir_fd=folder)
    try:
        seen = os.fstat(held)
        if not stat.S_ISLNK(seen.st_mode):
            raise _changed(call)
        _give(call, seen, lambda user, group: os.chown(f"/proc/self/fd/{held}", user, group))
    finally:
        os.close(held)


def _folder(call: File, before: Present, folder: int, name: str) -> None:
    """Nobody else may look into it before it has its owner and mode."""
    mode = mode_of(call)
    os.mkdir(name, 0o700, dir_fd=folder)
    held = os.open(name, _READ | os.O_DIRECTORY, dir_fd=folder)
    try:
        _give(call, os.fstat(held), lambda user, group: os.fchown(held, user, group))
        os.fchmod(held, mode)
    except (OSError, Refused):
        os.rmdir(name, dir_fd=folder)
        raise
    finally:
        os.close(held)


def _away(call: File, before: Present, folder: int, name: str) -> None:
    if before.kind != "folder":
        os.unlink(name, dir_fd=folder)
        return
    try:
        os.rmdir(name, dir_fd=folder)
    except OSError as error:
        if error.errno != errno.ENOTEMPTY:
            raise
        raise Refused(
            f"there is something in {clean(call.path)}: nothing was done", "take away what is in it first"
        ) from error


_DO: Mapping[str, Callable[[File, Present, int, str], None]] = {
    "write": _text,
    "link": _link,
    "folder": _folder,
    "aside": _away,
}


def _put(call: File, before: Present, folder: int, fresh: str, name: str) -> None:
    """Give the new one the name: in place of what was looked at, never of what came meanwhile where nothing was."""
    if not before.kind:
        try:
            os.link(fresh, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
        except FileExistsError as error:
            raise _changed(call) from error
        except OSError as error:
            if error.errno not in _WITHOUT:
                raise
        else:
            return
    os.rename(fresh, name, src_dir_fd=folder, dst_dir_fd=folder)


def _give(call: File, made: os.stat_result, chown: Callable[[int, int], None]) -> None:
    """Give the new one to its owner. Raises Refused before anything else was changed."""
    wanted = owner_of(call)
    if wanted == (made.st_uid, made.st_gid):
        return
    try:
        chown(*wanted)
    except OSError as error:
        raise Refused(
            f"{clean(call.path)} can't be given to {clean(call.owner)}:{clean(call.group)}: "
            f"{clean(error.strerror or error)}",
            "run as root: nothing was done",
            reason="permission",
        ) from error


def _carry_over(call: File, held: int, folder: int, name: str) -> None:
    """Access lists, labels and other attributes of what is replaced. Raises Refused where that can't be done."""
    old = os.open(name, _READ, dir_fd=folder)
    try:
        for attribute in os.listxattr(old):
            os.setxattr(held, attribute, os.getxattr(old, attribute))
    except OSError as error:
        if error.errno == errno.ENOTSUP:
            return
        raise Refused(
            f"the attributes of {clean(call.path)} can't be carried over: {clean(error.strerror or error)}",
            "run as root: nothing was done",
            reason="permission",
        ) from error
    finally:
        os.close(old)


def _own_name(name: str) -> str:
    """A name that nobody guesses, short enough for every file system."""
    return f".{os.fsdecode(os.fsencode(name)[:150])}.{token_hex(8)}"


def _sync(folder: int) -> None:
    """Make sure that the names outlive a power cut: what is held is only for looking, so it is opened once more."""
    try:
        held = os.open(".", _READ | os.O_DIRECTORY, dir_fd=folder)
    except PermissionError:
        return  # who may write into a folder but not list it can't sync it either
    try:
        os.fsync(held)
    finally:
        os.close(held)


def _changed(call: File) -> Refused:
    return Refused(
        f"{clean(call.path)} has changed since it was looked at: nothing was done",
        "look at it anew and plan again",
        reason="changed",
    )
