"""Settings of the kernel: which count, how each is named, of a tree like /proc, and of this machine."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.base import NoData
from collectors.drift import DriftConfig
from ops.drift.base import Place
from ops.drift.sources.kernel import KERNEL, KernelSource
from ops.drift.structs import Item, Value
from ops.drift.system.sysctl import named, settings
from tests.parts.acting import config_of
from tests.parts.drift_engine import digest
from tests.parts.need import need

Tree = Callable[..., KernelSource]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Makes settings: path below /proc/sys to text."""

    def make(**texts: str) -> KernelSource:
        (tmp_path / "cmdline").write_text("quiet root=/dev/vda db_password=hunter22\n")
        (tmp_path / "devices/eth0.1/device").mkdir(parents=True)
        for path, text in texts.items():
            file = tmp_path / "sys" / path.replace("__", "/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return KernelSource(str(tmp_path), str(tmp_path / "devices"))

    return make


def place(only: str = "", **drift: tuple[str, ...]) -> Place:
    return Place(config=config_of(""), drift=DriftConfig(name="here", **drift), digest=digest, only=only)  # type: ignore[arg-type]


async def values(source: KernelSource, where: Place) -> dict[str, Value]:
    return {item.name: item.facts["value"] for item in await source.capture(where) if item.name != KERNEL}


async def test_columns_are_parted_by_one_space_whatever_the_kernel_writes(tree: Tree) -> None:
    found = await values(tree(kernel__printk="4\t4\t1\t7\n", vm__swappiness="60\n"), place())
    assert found == {"kernel.printk": "4 4 1 7", "vm.swappiness": "60"}


async def test_what_changes_by_itself_and_what_nobody_asked_for_is_left_out(tree: Tree) -> None:
    source = tree(kernel__random__boot_id="x\n", **{"fs__file-nr": "1 0 9\n"}, dev__raid="1\n", vm__swappiness="60\n")
    assert await values(source, place()) == {"vm.swappiness": "60"}
    assert await values(source, place(sysctl=("dev.*",))) == {"dev.raid": "1"}


async def test_interfaces_of_the_machine_count_and_those_of_containers_do_not(tree: Tree) -> None:
    files = {f"net__ipv4__conf__{one}__forwarding": "1\n" for one in ("all", "lo", "eth0.1", "veth1a2b", "docker0")}
    found = await values(tree(**files), place())
    assert set(found) == {
        "net.ipv4.conf.all.forwarding",
        "net.ipv4.conf.lo.forwarding",
        "net.ipv4.conf.eth0/1.forwarding",
    }


def test_an_interface_that_goes_away_while_they_are_read_takes_its_settings_with_it(tree: Tree, tmp_path: Path) -> None:
    tree(**{f"net__ipv4__conf__{one}__forwarding": "1\n" for one in ("all", "veth1a2b")}, vm__swappiness="60\n")
    found = settings(str(tmp_path / "sys"), str(tmp_path / "devices"), ("*",))
    assert next(found).path == "net/ipv4/conf/all/forwarding"
    shutil.rmtree(tmp_path / "sys/net/ipv4/conf/veth1a2b")
    assert [one.path for one in found] == ["vm/swappiness"]


async def test_one_that_is_wanted_is_read_alone(tree: Tree) -> None:
    source = tree(vm__swappiness="60\n", vm__dirty_ratio="20\n")
    assert [item.name for item in await source.capture(place("vm.swappiness"))] == ["vm.swappiness"]


async def test_the_kernel_itself_and_a_password_among_its_parameters(tree: Tree) -> None:
    (item,) = await tree(vm__swappiness="60\n").capture(place(KERNEL))
    words = item.facts["boot_parameters"]
    assert isinstance(words, tuple)
    assert words[:2] == ("quiet", "root=/dev/vda")
    assert words[2].startswith("db_password=digest:")
    assert item.facts["release"] == os.uname().release


async def test_without_a_procfs_there_is_nothing(tmp_path: Path) -> None:
    with pytest.raises(NoData):
        await KernelSource(str(tmp_path / "none")).capture(place())


async def test_of_this_machine_twice_the_same() -> None:
    need(sys.platform == "linux", "a procfs")
    first, second = [list(await KernelSource().capture(place())) for _ in range(2)]
    assert first == second
    assert len(first) > 100
    assert not [item for item in first if item.name.startswith("kernel.random.")]
    secrets = [item for item in first if item.name.endswith(("rss_key", "fastopen_key", "stable_secret"))]
    assert all(_hidden(item) for item in secrets)


def _hidden(item: Item) -> bool:
    value = item.facts.get("value", "")
    return bool(item.unreadable) or value == "" or str(value).startswith("digest:")


@given(st.lists(st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=8), min_size=1, max_size=4))
def test_a_name_can_be_shown_and_no_two_paths_share_one(parts: list[str]) -> None:
    name = named("/".join(parts))
    assert name.isprintable()
    assert "#" not in name
    assert name.count(".") == len(parts) - 1
