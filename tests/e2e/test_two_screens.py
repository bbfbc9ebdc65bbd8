"""Two screens start the same fix at once: one runs it, the other is told who does, and since when."""

import getpass
import re
import shutil
from pathlib import Path

import pytest

from tests.parts.need import need
from tests.parts.slow_fix import WATCHFLOOR, broken, to_the_plan
from tests.parts.tmux import screen
from tests.parts.wait import until

TOLD = rf"api is being fixed by {re.escape(getpass.getuser())} \(pts/\d+, for [\d.]+ ?m?s\): job \d+ mend api"

_BESIDE = 2


def reads(text: str, pattern: str) -> bool:
    """Whether the words are on the screen, however a narrow one breaks them: in a page, or in a toast at its right."""
    whole = " ".join(text.split())
    lines = text.split("\n")
    # What is behind a toast shows in the last columns beside it, as the end of a chart's axis.
    ends = max(map(len, lines)) - _BESIDE
    right = " ".join(line[:ends].rpartition("▌")[2] for line in lines if "▌" in line)
    return any(re.search(pattern, " ".join(part.split())) for part in (whole, right))


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_one_runs_and_the_other_is_told_who_holds_it(tmp_path: Path, size: tuple[int, int]) -> None:
    need(shutil.which("tmux"), "tmux")
    width, height = size
    with broken(tmp_path, lines=40) as service:
        command = (WATCHFLOOR, "--config", str(service.config))
        with (
            screen(*command, width=width, height=height, environment=service.environment) as one,
            screen(*command, width=width, height=height, environment=service.environment) as other,
        ):
            to_the_plan(one)
            to_the_plan(other)
            one.press("y")
            other.press("y")
            until(
                lambda: reads(one.text(), TOLD) or reads(other.text(), TOLD),
                lambda: f"the other to be told:\n{one.text()}\n{other.text()}\n{service.book.jobs()}",
                30,
            )
            until(lambda: any(job.state == "running" for job in service.book.jobs()), "one to run", 20)
            assert [job.verdict for job in service.book.jobs() if job.runs] == [""], "only one runs"
            (running,) = [job for job in service.book.jobs() if job.runs]
            assert {job.verdict for job in service.book.jobs() if job is not running} <= {"refused"}
            until(lambda: not service.job(running.id).runs, "its end", 30)
            assert service.job(running.id).verdict == "verified"
            steps = [line.text for job in service.book.jobs() for line in service.book.output(job.id)]
            assert steps.count("step 0") == 1, "it was done once"
