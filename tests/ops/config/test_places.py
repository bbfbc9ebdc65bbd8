"""On which host the rows of a target are."""

from ops.config.decode import decode


def test_rows_of_one_machine_are_called_alike() -> None:
    text = """
[[host]]
name = "here"
[[host]]
name = "database"
url = "ssh://ops@db1:22"
[[docker]]
name = "local"
[[docker]]
name = "d1"
url = "ssh://root@db1:22"
[[docker]]
name = "d2"
url = "ssh://db2"
[[docker]]
name = "d3"
url = "ssh://db1:22"
runs_on = "rack 3"
[[log]]
name = "web"
container = "web"
url = "ssh://db1:22"
[[access_log]]
name = "web"
container = "web"
url = "ssh://db2"
[[swarm]]
name = "shop"
url = "ssh://db1:22"
[[tcp]]
name = "ssh"
host = "db1"
port = 22
runs_on = "db1"
"""
    config = decode(text, "x.toml").config
    assert {spec.id: spec.config.runs_on for spec in config.targets} == {
        "host:here": "",
        "host:database": "database",
        "docker:local": "",
        "docker:d1": "database",
        "docker:d2": "db2",
        "docker:d3": "rack 3",
        "log:web": "database",
        "access_log:web": "db2",
        "swarm:shop": "database",
        "tcp:ssh": "db1",
    }
