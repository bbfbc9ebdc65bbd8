"""Log files as a source of lines."""

from collections.abc import AsyncIterator

from collectors.base import CollectError
from collectors.linux.tail import follow_file
from collectors.log_api.files import FILES_LIMIT, Files
from collectors.log_api.newest import newest_files
from collectors.log_api.reader import Most
from collectors.log_api.source import Take, pool
from collectors.text import clean


class PathSource:
    """One file, or all that a pattern matches."""

    kind = "path"

    def __init__(self, path: str, pattern: str, most: Most) -> None:
        self._path, self._pattern = path, pattern
        self._files = Files(path, pattern, most)

    async def read(self, take: Take) -> None:
        """Read what is new, in a thread."""
        await pool().run(self._files.poll, take)

    @property
    def written_at(self) -> float:
        """When the newest that was read was written."""
        return self._files.changed_at

    @property
    def key(self) -> str:
        """The path or the pattern."""
        return self._path or self._pattern

    @property
    def waits(self) -> bool:
        """Whether a file is away."""
        return bool(self._files.waiting)

    def hints(self) -> tuple[str, ...]:
        """Files that are away, and files that are too many."""
        hints = [f"there is no {clean(path)} now: waiting for it" for path in self._files.waiting]
        if self._files.left_out:
            hints.append(f"{self._files.left_out} more files match: only the {FILES_LIMIT} written last are read")
        return tuple(hints)

    async def follow(self) -> AsyncIterator[str]:
        """The file as it grows; of several the one that was written to last."""
        path = self._path or await pool().run(self._newest)
        async for line in follow_file(path):
            yield line

    async def close(self) -> None:
        """Files close with their last reader."""

    def _newest(self) -> str:
        found = newest_files(self._pattern)
        if not found:
            raise CollectError(f"no file matches {clean(self._pattern)}", reason="missing")
        return found[0]
