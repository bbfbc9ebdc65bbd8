"""Answers of a Docker engine, as structs and as facts."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.base import CollectError
from collectors.docker_api.client import agreed_version, target
from collectors.docker_api.disk import DiskUse, disk_facts
from collectors.docker_api.logs import Frames, LogText
from collectors.docker_api.parse import (
    Inspected,
    Listed,
    MemoryStats,
    Port,
    Sample,
    Version,
    cpu_percent,
    decode,
    exit_code_of,
    health_of,
    label_facts,
    least_age_s,
    memory_bytes,
    name_of,
    ports_text,
    usage_facts,
    utc_seconds,
)
from collectors.docker_api.rows import container_entity

V1 = b"""{"read":"2026-11-21T02:30:24.97Z","pids_stats":{"current":3},"num_procs":0,"storage_stats":{},
"cpu_stats":{"cpu_usage":{"total_usage":22826871297,"percpu_usage":[10379895441,12446975856]},
"system_cpu_usage":3389590000000,"online_cpus":2,"throttling_data":{"periods":0}},
"precpu_stats":{"cpu_usage":{"total_usage":21941883396,"percpu_usage":[9523981845,12417901551]},
"system_cpu_usage":3387740000000,"online_cpus":2},
"memory_stats":{"usage":4259840,"max_usage":3821568,"stats":{"active_anon":4096,"cache":0,"inactive_file":4096,
"total_inactive_file":1048576},"limit":67108864},"name":"/a","networks":{"eth0":{"rx_bytes":1252}}}"""
V2 = b"""{"pids_stats":{"current":1,"limit":9000},
"cpu_stats":{"cpu_usage":{"total_usage":2000000,"usage_in_kernelmode":1}, "system_cpu_usage":200000000,"online_cpus":4},
"precpu_stats":{"cpu_usage":{"total_usage":1000000}, "system_cpu_usage":100000000,"online_cpus":4},
"memory_stats":{"usage":10000000,"stats":{"anon":6000000,"inactive_file":3000000},"limit":100000000}}"""
FIRST = b"""{"cpu_stats":{"cpu_usage":{"total_usage":5},"system_cpu_usage":9},
"precpu_stats":{"cpu_usage":{"total_usage":0}},"memory_stats":{}}"""


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param(
            V1,
            {"cpu_percent": 95.6743, "memory_bytes": 3211264, "memory_limit_bytes": 67108864, "memory_percent": 4.78515,
             "pids": 3},
            id="cgroup v1 leaves the whole tree's inactive file cache out",
        ),
        pytest.param(
            V2,
            {"cpu_percent": 4.0, "memory_bytes": 7000000, "memory_limit_bytes": 100000000, "memory_percent": 7.0,
             "pids": 1},
            id="cgroup v2 leaves the inactive file cache out",
        ),
    ],
)  # fmt: skip
def test_a_sample_is_told_as_docker_stats_tells_it(line: bytes, expected: dict[str, object]) -> None:
    assert usage_facts(decode(line, Sample)) == pytest.approx(expected, rel=1e-4)


def test_the_first_sample_has_no_cpu_and_an_empty_one_no_memory() -> None:
    assert set(usage_facts(decode(FIRST, Sample)).values()) == {None}


@pytest.mark.parametrize(
    ("memory", "expected"),
    [
        pytest.param(MemoryStats(usage=100, stats={"total_inactive_file": 100}), 100, id="cache as large as usage"),
        pytest.param(
            MemoryStats(usage=100, stats={"total_inactive_file": 200, "inactive_file": 40}), 60, id="v1 too large"
        ),
        pytest.param(MemoryStats(usage=100), 100, id="no table"),
        pytest.param(MemoryStats(), None, id="nothing known"),
    ],
)  # fmt: skip
def test_memory_without_dropped_cache(memory: MemoryStats, expected: int | None) -> None:
    assert memory_bytes(memory) == expected


@given(
    *[st.integers(0, 2**63) for _ in range(4)], st.integers(0, 256),
)  # fmt: skip
def test_cpu_is_never_negative(total: int, before: int, system: int, system_before: int, cpus: int) -> None:
    text = (
        f'{{"cpu_stats":{{"cpu_usage":{{"total_usage":{total}}},"system_cpu_usage":{system},"online_cpus":{cpus}}},'
        f'"precpu_stats":{{"cpu_usage":{{"total_usage":{before}}},"system_cpu_usage":{system_before}}}}}'
    )
    found = cpu_percent(decode(text.encode(), Sample))
    assert found is None if system_before == 0 else found is not None and found >= 0


@pytest.mark.parametrize(
    ("status", "health", "exit_code", "age_s"),
    [
        ("Up Less than a second", None, None, 0),
        ("Up 1 second", None, None, 1),
        ("Up 12 seconds (health: starting)", "starting", None, 12),
        ("Up About a minute (unhealthy)", "unhealthy", None, 60),
        ("Up 59 minutes (healthy)", "healthy", None, 3540),
        ("Up About an hour", None, None, 1800),
        ("Up 3 hours (Paused)", None, None, 9000),
        ("Up 2 weeks", None, None, 2 * 604800 - 1800),
        ("Exited (137) 2 seconds ago", None, 137, 2),
        ("Exited (0) 5 months ago", None, 0, 5 * 2592000 - 1800),
        ("Restarting (1) 3 seconds ago", None, 1, 3),
        ("Created", None, None, None),
        ("Dead", None, None, None),
        ("Removal In Progress", None, None, None),
        ("", None, None, None),
    ],
)
def test_words_of_a_listed_status(status: str, health: str | None, exit_code: int | None, age_s: int | None) -> None:
    assert (health_of(status), exit_code_of(status), least_age_s(status)) == (health, exit_code, age_s)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("2026-11-21T02:29:55.570532121Z", 1795228195.570532, id="nanoseconds"),
        pytest.param("2026-11-21T03:29:55+01:00", 1795228195.0, id="another zone"),
        pytest.param("0001-01-01T00:00:00Z", None, id="never"),
        pytest.param("", None, id="nothing"),
        pytest.param("\x1b[2J", None, id="no time"),
    ],
)
def test_times(text: str, expected: float | None) -> None:
    assert utc_seconds(text) == expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["/web"], "web"),
        (["/proxy/backend", "/web"], "web"),
        ([], "0123456789ab"),
        (["/\x1b]52;c;aGk=\x07[/red]"], "␛]52;c;aGk=␇[/red]"),
    ],
)
def test_names(names: list[str], expected: str) -> None:
    assert name_of(names, "0123456789abcdef") == expected


def test_ports_are_short_and_published_ones_come_first() -> None:
    ports = [
        Port(private_port=443),
        Port(private_port=80, ip="0.0.0.0", public_port=8080),
        Port(private_port=80, ip="::", public_port=8080),
        Port(private_port=53, ip="127.0.0.1", public_port=5353, type="udp"),
        Port(private_port=53, ip="::1", public_port=5353, type="udp"),
    ]
    assert ports_text(ports) == "127.0.0.1:5353→53/udp, [::1]:5353→53/udp, 8080→80/tcp, 443/tcp"
    assert ports_text([Port(private_port=number) for number in range(1, 101)]).endswith("16/tcp, … 84 more")


def test_disk_use_is_summed_as_system_df_does() -> None:
    answer = b"""{"LayersSize":1000,"Images":[{"Containers":1,"Size":700,"SharedSize":100,"VirtualSize":700},
    {"Containers":0,"Size":400,"SharedSize":100}],"Containers":[{"State":"running","SizeRw":10},
    {"State":"exited","SizeRw":20},{"State":"exited"}],"Volumes":[{"Name":"a","UsageData":{"Size":50,"RefCount":1}},
    {"Name":"b","UsageData":{"Size":30,"RefCount":0}},{"Name":"c","UsageData":{"Size":-1,"RefCount":-1}},{"Name":"d"}],
    "BuildCache":[{"Size":5,"InUse":true,"Shared":false},{"Size":7,"InUse":false,"Shared":false},
    {"Size":9,"InUse":false,"Shared":true}],"BuilderSize":12}"""
    assert disk_facts(decode(answer, DiskUse), 42.0) == {
        "images": 2,
        "images_bytes": 1000,
        "volumes": 4,
        "volumes_bytes": 80,
        "containers_bytes": 30,
        "build_cache_bytes": 12,
        "reclaimable_bytes": 400 + 30 + 20 + 7,
        "df_at": 42.0,
    }
    nothing = disk_facts(decode(b'{"LayersSize":0,"Images":null,"Volumes":null,"BuildCache":null}', DiskUse), 1.0)
    assert {value for name, value in nothing.items() if name != "df_at"} == {0}


@pytest.mark.parametrize("text", [b"", b"<html>", b'{"State": 5}', b"\xff\xfe", b'{"State":{"Status":'])
def test_what_is_no_answer_is_refused_with_a_sentence(text: bytes) -> None:
    with pytest.raises(CollectError, match="makes no sense"):
        decode(text, Inspected)


@pytest.mark.parametrize(
    ("newest", "oldest", "agreed"),
    [
        pytest.param("1.41", "1.12", "1.41", id="an older engine decides"),
        pytest.param("1.24", "", "1.24", id="the oldest that is spoken"),
        pytest.param("1.52", "1.44", "1.47", id="a newer engine is asked in our words"),
    ],
)
def test_a_version_is_agreed_on(newest: str, oldest: str, agreed: str) -> None:
    assert agreed_version(Version(api_version=newest, min_api_version=oldest)) == agreed


@pytest.mark.parametrize(("newest", "oldest"), [("1.23", "1.12"), ("2.1", "2.0"), ("", ""), ("x.y", "z")])
def test_no_common_version_is_not_retried(newest: str, oldest: str) -> None:
    with pytest.raises(CollectError, match="speaks API") as caught:
        agreed_version(Version(api_version=newest, min_api_version=oldest))
    assert not caught.value.retry


def test_versions_are_read_as_engines_write_them() -> None:
    assert decode(b'{"Version":"20.10.24","ApiVersion":"1.41","MinAPIVersion":"1.12"}', Version) == Version(
        version="20.10.24", api_version="1.41", min_api_version="1.12"
    )


def test_parameters_are_encoded() -> None:
    assert target("/containers/json", all="1", filters='{"label":["a=b&c"]}') == (
        "/containers/json?all=1&filters=%7B%22label%22%3A%5B%22a%3Db%26c%22%5D%7D"
    )


LISTED = Listed(
    id="ab" * 32,
    names=["/shop-web-1"],
    image="shop/web:2",
    state="running",
    status="Up 3 minutes (unhealthy)",
    labels={"com.docker.compose.project": "shop\x1b[2J", "com.docker.compose.service": "web"},
)


def test_a_container_that_was_only_listed_has_what_a_list_knows() -> None:
    facts = container_entity(LISTED, None, None, 0.0).facts
    assert (facts["state"], facts["health"], facts["project"], facts["service"]) == (
        "running", "unhealthy", "shop␛[2J", "web",
    )  # fmt: skip
    assert facts["restarts"] is None
    assert facts["cpu_percent"] is None


def test_what_a_list_says_of_a_restarting_container_is_newer_than_its_inspection() -> None:
    listed = Listed(id="ab" * 32, state="restarting", status="Restarting (3) Less than a second ago")
    inspected = decode(b'{"State": {"Status": "running", "ExitCode": 0}}', Inspected)
    assert container_entity(listed, inspected, None, 0.0).facts["exit_code"] == 3


def test_the_limit_of_a_container_that_ended_is_known() -> None:
    listed = Listed(id="ab" * 32, state="exited", status="Exited (137) 2 seconds ago")
    answer = b'{"State": {"ExitCode": 137, "OOMKilled": true}, "HostConfig": {"Memory": 25165824}}'
    facts = container_entity(listed, decode(answer, Inspected), None, 0.0).facts
    assert (facts["memory_limit_bytes"], facts["memory_percent"], facts["oom_killed"]) == (25165824, None, True)


def test_the_probes_last_words_are_clean_and_bounded() -> None:
    log = [{"ExitCode": 0, "Output": "old"}, {"ExitCode": 1, "Output": "\x1b]0;title\x07bad\n" * 300}]
    answer = msgspec.json.encode({"State": {"Status": "running", "Health": {"Status": "unhealthy", "Log": log}}})
    text = container_entity(LISTED, decode(answer, Inspected), None, 0.0).texts["health probe"]
    assert text.startswith("␛]0;title␇bad\n")
    assert text.endswith("… 200 more lines")
    recovering = [*log, {"ExitCode": 0, "Output": "fine"}]
    answer = msgspec.json.encode({"State": {"Health": {"Status": "healthy", "Log": recovering}}})
    text = container_entity(LISTED, decode(answer, Inspected), None, 0.0).texts["health probe"]
    assert text.startswith("␛]0;title␇bad\n"), "while the list says unhealthy, the failure is told"
    unpaused = msgspec.json.encode({"State": {"Health": {"Log": [{"ExitCode": 0, "Output": "fine"}]}}})
    text = container_entity(LISTED, decode(unpaused, Inspected), None, 0.0).texts["health probe"]
    assert text == "its last probe passed, and no newer one has ended"
    silent = msgspec.json.encode({"State": {"Health": {"Log": [{"ExitCode": 7, "Output": "\n"}]}}})
    assert (
        container_entity(LISTED, decode(silent, Inspected), None, 0.0).texts["health probe"] == "no output, exit code 7"
    )


def _frame(stream: int, payload: bytes) -> bytes:
    return bytes([stream, 0, 0, 0]) + len(payload).to_bytes(4, "big") + payload


@given(st.lists(st.tuples(st.sampled_from([1, 2]), st.binary(max_size=40)), max_size=12), st.integers(1, 30))
def test_frames_are_the_same_however_they_are_cut(frames: list[tuple[int, bytes]], size: int) -> None:
    wire = b"".join(_frame(stream, payload) for stream, payload in frames)
    reader, found = Frames(), {1: b"", 2: b""}
    for at in range(0, len(wire), size):
        for stream, piece in reader.feed(wire[at : at + size]):
            found[stream] += piece
    assert found == {n: b"".join(payload for stream, payload in frames if stream == n) for n in (1, 2)}


@given(st.binary(max_size=300), st.integers(1, 50))
def test_log_lines_are_always_printable(text: bytes, size: int) -> None:
    log = LogText(tty=True)
    lines = [line for at in range(0, len(text), size) for line in log.feed(text[at : at + size])] + [*log.end()]
    assert all(line.isprintable() for line in lines)
    assert len(lines) == text.count(b"\n") + (not text.endswith(b"\n") and text != b"")


def test_stdout_and_stderr_do_not_share_a_line() -> None:
    log = LogText(tty=False)
    wire = _frame(1, b"half a ") + _frame(2, b"trouble\r\n") + _frame(1, b"line\nrest")
    assert [*log.feed(wire), *log.end()] == ["trouble", "half a line", "rest"]


def test_an_endless_line_is_cut_and_takes_no_memory() -> None:
    log = LogText(tty=True)
    for _ in range(1_000):
        assert not [*log.feed(b"x" * 10_000)]
    (line,) = log.feed(b"\n")
    assert len(line) == 2_000
    assert line.endswith("…")


def test_a_swarms_task_names_its_service() -> None:
    assert label_facts({"com.docker.swarm.service.name": "shop\x1bmailer"})["swarm_service"] == "shop␛mailer"
    assert "swarm_service" not in label_facts({})
    assert label_facts({"com.docker.compose.oneoff": "True"})["one_off"] is True
    assert "one_off" not in label_facts({"com.docker.compose.oneoff": "False"})
