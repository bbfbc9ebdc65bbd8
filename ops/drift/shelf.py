"""The baselines of a floor: one file each in its state folder, whole or not there, and which one is the current."""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

from msgspec.structs import replace

from collectors.text import clean
from ops.config.written import put
from ops.drift.baseline import LIMIT, Here, Read, read, read_head, sealed, written
from ops.drift.locked import alone, failed
from ops.drift.salt import drift_folder
from ops.drift.source import DriftError
from ops.drift.structs import Baseline, Head
from ops.durable import replace_file
from ops.errors import OutputError

SUFFIX = ".toml"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)
_HEAD_BYTES = 64 * 1024
"""The beginning of a file, in which its head is."""
_CURRENT = "current"
OR_ANOTHER = "capture a new one, or use another; what only compares takes it all the same with --force"


class Shelf:
    """Cheap to make; every call reads or writes files, and raises DriftError."""

    def __init__(self, folder: Path, here: Callable[[], Here] | None = None) -> None:
        """`folder` is the floor's own; `here` tells baselines of other hosts, which are all taken without it."""
        self._home, self._here = folder / "drift", here
        self._folder = self._home / "baselines"
        self._edited: dict[str, tuple[object, bool]] = {}

    def heads(self) -> Sequence[Head]:
        """All that are kept and can be read, newest first."""
        found = (self._head(file) for file in self._files())
        return sorted((head for head in found if isinstance(head, Head)), key=lambda head: (-head.at, head.name))

    def ids(self) -> Sequence[str] | None:
        """Of all that are kept; None where one can't be read now, so that nobody knows its id."""
        found = [self._head(file) for file in self._files()]
        heads = [head for head in found if isinstance(head, Head)]
        return [head.id for head in heads] if len(heads) == len(found) else None

    def version(self) -> int:
        """Changes whenever one of them is written, by hand too; cheap."""
        return hash(tuple((file.name, stamp(file)) for file in self._files()))

    def edited(self, name: str = "") -> bool:
        """Whether it was changed by hand; "" is the current one. It is read again only once its file is another."""
        if not (name := name or self.current()):
            return False
        seen = stamp(self._file(name))
        if self._edited.get(name, (None, False))[0] != seen:
            self._edited[name] = seen, self.read(name).edited
        return self._edited[name][1]

    def damaged(self) -> Sequence[str]:
        """A sentence for each file that is no baseline, and for each that was set aside."""
        found = (self._head(file) for file in self._files())
        aside = (f"{file} was damaged and set aside" for file in self._listed("*.damaged"))
        return [*(error.message for error in found if isinstance(error, DriftError)), *aside]

    def current(self) -> str:
        """The one that was captured or chosen last; the newest where that is gone, "" where there is none."""
        try:
            name = (self._folder / _CURRENT).read_text(encoding="utf-8", errors="replace").strip()
        except FileNotFoundError:
            name = ""
        except OSError as error:
            raise failed(self._folder / _CURRENT, error) from error
        if _NAME.fullmatch(name) and not is_file(name) and self._file(name).is_file():
            return name
        return next((head.name for head in self.heads()), "")

    def choose(self, name: str) -> None:
        """Make it the current one."""
        with self._alone():
            _bytes(self._file(name), name, 1)
            self._point(name)

    def read(self, name: str = "") -> Read:
        """One of them with what must be said of it; "" is the current one, and a path is a file anywhere."""
        name = name or self.current()
        if not name:
            raise DriftError("there is no baseline yet", "watchfloor drift capture makes one")
        file = Path(os.path.expanduser(name)) if is_file(name) else self._file(name)
        return read(self._content(file, name), file.name.removesuffix(SUFFIX), self._here() if self._here else None)

    def baseline(self, name: str = "", *, force: bool = False) -> Baseline:
        """One of them; one that was edited, or is of another host or a newer version, with `force` only."""
        found = self.read(name)
        if found.doubts and not force:
            raise DriftError(found.doubts[0], OR_ANOTHER)
        return found.baseline

    def keep(self, baseline: Baseline, *, join: bool = False, use: bool = True) -> Baseline:
        """Write it, whole or not at all, and make it the current one if `use`; gives it as it is read from now on.

        With `join` other sources of an older one of that name are taken over. A damaged file of that name is set
        aside, never lost.
        """
        file = self._file(baseline.head.name)
        with self._alone():
            older = self._older(file, baseline.head.name)
            if older is not None and join:
                if older.doubts:
                    raise DriftError(older.doubts[0], "capture without --only, or under another name")
                baseline = joined(older.baseline, baseline)
            try:
                replace_file(file, written(baseline))
            except OSError as error:
                raise failed(file, error) from error
            if use:
                self._point(baseline.head.name)
        return sealed(baseline)

    def export(self, name: str, to: Path, *, over: bool = False) -> None:
        """Copy its file, as it is."""
        name = name or self.current()
        if not name:
            raise DriftError("there is no baseline to export", "watchfloor drift capture makes one")
        try:
            put(self._content(self._file(name), name).decode(errors="replace"), to, over=over)
        except OutputError as error:
            raise DriftError(str(error)) from error

    @contextmanager
    def _alone(self) -> Iterator[None]:
        drift_folder(self._home.parent)
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise failed(self._folder, error) from error
        with alone(self._folder, "baselines"):
            yield

    def _older(self, file: Path, name: str) -> Read | None:
        """The one that is there; None where there is none, or where it was damaged, which sets it aside."""
        try:
            content = self._content(file, name)
        except _Missing:
            return None
        try:
            return read(content, name, self._here() if self._here else None)
        except DriftError:
            _set_aside(file)
            return None

    def _point(self, name: str) -> None:
        try:
            replace_file(self._folder / _CURRENT, f"{name}\n".encode())
        except OSError as error:
            raise failed(self._folder / _CURRENT, error) from error

    def _file(self, name: str) -> Path:
        if not _NAME.fullmatch(name) or is_file(name):
            raise DriftError(
                f'"{clean(name)}" can\'t be the name of a baseline',
                "take up to 100 letters, digits, dots, dashes and underscores, with a letter or digit first, "
                f"and no {SUFFIX} at its end",
            )
        return self._folder / f"{name}{SUFFIX}"

    def _files(self) -> Sequence[Path]:
        return [file for file in self._listed(f"*{SUFFIX}") if _NAME.fullmatch(file.stem) and not is_file(file.stem)]

    def _listed(self, glob: str) -> Sequence[Path]:
        try:
            return sorted(self._folder.glob(glob))
        except OSError as error:
            raise failed(self._folder, error) from error

    def _head(self, file: Path) -> Head | DriftError:
        try:
            return read_head(_bytes(file, file.stem, _HEAD_BYTES), file.stem)
        except DriftError as error:
            return error

    def _content(self, file: Path, name: str) -> bytes:
        return _bytes(file, name, LIMIT + 1)


