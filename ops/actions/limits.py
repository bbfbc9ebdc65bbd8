"""The memory and CPU limits of a container: in words, and as the body of POST /containers/ID/update; pure."""

from collections.abc import Mapping
from typing import Any

import msgspec

from collectors.docker_api.parse import Go
from ops.actions.errors import Refused
from ops.figures import count, size

KEEP = "as is"
LEAST_BYTES = 6 * 2**20
"""What the engine takes at least (docker/daemon `daemon_unix.go`, linuxMinMemory)."""
_PERIOD_US = 100_000
_NANO = 10**9


class Capacity(Go, frozen=True):
    """What GET /info says of the engine's host: CPUs, and memory in bytes."""

    ncpu: int = msgspec.field(default=0, name="NCPU")
    mem_total: int = 0


def cpus_of(host: Mapping[str, Any]) -> float:
    """How many CPUs a HostConfig allows; 0 for no limit."""
    if host.get("NanoCpus"):
        return float(host["NanoCpus"]) / _NANO
    quota = host.get("CpuQuota") or 0
    return quota / (host.get("CpuPeriod") or _PERIOD_US) if quota > 0 else 0.0


def limits_words(host: Mapping[str, Any]) -> str:
    """ "memory 512 MiB, 1.5 CPUs"."""
    memory, cpus = host.get("Memory") or 0, cpus_of(host)
    words = f"memory {size(memory)}" if memory else "no memory limit"
    return f"{words}, {count(cpus)} CPUs" if cpus else f"{words}, no CPU limit"


def limits_body(host: Mapping[str, Any], capacity: Capacity, memory: int | None, cpus: float | None) -> dict[str, int]:
    """What to send; None leaves a limit as it is, 0 means all that the host has, for no limit can be taken off again.

    What may be swapped out beyond the memory stays as much as it was. Raises Refused for too little or nothing.
    """
    body: dict[str, int] = {}
    if memory is not None:
        body |= _memory(host, memory or capacity.mem_total, capacity.mem_total)
    if cpus is not None:
        body |= _cpus(host, cpus or float(capacity.ncpu), capacity.ncpu)
    if not body:
        raise Refused("no limit was given", "give memory, cpus, or both", reason="protocol")
    return body


def refuse_less_than_used(memory: int, used: object) -> None:
    """Raise Refused where a limit is under what is in use now: the kernel would kill until it fits."""
    if isinstance(used, int) and 0 < memory <= used:
        message = f"it uses {size(used)} now: with a limit of {size(memory)} the kernel would kill what runs in it"
        raise Refused(message, "give more than that, or stop it first", reason="limit")


def _memory(host: Mapping[str, Any], memory: int, most: int) -> dict[str, int]:
    if memory < LEAST_BYTES:
        raise Refused(f"{size(memory)} is too little", f"the engine wants {size(LEAST_BYTES)} or more", reason="limit")
    if most and memory > most:
        raise Refused(f"the engine's host has {size(most)} of memory", f"give {size(most)} or less", reason="limit")
    old, old_swap = host.get("Memory") or 0, host.get("MemorySwap") or 0
    beyond = old_swap - old if old and old_swap > 0 else memory
    body = {"Memory": memory, "MemorySwap": -1 if old_swap < 0 else memory + beyond}
    reserved = host.get("MemoryReservation") or 0
    return body | ({"MemoryReservation": memory} if reserved > memory else {})


def _cpus(host: Mapping[str, Any], cpus: float, most: int) -> dict[str, int]:
    if most and cpus > most:
        raise Refused(f"the engine's host has {most} CPUs", f"give {most} or fewer", reason="limit")
    if host.get("CpuQuota"):
        return {"CpuPeriod": _PERIOD_US, "CpuQuota": round(cpus * _PERIOD_US)}
    return {"NanoCpus": round(cpus * _NANO)}
