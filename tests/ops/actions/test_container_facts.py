"""What is decided about containers without asking anybody: conditions, offers, limits, names and recipes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.actions.containers import Condition, condition
from ops.actions.docker import MountPoint, Networks, Whole
from ops.actions.errors import Refused
from ops.actions.images import PREVIOUS, Candidate, ListedImage, chosen, familiar, repository
from ops.actions.limits import Capacity, cpus_of, limits_body, limits_words
from ops.actions.pruning import CacheRecord, Usage, UsedContainer, UsedImage, heaps
from ops.actions.recreating import recipe, without_image
from ops.actions.registry import find
from ops.board import Check, Level, Row

KEY = "ab12" * 16


def row(level: Level = "ok", word: str = "", key: str = KEY, **facts: Any) -> Row:
    """A container."""
    check = Check(id="container.state", level=level, word=word, text="why", since=0)
    return Row(id="container:local/web-1", kind="container", name="web-1", target="docker:local", key=key, level=level,
               word=word, reason="why", since=0, at=0, facts=facts, checks=(check,))  # fmt: skip


CONDITIONS = [
    pytest.param(row(state="running"), "well", id="it runs"),
    pytest.param(row("warning", "busy", state="running"), "strained", id="it runs and a check is bad"),
    pytest.param(row("critical", state="running", health="unhealthy"), "unhealthy", id="its probe fails"),
    pytest.param(row("warning", "out of memory", state="running", oom_killed=True), "out of memory",
                 id="a process of it was killed for memory"),
    pytest.param(row("critical", state="exited", exit_code=137, oom_killed=True), "out of memory", id="OOM"),
    pytest.param(row("critical", state="exited", exit_code=137, oom_killed=False), "stopped", id="killed by somebody"),
    pytest.param(row("warning", state="exited", exit_code=0), "stopped", id="ended well"),
    pytest.param(row("critical", state="exited", exit_code=3), "crashed", id="crashed"),
    pytest.param(row("critical", "restarting", state="running"), "loop", id="a loop, seen while it runs"),
    pytest.param(row("critical", "restarting", state="restarting"), "loop", id="a loop"),
    pytest.param(row("warning", "paused", state="paused"), "paused", id="paused"),
    pytest.param(row("critical", "dead", state="dead"), "lost", id="dead"),
    pytest.param(row("unknown", "waiting"), "lost", id="never read"),
    pytest.param(row(state="running", swarm_service="shop_web"), None, id="a swarm's"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "expected"), CONDITIONS)
def test_conditions(what: Row, expected: Condition | None) -> None:
    assert condition(what) == expected


@pytest.mark.parametrize(
    ("what", "best"),
    [
        pytest.param(row("critical", state="exited", exit_code=3), ["start", "rollback"], id="crashed"),
        pytest.param(row("critical", state="exited", exit_code=143), ["start", "recreate"], id="stopped by hand"),
        pytest.param(row("warning", state="paused"), ["unpause", "restart"], id="paused"),
        pytest.param(row("critical", state="running", health="unhealthy"), ["restart", "rollback"], id="unhealthy"),
        pytest.param(row("critical", state="exited", exit_code=137, oom_killed=True, memory_limit_bytes=2**20),
                     ["limits", "restart"], id="out of memory"),
        pytest.param(row("critical", "restarting", state="restarting"), ["stop", "rollback"], id="a loop"),
        pytest.param(row("warning", "full", state="running", memory_percent=95.0, memory_limit_bytes=2**20),
                     ["limits", "restart"], id="its memory is nearly full"),
        pytest.param(row(state="running"), ["restart", "recreate"], id="well"),
        pytest.param(row(state="running", swarm_service="x"), [], id="a swarm's"),
        pytest.param(row("critical", state="exited", exit_code=3, key=""), [], id="without an exact identity"),
    ],
)  # fmt: skip
def test_the_best_offers(what: Row, best: list[str]) -> None:
    names = ["restart", "start", "stop", "unpause", "kill", "recreate", "limits", "rollback"]
    actions = [found for name in names if (found := find(f"container.{name}"))]
    assert len(actions) == len(names)
    offers = sorted((offer for one in actions for offer in one.offers(what, ())), key=lambda offer: -offer.score)
    firsts = list(dict.fromkeys(offer.action.partition(".")[2] for offer in offers))
    assert firsts[: len(best)] == best
    assert bool(firsts) == bool(best)


def test_a_manual_stop_is_named() -> None:
    start = find("container.start")
    assert start
    (offer,) = start.offers(row("critical", state="exited", exit_code=137), ())
    assert "respect a manual stop" in offer.why


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("shop", ("shop", "latest"), id="without a tag"),
        pytest.param("shop:1.1", ("shop", "1.1"), id="with a tag"),
        pytest.param("host:5000/a/shop", ("host:5000/a/shop", "latest"), id="a port is no tag"),
        pytest.param("host:5000/a/shop:1", ("host:5000/a/shop", "1"), id="a port and a tag"),
        pytest.param("shop:1@sha256:" + "0" * 64, ("shop", "sha256:" + "0" * 64), id="a digest beats a tag"),
        pytest.param("sha256:" + "0" * 64, ("", ""), id="an id"),
        pytest.param("0123456789ab", ("", ""), id="a short id"),
    ],
)
def test_repositories(name: str, expected: tuple[str, str]) -> None:
    assert repository(name) == expected


def test_without_an_older_image_a_rollback_is_refused() -> None:
    newer = Candidate(ListedImage(id="sha256:" + "1" * 64), "shop:2", "", older=False)
    with pytest.raises(Refused, match="has no older image of web-1"):
        chosen(PREVIOUS, [newer], "web-1")


def test_the_hub_is_not_written_out() -> None:
    assert [familiar(one) for one in ("docker.io/library/redis", "docker.io/a/b", "q.io/library/c")] == [
        "redis", "a/b", "q.io/library/c",
    ]  # fmt: skip


def test_limits_in_words() -> None:
    assert limits_words({"Memory": 2**29, "NanoCpus": 1_500_000_000}) == "memory 512 MiB, 1.5 CPUs"
    assert limits_words({}) == "no memory limit, no CPU limit"
    assert cpus_of({"CpuQuota": 20_000, "CpuPeriod": 10_000}) == 2.0


@given(st.integers(0, 2**40), st.integers(-1, 2**41), st.integers(6 * 2**20, 2**40))
def test_what_may_be_swapped_is_never_less_than_the_memory(old: int, old_swap: int, memory: int) -> None:
    host = {"Memory": old, "MemorySwap": old_swap if old_swap <= 0 else max(old, old_swap)}
    body = limits_body(host, Capacity(ncpu=2, mem_total=2**40), memory, None)
    assert body["MemorySwap"] == -1 or body["MemorySwap"] >= body["Memory"] == memory


def test_no_limit_means_all_that_the_host_has() -> None:
    body = limits_body({"Memory": 2**23}, Capacity(ncpu=2, mem_total=2**34), 0, 0.0)
    assert (body["Memory"], body["NanoCpus"]) == (2**34, 2 * 10**9)


def seen(**more: Any) -> Whole:
    """An inspected container."""
    return Whole(id=KEY, name="/web-1", image="sha256:1", **more)


def test_a_recipe_leaves_what_the_engine_chose_to_the_engine() -> None:
    networks: Any = {
        "shop": {"NetworkID": "n1", "Aliases": ["web", KEY[:12]], "IPAddress": "10.0.0.2", "IPAMConfig": None},
        "other": {"NetworkID": "n2", "Aliases": [KEY[:12]], "IPAMConfig": {"IPv4Address": "10.1.0.9"}},
    }
    made = recipe(
        seen(
            config={"Hostname": KEY[:12], "Env": ["A=1"], "Image": "shop:1"},
            host_config={"NetworkMode": "shop", "Binds": ["/a:/b:ro", "/bare"], "Links": ["/db:/web-1/database"]},
            network_settings=Networks(networks=networks),
            mounts=[MountPoint(type="volume", name="v1", destination="/bare"),
                    MountPoint(type="volume", name="v2", destination="/from-image", rw=False),
                    MountPoint(type="bind", source="/a", destination="/b")],
        ),
        "shop:1",
    )  # fmt: skip
    assert "Hostname" not in made.body
    assert made.body["HostConfig"]["Binds"] == ["/a:/b:ro", "v1:/bare", "v2:/from-image:ro"]
    assert made.body["HostConfig"]["Links"] == ["db:database"]
    assert made.body["NetworkingConfig"] == {"EndpointsConfig": {"shop": {"Aliases": ["web"]}}}
    assert [(one.network, one.config) for one in made.others] == [("n2", {"IPAMConfig": {"IPv4Address": "10.1.0.9"}})]
    assert made.networks == ("shop", "other")


@pytest.mark.parametrize("mode", ["", "default", "bridge", "host", "none", "container:" + KEY])
def test_networks_of_the_engine_s_own_are_not_joined_by_hand(mode: str) -> None:
    name = {"": "bridge", "default": "bridge"}.get(mode, mode)
    networks: Any = {} if ":" in mode else {name: {"NetworkID": "n", "Aliases": None}}
    config = {"Hostname": "given", "ExposedPorts": {"80/tcp": {}}}
    made = recipe(
        seen(config=config, host_config={"NetworkMode": mode}, network_settings=Networks(networks=networks)), "i"
    )
    assert "NetworkingConfig" not in made.body
    assert made.others == ()
    assert ("Hostname" in made.body) == (mode != "host" and ":" not in mode)
    assert ("ExposedPorts" in made.body) == (":" not in mode)


def test_what_came_from_the_image_is_left_to_the_next_one() -> None:
    image = {"Cmd": ["serve"], "Entrypoint": ["/run"], "Env": ["PATH=/bin", "R=1"], "Labels": {"v": "1"}, "User": "web"}
    own = {"Cmd": ["serve"], "Entrypoint": ["/run"], "Env": ["MINE=1", "PATH=/bin", "R=1"],
           "Labels": {"v": "1", "project": "shop"}, "User": "web", "Tty": True}  # fmt: skip
    kept = without_image(own, image)
    assert kept == {"Env": ["MINE=1"], "Labels": {"project": "shop"}, "Tty": True, "Volumes": {}, "ExposedPorts": {}}
    assert without_image(own | {"Entrypoint": ["/mine"]}, image)["Cmd"] == ["serve"]


def test_what_is_used_is_never_counted_as_free() -> None:
    usage = Usage(
        images=[
            UsedImage(id="sha256:used", repo_tags=["a:1"], size=5, containers=1),
            UsedImage(id="sha256:uncounted", repo_tags=["b:1"], size=5, containers=-1),
            UsedImage(id="sha256:tagged", repo_tags=["c:1", "d:1"], size=7, shared_size=2, containers=0),
            UsedImage(id="sha256:digest", repo_tags=None, repo_digests=["e@sha256:0"], size=3, containers=0),
            UsedImage(id="sha256:nameless", repo_tags=["<none>:<none>"], size=4, containers=0),
        ],
        containers=[
            UsedContainer(id="r", state="running", image_id="sha256:used"),
            UsedContainer(id="p", state="paused", image_id="sha256:used"),
            UsedContainer(id="e", state="exited", image_id="sha256:uncounted", size_rw=9),
        ],
        build_cache=[CacheRecord(size=1, in_use=True), CacheRecord(size=2, shared=True), CacheRecord(size=4)],
    )
    found = heaps(usage)
    assert [thing.id for thing in found["dangling images"].things] == ["sha256:nameless"]
    assert {thing.id for thing in found["unused images"].things} == {
        "sha256:tagged",
        "sha256:digest",
        "sha256:nameless",
    }
    assert [thing.id for thing in found["stopped containers"].things] == ["e"]
    assert {what: heap.frees for what, heap in found.items()} == {
        "dangling images": 4, "unused images": 12, "stopped containers": 9, "build cache": 4,
    }  # fmt: skip
    assert found["unused images"].words == "3 unused images: 12 B or more"
    assert found["dangling images"].words == "1 dangling images: 4 B"


def test_what_waits_for_its_successor_to_be_well_is_never_cleaned_away() -> None:
    names = {"o": "/web-1.old-0123456789ab", "n": "/web-1.new-0123456789ab", "e": "/web.old-fashioned"}
    usage = Usage(containers=[UsedContainer(id=key, names=[name], state="exited") for key, name in names.items()])
    assert [thing.id for thing in heaps(usage)["stopped containers"].things] == ["e"]


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        pytest.param(None, 0.0, id="no health check"),
        pytest.param({"Test": ["NONE"]}, 0.0, id="one that was taken off"),
        pytest.param({"Test": ["CMD", "x"]}, 240.0, id="the engine's own times"),
        pytest.param({"Test": ["CMD", "x"], "Interval": 5 * 10**9, "Timeout": 10**9, "Retries": 2,
                      "StartPeriod": 60 * 10**9}, 78.0, id="times of its own"),
    ],
)  # fmt: skip
def test_how_long_a_health_check_may_need(check: Any, expected: float) -> None:
    assert seen(config={"Healthcheck": check}).probed_s == expected
