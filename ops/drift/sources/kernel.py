"""The kernel: which one runs, how it was booted, and its settings."""

import os
from collections.abc import Callable, Sequence

from collectors.base import NoData
from collectors.threads import DaemonPool
from ops.drift.base import Place, Source
from ops.drift.hiding import told
from ops.drift.structs import Difference, Item
from ops.drift.system.sysctl import Setting, named, settings

KERNEL = "linux"
"""The item of the kernel itself; every other is one setting."""
_POOL = DaemonPool(1, name="drift-kernel")


class KernelSource(Source):
    """Settings that change by themselves (counters, what depends on interfaces of containers) are left out."""

    name = "kernel"
    title = "the kernel and its settings"
    group = "system"

    def __init__(self, root: str = "/proc", devices: str = "/sys/class/net") -> None:
        self._root, self._devices = root, devices

    async def capture(self, place: Place) -> Sequence[Item]:
        """One item for the kernel and one for each setting. Raises NoData where there is no procfs."""
        return await _POOL.run(self._read, place)

    def _read(self, place: Place) -> list[Item]:
        own = [] if place.only not in ("", KERNEL) else [_kernel(self._root, place.digest)]
        found = settings(f"{self._root}/sys", self._devices, place.drift.sysctl, place.only)
        return [*own, *(_item(setting, place.digest) for setting in found)]

    def by_hand(self, difference: Difference) -> str:
        """By what differs."""
        if difference.place.item == KERNEL:
            return "boot the kernel that was agreed, with its parameters (the boot loader's menu has the older ones)"
        if difference.kind in ("added", "removed"):
            return "load or unload the module of the kernel that brings this setting"
        return "set it with sysctl -w, and look in /etc/sysctl.d for what sets it at boot"


def _kernel(root: str, digest: Callable[[str, str], str]) -> Item:
    found = os.uname()
    facts: dict[str, str | tuple[str, ...]] = {
        "release": found.release,
        "build": found.version,
        "machine": found.machine,
    }
    try:
        with open(f"{root}/cmdline", "rb") as file:
            words = file.read(64 * 1024).decode("utf-8", "replace").split()
    except FileNotFoundError as error:
        raise NoData(f"there is no {root}/cmdline: this is no Linux, or procfs is not mounted there") from error
    except OSError as error:
        return Item(name=KERNEL, facts=facts, unreadable={"boot_parameters": error.strerror or str(error)})
    return Item(name=KERNEL, facts=facts | {"boot_parameters": tuple(_word(word, digest) for word in words)})


def _word(word: str, digest: Callable[[str, str], str]) -> str:
    name, sign, value = word.partition("=")
    return f"{name}{sign}{told(digest, name, value)}"


def _item(setting: Setting, digest: Callable[[str, str], str]) -> Item:
    if setting.unreadable:
        return Item(name=named(setting.path), unreadable={"value": setting.unreadable})
    value = told(digest, setting.path, setting.value)
    return Item(name=named(setting.path), facts={"value": value}, kept=value == setting.value)
