"""One file, folder or link of this host as an item: what it is, who may do what with it, and what is in it."""

import grp
import os
import pwd
import stat
from collections.abc import Callable
from functools import partial
from hashlib import sha256

import msgspec

from ops.drift.base import Place
from ops.drift.host.globbing import why
from ops.drift.host.texts import is_secret_name, plain, without_secrets
from ops.drift.named import safe_name
from ops.drift.structs import TEXT, Item, Value
from ops.figures import size

LARGEST_BYTES = 256 * 2**20
"""Of a larger file only its size is known: reading it each time would cost too much."""
BUDGET_BYTES = 2 * 2**30
"""What is read of all files of one capture."""
_PIECE = 2**20
_KINDS: tuple[tuple[Callable[[int], bool], str], ...] = (
    (stat.S_ISREG, "file"),
    (stat.S_ISDIR, "folder"),
    (stat.S_ISLNK, "link"),
    (stat.S_ISFIFO, "pipe"),
    (stat.S_ISSOCK, "socket"),
)
_AGAIN = ("file", "folder", "link")
"""What can be made again as it was."""
SHA256, DIGESTED, SIZE = "sha256", "content", "size_bytes"
"""Names of what stands for a content that is not kept: in the clear, salted, and of what is too large."""
_HIDDEN = "hidden"
_INSIDE = (TEXT, SHA256, DIGESTED, _HIDDEN)
"""All that nobody knows of a file that was not read."""


class _Content(msgspec.Struct, frozen=True):
    """What is known of what is in a file."""

    facts: dict[str, Value] = {}
    unreadable: dict[str, str] = {}
    kept: bool = True


class FileReader:
    """Reads files for one capture; blocks, so it belongs into a thread."""

    def __init__(self, place: Place) -> None:
        self._digest = place.digest
        self._text_limit = int(place.drift.text_limit)
        self._left = BUDGET_BYTES

    def item(self, path: str, *, secret: bool = False, edit: Callable[[str], str] | None = None) -> Item | None:
        """What is at a path, without following a link; None where nothing is.

        Of a secret file nothing but a salted digest is kept. `edit` takes out of a text what changes by itself.
        """
        name = safe_name(path)
        try:
            seen = os.lstat(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            return Item(name=name, unreadable={"": why(error)})
        facts = rights(seen)
        content = _Content()
        try:
            if facts["kind"] == "link":
                content = self._link(path)
            elif facts["kind"] == "file":
                content = self._file(path, seen, secret or is_secret_name(path), edit)
        except FileNotFoundError:
            return None  # it went while it was being read
        return Item(
            name=name,
            facts=facts | content.facts,
            unreadable=content.unreadable,
            kept=content.kept and facts["kind"] in _AGAIN,
        )

    @staticmethod
    def _link(path: str) -> _Content:
        try:
            return _Content({"target": safe_name(os.readlink(path))})
        except FileNotFoundError:
            raise
        except OSError as error:
            return _Content({}, {"target": why(error)}, kept=False)

    def _file(self, path: str, seen: os.stat_result, secret: bool, edit: Callable[[str], str] | None) -> _Content:
        if seen.st_size > LARGEST_BYTES or seen.st_size > self._left:
            # What another file leaves room for changes by itself: then its size is no fact that stands for the content.
            large = seen.st_size > LARGEST_BYTES
            most = "is read each time" if large else "all files of one capture may have"
            reason = f"it has {size(seen.st_size)}, more than {most}"
            return _Content({SIZE: seen.st_size} if large else {}, dict.fromkeys(_INSIDE, reason), kept=False)
        try:
            whole, begin = self._read(path, seen.st_size)
        except FileNotFoundError:
            raise
        except OSError as error:
            reason = why(error)
            return _Content({}, dict.fromkeys(_INSIDE, reason), kept=False)
        if secret:
            return _Content({DIGESTED: self._digest(DIGESTED, whole)}, kept=False)
        return self._told(whole, begin, edit)

    def _told(self, whole: str, begin: bytes, edit: Callable[[str], str] | None) -> _Content:
        text = plain(begin) if len(begin) <= self._text_limit else None
        if text is None:
            # A key in a file that is too long, or no text, is told by its first bytes.
            secret = b"PRIVATE KEY-----" in begin
            told = {DIGESTED: self._digest(DIGESTED, whole)} if secret else {SHA256: whole}
            return _Content(dict[str, Value](told), kept=False)
        kept = without_secrets(edit(text) if edit else text)
        if kept is None:
            return _Content({DIGESTED: self._digest(DIGESTED, whole)}, kept=False)
        if kept.hidden:
            return _Content({TEXT: kept.text, _HIDDEN: self._digest(_HIDDEN, kept.hidden)}, kept=False)
        return _Content({TEXT: kept.text})

    def _read(self, path: str, length: int) -> tuple[str, bytes]:
        """Hash of the whole, as far as it was long when it was looked at, and its first bytes. Raises OSError."""
        held = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        hashed, begin = sha256(), b""
        most = max(length, self._text_limit + 1)
        try:
            for piece in iter(partial(os.read, held, _PIECE), b""):
                hashed.update(piece[:most])
                begin += piece[: self._text_limit + 1 - len(begin)] if len(begin) <= self._text_limit else b""
                most -= len(piece)
                self._left -= len(piece)
                if most <= 0:
                    break
        finally:
            os.close(held)
        return hashed.hexdigest(), begin


def rights(seen: os.stat_result) -> dict[str, Value]:
    """What it is, its mode as in chmod ("0644"), its owner and group by name where they have one."""
    kind = next((name for fits, name in _KINDS if fits(seen.st_mode)), "device")
    facts: dict[str, Value] = {"kind": kind, "owner": user_name(seen.st_uid), "group": group_name(seen.st_gid)}
    if kind != "link":
        facts["mode"] = f"{stat.S_IMODE(seen.st_mode):04o}"
    return facts


def user_name(number: int) -> str:
    """The account's name, else its number."""
    try:
        return safe_name(pwd.getpwuid(number).pw_name)
    except KeyError:
        return str(number)


def group_name(number: int) -> str:
    """The group's name, else its number."""
    try:
        return safe_name(grp.getgrgid(number).gr_name)
    except KeyError:
        return str(number)
