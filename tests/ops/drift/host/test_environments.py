"""Environment files and variables: each change is one difference, and no value is anywhere."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.parts.drift_host import Host

CANARY = "canary-7f3a91"


@pytest.fixture
def env(tmp_path: Path) -> Path:
    """A file with three names."""
    file = tmp_path / "app.env"
    file.write_text(f"A=1\nDATABASE_URL=postgres://shop:{CANARY}@db/shop\nexport TOKEN='{CANARY}'\n")
    return file


@pytest.fixture
def host(tmp_path: Path, env: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    """The file and two variables are agreed on."""
    monkeypatch.setenv("APP_TOKEN", CANARY)
    monkeypatch.setenv("APP_MODE", "prod")
    return Host(tmp_path, ["env_files", "environment"], env_files=["*.env"], environment=["APP_*"])


def _instead(old: str, new: str) -> Callable[[Path], object]:
    return lambda file: file.write_text(file.read_text().replace(old, new))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(_instead("A=1", "A=2"), "changed env_files:{}#env.A", id="another value"),
        pytest.param(_instead("A=1\n", ""), "removed env_files:{}#env.A", id="a name less"),
        pytest.param(_instead("A=1", "A=1\nB=1"), "added env_files:{}#env.B", id="a name more"),
        pytest.param(lambda file: file.chmod(0o600), "changed env_files:{}#mode", id="another mode"),
        pytest.param(Path.unlink, "removed env_files:{}", id="no file any more"),
        pytest.param(
            lambda _: os.environ.update(APP_MODE="test"), "changed environment:APP_MODE#value", id="a variable"
        ),
        pytest.param(lambda _: os.environ.pop("APP_TOKEN"), "removed environment:APP_TOKEN", id="a variable less"),
    ],
)
async def test_each_change_is_one_difference(
    host: Host, env: Path, change: Callable[[Path], object], expected: str
) -> None:
    await host.agree()
    assert await host.told() == []
    change(env)
    assert await host.told() == [expected.format(env)]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(_instead("A=1", "# why\nA = '1'"), id="a comment, blanks and quotes"),
        pytest.param(lambda file: file.write_text("\n".join(reversed(file.read_text().split("\n")))), id="the order"),
    ],
)
async def test_what_means_the_same_is_no_difference(host: Host, env: Path, change: Callable[[Path], object]) -> None:
    await host.agree()
    change(env)
    assert await host.told() == []


async def test_no_value_is_kept_and_equal_ones_are_found_again(host: Host, env: Path) -> None:
    baseline = await host.agree()
    written = "".join(file.read_text() for file in (host.state / "drift" / "baselines").iterdir())
    assert CANARY not in repr(baseline) + written
    assert "prod" not in repr(baseline)
    facts = {item.name: item.facts for one in baseline.captured for item in one.items}
    assert facts[str(env)]["env.TOKEN"] == facts["APP_TOKEN"]["value"]


async def test_what_a_person_does_names_the_variable_and_no_value(host: Host, env: Path) -> None:
    await host.agree()
    _instead("TOKEN=", "TOKEN=x")(env)
    (found,) = (await host.found()).values()
    said = host.source("env_files").by_hand(found)
    assert said.startswith("set TOKEN again from where secrets are kept")
    assert CANARY not in said
    assert await host.offered(found.path) == []


async def test_a_mode_is_put_right(host: Host, env: Path) -> None:
    os.chmod(env, 0o640)
    await host.agree()
    os.chmod(env, 0o600)
    await host.fix("drift.mode", f"env_files:{env}#mode")
    assert await host.told() == []
