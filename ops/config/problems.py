"""What is wrong with a config: every problem with its file, line, path and one sentence, all told at once."""

import re

import msgspec

from collectors.text import clean
from ops.config.lines import Lines, Path, line_of
from ops.errors import OpsError

_BARE = re.compile(r"[A-Za-z0-9_-]+")


class Problem(msgspec.Struct, frozen=True, order=True):
    """One thing that is wrong. `line` is 0 and `path` is "" where there is none."""

    file: str
    line: int
    path: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return clean(": ".join(part for part in (place, self.path, self.message) if part), 1_000)


class ConfigError(OpsError):
    """The config is wrong; `problems` are all of them, in the order of their lines."""

    exit_status = 78
    """sysexits.h: EX_CONFIG."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


def path_text(path: Path) -> str:
    """Write a path as people do: `service[1].headers."X-Forwarded-For"`, counted from 0."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            key = part if _BARE.fullmatch(part) else f'"{part}"'
            text += f".{key}" if text else key
    return text


def refuse(file: str, message: str, line: int = 0) -> ConfigError:
    """The error for a file that is wrong as a whole."""
    return ConfigError((Problem(file, line, "", message),))


class Problems:
    """Collects problems while a config is read, so that all are told at once."""

    def __init__(self, file: str, lines: Lines) -> None:
        self.file = file
        self.lines = lines
        self.found: list[Problem] = []
        self._wrong: set[Path] = set()

    def add(self, path: Path, message: str) -> None:
        """Note what is wrong at a path; only the first problem of a path counts, others tend to follow from it."""
        if path in self._wrong:
            return
        self._wrong.add(path)
        self.found.append(Problem(self.file, line_of(self.lines, path), path_text(path), message))

    def place(self, path: Path) -> str:
        """Name a path and its line: "service[0] (line 4)"."""
        line = line_of(self.lines, path)
        return f"{path_text(path)} (line {line})" if line else path_text(path)

    def stop(self) -> None:
        """Raise ConfigError when anything is wrong."""
        if self.found:
            raise ConfigError(tuple(sorted(self.found)))
