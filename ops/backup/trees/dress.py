"""Gives what was unpacked its owner, mode, attributes and times; what this user may not give is counted and told."""

import os
from collections.abc import Callable, Sequence

from ops.backup.trees.entries import Entry
from ops.backup.trees.folders import Folders, Parts

_AS_ANOTHER = 0o6000
"""Set-user-id and set-group-id: only for whom they were meant."""


class Dressing:
    """For one archive. Folders come last: their modes could keep us out, and each file in them changes their times."""

    def __init__(self) -> None:
        self._root = os.geteuid() == 0
        self._own = (os.geteuid(), frozenset((os.getegid(), *os.getgroups())))
        self._folders: dict[Parts, Entry] = {}
        self._owners = self._attributes = self._raised = 0

    def file(self, handle: int, entry: Entry) -> None:
        """A file that is open."""
        owned = self._owned(entry, lambda uid, gid: os.fchown(handle, uid, gid))
        self._attribute(handle, entry)
        os.fchmod(handle, self._mode(entry, owned))
        os.utime(handle, ns=(entry.changed_ns, entry.changed_ns))

    def link(self, folder: int, name: str, entry: Entry) -> None:
        """A link: it has no mode."""
        self._owned(entry, lambda uid, gid: os.chown(name, uid, gid, dir_fd=folder, follow_symlinks=False))
        os.utime(name, ns=(entry.changed_ns, entry.changed_ns), dir_fd=folder, follow_symlinks=False)

    def named(self, folder: int, name: str, entry: Entry) -> None:
        """A pipe that was just made in a folder of ours: it can't be opened without waiting for its other end."""
        owned = self._owned(entry, lambda uid, gid: os.chown(name, uid, gid, dir_fd=folder, follow_symlinks=False))
        os.chmod(name, self._mode(entry, owned), dir_fd=folder)
        os.utime(name, ns=(entry.changed_ns, entry.changed_ns), dir_fd=folder, follow_symlinks=False)

    def later(self, parts: Parts, entry: Entry) -> None:
        """A folder, when all is in it."""
        self._folders[parts] = entry

    def folders(self, folders: Folders) -> None:
        """The deepest first."""
        for parts in sorted(self._folders, key=len, reverse=True):
            entry = self._folders[parts]
            if parts:
                self.file(folders.at(parts), entry)

    def notes(self) -> Sequence[str]:
        """What could not be given."""
        told = (
            (self._owners, "belongs to another than before, as this user may not give it away"),
            (self._raised, "lost the right to run as its owner, as that is another now"),
            (self._attributes, "lost an extended attribute that can't be set here"),
        )
        return [f"{count} × a file {what}" for count, what in told if count]

    def _owned(self, entry: Entry, give: Callable[[int, int], None]) -> bool:
        """Whether it belongs to whom it belonged to."""
        if not self._root:
            ours = entry.uid == self._own[0] and entry.gid in self._own[1]
            give(-1, entry.gid if ours else -1)
            self._owners += not ours
            return ours
        try:
            give(entry.uid, entry.gid)
        except OSError:
            # A user namespace without that number, or a file system without owners.
            self._owners += 1
            return False
        return True

    def _mode(self, entry: Entry, owned: bool) -> int:
        if owned or not entry.mode & _AS_ANOTHER:
            return entry.mode
        self._raised += 1
        return entry.mode & ~_AS_ANOTHER

    def _attribute(self, handle: int, entry: Entry) -> None:
        for name, value in entry.attributes.items():
            if not self._root and not name.startswith("user."):
                self._attributes += 1
                continue
            try:
                os.setxattr(handle, name, value)
            except OSError:
                self._attributes += 1
