"""The fixtures that every room's tests may ask for."""

pytest_plugins = [
    "tests.parts.databases",
    "tests.parts.docker",
    "tests.parts.journald",
    "tests.parts.logs",
    "tests.parts.memcached",
    "tests.parts.nginx",
    "tests.parts.prometheus",
    "tests.parts.rabbitmq",
    "tests.parts.alertmanager",
    "tests.parts.sshd",
    "tests.parts.swarm",
]
