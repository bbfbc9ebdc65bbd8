"""The next steps that a runbook names: a sentence of its own, an address, or a Markdown file beside the config."""

import re
from pathlib import Path

from collectors.text import LINE_LIMIT, clean

LARGEST_BYTES = 64 * 1024
MOST = 40
"""Steps that are read; who needs more opens the file."""
_STEP = re.compile(r"^\s*(?:\d+[.)]|[-*+])\s+(?:\[[ xX]\]\s+)?(\S.*)$")


def steps(text: str) -> tuple[str, ...]:
    """The items of the lists of a Markdown text; where there are none, its lines without headings. Pure."""
    lines = text.splitlines()
    items = [match[1] for line in lines if (match := _STEP.match(line))]
    found = items or [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    return tuple(clean(line.strip(), LINE_LIMIT) for line in found[:MOST])


def read_runbook(runbook: str, folder: Path) -> tuple[str, ...]:
    """What to do next. A file that can't be read is told as such; it is looked for below `folder` where relative."""
    if not runbook:
        return ()
    if "://" in runbook or not _is_file_name(runbook):
        return steps(runbook)
    path = folder / runbook
    try:
        with path.open("rb") as file:
            return steps(file.read(LARGEST_BYTES).decode("utf-8", "replace")) or (f"{clean(path)} is empty",)
    except OSError as error:
        return (f"{clean(path)} can't be read: {error.strerror}",)


def _is_file_name(runbook: str) -> bool:
    return bool(re.fullmatch(r"[^\s]+\.(md|markdown|txt)", runbook))
