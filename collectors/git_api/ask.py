"""Asks git about one repository without changing it or fetching anything.

Of what its config names only filters of files are run (git-lfs): without them git can't say whether a file differs.
"""

import os

from collectors.base import CollectError
from collectors.programs.run import Ended, run
from collectors.text import clean

_ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_PAGER": "cat",
    "LC_ALL": "C.UTF-8",
}
_SETTINGS = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.untrackedCache=false",
    "log.showSignature=false",
    "protocol.allow=never",
    "color.ui=false",
    "gc.auto=0",
    "maintenance.auto=false",
)
"""Nothing is written or fetched, and no hook, watcher or gpg is started."""
LIMIT = 512 * 1024
_NO_COMMIT = ("does not have any commits yet", "bad revision 'HEAD'", "unknown revision", "bad default revision")


class Git:
    """One repository, asked through the git program."""

    def __init__(self, path: str) -> None:
        self._path = os.path.expanduser(path)
        self._start = ("git", "--no-pager", *(word for setting in _SETTINGS for word in ("-c", setting)))

    async def run(self, *arguments: str) -> Ended:
        """Run one git command in the repository; any exit code is an answer. Raises CollectError without git."""
        return await run((*self._start, "-C", self._path, *arguments), extra=_ENVIRONMENT, limit=LIMIT)

    async def ask(self, *arguments: str) -> str:
        """What a command prints. Raises CollectError when it fails."""
        ended = await self.run(*arguments)
        if ended.code:
            raise self.refused(ended)
        return ended.out.decode("utf-8", "replace")

    async def ask_history(self, *arguments: str) -> str:
        """The same for the past of HEAD; "" where there is no commit yet."""
        ended = await self.run(*arguments)
        if ended.code and any(words in _said(ended) for words in _NO_COMMIT):
            return ""
        if ended.code:
            raise self.refused(ended)
        return ended.out.decode("utf-8", "replace")

    def refused(self, ended: Ended) -> CollectError:
        """Word what git complains of."""
        said, path = _said(ended), clean(self._path)
        if "not a git repository" in said:
            return CollectError(
                f"{path} is not a git repository", reason="missing", remedy="set path to a folder of one"
            )
        if "cannot change to" in said:
            denied = "Permission denied" in said
            return CollectError(
                f"{path} can't be entered" if denied else f"there is no folder {path}",
                reason="permission" if denied else "missing",
                remedy="give this user the right to read it" if denied else "correct path",
            )
        if "dubious ownership" in said:
            return CollectError(
                f"{path} belongs to another user, so git refuses to read it",
                reason="permission",
                remedy=f"git config --global --add safe.directory {path} (as the user who runs watchfloor)",
            )
        line = next((line for line in said.splitlines() if line.strip()), f"it ended with {ended.code}")
        line = clean(line.removeprefix("fatal: ").removeprefix("error: "), 300)
        denied = "ermission denied" in said
        return CollectError(f"git can't read {path}: {line}", reason="permission" if denied else "protocol")


def _said(ended: Ended) -> str:
    return ended.err.decode("utf-8", "replace")
