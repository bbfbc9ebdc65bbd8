"""Runs a command that checks something: a monitoring plugin with its line and figures, or any that has an exit code."""

import re
from collections.abc import Mapping

import msgspec

from collectors.base import CollectError, Collector, Entity, Reading, Secret, TargetConfig, Value
from collectors.exec_api.plugin import Said, parse_output
from collectors.programs.run import Ended, run
from collectors.text import clean, clean_lines
from collectors.units import Duration

_LINE_LIMIT = 300
_SHOWN_LINES = 60
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class ExecConfig(TargetConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[exec]]`. Arguments can be seen by every user of this host: give secrets by `environment_env`."""

    command: tuple[str, ...] | str
    """The program and its arguments, each by itself: `["/usr/lib/nagios/plugins/check_disk", "-w", "20%"]`."""
    folder: str = ""
    """Where it runs; else where watchfloor was started."""
    environment: dict[str, str] = msgspec.field(default_factory=dict)
    """Variables that it gets beside PATH, HOME and the like; it sees no others."""
    environment_env: dict[str, str] = msgspec.field(default_factory=dict)
    """Variable to the name of that of ours with its secret value: `{ PGPASSWORD = "SHOP_DB_PASSWORD" }`."""
    plugin: bool = True
    """It ends with 0, 1, 2 or 3 for ok, warning, critical or unknown; false: any code but 0 is critical."""
    interval: Duration = Duration(30)
    timeout: Duration = Duration(10)

    def __post_init__(self) -> None:
        if isinstance(self.command, str):
            raise ValueError(_LISTED.format(clean(self.command.split(" ")[0] or "program", 60)))
        if not self.command or not self.command[0]:
            raise ValueError('command is empty; write command = ["/path/of/a/program", "its", "arguments"]')
        if any("\0" in word for word in (*self.command, *self.environment.values(), self.folder)):
            raise ValueError("no argument, variable or folder can hold a NUL character")
        for name in (*self.environment, *self.environment_env):
            if not _VARIABLE.fullmatch(name):
                raise ValueError(f"{clean(name)!r} cannot be the name of a variable")


_LISTED = 'command must be a list, since no shell takes a text apart: command = ["{}", "an argument", "another"]'


class Exec(Collector[ExecConfig]):
    """Commands that check something: monitoring plugins, or any program whose exit code tells how things are.

    A plugin's first line is shown, its performance data become figures. At the deadline it is killed with all that it
    started.
    """

    name = "exec"
    section = "exec"
    title = "Commands"
    Config = ExecConfig

    def __init__(self, config: ExecConfig, secrets: Mapping[str, Secret]) -> None:
        super().__init__(config, secrets)
        self._command = (config.command,) if isinstance(config.command, str) else config.command
        self._named = clean(self._command[0].rpartition("/")[2] or self._command[0])

    async def collect(self) -> Reading:
        """Run it once. Raises CollectError when it can't be started; any exit code is a fact."""
        self.set_phase(f"running {self._named}")
        ended = await run(self._command, extra=self._environment(), folder=self.config.folder)
        out, err = ended.out.decode("utf-8", "replace"), ended.err.decode("utf-8", "replace")
        said = parse_output(out.lstrip("\r\n")) if self.config.plugin else None
        facts: dict[str, Value] = {
            "exit_code": ended.code,
            "took_s": round(ended.took_s, 6),
            "output": (clean(said.line, _LINE_LIMIT) if said else "") or _first_line(out) or _first_line(err) or None,
        }
        facts |= {f"perf.{name}": value for name, value in (figure.fact() for figure in said.figures)} if said else {}
        own = Entity(
            kind=self.section,
            name=self.config.name,
            facts=facts,
            texts=_texts(said, out, err),
            hints=tuple(_hints(ended, said)),
        )
        return Reading((own,))

    def _environment(self) -> dict[str, str]:
        given = {name: secret.reveal() for name, secret in self._secret_variables().items()}
        if any("\0" in value for value in given.values()):
            raise CollectError("a secret for the environment holds a NUL character", reason="auth", retry=False)
        return {**self.config.environment, **given}

    def _secret_variables(self) -> dict[str, Secret]:
        stem = "environment."
        return {name.removeprefix(stem): secret for name, secret in self.secrets.items() if name.startswith(stem)}


def _first_line(text: str) -> str:
    """The first line that says something, inert and bounded."""
    return next((clean(line.strip(), _LINE_LIMIT) for line in text.splitlines() if line.strip()), "")


def _texts(said: Said | None, out: str, err: str) -> dict[str, str]:
    whole = "\n".join(part for part in (said.line, said.more) if part) if said else out.strip("\r\n")
    ranges = "\n".join(words for figure in said.figures if (words := figure.words())) if said else ""
    named = {"output": whole, "errors": err.strip("\r\n"), "ranges": ranges}
    return {title: clean_lines(text, _SHOWN_LINES) for title, text in named.items() if text}


def _hints(ended: Ended, said: Said | None) -> list[str]:
    told = {
        "it wrote more than is kept, so the end is missing": ended.cut,
        "it left something running that kept its output open; that was ended": ended.held,
    }
    hints = [hint for hint, so in told.items() if so]
    if said and said.left_out:
        hints.append(f"{said.left_out} of its figures were left out: too many, or not written as plugins write them")
    return hints
