"""The page of fixes names every action and every setting as they are, and its examples are one right config."""

import re
from pathlib import Path

import msgspec
import pytest

from collectors.units import Duration
from ops.actions.base import Action
from ops.actions.registry import discover
from ops.config.decode import decode
from ops.config.fixing import Auto, Fix, FixAuto, FixParam, FixRun, FixVerify, FixWhen, Right, Scale, ScaleWhen
from ops.fixes.own import ANYTHING
from ops.fixes.rights import allowed
from ops.jobs.structs import EXITS, By
from tests.house.examples import configs, house_with, page, run_there
from tests.house.told import rows

PAGE = page("docs/fixes.md")
EXAMPLES = "\n".join(configs("docs/fixes.md"))
STRUCTS = (Fix, FixWhen, FixRun, FixParam, FixVerify, FixAuto, Auto, Scale, ScaleWhen, Right)


TABLE = {cells[0].strip("`"): cells for cells in rows(PAGE, 6) if cells[0] != "action"}


def test_every_action_stands_there_and_no_other() -> None:
    assert sorted(TABLE) == sorted(discover())


@pytest.mark.parametrize(("name", "action"), sorted(discover().items()))
def test_an_action_is_told_as_it_is(name: str, action: Action) -> None:
    _, does, on, risk, asks, undo = TABLE[name]
    assert does
    assert on == "any" if ANYTHING in action.kinds else re.findall(r"`([^`]+)`", on) == list(action.kinds)
    assert risk == action.risk
    assert re.findall(r"`([^`]+)`", asks) == [param.name for param in action.params]
    assert bool(undo) == (type(action).undo is not Action.undo)


@pytest.mark.parametrize("struct", STRUCTS)
def test_every_setting_is_named(struct: type[msgspec.Struct]) -> None:
    names = {field.encode_name for field in msgspec.structs.fields(struct)}
    assert not {name for name in names if not re.search(rf"`([a-z]+\.)?{name}`|\b{name} = ", PAGE)}


@pytest.mark.parametrize("struct", [FixAuto, Auto])
def test_every_brake_is_told_with_what_holds_without_it(struct: type[msgspec.Struct]) -> None:
    told = {(cells[0].strip("`"), cells[2].strip('`"')) for cells in rows(PAGE, 3)}
    for field in msgspec.structs.fields(struct):
        given = {value for name, value in told if name == field.encode_name}
        if isinstance(field.default, Duration):
            assert field.default in {Duration.parse(value) for value in given if value[:1].isdigit()}
        elif isinstance(field.default, bool):
            assert str(field.default).lower() in given
        elif field.default != "":
            assert str(field.default) in given


def test_every_verdict_is_told_with_its_status() -> None:
    told = {cells[0].strip("`"): cells[2] for cells in rows(PAGE, 3) if cells[0].strip("`") in EXITS}
    assert told == {verdict: str(status) for verdict, status in EXITS.items()}


def test_its_examples_are_one_right_config() -> None:
    config = decode(EXAMPLES, "fixes.md").config
    assert not config.notes
    assert {fix.run.kind for fix in config.fixes} >= {
        "container.restart", "command", "http.hook", "postgres.terminate", "redis.unlink", "compose.scale",
        "kubernetes.restart", "process.restart",
    }  # fmt: skip
    (scale,) = config.scales
    assert [(when.metric, when.over, when.under) for when in (*scale.up, *scale.down)] == [
        ("container.cpu_percent", 80, None), ("container.memory_percent", 85, None),
        ("container.cpu_percent", None, 40), ("container.memory_percent", None, 50),
    ]  # fmt: skip
    assert float(scale.down_for) == 1800


def test_its_rights_mean_what_is_written_beside_them() -> None:
    staging = decode(EXAMPLES, "fixes.md").config
    production = msgspec.structs.replace(
        staging, settings=msgspec.structs.replace(staging.settings, environment="production")
    )
    policy, nobody = By(user="policy", uid=1, via="policy"), By(user="no-such-account", uid=1, via="command")
    assert not allowed(staging, policy, "container.restart", "container:local/a")
    assert "no [[right]] allows it" in allowed(staging, policy, "redis.flush", "redis:cache")
    assert "no [[right]] allows it" in allowed(staging, nobody, "container.restart", "container:local/a")
    assert "denies it" in allowed(production, policy, "docker.prune", "docker:local")


def test_a_newcomer_adds_an_action_with_one_file_and_one_test(tmp_path: Path) -> None:
    files = house_with(tmp_path, "docs/fixes.md")
    assert files == ["ops/remediations/redis_save.py", "tests/ops/remediations/test_redis_save.py"]
    tested = run_there(
        tmp_path, "pytest", "-p", "no:cacheprovider", "-k", "redis.save or redis_save",
        "tests/contract/test_actions.py", "tests/ops/remediations/test_redis_save.py",
    )  # fmt: skip
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert "6 passed" in tested.stdout
