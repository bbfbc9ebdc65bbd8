"""What runs here is found without changing anything, fast, and can be written down and read back."""

import http.server
import socket
import threading
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.registry import discover
from ops.config.decode import decode, read_table
from ops.config.discovery import NOTE, Discovery, Found, _by_port, discover_config, look_around
from ops.config.listening import Port, look
from ops.config.locate import read_text
from ops.config.problems import Problems
from ops.config.written import EXAMPLES, put, write_down
from ops.errors import OutputError


@pytest.fixture
def web() -> Iterator[int]:
    """A web server that says 200 to "/" and 404 to the rest."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_a_port_that_answers_http_is_told_from_one_that_only_connects(web: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute, socket.socket() as shut:
        shut.bind(("127.0.0.1", 0))
        numbers = (web, mute.getsockname()[1], shut.getsockname()[1])
        started = time.monotonic()
        answers = list(
            look(
                (
                    Port(web, "Web", "/"),
                    Port(web, "No", "/x"),
                    Port(numbers[1], "Mute", "/"),
                    Port(numbers[2], "Shut", "/"),
                )
            )
        )
        assert time.monotonic() - started < 2
    assert [(answer.title, answer.url) for answer in answers] == [
        ("Web", f"http://127.0.0.1:{web}/"),
        ("No", ""),
        ("Mute", ""),
    ]


def test_what_a_port_should_answer_is_read_as_such_only_when_it_does(web: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        silent = mute.getsockname()[1]
        found = [
            _by_port(answer)
            for answer in look(
                (
                    Port(web, "Prometheus", "/", "prometheus"),
                    Port(web, "Prometheus", "/no", "prometheus"),
                    Port(silent, "memcached", section="memcached"),
                    Port(silent, "Thing", section="nobody reads this"),
                )
            )
        ]
    assert [(each.section, each.table) for each in found] == [
        ("prometheus", {"name": "local", "url": f"http://127.0.0.1:{web}"}),
        ("tcp", {"name": "Prometheus", "host": "127.0.0.1", "port": web}),
        ("memcached", {"name": "local", "host": "127.0.0.1", "port": silent}),
        ("tcp", {"name": "Thing", "host": "127.0.0.1", "port": silent}),
    ]


def test_a_port_of_ipv6_alone_is_found() -> None:
    try:
        server = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError as error:
        pytest.skip(f"no IPv6 here: {error}")
    with server:
        (answer,) = look((Port(server.getsockname()[1], "Six"),))
    assert answer.host == "::1"
    assert answer.netloc.startswith("[::1]:")


def test_the_host_is_always_there_and_the_way_on_is_told() -> None:
    config = discover_config({})
    assert config.path == ""
    assert config.targets[0].id.startswith("host:")
    assert config.notes[0] == NOTE


def test_a_database_is_read_where_the_usual_variables_say_how_to_log_in() -> None:
    environ = {"PGUSER": "o'brien", "PGHOST": "db", "PGPASSWORD": "s3cret99", "PGDATABASE": "shop"}
    (found,) = (item for item in look_around(environ).found if item.section == "postgres")
    assert found.table["dsn"] == "host='db' user='o\\'brien' dbname='shop'"
    assert found.table["password_env"] == "PGPASSWORD"
    config = discover_config(environ)
    assert "s3cret99" not in repr(config)
    assert "s3cret99" not in write_down(look_around(environ))


def test_what_is_written_down_loads_back_equal(tmp_path: Path) -> None:
    discovery = look_around({})
    put(write_down(discovery), tmp_path / "w.toml")
    back = decode(read_text(tmp_path / "w.toml"), "w.toml").config
    first = discover_config({})
    assert msgspec.structs.replace(back, path="", notes=first.notes) == first


_PORTS = st.builds(
    lambda name, host, port: {"name": name, "host": host, "port": port},
    st.text(min_size=1, max_size=20),
    st.text(min_size=1, max_size=20),
    st.integers(1, 65535),
)


@given(
    st.lists(_PORTS, max_size=4, unique_by=lambda table: str(table["name"])), st.text(max_size=30), st.text(max_size=9)
)
def test_whatever_is_found_is_written_as_it_was(tables: list[dict[str, Any]], why: str, name: str) -> None:
    found = Discovery(tuple(Found("tcp", table, why) for table in tables), (), name)
    parsed = tomllib.loads(write_down(found))
    assert parsed == found.tables()
    problems = Problems("w.toml", {})
    read_table(parsed, problems, discover())
    assert all(problem.path.endswith(".name") for problem in problems.found)


def test_the_examples_in_it_are_right_once_their_signs_are_taken_away() -> None:
    lines = [line.removeprefix("# ") for line in EXAMPLES.splitlines() if " = " in line or "[" in line]
    text = "\n".join(line for line in lines if not line.startswith(("#", " ")))
    assert [spec.id for spec in decode(text, "w.toml").config.targets] == [
        "service:api",
        "drift:this host",
        "backup:media",
    ]


def test_a_file_that_is_there_is_kept_unless_it_is_to_be_replaced(tmp_path: Path) -> None:
    file = tmp_path / "w.toml"
    put("one", file)
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(OutputError, match="already there"):
        put("two", file)
    assert file.read_text() == "one"
    put("three", file, over=True)
    assert file.read_text() == "three"
    assert [entry.name for entry in tmp_path.iterdir()] == ["w.toml"]


def test_a_place_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="No such file or directory"):
        put("x", tmp_path / "no" / "w.toml")
