"""Several workers share the tests: each gets whole files, and one of them all that share a slow part."""

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.parts.together import SHARED, Together

SLOW = f"from {SHARED[0]} import RabbitServer\n"


class Worker:
    """One that only remembers what it is given."""

    shutting_down = False

    def __init__(self, name: str) -> None:
        self.gateway = SimpleNamespace(id=name)
        self.given: list[int] = []

    def send_runtest_some(self, places: Sequence[int]) -> None:
        """Take tests, by their places."""
        self.given += places

    def shutdown(self) -> None:
        """End after these."""
        self.shutting_down = True


def test_a_file_and_those_that_share_a_slow_part_run_on_one_worker(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    for name, text in (("test_a.py", ""), ("test_b.py", SLOW), ("test_c.py", ""), ("test_d.py", SLOW)):
        (tmp_path / name).write_text(text)
    tests = [f"test_{file}.py::test_{number}[x::y]" for file in "abcd" for number in range(4)]
    option = SimpleNamespace(loadscopereorder=False)
    config = SimpleNamespace(rootpath=tmp_path, option=option, getvalue=lambda _: ["popen"] * 2)
    scheduler = pytestconfig.hook.pytest_xdist_make_scheduler(config=config, log=None)
    assert isinstance(scheduler, Together), "what xdist asks for"
    workers = [Worker("gw0"), Worker("gw1")]
    for worker in workers:
        scheduler.add_node(worker)
        scheduler.add_node_collection(worker, tests)
    scheduler.schedule()
    for place in range(4):
        scheduler.mark_test_complete(workers[0], place)
    files = [list(dict.fromkeys(tests[place][5] for place in worker.given)) for worker in workers]
    assert files == [["a", "c"], ["b", "d"]]
