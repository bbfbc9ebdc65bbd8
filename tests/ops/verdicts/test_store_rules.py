"""Databases, caches, queues, hosts and certificates beside their figures."""

import pytest

from collectors.base import Value
from tests.parts.targets import Watched, entity, said, target


@pytest.mark.parametrize(
    ("section", "facts", "level", "word", "reason"),
    [
        pytest.param(
            "postgres",
            {"blocked": 3, "blocking_root": "pid 123 app: UPDATE stock"},
            "warning",
            "locked",
            "3 sessions wait in a lock chain behind pid 123 app: UPDATE stock (counts after 10 s)",
            id="a lock chain is a warning at once",
        ),
        pytest.param(
            "postgres", {"deadlocks": 1}, "warning", "deadlocks", "1 deadlock in the last minute", id="a deadlock"
        ),
        pytest.param(
            "tls", {"cert_days": -2.0}, "critical", "expired", "certificate ended 2 days ago", id="a certificate ended"
        ),
        pytest.param("postgres", {"blocked": 0, "deadlocks": 0}, "ok", "up", "", id="no locks"),
        pytest.param(
            "redis",
            {"memory_percent": 99.7, "memory_max_bytes": 100 * 2**20, "policy": "noeviction"},
            "critical",
            "full",
            "full: 99.7 % of 100 MiB used and the policy is noeviction, so writes are refused",
            id="full, and writes are refused",
        ),
        pytest.param(
            "redis",
            {"memory_percent": 99.7, "memory_max_bytes": 100 * 2**20, "policy": "allkeys-lru", "evictions_per_s": 12.0},
            "warning",
            "evicting",
            "evicting 12 keys/s to stay under 100 MiB",
            id="evicting is another state than full",
        ),
        pytest.param(
            "redis", {"rdb_ok": False}, "warning", "unsaved", "the last snapshot to disk failed", id="unsaved"
        ),
        pytest.param(
            "redis",
            {"loading": True},
            "warning",
            "loading",
            "loading its data from disk: it answers nothing else yet",
            id="loading",
        ),
        pytest.param(
            "redis",
            {"replica_link": "down"},
            "critical",
            "cut off",
            "the link to its primary is down: its data grow old",
            id="a replica that is cut off",
        ),
        pytest.param("redis", {"rdb_ok": True, "loading": False, "evictions_per_s": 0.0}, "ok", "up", "", id="well"),
        pytest.param(
            "postgres",
            {"longest_transaction_s": 61.0, "longest_idle_in_transaction_s": 60.5},
            "warning",
            "idle in transaction",
            "idle in transaction for 1m, over 1m",
            id="a transaction that waits for its client is told as that",
        ),
        pytest.param(
            "postgres",
            {"connections_percent": 100.0, "connections_top": "shop_app (26), cron (1)"},
            "critical",
            "crowded",
            "connections 100 %, over 95 %: most by shop_app (26), cron (1)",
            id="no connection is free, and who holds them",
        ),
        pytest.param(
            "tls",
            {"verify_error": "certificate is for shop.test, not db.test", "cert_days": 90.0},
            "critical",
            "untrusted",
            "certificate is for shop.test, not db.test",
            id="a certificate for another name",
        ),
        pytest.param(
            "tls",
            {"cert_days": 2.98, "expires": "2026-11-24"},
            "warning",
            "expiring",
            "certificate ends in 2.9 days, under 14 days: on 2026-11-24",
            id="ends soon",
        ),
    ],
)
def test_states(section: str, facts: dict[str, Value], level: str, word: str, reason: str) -> None:
    assert said(Watched(target(section, source_only=section == "host")).reads(facts)) == (level, word, reason)


def test_a_lock_chain_that_stands_is_critical() -> None:
    watched = Watched(target("postgres"))
    levels = [said(watched.reads({"blocked": 1}))[0] for _ in range(5)]
    assert levels == ["warning", *["critical"] * 4]
    assert said(watched.reads({"blocked": 0}))[0] == "ok"


def test_deadlocks_are_told_for_a_minute() -> None:
    watched = Watched(target("postgres"))
    levels = [said(watched.reads({"deadlocks_total": total}))[0] for total in (5, 5, 7, *[7] * 8)]
    assert levels == ["ok", "ok", *["warning"] * 7, "ok", "ok"]


def test_zombies_are_told_with_their_parent_once_they_stay() -> None:
    watched = Watched(target("host", source_only=True))
    assert said(watched.reads({"zombies": 2, "zombie_parent": "cron (41)"}))[0] == "ok"
    assert said(watched.reads({"zombies": 2, "zombie_parent": "cron (41)"})) == (
        "warning",
        "zombies",
        "2 zombies, left by cron (41)",
    )


def test_kills_for_memory_before_our_time_are_no_news() -> None:
    watched = Watched(target("host", source_only=True))
    assert said(watched.reads({"oom_kills": 4}))[0] == "ok"
    assert said(watched.reads({"oom_kills": 5})) == (
        "warning",
        "out of memory",
        "1 process killed for memory in the last 5 min",
    )


def queue(*depths: int, step_s: float = 2.0, consumers: int | None = None) -> list[tuple[str, str]]:
    """Level and word after each depth."""
    watched = Watched(target("redis", "cache"), step_s=step_s)
    told, before = [], depths[0]
    for depth in depths:
        facts: dict[str, Value] = {"ready": depth, "consumers": consumers, "net_per_s": (depth - before) / step_s}
        watched.reads({}, entity("queue", facts, "emails"))
        level, word, _ = said(watched.row("queue:cache/emails"))
        told.append((level, word))
        before = depth
    return told


@pytest.mark.parametrize(
    ("depths", "last"),
    [
        pytest.param([0, 10, 20, 30], ("warning", "growing"), id="a stopped worker shows within seconds"),
        pytest.param([0, 500, 500, 500, 500], ("warning", "growing"), id="many came at once"),
        pytest.param([0, *[500] * 6], ("warning", "stuck"), id="many came and nobody takes them"),
        pytest.param([0, *[500] * 9, 499], ("ok", "ok"), id="somebody takes them"),
        pytest.param([0, 0, 0, 0, 0], ("ok", "ok"), id="empty"),
        pytest.param([5, 6, 7, 8, 9], ("ok", "ok"), id="a few more are no growth"),
        pytest.param([500, 510, 520, 530], ("ok", "ok"), id="nor is a ripple on a deep queue"),
        pytest.param([0, 30, 60, 50], ("ok", "ok"), id="it falls again"),
        pytest.param([100, 150, 140, 145], ("ok", "ok"), id="up and down"),
        pytest.param([1500] * 4, ("warning", "backlog"), id="deep and steady is a backlog"),
    ],
)
def test_a_queue_that_grows(depths: list[int], last: tuple[str, str]) -> None:
    assert queue(*depths)[-1] == last


def test_a_queue_without_consumer() -> None:
    assert queue(5000, 5000, 5000, 5000, consumers=0) == [
        *[("warning", "no consumer")] * 3,
        ("critical", "no consumer"),
    ]
    assert queue(0, 0, consumers=0)[-1] == ("ok", "ok"), "an empty one needs none"
