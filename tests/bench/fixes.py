"""What fixing costs: keys to a plan, a yes to the first line, ten jobs that stream, a restart, and the floor's start.

`python -m tests.bench.fixes [--json]`. A real floor in a terminal, real jobs, a real container where an engine is.
"""

import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.bench.containers import missing
from tests.bench.fixes_floor import engine, fixes, kinds, of_ten_kinds, opened, output_file, place, services, until
from tests.bench.restarts import a_container, restarts
from tests.bench.shown import show
from tests.bench.streaming import streaming
from tests.bench.terminal import Terminal

TIMES = 9
SETTLE_S = 6.0
STARTS = 7
Figures = dict[str, Any]


def _ms(seconds: Sequence[float | None]) -> list[float]:
    return [round(each * 1000, 1) for each in seconds if each is not None]


def _spent(terminal: Terminal, key: bytes, shown: bytes) -> tuple[float | None, float]:
    """Seconds from a key until something is shown, and what CPU the floor used meanwhile."""
    cpu = terminal.cpu_s()
    terminal.press(key)
    seconds = terminal.until(shown, 5)
    return seconds, terminal.cpu_s() - cpu


def _planned(terminal: Terminal, offer: bytes, step: bytes) -> Figures:
    """From `x` to the menu, and from the choice to the plan, again and again; a plan is on the screen afterwards."""
    menus: list[tuple[float | None, float]] = []
    plans: list[tuple[float | None, float]] = []
    for again in range(TIMES):
        if again:
            for _ in range(2):
                terminal.press(b"\x1b")
                terminal.drain(0.8)
        menus.append(_spent(terminal, b"x", offer))
        terminal.drain(0.8)
        plans.append(_spent(terminal, b"\r", step))
        terminal.drain(0.6)
    figures: Figures = {}
    for name, pairs in (("menu", menus), ("plan", plans)):
        walls, cpus = _ms([wall for wall, _ in pairs]), _ms([cpu for _, cpu in pairs])
        figures[f"{name}_first_ms"] = walls[0] if walls else None
        figures[f"{name}_ms"] = statistics.median(walls) if walls else None
        figures[f"{name}_best_ms"] = min(walls, default=None)
        figures[f"{name}_cpu_ms"] = round(statistics.median(cpus), 1)
        figures[f"{name}_unseen"] = TIMES - len(walls)
    return figures


def _confirmed(terminal: Terminal, config: Path, number: int) -> Figures:
    """From `y` to the first line of the job, to its first call, and to the part's own first line."""
    terminal.press(b"y")
    file, spent, figures = output_file(config, number), 0.0, {}
    for name, kind in (("first_line", "say"), ("call", "call"), ("part_says", "out")):
        seconds = until(terminal, lambda kind=kind: kind in kinds(file), 5)  # type: ignore[misc]
        spent += seconds or 0.0
        figures[f"confirm_to_{name}_ms"] = None if seconds is None else round(spent * 1000, 1)
    return figures


def _keys(toml: str, ready: bytes, offer: bytes, step: bytes) -> Figures:
    """All of one way from a row to a job, thrice to its end."""
    with place(toml) as config:
        terminal = opened(config)
        terminal.until(ready, 10)
        terminal.drain(SETTLE_S)
        figures = _planned(terminal, offer, step)
        confirmed = [_confirmed(terminal, config, 1)]
        for number in (2, 3):
            terminal.drain(4.0)
            terminal.press(b"x")
            terminal.drain(1.0)
            terminal.press(b"\r")
            terminal.drain(1.2)
            confirmed.append(_confirmed(terminal, config, number))
        for name in confirmed[0]:
            known = [each[name] for each in confirmed if each[name] is not None]
            figures[name] = statistics.median(known) if known else None
        terminal.drain(4.0)
        terminal.quit(b"q")
        return figures


def _container() -> Figures:
    """The same for the restart of a container, and the restart itself beside the SDK's."""
    reason = missing()
    if reason:
        return {"skipped": reason}
    with a_container() as (box, made):
        toml = engine(box.engine.url, box.glob)
        figures = _keys(toml, made.name.encode(), rb"restart", rb"POST /containers")
        return figures | restarts(box, made)


def _starts() -> Figures:
    """CPU of the floor until it is live, with ten commands in its config, with ten actions, and without, in turns."""
    ways = {"bare": "", "10_commands": fixes("1", "1"), "10_kinds_of_fixes": of_ten_kinds()}
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(STARTS):
        for name, toml in ways.items():
            with place(services() + toml) as config:
                terminal = opened(config)
                terminal.until(rb"s0\d", 10)
                spent[name].append(terminal.cpu_s() * 1000)
                terminal.drain(0.5)
                terminal.quit(b"q")
    bare = statistics.median(spent["bare"])
    figures: Figures = {"start_bare_cpu_ms": round(bare, 1)}
    for name in ("10_commands", "10_kinds_of_fixes"):
        figures[f"start_{name}_cost_ms"] = round(statistics.median(spent[name]) - bare, 1)
    return figures


def measure() -> Figures:
    """All figures."""
    figures: Figures = _keys(services() + fixes("1000", "1"), rb"s0\d", rb"fix-00", rb"writer\.py")
    return figures | {"container": _container()} | streaming() | _starts()


if __name__ == "__main__":
    show(__doc__, measure)
