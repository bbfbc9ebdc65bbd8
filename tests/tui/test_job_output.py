"""What is said of a job's output, in plain words."""

import pytest

from tests.parts.memory_jobs import written
from tui.screens.job_output import JobOutput


@pytest.mark.parametrize(
    ("lines", "left_out", "words"),
    [
        pytest.param(1, 0, "1 line", id="one"),
        pytest.param(2, 0, "2 lines", id="two"),
        pytest.param(0, 0, "0 lines", id="none"),
        pytest.param(2, 1, "2 lines, 1 line was too much to keep", id="one too many"),
        pytest.param(2, 3, "2 lines, 3 lines were too much to keep", id="three too many"),
    ],
)
def test_how_much_there_is(lines: int, left_out: int, words: str) -> None:
    output = JobOutput()
    for line in written(*"x" * lines):
        output.add(line)
    assert output.words(left_out) == words
