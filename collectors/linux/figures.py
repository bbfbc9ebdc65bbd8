"""Takes the kernel's own figures of a host apart: pure functions over the texts of procfs."""

from typing import NamedTuple

_MEMORY = (b"MemTotal", b"MemFree", b"MemAvailable", b"Buffers", b"Cached", b"SwapTotal", b"SwapFree")


class CpuTimes(NamedTuple):
    """Clock ticks since the boot, of all cores together."""

    busy: int
    total: int


class Memory(NamedTuple):
    """Bytes, from /proc/meminfo."""

    total: int
    available: int
    swap_total: int
    swap_free: int


class Traffic(NamedTuple):
    """Counters of one network interface since it exists."""

    received_bytes: int
    sent_bytes: int
    errors: int


def parse_cpu(text: bytes) -> CpuTimes:
    """The first line of /proc/stat: user nice system idle iowait irq softirq steal (guest is inside user).

    Waiting for a disk is not busy. Raises ValueError for what is no such line.
    """
    label, *fields = text.split(b"\n", 1)[0].split()
    if label != b"cpu" or len(fields) < 4:
        raise ValueError("no line of CPU times")
    times = [int(field) for field in fields[:8]]
    total = sum(times)
    return CpuTimes(busy=total - sum(times[3:5]), total=total)


def parse_memory(text: bytes) -> Memory:
    """/proc/meminfo, in kibibytes there. Kernels before 3.14 don't tell what is available: then free and cache count.

    Raises KeyError when it does not tell the total.
    """
    sizes = {}
    for name in _MEMORY:
        at = text.find(b"\n" + name + b":") + 1
        if at or text.startswith(name + b":"):
            sizes[name] = int(text[at + len(name) + 1 : at + 40].split(None, 1)[0]) * 1024
    guess = sum(sizes.get(name, 0) for name in (b"MemFree", b"Buffers", b"Cached"))
    return Memory(
        total=sizes[b"MemTotal"],
        available=sizes.get(b"MemAvailable", guess),
        swap_total=sizes.get(b"SwapTotal", 0),
        swap_free=sizes.get(b"SwapFree", 0),
    )


def parse_interfaces(text: bytes) -> dict[str, Traffic]:
    """/proc/net/dev: two lines of heading, then "name: 8 figures of receiving, 8 of sending"."""
    found: dict[str, Traffic] = {}
    for line in text.splitlines()[2:]:
        name, _, rest = line.rpartition(b":")
        fields = [int(field) for field in rest.split()]
        if name and len(fields) >= 11:
            traffic = Traffic(received_bytes=fields[0], sent_bytes=fields[8], errors=fields[2] + fields[10])
            found[name.strip().decode("utf-8", "replace")] = traffic
    return found


def parse_pressure(text: bytes) -> float | None:
    """The percent of the last 10 s in which some task waited: "some avg10=0.12 avg60=…" (psi documentation)."""
    for line in text.splitlines():
        if line.startswith(b"some "):
            for field in line.split():
                name, _, value = field.partition(b"=")
                if name == b"avg10":
                    return float(value)
    return None


def parse_counter(text: bytes, name: bytes) -> int | None:
    """One counter of /proc/vmstat, such as "oom_kill"; None where this kernel has none of that name."""
    at = text.find(b"\n" + name + b" ")
    if at < 0:
        return None
    return int(text[at + len(name) + 2 :].split(b"\n", 1)[0])


def parse_load(text: bytes) -> tuple[float, float, float]:
    """The loads of the last 1, 5 and 15 minutes: "0.20 0.18 0.12 1/80 11206". Raises ValueError for anything else."""
    one, five, fifteen = (float(field) for field in text.split()[:3])
    return one, five, fifteen
