"""Pictures of the floor: every sign is put into its own cell, so that any font draws what the terminal would."""

import html
import re
import subprocess
from pathlib import Path

from rich.cells import cell_len

_TEXT = re.compile(r'<text class="([^"]+)" x="([\d.]+)" y="([\d.]+)" textLength="[\d.]+"([^>]*)>([^<]*)</text>')
_CELL = 12.2
"""Width of a cell in the pictures that Rich exports."""


def straightened(svg: str) -> str:
    """Give every sign its own place in an exported screenshot."""
    return _TEXT.sub(_placed, svg).replace("Fira Code, monospace", "DejaVu Sans Mono, monospace")


def _placed(match: re.Match[str]) -> str:
    style, x, y, rest, text = match.groups()
    drawn: list[str] = []
    at = float(x)
    for sign in html.unescape(text):
        if sign not in " \xa0":
            drawn.append(f'<text class="{style}" x="{at:.1f}" y="{y}"{rest}>{html.escape(sign)}</text>')
        at += cell_len(sign) * _CELL
    return "".join(drawn)


def save(svg: str, path: Path, width: int) -> None:
    """Write the picture as PNG, `width` pixels wide. Needs rsvg-convert."""
    command = ["rsvg-convert", "--width", str(width), "--output", str(path)]
    subprocess.run(command, input=straightened(svg).encode(), check=True)
