"""What sets accounts right, on a real account of this machine that is made for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.runner.calls import Program
from tests.parts.accounts import account, run
from tests.parts.drift_host import Host

ACTION = "drift.account"


@pytest.fixture
def one() -> Iterator[str]:
    """An account without a home."""
    with account() as name:
        yield name


@pytest.mark.parametrize(
    ("option", "fact"),
    [
        pytest.param(("--shell", "/bin/false"), "shell", id="another shell"),
        pytest.param(("--home", "/srv/x"), "home", id="another home"),
        pytest.param(("--gid", "games"), "group", id="another group"),
        pytest.param(("--groups", "games,daemon"), "groups", id="one group more"),
        pytest.param(("--groups", ""), "groups", id="no other group"),
        pytest.param(("--lock",), "password", id="locked"),
        pytest.param(("--expiredate", "2030-01-01"), "expires", id="an end"),
    ],
)
async def test_a_setting_is_put_right(one: str, tmp_path: Path, option: tuple[str, ...], fact: str) -> None:
    host = Host(tmp_path, ["users"])
    await host.agree()
    assert await host.told() == []
    run("usermod", *option, one)
    path = f"users:user {one}#{fact}"
    assert list(await host.found()) == [path]
    assert await host.offered(path) == [ACTION]
    plan = await host.plan(ACTION, path)
    (call,) = plan.calls
    assert isinstance(call, Program)
    assert (call.argv[0], call.argv[-2:]) == ("usermod", ("--", one))
    await host.fix(ACTION, path, plan.seen)
    assert await host.told() == []


async def test_a_new_account_is_left_to_a_person(one: str, tmp_path: Path) -> None:
    host = Host(tmp_path, ["users"])
    await host.agree()
    other = f"{one}-2"
    run("useradd", "--no-create-home", "--no-user-group", other)
    try:
        path = f"users:user {other}"
        found = await host.found()
        assert list(found) == [path]
        assert await host.offered(path) == []
        assert "userdel" in host.source("users").by_hand(found[path])
    finally:
        run("userdel", other)
