"""What the exit code of a command says: as the guidelines for monitoring plugins have it, or simply good and bad."""

from collections.abc import Iterator, Mapping

from collectors.base import Entity
from collectors.exec import ExecConfig
from ops.board import Level
from ops.config.structs import TargetSpec
from ops.verdicts.exits import signal_name
from ops.verdicts.finding import Finding, Past
from ops.verdicts.past import number

_PLUGIN: Mapping[int, Level] = {0: "ok", 1: "warning", 2: "critical", 3: "unknown"}
_SHELL = {126: "what it should run may not be run", 127: "what it should run is not there"}
"""What a shell means by its own exit codes."""


def exec_findings(entity: Entity, spec: TargetSpec, past: Past) -> Iterator[Finding]:
    """Judge the exit code. A plugin that did not end as plugins do says nothing of what it should check."""
    known = number(entity.facts.get("exit_code"))
    code = None if known is None else int(known)
    said = str(entity.facts.get("output") or "")
    plugin = spec.config.plugin if isinstance(spec.config, ExecConfig) else True
    if code == 0:
        yield _finding("ok", "", said or "ended with 0")
    elif code is None:
        yield _finding("unknown", "unknown", "its exit code is not known")
    elif plugin and code in _PLUGIN:
        level = _PLUGIN[code]
        yield _finding(level, level, said or f"it ended with {code} and printed nothing")
    else:
        word = "killed" if signal_name(code) else "failed"
        yield _finding("unknown" if plugin else "critical", word, _how(code) + (f": {said}" if said else ""))


def _finding(level: Level, word: str, text: str) -> Finding:
    return Finding(check="exec.exit_code", level=level, word=word, text=text)


def _how(code: int) -> str:
    name = signal_name(code)
    if name:
        return f"ended by {name}"
    meant = _SHELL.get(code)
    return f"ended with {code}" + (f" ({meant})" if meant else "")
