"""A setting of this machine's kernel is set as agreed, for real: "drift.sysctl"."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from ops.actions.errors import Refused
from ops.actions.registry import discover
from ops.drift.structs import Difference
from tests.parts.drift_stage import Stage
from tests.parts.need import need

ACTION = "drift.sysctl"
NAME = "fs.dir-notify-enable"
"""Whether an interface of 1999 for watching folders is there; nobody uses it, and it has two values."""
_FILE = Path("/proc/sys/fs/dir-notify-enable")


class Setting:
    """The setting itself."""

    @property
    def value(self) -> str:
        """As it is."""
        return _FILE.read_text().strip()

    @property
    def other(self) -> str:
        """The value that it does not have."""
        return "0" if self.value == "1" else "1"

    def put(self, value: str) -> None:
        """As somebody with a shell would."""
        _FILE.write_text(value)


@pytest.fixture
def setting() -> Iterator[Setting]:
    """A setting that a test may change; it is put back."""
    need(os.access(_FILE, os.W_OK) and shutil.which("sysctl"), "root, sysctl, and settings that may be written")
    made = Setting()
    before = made.value
    yield made
    made.put(before)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """A floor that agrees on the settings of file systems."""
    return Stage(tmp_path, '[[drift]]\nname = "here"\nsysctl = ["fs.*"]\n', "kernel")


async def test_a_setting_is_set_back_and_nothing_else_differs(stage: Stage, setting: Setting) -> None:
    before, other = setting.value, setting.other
    await stage.agree()
    assert await stage.changes() == {}
    setting.put(other)
    found = await stage.differences()
    assert {name: (one.before, one.after) for name, one in found.items()} == {f"{NAME}#value": (before, other)}
    (difference,) = found.values()
    assert stage.offered(difference)[0] == ACTION
    plan = await stage.planned(ACTION, difference)
    assert [call.told for call in plan.calls] == [f"sysctl -w {NAME}={before}"]
    assert setting.value == other
    await stage.fix(ACTION, difference, plan.seen)
    assert setting.value == before
    assert await stage.changes() == {}


async def test_a_name_that_a_baseline_was_given_by_hand_is_no_option(
    stage: Stage, setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ops.actions import drifted
    from ops.drift.structs import Path as Place

    await stage.agree()
    setting.put(setting.other)
    (difference,) = (await stage.differences()).values()
    found = await drifted.agreed(stage.case(difference))

    for name, value in (("--system", "1"), ("-p/tmp/x", "1"), (NAME, "1\nkernel.x=2")):
        forged = replace(difference, before=value)

        async def agreed(case: object, name: str = name, forged: Difference = forged) -> drifted.Agreed:
            return found._replace(difference=forged, path=Place("kernel", name, "value"))

        monkeypatch.setattr("ops.remediations.drift_sysctl.agreed", agreed)
        with pytest.raises(Refused, match="not one that can be set"):
            await stage.planned(ACTION, difference)


@pytest.mark.parametrize(
    "difference",
    [
        pytest.param(Difference(path=f"kernel:{NAME}", kind="removed"), id="one that is gone"),
        pytest.param(Difference(path="kernel:linux#release", kind="changed", before="5", after="6"), id="the kernel"),
        pytest.param(
            Difference(path=f"kernel:{NAME}#value", kind="changed", before="a", after="b", kept=False),
            id="one of which only a digest is kept",
        ),
    ],
)
def test_it_is_not_offered_for(stage: Stage, difference: Difference) -> None:
    assert list(discover()[ACTION].offers(stage.case(difference).row, [])) == []
    assert stage.desk.by_hand(difference)
