"""A dry run of any action against its real part changes nothing; and the run does, so the look at it is a true one."""

from typing import Any

import pytest

from ops.actions.registry import discover
from tests.parts.acting import act, planned
from tests.parts.dry_cases import CASES
from tests.parts.wait import until_async

_SEEN_S = 15.0
"""What a broker tells of its connections is some seconds old."""


@pytest.mark.parametrize("name", sorted(discover()))
async def test_its_dry_run_changes_nothing_and_its_run_does(name: str, request: pytest.FixtureRequest) -> None:
    stage = CASES.get(name)
    assert stage is not None, f"{name} needs a stage in tests/parts/dry_*.py: a real part, and how to look at it"
    async with stage(request) as staged:
        before = staged.look()
        plan = await planned(staged.config, name, staged.row, fix=staged.fix, **staged.params)
        assert plan.calls, "a plan that calls nothing proves nothing"
        assert staged.look() == before, "the dry run changed something"
        given: dict[str, Any] = {"fix": staged.fix, **staged.params}
        await act(staged.config, name, staged.row, plan.seen, **given)
        await until_async(lambda: staged.look() != before, "the run to be seen", _SEEN_S)


def test_no_stage_is_of_an_action_that_is_gone() -> None:
    assert set(CASES) == set(discover())
