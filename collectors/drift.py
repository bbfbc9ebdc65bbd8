"""Reads whether this host is still what was agreed, by a program of its own that captures and compares.

Capturing reads much and loads many clients: in a process of its own it costs the floor neither memory nor a stall, and
what hangs or crashes in it is killed with it.
"""

import os
import sys
from collections.abc import Mapping
from typing import Literal, Self

import msgspec

from collectors.base import CollectError, Collector, Entity, NoData, Reading, Secret, TargetConfig, Value
from collectors.programs.run import run
from collectors.redact import mask_passwords
from collectors.text import clean
from collectors.units import Duration, Size

PROGRAM = "ops.drift.child"
ROWS = 200
"""Differences that become rows of the floor; the gravest, of all others the count is told."""
_OUTPUT_BYTES = 2 * 2**20
PART = "drift.difference"


class DriftConfig(TargetConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[drift]]`: what of this host is captured and compared. Once in a config."""

    only: tuple[str, ...] = ()
    """Sources or groups that are captured; all that find something where nothing is said."""
    without: tuple[str, ...] = ()
    """Sources or groups that are left out."""
    files: tuple[str, ...] = ()
    """Globs of files whose content, mode and owner are agreed; "**" goes down through folders."""
    secret_files: tuple[str, ...] = ()
    """Globs of files of which only a salted digest, mode and owner are kept."""
    env_files: tuple[str, ...] = ()
    """Files with NAME=value lines: names, and salted digests of the values."""
    environment: tuple[str, ...] = ()
    """Globs of names of variables of watchfloor's own environment."""
    git: tuple[str, ...] = ()
    """Folders of repositories, beside those of `[[git]]`."""
    compose: tuple[str, ...] = ()
    """Compose files that say what should run."""
    certificates: tuple[str, ...] = ()
    """Globs of certificate files."""
    sysctl: tuple[str, ...] = ("kernel.*", "net.*", "vm.*", "fs.*")
    """Globs of kernel settings; those that change by themselves are left out in any case."""
    units: tuple[str, ...] = ("*.service", "*.timer", "*.socket")
    """Globs of units of systemd."""
    text_limit: Size = Size(64 * 1024)
    """Files up to this size keep their text for the diff; of larger ones only the hash is kept."""
    ignore: tuple[str, ...] = ()
    """Globs of paths that are no drift: "containers:*#labels.com.docker.*"."""
    severity: dict[str, Literal["info", "warning", "critical"]] = msgspec.field(default_factory=dict)
    """Glob of a path to how grave a difference there is; the first that fits wins, before the built-in ones."""
    auto_fix: tuple[str, ...] = ()
    """Globs of paths that may be put right without a person, where AUTO_FIX=true or --fix asks for it."""
    interval: Duration = Duration(300)
    timeout: Duration = Duration(60)
    failures: int = 1
    successes: int = 1
    file: str = ""
    """The config that this stands in; filled in when it is read."""
    about: str = ""
    """The one path that is wanted; filled in by whoever puts it right."""

    def part(self, name: str) -> Self:
        """Only the item of that path."""
        return msgspec.structs.replace(self, about=name)


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What the program writes to its standard output, as JSON: one finished detection, or why there is none."""

    facts: Mapping[str, Value] = {}
    differences: tuple[Mapping[str, Value], ...] = ()
    """The gravest that count, each as the facts of its row; `name` names it and `key` is what it is exactly."""
    hints: tuple[str, ...] = ()
    error: str = ""
    remedy: str = ""
    nothing: str = ""
    """Why there is nothing to compare with: no baseline yet."""


class Drift(Collector[DriftConfig]):
    """Drift: files, containers, repositories, settings that are not any more as they were captured in a baseline.

    `watchfloor drift capture` makes the baseline, D shows what differs.
    """

    name = "drift"
    section = "drift"
    title = "Drift"
    Config = DriftConfig
    source_only = True

    def __init__(self, config: DriftConfig, secrets: Mapping[str, Secret]) -> None:
        super().__init__(config, secrets)
        self._again = False

    async def collect(self) -> Reading:
        """Capture and compare once; at first take what was found lately, so that a start costs nothing."""
        self.set_phase("capturing what is")
        arguments = [sys.executable, "-P", "-m", PROGRAM, self.config.file]
        if self.config.about:
            arguments += ["--path", self.config.about]
        elif not self._again:
            arguments += ["--younger", f"{float(self.config.interval):g}"]
        ended = await run(arguments, extra=dict(os.environ), limit=_OUTPUT_BYTES)  # secrets of targets may stand there
        if ended.code != 0:
            words = clean(mask_passwords(ended.err.decode("utf-8", "replace").strip().rpartition("\n")[2]), 300)
            raise CollectError(f"what captures drift ended with {ended.code}: {words or 'no word'}", reason="broken")
        self._again = True
        return self._reading(ended.out)

    def _reading(self, out: bytes) -> Reading:
        try:
            told = msgspec.json.decode(out, type=Told)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise CollectError("what captures drift wrote something else than its findings") from error
        if told.nothing:
            raise NoData(told.nothing)
        if told.error:
            raise CollectError(told.error, remedy=told.remedy)
        own = Entity(kind=self.section, name=self.config.name, facts=told.facts, hints=told.hints)
        return Reading((own, *(self._part(facts) for facts in told.differences)))

    @staticmethod
    def _part(facts: Mapping[str, Value]) -> Entity:
        rest = {key: value for key, value in facts.items() if key not in ("key", "name")}
        return Entity(kind=PART, name=str(facts.get("name", "")), key=str(facts.get("key", "")), facts=rest)
