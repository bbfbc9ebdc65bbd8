"""What INFO says becomes facts, over the interval where that is meant."""

import pytest

from collectors.deltas import Sample
from collectors.redis_api.parse import aof_ok, counters, parse_info, rdb_age_s, server_facts, sum_of_keys

INFO = b"""# Server\r
redis_version:7.0.15\r
server_time_usec:1700000100500000\r
# Memory\r
used_memory:900\r
mem_not_counted_for_evict:100\r
maxmemory:1000\r
maxmemory_policy:allkeys-lru\r
# Persistence\r
loading:0\r
rdb_last_save_time:1700000000\r
rdb_last_bgsave_status:err\r
aof_enabled:1\r
aof_last_write_status:err\r
# Stats\r
total_error_replies:4\r
keyspace_hits:80\r
keyspace_misses:20\r
evicted_keys:50\r
total_commands_processed:1000\r
# Errorstats\r
errorstat_ERR:count=1\r
errorstat_OOM:count=3\r
# Keyspace\r
db0:keys=2,expires=0,avg_ttl=0\r
db10:keys=3,expires=1,avg_ttl=5\r
"""


def test_facts_are_of_the_interval() -> None:
    info = parse_info(INFO)
    before = Sample(0.0, {"hits": 70, "misses": 20, "evicted": 40, "commands": 900, "refused": 0})
    facts = server_facts(info, 0.001, True, before, Sample(10.0, counters(info)))
    assert facts["hit_ratio"] == 1.0
    assert facts["evictions_per_s"] == 1.0
    assert facts["ops_per_s"] == 10.0
    assert facts["refused_writes"] == 3
    assert facts["memory_percent"] == 80.0
    assert facts["keys"] == 5
    assert (facts["rdb_ok"], facts["aof_ok"], facts["rdb_age_s"]) == (False, False, 100.5)


def test_what_is_not_told_is_not_known() -> None:
    info = parse_info(b"redis_version:2.8\r\nnonsense\r\n")
    facts = server_facts(info, None, None, None, Sample(0.0, counters(info)))
    known = {name for name, value in facts.items() if value is not None}
    assert known == {"version", "loading", "keys"}


@pytest.mark.parametrize(
    ("lines", "ok"),
    [
        pytest.param(b"aof_enabled:0\r\naof_last_write_status:ok", None, id="no such file"),
        pytest.param(b"aof_enabled:1\r\naof_last_write_status:ok\r\naof_last_bgrewrite_status:ok", True, id="good"),
        pytest.param(
            b"aof_enabled:1\r\naof_last_write_status:ok\r\naof_last_bgrewrite_status:err", False, id="rewrite"
        ),
    ],
)
def test_the_append_only_file(lines: bytes, ok: bool | None) -> None:
    assert aof_ok(parse_info(lines)) is ok


def test_odd_values_are_left_out() -> None:
    info = parse_info(b"db0:keys=x\r\ndb1:\r\ndbx:keys=3\r\nserver_time_usec:\xff\r\n")
    assert sum_of_keys(info) == 0
    assert rdb_age_s(info) is None
