"""Settings of the kernel below /proc/sys: which are settings, which change by themselves, and how each is named."""

import os
import stat
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from functools import cache
from typing import NamedTuple

from collectors.globs import matches
from ops.drift.named import safe_name

_LIMIT = 16 * 1024
_CHANGING = (
    "fs.aio-nr", "fs.binfmt_misc.*", "fs.dentry-state", "fs.file-nr", "fs.inode-nr", "fs.inode-state", "fs.quota.*",
    "kernel.hung_task_detect_count", "kernel.ns_last_pid", "kernel.perf_event_max_sample_rate", "kernel.pty.nr",
    "kernel.random.*", "net.core.netdev_rss_key", "net.ipv4.tcp_available_congestion_control",
    "net.ipv4.tcp_fastopen_key", "net.ipv6.conf.*.stable_secret", "net.netfilter.nf_conntrack_count",
    "net.nf_conntrack_count", "vm.compact_memory", "vm.drop_caches", "vm.stat_refresh",
)  # fmt: skip
"""Counters, what is drawn at random at boot, and what only starts something."""
_OF_INTERFACES = ("net.ipv4.conf.", "net.ipv6.conf.", "net.ipv4.neigh.", "net.ipv6.neigh.")
_ALWAYS = frozenset({"all", "default", "lo"})


class Setting(NamedTuple):
    """One setting."""

    path: str
    """Below /proc/sys: "net/ipv4/ip_forward"."""
    value: str = ""
    """Columns parted by one space; several lines stay lines."""
    unreadable: str = ""


def named(path: str) -> str:
    """As sysctl(8) names it: "net.ipv4.ip_forward"; a dot of the path's own becomes a slash."""
    return safe_name(path.translate({ord("/"): ".", ord("."): "/"}))


def settings(root: str, devices: str, globs: Sequence[str], only: str = "") -> Iterator[Setting]:
    """Those whose name one of the globs means, sorted; `only` is the name of the one that is wanted.

    `root` is /proc/sys, `devices` /sys/class/net. Of interfaces those of the machine itself count: others come and go.
    """
    lasting = cache(lambda interface: interface in _ALWAYS or os.path.exists(f"{devices}/{interface}/device"))
    for path in _paths(root, ""):
        name = named(path)
        if (only and name != only) or not matches(name, globs) or any(fnmatchcase(name, glob) for glob in _CHANGING):
            continue
        interface = _interface(name)
        if interface and not lasting(interface):
            continue
        setting = _read(root, path)
        if setting is not None:
            yield setting


def _paths(root: str, below: str) -> Iterator[str]:
    try:
        with os.scandir(f"{root}/{below}" if below else root) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except FileNotFoundError:
        if not below:
            raise
        return  # an interface that has just gone takes its folder with it
    for entry in entries:
        path = f"{below}/{entry.name}" if below else entry.name
        if entry.is_dir(follow_symlinks=False):
            yield from _paths(root, path)
        else:
            yield path


def _interface(name: str) -> str:
    """The interface that a setting is of, as its folder is called; "" for none."""
    start = next((start for start in _OF_INTERFACES if name.startswith(start)), "")
    return name.removeprefix(start).split(".")[0].replace("/", ".") if start else ""


def _read(root: str, path: str) -> Setting | None:
    """None for what can't be read by anybody, which is a button and no setting, and for what has just gone."""
    try:
        held = os.open(f"{root}/{path}", os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    except OSError as error:
        return _unread(root, path, error)
    try:
        text = os.read(held, _LIMIT).decode("utf-8", "replace")
    except OSError as error:
        return _unread(root, path, error)
    finally:
        os.close(held)
    return Setting(path, "\n".join(" ".join(line.split()) for line in text.rstrip("\n").split("\n")))


def _unread(root: str, path: str, error: OSError) -> Setting | None:
    try:
        mode = os.lstat(f"{root}/{path}").st_mode
    except OSError:
        return None
    why = (error.strerror or str(error)).lower()
    return Setting(path, unreadable=f"only its owner may read it: {why}") if mode & stat.S_IRUSR else None
