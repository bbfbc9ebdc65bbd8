"""The config that the demo generates for its shop."""

import socket
from collections.abc import Iterable, Iterator
from pathlib import Path

import tomli_w

from ops.demo.fixes import fix_tables
from ops.demo.plan import BACKUP_KEY, HOST, NEEDS, QUEUE, SERVICES, STREAM, WORKERS, Plan

Table = dict[str, object]

DOCKER_SOCKET = Path("/var/run/docker.sock")
_USES = {
    "web": (),
    "checkout": ("postgres:shop", "redis:cache"),
    "catalog": ("postgres:shop",),
    "payments": ("redis:cache",),
}
"""The stores that each service can't do without."""
_POLLED: Table = {"interval": "1s", "timeout": "2s"}
"""The timeout is longer than the slow fault, which is to be seen as slow and not as down."""


def _services(plan: Plan) -> Iterator[Table]:
    for name in SERVICES:
        yield {
            "name": name,
            "url": f"http://{HOST}:{plan.ports[name]}/health",
            **_POLLED,
            "expect": {"status": 200, "json": {"status": "healthy"}},
            "depends_on": [f"process:{name}", *(f"service:{other}" for other in NEEDS[name]), *_USES[name]],
        }


def _processes(plan: Plan) -> Iterator[Table]:
    for name in (*SERVICES, *WORKERS, "postgres", "redis"):
        table: Table = {"name": name, "pid_file": str(plan.pid_file(name)), **_POLLED}
        if name in (*SERVICES, *WORKERS):
            table["log_file"] = str(plan.log_file(name))
        yield table


def _postgres(plan: Plan) -> Table:
    return {
        "name": "shop",
        "dsn": f"postgresql://watch@{HOST}:{plan.ports['postgres']}/shop",
        "password_file": str(plan.password_file("watch")),
        **_POLLED,
        "depends_on": ["process:postgres"],
    }


def _redis(plan: Plan) -> Table:
    return {
        "name": "cache",
        "url": f"redis://{HOST}:{plan.ports['redis']}/0",
        "password_file": str(plan.password_file("redis")),
        "queues": [{"name": name, "depends_on": ["process:worker"]} for name in (QUEUE, STREAM)],
        **_POLLED,
        "depends_on": ["process:redis"],
    }


def _backups(plan: Plan) -> Iterator[Table]:
    """What the shop can't do without. The first are taken when it starts."""
    kept: Table = {
        "target": f"file://{plan.backups}",
        "key_file": str(plan.password_file(BACKUP_KEY)),
        "keep": {"last": 10, "daily": 7},
        "rpo": "1h",
        "rto": "5m",
    }
    admin: Table = {"user": "watchfloor", "user_password_file": str(plan.password_file("admin"))}
    checks = ["SELECT count(*) = 12 FROM products", "SELECT min(price) > 0 FROM products"]
    yield {"name": "shop", "kind": "postgres", "source": "shop", **admin, **kept, "checks": checks}
    yield {"name": "cache", "kind": "redis", "source": "cache", **kept}


def _host() -> str:
    return socket.gethostname() or "host"


def _docker_answers() -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(0.5)
        try:
            probe.connect(str(DOCKER_SOCKET))
        except OSError:
            return False
    return True


def _thresholds() -> Iterator[Table]:
    """Tight ones, so that every fault is on the floor within seconds."""
    yield {"metric": "service.total_s", "warning": "400ms", "critical": "800ms", "for": "2s"}
    yield {"metric": "queue.ready", "warning": 40, "critical": 400, "for": "2s"}
    yield {"metric": "redis.memory_percent", "warning": 85, "critical": 95, "for": "1s"}
    yield {"metric": "host.cpu_percent", "warning": 90, "critical": 97, "for": "4s"}


def _alerts() -> Iterator[Table]:
    """What waits for minutes elsewhere is an incident here within seconds."""
    for name in ("slow", "cpu", "memory"):
        yield {"name": name, "for": "5s"}


def slo_tables(names: Iterable[str], window: str) -> Iterator[Table]:
    """What is promised of services over a window such as "7d"."""
    latency = {"p50": "50ms", "p95": "200ms", "p99": "500ms"}
    for name in names:
        yield {"service": name, "objective": 99.0 if name == "web" else 99.5, "window": window, "latency": latency}


def _rights() -> Iterator[Table]:
    """The demo looks at this machine, and acts on its own shop alone."""
    yield {"effect": "deny", "rows": ["container:*", "docker:*"]}
    yield {"effect": "deny", "actions": ["process.*", "docker.*"], "rows": ["host:*", "host.*"]}


def config_text(plan: Plan, window: str = "7d") -> str:
    """The text of a watchfloor.toml that watches the whole shop, with promises over a window."""
    tables: dict[str, object] = {
        "watchfloor": {"name": "demo shop", "environment": "demo", "refresh": "1s"},
        "service": list(_services(plan)),
        "process": list(_processes(plan)),
        "postgres": [_postgres(plan)],
        "redis": [_redis(plan)],
        "backup": list(_backups(plan)),
        "host": [{"name": _host(), "interval": "2s", "timeout": "2s"}],
        "threshold": list(_thresholds()),
        "slo": list(slo_tables(SERVICES, window)),
        "alert": list(_alerts()),
        "notify": [{"name": "bell", "kind": "terminal"}],
        "store": {"path": str(plan.history)},
        "fix": list(fix_tables(plan, _host())),
        "auto": {"max_per_hour": 30},
        "right": list(_rights()),
    }
    if _docker_answers():
        tables["docker"] = [{"name": "local", "url": f"unix://{DOCKER_SOCKET}", "interval": "2s", "timeout": "2s"}]
    return tomli_w.dumps(tables)
