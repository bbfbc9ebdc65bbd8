"""Which names of a tar are wanted: files and folders by their path, by the end of it, or by a glob; pure."""

from collections.abc import Collection, Sequence
from fnmatch import fnmatchcase

from collectors.text import clean
from ops.backup.errors import BackupError


class Choice:
    """What `--only` means in the tars of one backup; remembers what was found of it."""

    def __init__(self, only: Sequence[str], path: str, exact: Collection[str] = ()) -> None:
        """`path` is the place that a tar is of: names may be said from there, or from the folder that it is in.

        What is in `exact` is no glob, though it has signs of one.
        """
        self._only = tuple(one.rstrip("/") or "/" for one in only)
        above = path.rpartition("/")[0]
        self._bases = tuple(sorted({f"{path.rstrip('/')}/", f"{above}/", "/"}))
        self._exact = frozenset(one.rstrip("/") or "/" for one in exact)
        self.found: set[str] = set()

    def names(self, name: str, folder: bool) -> Sequence[str]:
        """The name itself where it is wanted. Folders are: what is in them needs their modes."""
        return (name,) if self.meant(name) or folder else ()

    def meant(self, name: str) -> bool:
        """Whether a name, or a folder that it is in, was asked for."""
        if not self._only:
            return True
        path = "/" + name.strip("/")
        ways = (path, *(path.removeprefix(base) for base in self._bases if path.startswith(base)))
        wanted = [one for one in self._only if any(_means(one, way, glob=one not in self._exact) for way in ways)]
        self.found.update(wanted)
        return bool(wanted)


def concerned(only: Sequence[str], path: str) -> bool:
    """Whether what is wanted may lie in a tar of `path`: what is said from / on can be told by its name."""
    return not only or any(_leads(one.rstrip("/") or "/", path) for one in only)


def _leads(only: str, path: str) -> bool:
    if not only.startswith("/") or signs_in(only):
        return True
    return f"{only}/".startswith(f"{path.rstrip('/')}/") or path.startswith(f"{only.rstrip('/')}/")


def _means(only: str, way: str, *, glob: bool) -> bool:
    return way == only or way.startswith(f"{only.rstrip('/')}/") or (glob and fnmatchcase(way, only))


def signs_in(only: str) -> bool:
    """Whether it may be a glob."""
    return any(sign in only for sign in "*?[")


def refuse_unfound(only: Sequence[str], found: set[str]) -> None:
    """Raise BackupError where something that was asked for is in none of the tars."""
    missing = [one for one in only if (one.rstrip("/") or "/") not in found]
    if missing:
        raise BackupError(
            f"there is no {clean(missing[0])} in this backup", "`contents` shows what is in it", reason="missing"
        )
