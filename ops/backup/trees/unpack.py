"""Unpacks a tar below one folder, with care: nothing is written outside of it, nothing runs as another."""

import errno
import os
import stat
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from collectors.text import clean
from ops.backup.errors import BackupError
from ops.backup.trees.dress import Dressing
from ops.backup.trees.entries import Data, Entry
from ops.backup.trees.folders import Folders, Parts, parts_of
from ops.backup.trees.reader import TarReader
from ops.backup.trees.tally import Content, Tally, content_of, stamp
from ops.durable import write_all

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
Chosen = Callable[[str, bool], Sequence[str]]
"""(name in the archive, whether it is a folder) to the names that it is unpacked as: none, itself, or others."""


def all_of_it(name: str, _folder: bool) -> Sequence[str]:
    """Everything, under its own name."""
    return (name,)


class Unpacked(msgspec.Struct, kw_only=True):
    """What was unpacked."""

    tally: Tally = msgspec.field(default_factory=Tally)
    notes: list[str] = msgspec.field(default_factory=list)
    """What is not as it was, though that is no fault of the backup."""
    behind: dict[str, list[str]] = msgspec.field(default_factory=dict)
    """Names that are hard links to something that was not chosen, by the name of that."""


class Unpacker:
    """Takes pieces of a tar; blocks, so each call belongs into a thread. `close` must be called, `finish` at the end.

    The folder is one of our own that nobody else may enter: it was made for this. Raises BackupError and OSError.
    """

    def __init__(self, folder: Path, chosen: Chosen = all_of_it) -> None:
        self._folders = Folders(folder)
        self._chosen = chosen
        self._reader = TarReader(data=True)
        self._dressing = Dressing()
        self._open: list[int] = []
        self._entry: Entry | None = None
        self._names: list[str] = []
        self._content = Content()
        self._devices = self._others = 0
        self.done = Unpacked()

    def feed(self, piece: bytes) -> None:
        """Unpack what this piece has."""
        for event in self._reader.feed(piece):
            if isinstance(event, Data):
                self._write(event)
            else:
                self._end_file()
                self._begin(event)

    def finish(self) -> Unpacked:
        """All of it came. Gives folders the modes and times that they had."""
        self._end_file()
        self._reader.finish()
        self._dressing.folders(self._folders)
        counted = ((self._devices, "device file"), (self._others, "entry of an unknown sort"))
        self.done.notes += [f"{count} × {what} was left out" for count, what in counted if count]
        self.done.notes += self._dressing.notes()
        return self.done

    def close(self) -> None:
        """Let go of files and folders."""
        while self._open:
            os.close(self._open.pop())
        self._folders.close()

    def _begin(self, entry: Entry) -> None:
        names = self._chosen(entry.name, entry.sort == "folder")
        if not names:
            return
        parts_of(entry.name)
        if "\0" in entry.target or any("\0" in name for name in entry.attributes):
            raise BackupError("a name in it has a zero byte", "do not restore it", reason="unsafe")
        if entry.sort in ("device", "other"):
            self._devices += entry.sort == "device"
            self._others += entry.sort == "other"
            return
        for name in names:
            self._make(entry, name, parts_of(name))

    def _make(self, entry: Entry, name: str, parts: Parts) -> None:
        try:
            if entry.sort == "folder":
                self._folders.at(parts, make=True)
                self._dressing.later(parts, entry)
            elif parts:
                self._make_in(entry, name, self._folders.at(parts[:-1], make=True), parts[-1])
        except (NotADirectoryError, FileExistsError) as error:
            raise _through_a_link(entry) from error
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise _through_a_link(entry) from error
            raise
        if entry.sort != "hard":
            self.done.tally.add(entry.sort, entry.size)
        if entry.sort == "link":
            self.done.tally.digest(stamp(_tidy(name), os.fsencode(entry.target)))

    def _make_in(self, entry: Entry, name: str, folder: int, last: str) -> None:
        if entry.sort == "hard":
            self._hard(entry, name)
            return
        _clear(folder, last)
        if entry.sort == "link":
            os.symlink(entry.target, last, dir_fd=folder)
            self._dressing.link(folder, last, entry)
        elif entry.sort == "pipe":
            os.mkfifo(last, 0o600, dir_fd=folder)
            self._dressing.named(folder, last, entry)
        else:
            self._entry = entry
            self._names.append(name)
            self._open.append(os.open(last, _NEW, 0o600, dir_fd=folder))

    def _hard(self, entry: Entry, name: str) -> None:
        """The name before it is looked up without following a link, as every other."""
        if entry.target not in self._chosen(entry.target, False):
            self.done.behind.setdefault(entry.target, []).append(name)
            return
        old, new = parts_of(entry.target), parts_of(name)
        if not old:
            raise BackupError(f"{clean(name)} is a hard link to nothing", "use another backup", reason="damaged")
        source = os.dup(self._folders.at(old[:-1]))
        try:
            folder = self._folders.at(new[:-1], make=True)
            _clear(folder, new[-1])
            os.link(old[-1], new[-1], src_dir_fd=source, dst_dir_fd=folder, follow_symlinks=False)
            self.done.tally.digest(_digest_of(source, old[-1], _tidy(name)))
        except FileNotFoundError as error:
            raise BackupError(
                f"{clean(name)} is a hard link to {clean(entry.target)}, which is not before it",
                "use another backup",
                reason="damaged",
            ) from error
        finally:
            os.close(source)
        self.done.tally.add("hard", 0)

    def _write(self, data: Data) -> None:
        if self._open:
            self._content.add(data.offset, data.content)
        for handle in self._open:
            os.lseek(handle, data.offset, os.SEEK_SET)
            write_all(handle, data.content)

    def _end_file(self) -> None:
        entry = self._entry
        if entry is None:
            return
        while self._open:
            handle = self._open[-1]
            if os.fstat(handle).st_size < entry.size:
                os.ftruncate(handle, entry.size)
            self._dressing.file(handle, entry)
            os.close(self._open.pop())
        content, self._content = self._content.value(), Content()
        for name in self._names:
            self.done.tally.digest(stamp(_tidy(name), content))
        self._entry = None
        self._names.clear()


def _tidy(name: str) -> str:
    return "/".join(parts_of(name))


def _digest_of(folder: int, last: str, name: str) -> int:
    """What stands for something that was unpacked before under another name."""
    seen = os.stat(last, dir_fd=folder, follow_symlinks=False)
    if stat.S_ISLNK(seen.st_mode):
        return stamp(name, os.fsencode(os.readlink(last, dir_fd=folder)))
    if not stat.S_ISREG(seen.st_mode):
        return 0
    handle = os.open(last, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    try:
        return stamp(name, content_of(handle))
    finally:
        os.close(handle)


def _clear(folder: int, name: str) -> None:
    """A later entry of one name stands for the earlier one."""
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return


def _through_a_link(entry: Entry) -> BackupError:
    return BackupError(
        f"{clean(entry.name)} would be unpacked through something that is no folder",
        "do not restore it: nothing that watchfloor takes is like that",
        reason="unsafe",
    )
