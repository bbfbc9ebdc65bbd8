"""Reads a git repository that something was deployed from: its commit, what differs from it, and when it moved."""

import asyncio
import os
import time
from collections.abc import Mapping
from contextlib import suppress

from collectors.base import CollectError, Collector, Entity, Reading, Secret, TargetConfig, Value
from collectors.git_api.ask import Git
from collectors.git_api.parse import (
    COMMIT_FORMAT,
    MOVES_FORMAT,
    Commit,
    Status,
    parse_ahead_behind,
    parse_commit,
    parse_moved_at,
    parse_status,
)
from collectors.text import clean
from collectors.threads import DaemonPool
from collectors.units import Duration

_MOVES = 50
"""Moves of HEAD that are looked through for the one that brought its commit."""
_POOL = DaemonPool(2, name="watchfloor-git")


class GitConfig(TargetConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[git]]`."""

    path: str
    """The folder of the repository, or one inside it; a bare one too."""
    remote_ref: str = ""
    """What ahead and behind are counted against, as last fetched, such as "origin/main"; else the branch's upstream."""
    interval: Duration = Duration(30)

    def __post_init__(self) -> None:
        if not self.path or "\0" in self.path:
            raise ValueError("path must name a folder")
        if self.remote_ref.startswith("-") or not self.remote_ref.isprintable() or " " in self.remote_ref:
            raise ValueError('remote_ref must be a name such as "origin/main"')


class GitRepo(Collector[GitConfig]):
    """The commit that is deployed, files that differ from it, and when it came there.

    Nothing is ever fetched: ahead and behind are what the last fetch knew. Submodules are left out. It was deployed
    when HEAD last moved to this commit, by git's reflog; without one, when the file of HEAD or its branch was written.
    """

    name = "git_repo"
    section = "git"
    title = "Git"
    Config = GitConfig
    source_only = True

    def __init__(self, config: GitConfig, secrets: Mapping[str, Secret]) -> None:
        super().__init__(config, secrets)
        self._git = Git(config.path)
        self._hints: list[str] = []

    async def collect(self) -> Reading:
        """Read once. Comparing a huge folder may take long: after half of the time it is left out, with a hint."""
        self._hints = []
        self.set_phase("asking git what is there")
        told = await self._git.ask("rev-parse", "--is-bare-repository", "--is-shallow-repository", "--absolute-git-dir")
        bare, shallow, folder = [*told.rstrip("\n").split("\n", 2), "", "", ""][:3]
        commit = await self._commit()
        status = None if bare == "true" else await self._status()
        branch = status.branch if status else await self._branch()
        moved_at = await self._moved_at(folder, branch) if commit else None
        facts = _facts(commit, status, branch) | {"shallow": shallow == "true"}
        now = time.time()
        facts |= _aged("committed_at", "age_s", commit.committed_at if commit else None, now)
        facts |= _aged("deployed_at", "deployed_age_s", moved_at, now)
        facts |= await self._compared(status, commit is not None)
        name, key = self.config.name, commit.hash if commit else ""
        return Reading((Entity(kind=self.section, name=name, key=key, facts=facts, hints=tuple(self._hints)),))

    async def _commit(self) -> Commit | None:
        self.set_phase("asking git for the commit")
        told = await self._git.ask_history(
            "log", "-1", "--no-show-signature", "--decorate-refs=refs/tags/*", f"--format={COMMIT_FORMAT}", "HEAD", "--"
        )
        if not told:
            self._hints.append("there is no commit yet")
        return parse_commit(told)

    async def _status(self) -> Status | None:
        """How the folder differs; None when that takes too long or there is too much to tell."""
        self.set_phase("comparing the folder with its commit")
        limit_s = float(self.config.timeout) / 2
        arguments = ("--porcelain=v2", "--branch", "-z", "--untracked-files=normal", "--ignore-submodules=all")
        try:
            async with asyncio.timeout(limit_s):
                ended = await self._git.run("status", *arguments, "--no-renames")
        except TimeoutError:
            self._hints.append(
                f"the folder was not compared with its commit within {limit_s:g} s; a longer timeout may do"
            )
            return None
        if ended.code:
            raise self._git.refused(ended)
        text = ended.out.decode("utf-8", "replace")
        if ended.cut:
            self._hints.append("so many files differ that only the first were counted")
            text = text.rpartition("\0")[0]
        try:
            return parse_status(text)
        except ValueError as error:
            raise CollectError(f"git status makes no sense: {error}", reason="protocol") from error

    async def _branch(self) -> str:
        ended = await self._git.run("symbolic-ref", "--short", "-q", "HEAD")
        return clean(ended.out.strip())

    async def _moved_at(self, folder: str, branch: str) -> float | None:
        self.set_phase("asking git when HEAD moved")
        told = await self._git.ask_history(
            "log", "-g", f"-{_MOVES}", "--no-show-signature", "--date=unix", f"--format={MOVES_FORMAT}", "HEAD", "--"
        )
        return parse_moved_at(told) or await _POOL.run(_written_at, folder, branch)

    async def _compared(self, status: Status | None, any_commit: bool) -> dict[str, Value]:
        if not self.config.remote_ref or not any_commit:
            return {"ahead": status.ahead if status else None, "behind": status.behind if status else None}
        ref = self.config.remote_ref
        self.set_phase(f"comparing with {clean(ref)}")
        ended = await self._git.run("rev-list", "--count", "--left-right", f"HEAD...{ref}", "--")
        ahead, behind = parse_ahead_behind(ended.out.decode("utf-8", "replace")) if not ended.code else (None, None)
        if ended.code:
            self._hints.append(f"there is no {clean(ref)} here: fetch it, or correct remote_ref")
        return {"ahead": ahead, "behind": behind}


def _facts(commit: Commit | None, status: Status | None, branch: str) -> dict[str, Value]:
    return {
        "commit": commit.short if commit else None,
        "branch": branch or ("detached" if commit else None),
        "dirty": status.dirty if status else None,
        "untracked": status.untracked if status else None,
        "conflicts": status.conflicts if status else None,
        "tag": (commit.tag or None) if commit else None,
        "subject": commit.subject if commit else None,
        "author": commit.author if commit else None,
    }


def _aged(moment: str, age: str, at: float | None, now: float) -> dict[str, Value]:
    return {moment: at, age: None if at is None else max(0.0, round(now - at, 3))}


def _written_at(folder: str, branch: str) -> float | None:
    """When HEAD or its branch was written last, by the time of their files."""
    times = []
    for file in ("HEAD", f"refs/heads/{branch}" if branch else "HEAD"):
        with suppress(OSError, ValueError):
            times.append(os.stat(os.path.join(folder, file)).st_mtime)
    return max(times, default=None)
