"""A real RabbitMQ is put right: "drift.rabbitmq"."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.parts.drift_stage import Stage
from tests.parts.rabbitmq import USER, RabbitServer
from tests.parts.wait import until


@contextmanager
def _virtual_host(rabbit: RabbitServer) -> Iterator[None]:
    rabbit.api("PUT", "vhosts/drift")
    try:
        rabbit.api("PUT", f"permissions/drift/{USER}", {"configure": ".*", "write": ".*", "read": ".*"})
        rabbit.api("PUT", "policies/drift/limit", {"pattern": "^mails", "definition": {"max-length": 1000}})
        yield
    finally:
        rabbit.api("DELETE", "vhosts/drift")


@pytest.mark.parametrize(
    ("method", "path", "body", "differing"),
    [
        pytest.param(
            "PUT",
            "policies/drift/limit",
            {"pattern": "^mails", "definition": {"max-length": 1}},
            "main/policy/drift/limit#definition.max-length",
            id="another limit",
        ),
        pytest.param("DELETE", "policies/drift/limit", None, "main/policy/drift/limit", id="a policy that is gone"),
        pytest.param(
            "PUT",
            "policies/drift/new",
            {"pattern": "x", "definition": {"max-length": 1}},
            "main/policy/drift/new",
            id="a policy that nobody agreed on",
        ),
        pytest.param(
            "PUT",
            f"permissions/drift/{USER}",
            {"configure": "", "write": ".*", "read": ".*"},
            f"main/permission/drift/{USER}#configure",
            id="a right that was taken",
        ),
    ],
)
async def test_policies_and_permissions_are_put_right(
    tmp_path: Path,
    rabbit: RabbitServer,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    path: str,
    body: Any,
    differing: str,
) -> None:
    monkeypatch.setenv("WF_TEST_RABBIT", "first")
    toml = (
        f'[[rabbitmq]]\nname = "main"\nurl = "http://{rabbit.host}:{rabbit.management_port}"\nuser = "first"\n'
        'password_env = "WF_TEST_RABBIT"\n'
    )
    with _virtual_host(rabbit):
        stage = Stage(tmp_path, toml, "rabbitmq")
        until(lambda: "mem_limit" in rabbit.api("GET", "nodes")[0], "the node to tell of itself")
        baseline = await stage.agree()
        assert [item for item in baseline.captured[0].items if item.unreadable] == []
        assert await stage.changes() == {}
        rabbit.api(method, path, *([body] if body is not None else []))
        found = await stage.differences()
        assert found.keys() == {differing}
        (difference,) = found.values()
        plan = await stage.planned("drift.rabbitmq", difference)
        assert (await stage.differences()).keys() == {differing}
        await stage.fix("drift.rabbitmq", difference, plan.seen)
        assert await stage.changes() == {}


async def test_a_user_of_the_broker_who_may_see_little_says_what_is_hidden(
    tmp_path: Path, rabbit: RabbitServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    rabbit.add_user("small", "small", "monitoring")
    monkeypatch.setenv("WF_TEST_RABBIT", "small")
    toml = (
        f'[[rabbitmq]]\nname = "main"\nurl = "http://{rabbit.host}:{rabbit.management_port}"\nuser = "small"\n'
        'password_env = "WF_TEST_RABBIT"\n'
    )
    try:
        baseline = await Stage(tmp_path, toml, "rabbitmq").agree()
    finally:
        rabbit.api("DELETE", "users/small")
    hidden = {item.name for item in baseline.captured[0].items if "" in item.unreadable}
    assert {"main/user", "main/permission"} <= hidden
