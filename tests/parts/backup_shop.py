"""A shop's sets of backups for pictures: one is proven, one is being taken, one failed, one was never taken."""

from ops.backup.structs import Overwrite, Running
from tests.parts.memory_backups import DAY, HOUR, MIB, NOW, MemoryBackups, event, kept, month, standing


def shop() -> MemoryBackups:
    """A shop of which a volume is being taken, a queue's last run failed, and one set was never taken."""
    media = [kept(3 * HOUR + day * DAY, made={"name": "media", "kind": "volume"}) for day in range(9)]
    failed = event("run", 2 * HOUR, ok=False, words="the broker refused the password", remedy="set password_env")
    queue = standing("queue", kept(31 * HOUR, made={"name": "queue"}), kind="rabbitmq", last=failed, events=(failed,))
    made = MemoryBackups(
        month(), standing("media", *media, kind="volume"), queue, standing("config", kind="configuration", last=None)
    )
    made.runs["media"] = Running(
        what="run", job=12, since=NOW - 20, bytes=412 * MIB, total_bytes=960 * MIB, bytes_per_s=24 * MIB, eta_s=22.0,
        words="volume media",
    )  # fmt: skip
    made.changes = (
        Overwrite(
            what="database shop", now="4 tables, 12,040 rows, last written 3 min ago",
            then="4 tables, 11,998 rows as of 02:13", loses="42 rows that were written since",
        ),
    )  # fmt: skip
    return made