class _Missing(DriftError):
    """There is no such file."""


def stamp(file: Path) -> tuple[int, int, int]:
    """What changes with a file; zeros where there is none."""
    try:
        found = file.stat()
    except OSError:
        return 0, 0, 0
    return found.st_ino, found.st_size, found.st_mtime_ns


def is_file(name: str) -> bool:
    """Whether a baseline is named by its file and not by its name on the shelf."""
    return "/" in name or name.endswith(SUFFIX)


def joined(older: Baseline, newer: Baseline) -> Baseline:
    """The newer one, with those sources of the older one that it has not."""
    own = {captured.source for captured in newer.captured}
    taken = tuple(captured for captured in older.captured if captured.source not in own)
    return replace(newer, captured=tuple(sorted((*newer.captured, *taken), key=lambda one: one.source)))


def _bytes(file: Path, name: str, limit: int) -> bytes:
    """The file or its beginning; a pipe that nobody writes to keeps nobody waiting."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as stream:
            return stream.read(limit) or b""
    except FileNotFoundError as error:
        remedy = "watchfloor drift list shows those that are kept; watchfloor drift capture makes one"
        raise _Missing(f'there is no baseline "{clean(name)}"', remedy) from error
    except OSError as error:
        raise failed(file, error) from error


def _set_aside(file: Path) -> None:
    """Give it another name, next to where it was; older ones that were set aside are kept too."""
    try:
        file.rename(file.with_name(f"{file.name}.{token_hex(4)}.damaged"))
    except OSError as error:
        raise failed(file, error) from error
