"""Sets of a Redis and of a RabbitMQ, encrypted in a folder: taken, read through, proven, lost for real, put back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from ops.backup.base import Wish
from ops.backup.doing import drill, restore, run, verify
from ops.backup.errors import BackupError
from ops.config.structs import Config, TargetSpec
from ops.demo.servers import RedisServer
from tests.parts import rabbit_backups, redis_backups
from tests.parts.backup_sets import Stage
from tests.parts.rabbitmq import RabbitServer
from tests.parts.servers import free_port

SECRET = b"wf-canary-in-a-value"


class ServerStage(Stage):
    """A set of a server, which stands in the config beside it."""

    def __init__(self, folder: Path, kind: str, server: TargetSpec) -> None:
        super().__init__(folder, kind=kind, paths=(), key_file="key")
        self.servers = [server]
        self.sealed()

    @property
    def config(self) -> Config:
        """With its servers."""
        base = super().config
        return replace(base, targets=(*base.targets, *self.servers))

    def stored(self) -> bytes:
        """All bytes that lie in the target."""
        return b"".join(file.read_bytes() for file in self.target.rglob("*") if file.is_file())


@pytest.fixture
def shop(redis_server: RedisServer) -> Iterator[RedisServer]:
    """A Redis with all kinds of keys, empty afterwards."""
    redis_backups.fill(redis_server)
    redis_backups.client(redis_server).set("text", SECRET)
    yield redis_server
    redis_backups.client(redis_server).flushall()


@pytest.fixture
def broker(rabbit: RabbitServer) -> Iterator[RabbitServer]:
    """A RabbitMQ with a shop in it, which is gone afterwards."""
    rabbit_backups.fill(rabbit)
    yield rabbit
    rabbit_backups.clear(rabbit)


async def test_a_redis_that_lost_all_its_keys_has_them_again(shop: RedisServer, tmp_path: Path) -> None:
    stage = ServerStage(tmp_path, "redis", redis_backups.set_of(shop, tmp_path / "scratch").config.targets[1])
    before = redis_backups.everything(shop), redis_backups.everything(shop, 3)
    manifest = await run.run(stage.work())
    assert (dict(manifest.counts), manifest.parts[0].sealed) == (redis_backups.COUNTS, True)
    assert SECRET not in stage.stored()
    assert (await verify.verify(stage.work(), manifest.id)).ok
    proof = await drill.drill(stage.work(), manifest.id)
    assert (proof.ok, proof.rows) == (True, 16)

    redis_backups.client(shop).flushall()
    done = await restore.restore(stage.work(), manifest.id, Wish())
    assert done.compared.equal == 16
    assert (redis_backups.everything(shop), redis_backups.everything(shop, 3)) == before

    redis_backups.client(shop).delete("list")
    await restore.restore(stage.work(), manifest.id, Wish())
    assert redis_backups.everything(shop) == before[0]
    assert len(stage.ids()) == 2, "what was there before was kept by a safety backup"


async def test_where_the_own_server_is_away_another_gets_it_and_it_is_told_that_nothing_is_kept_safe(
    shop: RedisServer, tmp_path: Path
) -> None:
    spec = redis_backups.set_of(shop, tmp_path / "scratch").config.targets[1]
    stage = ServerStage(tmp_path, "redis", spec)
    before = redis_backups.everything(shop)
    await run.run(stage.work())
    away = replace(spec, config=replace(spec.config, url=f"redis://127.0.0.1:{free_port()}"))
    spare = replace(spec, id="redis:spare", config=replace(spec.config, name="spare"))
    stage.servers, stage.settings["source"] = [away, spare], "cache"
    redis_backups.client(shop).delete("list")

    await restore.restore(stage.work(), "", Wish(to="spare", empty=True))

    assert redis_backups.everything(shop) == before
    assert len(stage.ids()) == 1
    assert [line for line in stage.said if "can't be asked" in line and "no safety backup is made" in line]


async def test_a_redis_backup_with_one_other_bit_is_never_put_back(shop: RedisServer, tmp_path: Path) -> None:
    stage = ServerStage(tmp_path, "redis", redis_backups.set_of(shop, tmp_path / "scratch").config.targets[1])
    manifest = await run.run(stage.work())
    (file,) = (stage.target / "media" / manifest.id).glob("dump.rdb*")
    whole = bytearray(file.read_bytes())
    whole[len(whole) // 2] ^= 4
    file.write_bytes(whole)
    assert not (await verify.verify(stage.work(), manifest.id)).ok
    before = redis_backups.everything(shop)
    with pytest.raises(BackupError) as told:
        await restore.restore(stage.work(), manifest.id, Wish())
    assert told.value.reason == "damaged"
    assert redis_backups.everything(shop) == before


async def test_a_rabbitmq_that_lost_its_virtual_host_has_it_again(broker: RabbitServer, tmp_path: Path) -> None:
    spec = rabbit_backups.set_of(broker, tmp_path / "scratch").config.targets[1]
    stage = ServerStage(tmp_path, "rabbitmq", spec)
    manifest = await run.run(stage.work())
    assert b"wf-orders" not in stage.stored()
    assert (await verify.verify(stage.work(), manifest.id)).ok
    assert (await drill.drill(stage.work(), manifest.id)).ok
    rabbit_backups.clear(broker)
    done = await restore.restore(stage.work(), manifest.id, Wish())
    assert done.compared.differences == ()
    assert broker.control("authenticate_user", "wf-orders", "wf-canary-orders")
    queues = {one["name"] for one in broker.api("GET", f"queues/{rabbit_backups.QUOTED}")}
    assert queues == {"orders", "mails"}
