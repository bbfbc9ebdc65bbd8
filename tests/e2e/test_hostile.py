"""Hostile texts from the world, through the whole program: no control sequence of theirs is in what it writes."""

import json
import random
import re
import sys
from pathlib import Path

import pytest

from tests.bench.terminal import Terminal
from tests.parts.command import watchfloor
from tests.parts.git import repository
from tests.parts.hostile import MARK, SEQUENCES, harmful, hostile
from tests.parts.scripted_programs import program

TARGETS = 24
KEYS = (b"j", b"k", b"\t", b"\r", b"\x1b", b"z", b"e", b"G", b"g", b"l", b"s", b"y", b"?")
_OWN = re.compile(
    r"\x1b\[(?:[0-9]{1,4}(?:[;:][0-9]{0,4})*)?[ABCDEFGHJKXLMPST@abdefm`]"  # cursor, erase, insert, repeat, colours
    r"|\x1b\[\?[0-9]{1,4}(?:;[0-9]{1,4})*(?:[hl]|\$p)"  # modes: on, off, asked for
    r"|\x1b\[[<>=][0-9;]{0,6}[um]"  # the keyboard's form
    r"|\x1b\[[0-9]{0,4}[cnrt]|\x1b\[[0-9] q|\x1b[78=>]"
    r"|\x1b\]22;[a-z-]{1,20}\x07"  # the pointer's shape
    r"|\x1b\]52;c;(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?\x07"  # what was copied, in base64
)
"""Every form of control sequence that the program itself writes; none with a number of five digits."""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A config whose targets all say hostile things, with exit codes of all kinds."""
    strings = hostile(TARGETS * 12, seed=5)
    lines = ['[watchfloor]\nname = "hostile"\n']
    for index in range(TARGETS):
        said = [next(strings).replace("\0", "") for _ in range(12)]
        labels = " ".join(f"'{label[:50].replace(chr(39), '')}'=1;{said[2][:20]}" for label in said[3:9])
        out = tmp_path / f"out{index}"
        out.write_text(f"{said[0]} | {labels}\n{said[1]}\n{said[9]}\n", "utf-8", "replace")
        path = program(tmp_path, f"check{index}", f"cat {out}; cat {out} >&2; exit {index % 4}")
        lines.append(f'[[exec]]\nname = "evil{index:02}"\ncommand = ["{path}"]\ninterval = "2s"\n')
    shop = repository(tmp_path / "shop")
    shop.commit(f"\x1b]52;c;{MARK}\x07\x1b[{MARK}H\u202e[red]deployed")
    lines.append(f'[[git]]\nname = "shop"\npath = "{shop.path}"\ninterval = "2s"\n')
    config = tmp_path / "watchfloor.toml"
    config.touch(mode=0o600)
    config.write_text("\n".join(lines))
    return config


def _check_stream(raw: bytes) -> None:
    text = raw.decode("utf-8", "replace")
    rest = _OWN.sub("", text)
    found = harmful(rest, allowed="\r\n\b\x0f\x0e")
    where = [rest[max(0, at - 20) : at + 30] for at in (rest.find(sign) for sign in found[:5])]
    assert not found, where


def test_the_screen_shows_them_and_obeys_none(site: Path) -> None:
    shown = Terminal([str(Path(sys.executable).parent / "watchfloor"), "--config", str(site)])
    raw = bytearray()
    read = shown.read

    def keep(wait_s: float) -> bytes:
        data = read(wait_s)
        raw.extend(data)
        return data

    shown.read = keep  # type: ignore[method-assign]
    assert shown.until(rb"evil", 20) is not None
    assert shown.until(MARK.encode(), 20) is not None, "hostile texts are on the screen, as texts"
    dice = random.Random(3)
    for _ in range(60):
        shown.press(
            dice.choice((b"j", b"k", b"\t", b"\r", b"\x1b", b"z", b"/", b"e", b"G", b"g", b"l", b"s", b"y", b"?"))
        )
        shown.drain(0.05)
    shown.resize(70, 20)
    shown.drain(0.5)
    shown.resize(160, 50)
    shown.drain(0.5)
    for _ in range(4):
        shown.press(b"\x1b")  # A key right after it would be one with alt.
        shown.drain(0.2)
    assert shown.quit(b"q") is not None
    assert len(raw) > 10_000
    _check_stream(bytes(raw))


@pytest.mark.parametrize("command", [("board",), ("check",), ("check", "--json"), ("board", "--json")], ids=" ".join)
def test_what_is_printed_holds_none(site: Path, command: tuple[str, ...]) -> None:
    done = watchfloor("--config", str(site), *command, cwd=site.parent)
    assert "evil00" in done.stdout
    assert not harmful(done.stdout, allowed="\n")
    assert not harmful(done.stderr, allowed="\n")
    if "--json" in command:
        json.loads(done.stdout)


@pytest.mark.parametrize("text", [text for text in SEQUENCES if MARK in text], ids=repr)
def test_a_sequence_of_theirs_would_be_found(text: str) -> None:
    with pytest.raises(AssertionError):
        _check_stream(f"\x1b[2J\x1b[1;1Hshop{text} down\r\n".encode())
