"""Files and folders of this host."""

from collections.abc import Sequence

from ops.backup.base import Place
from ops.backup.trees.tree_kind import TreeKind, Wanted


class Files(TreeKind):
    """One tar for each of `paths`."""

    name = "files"
    title = "files and folders"

    async def wanted(self, place: Place) -> Sequence[Wanted]:
        """What the config says."""
        return (Wanted(paths=place.backup.paths, what="files"),)
