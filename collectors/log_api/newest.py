"""Finds plain files by a pattern, those written to last first; packed ones are no logs."""

import glob
import os

_PACKED = (".gz", ".bz2", ".xz", ".zst", ".zip")


def newest_files(pattern: str) -> list[str]:
    """The paths that match."""
    changed = []
    for path in glob.iglob(pattern, recursive=True):
        try:
            if not path.endswith(_PACKED) and os.path.isfile(path):
                changed.append((os.stat(path).st_mtime, path))
        except OSError:
            continue
    return [path for _, path in sorted(changed, reverse=True)]


def copies(path: str) -> list[str]:
    """Files that are named after a log, as what rotates it names them: app.log.1, app.log-20261121."""
    return newest_files(f"{glob.escape(path)}[.-]*")
