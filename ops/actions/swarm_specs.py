"""What differs between two specs of a Swarm service, for a plan; pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from collectors.text import clean

_SHOWN = ("TaskTemplate.ContainerSpec.Image", "Mode.Replicated.Replicas")
"""Whose values are told; others may hold secrets."""
_UNTOLD = ("TaskTemplate.ForceUpdate",)
_MOST = 12


def differences(now: Mapping[str, Any], then: Mapping[str, Any]) -> list[str]:
    """Lines such as "TaskTemplate.ContainerSpec.Image: shop:2 → shop:1", at most 12 and what is left out."""
    here, there = dict(_leaves(now)), dict(_leaves(then))
    paths = [path for path in (here | there) if here.get(path) != there.get(path) and path not in _UNTOLD]
    lines = [_line(path, here.get(path), there.get(path)) for path in sorted(paths)]
    if len(lines) > _MOST:
        return [*lines[:_MOST], f"… {len(lines) - _MOST} more differences"]
    return lines or ["nothing differs but that its tasks are made anew"]


def _line(path: str, now: object, then: object) -> str:
    if path in _SHOWN:
        return f"{path}: {clean(now)} → {clean(then)}"
    return f"{clean(path)}: {'is set again' if now is None else 'goes' if then is None else 'is as it was before'}"


def _leaves(spec: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, object]]:
    for name, value in spec.items():
        inner = f"{path}.{name}" if path else name
        if isinstance(value, Mapping):
            yield from _leaves(value, inner)
        else:
            yield inner, value
