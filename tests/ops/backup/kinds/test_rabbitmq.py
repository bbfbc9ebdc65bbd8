"""Definitions of a RabbitMQ are taken, proven in virtual hosts of their own, and put back without deleting anything."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.backup.base import Wish
from ops.backup.errors import BackupError
from ops.backup.kinds.rabbitmq import RabbitmqKind
from ops.backup.rabbitmq.broker import Broker
from ops.backup.rabbitmq.definitions import Definitions
from tests.parts.rabbit_backups import QUOTED, VHOST, clear, fill, set_of
from tests.parts.rabbitmq import RabbitServer
from tests.parts.tree_backups import found, taken

KIND = RabbitmqKind()


@pytest.fixture
def filled(rabbit: RabbitServer) -> Iterator[RabbitServer]:
    """The broker with a shop in it, which is gone afterwards."""
    fill(rabbit)
    yield rabbit
    clear(rabbit)


def _vhosts(server: RabbitServer) -> set[str]:
    return {one["name"] for one in server.api("GET", "vhosts")}


async def test_definitions_are_taken_read_through_and_made_anew_beside(filled: RabbitServer, tmp_path: Path) -> None:
    place = set_of(filled, tmp_path / "scratch", key_file="key")
    before = _vhosts(filled)
    it = await taken(KIND, place)
    assert it.manifest.counts["queues"] >= 2
    assert it.manifest.parts[0].name == "definitions.json"
    assert await KIND.check(place, it, it.manifest.parts[0]) == ""
    filled.api("PUT", "vhosts/wf_verify_dead", {"description": "elsewhere/1/1"})
    compared = await KIND.drill(place, it)
    assert (compared.differences, compared.equal >= 5) == ((), True)
    assert _vhosts(filled) == before | {"wf_verify_dead"}
    filled.api("DELETE", "vhosts/wf_verify_dead")
    names = {one.name for one in await found(KIND, place, it)}
    assert {f"queue {VHOST}/orders", "user wf-orders", f"policy {VHOST}/short"} <= names


async def test_what_is_missing_or_other_is_put_back_and_the_rest_stays(filled: RabbitServer, tmp_path: Path) -> None:
    place = set_of(filled, tmp_path / "scratch", key_file="key")
    it = await taken(KIND, place)
    before = filled.api("GET", f"definitions/{QUOTED}")
    filled.api("DELETE", f"vhosts/{QUOTED}")
    filled.api("DELETE", "users/wf-orders")
    lines = await KIND.overwrites(place, it.manifest, Wish())
    assert any(line.what.startswith("queues of rabbitmq:queue at") for line in lines)
    done = await KIND.restore(place, it, Wish())
    assert (done.compared.differences, done.compared.notes) == ((), ())
    after = filled.api("GET", f"definitions/{QUOTED}")
    assert all(
        _sorted(after[name]) == _sorted(before[name]) for name in ("queues", "exchanges", "bindings", "policies")
    )
    assert filled.control("authenticate_user", "wf-orders", "wf-canary-orders")

    filled.api("PUT", f"queues/{QUOTED}/later", {"durable": True})
    filled.api("DELETE", f"queues/{QUOTED}/orders")
    filled.api("PUT", f"queues/{QUOTED}/orders", {"durable": True, "arguments": {"x-max-length": 99}})
    filled.api("PUT", f"policies/{QUOTED}/short", {"pattern": "^other", "definition": {"max-length": 5}})
    again = await KIND.restore(place, it, Wish(only=(f"queue {VHOST}/orders", "policies")))
    (difference,) = again.compared.differences
    assert difference == f"queue {VHOST}/orders is other than it was taken: delete it first, once it is empty"
    (policy,) = filled.api("GET", f"policies/{QUOTED}")
    assert policy["pattern"] == "^mails"
    assert any(one["name"] == "later" for one in filled.api("GET", f"queues/{QUOTED}"))
    with pytest.raises(BackupError, match="nothing in it is called nothing"):
        await KIND.restore(place, it, Wish(only=("nothing",)))


async def test_what_was_put_back_and_can_not_be_read_back_is_told_as_put_back(
    filled: RabbitServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = set_of(filled, tmp_path / "scratch", key_file="key")
    it = await taken(KIND, place)
    filled.api("DELETE", f"queues/{QUOTED}/orders")
    real, asked = Broker.definitions, list[str]()

    async def locked_out(broker: Broker, vhost: str = "") -> Definitions:
        asked.append(vhost)
        if len(asked) > 1:
            raise BackupError("the broker does not know this user", "correct the password", reason="auth")
        return await real(broker, vhost)

    monkeypatch.setattr(Broker, "definitions", locked_out)
    with pytest.raises(BackupError, match=r"^\d things were put back, and then could not be read back") as told:
        await KIND.restore(place, it, Wish(only=(f"queue {VHOST}/orders", "bindings")))
    assert told.value.reason == "auth"
    assert any(one["name"] == "orders" for one in filled.api("GET", f"queues/{QUOTED}"))


def _sorted(some: list[dict[str, object]]) -> list[str]:
    return sorted(str(sorted(one.items(), key=str)) for one in some)


async def test_without_encryption_no_password_is_in_it_and_none_is_lost_by_it(
    filled: RabbitServer, tmp_path: Path
) -> None:
    place = set_of(filled, tmp_path / "scratch")
    it = await taken(KIND, place)
    content = b"".join([piece async for piece in it.open(it.manifest.parts[0])])
    assert b"password_hash" not in content
    assert "passwords of users are not in it: this backup is not encrypted" in it.manifest.notes
    done = await KIND.restore(place, it, Wish())
    assert done.compared.differences == ()
    assert filled.control("authenticate_user", "wf-orders", "wf-canary-orders")
    filled.api("DELETE", "users/wf-orders")
    done = await KIND.restore(place, it, Wish(only=("users", "permissions")))
    assert "user wf-orders is not put back: its password is not in this backup" in done.compared.notes
    assert f"permission {VHOST}/wf-orders is not put back: there is no such user" in done.compared.notes


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(lambda whole: whole[:-10], id="its end is missing"),
        pytest.param(lambda whole: whole.replace(b'"mails"', b'"mail\xff"', 1), id="a byte is no text"),
        pytest.param(lambda _: b"[]", id="it is something else"),
        pytest.param(lambda _: b'{"queues": []}', id="there is less than was counted"),
        pytest.param(lambda _: b'{"queues": {}}', id="a list is none"),
    ],
)
async def test_what_is_damaged_is_found_and_never_given(content: object, filled: RabbitServer, tmp_path: Path) -> None:
    place = set_of(filled, tmp_path / "scratch", key_file="key")
    it = await taken(KIND, place, content)  # type: ignore[arg-type]
    assert await KIND.check(place, it, it.manifest.parts[0])
    with pytest.raises(BackupError) as told:
        await KIND.restore(place, it, Wish())
    assert told.value.reason == "damaged"


async def test_another_broker_and_a_user_without_rights_are_said(filled: RabbitServer, tmp_path: Path) -> None:
    it = await taken(KIND, set_of(filled, tmp_path / "scratch", key_file="key"))
    other = set_of(filled, tmp_path / "scratch", name="other")
    with pytest.raises(BackupError) as told:
        await KIND.overwrites(other, it.manifest, Wish())
    assert told.value.reason == "refused"
    assert await KIND.overwrites(other, it.manifest, Wish(to="other"))
    filled.api("PUT", "users/watch", {"password": filled.password.reveal(), "tags": "monitoring"})
    try:
        with pytest.raises(BackupError) as denied:
            await taken(KIND, other)
        assert (denied.value.reason, "administrator" in denied.value.remedy) == ("auth", True)
    finally:
        filled.api("PUT", "users/watch", {"password": filled.password.reveal(), "tags": "administrator"})
