"""The names of checks that are no figure's, for whoever has mistyped one."""

from ops.verdicts.defaults import built_in

OF_ALL = ("reach", "presence", "state", "known", "health", "flood", "severity")
"""Questions that rows of several kinds have, each after its kind."""
QUESTIONS = frozenset(
    """
    access_log.format; alert.state; backup.age; backup.drill; backup.restore; backup.run; backup.size; backup.target;
    backup.verify; celery.mute; celery.workers; drift.known; exec.exit_code; floor.recording;
    floor.storm; git.dirty; host.oom_kills; host.zombies; memcached.evictions; memcached.refused; notify.delivery;
    postgres.deadlocks; postgres.locks; queue.consumers; queue.growth; rabbitmq.alarms; rabbitmq.nodes;
    rabbitmq.partitions; redis.aof; redis.evictions; redis.full; redis.loading; redis.rdb; redis.replica;
    service.expect; slo.budget; slo.burn; swarm.managers; swarm.node.state; swarm.service.replicas;
    systemd.unit.start; tls.verify
""".replace("\n", " ")
    .replace(" ", "")
    .split(";")
)


def check_names() -> frozenset[str]:
    """All that a check can be called but for figures of whoever's own thresholds, and `OF_ALL` after any kind."""
    return QUESTIONS | {threshold.metric for threshold in built_in()}
