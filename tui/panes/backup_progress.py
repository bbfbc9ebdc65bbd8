"""How far something is that is done to a set: bytes, rate, time that is left. Pure."""

from ops.backup.structs import Running
from ops.figures import duration, size
from tui.glyphs import Glyphs
from tui.panes.backup_sets import ratio
from tui.widgets.lines import Line
from tui.widgets.sparkline import bar

BAR = 16


def figures(running: Running, now: float) -> str:
    """ "412 MiB of 960 MiB, 24 MiB/s, 22 s left"; what is not known is left out."""
    parts = [size(running.bytes) + (f" of about {size(running.total_bytes)}" if running.total_bytes else "")]
    parts += [f"{size(running.bytes_per_s)}/s"] if running.bytes_per_s else []
    if running.eta_s is not None:
        parts.append(f"{duration(running.eta_s)} left")
    elif running.since:
        parts.append(f"since {duration(max(now - running.since, 0.0))}")
    return ", ".join(parts if running.bytes or running.total_bytes else parts[1:])


def progress(running: Running, now: float, glyphs: Glyphs) -> Line:
    """One line of it, with the job that it is."""
    far = ratio(running)
    line: list[tuple[str, str]] = [(f"{glyphs.runs} {running.what} ", "strong")]
    if far is not None:
        line += [(bar(far, BAR, glyphs), "bar"), (f" {far * 100:.0f} % ", "accent")]
    line.append((figures(running, now), "text"))
    return [*line, (f"  job {running.job}: o shows it", "muted")] if running.job else line
