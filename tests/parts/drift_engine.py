"""What the tests of drift on engines begin with: a recorded container, otherwise in some fields, and digests."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import msgspec

from ops.actions.docker import Whole
from ops.drift.structs import DIGEST
from tests.parts.crowd import RECORDED


def digest(of: str, value: str) -> str:
    """As a place gives it, with another key."""
    return DIGEST + sha256(f"{of}\0{value}".encode()).hexdigest()[:16]


def seen(config: Mapping[str, Any] = {}, host: Mapping[str, Any] = {}, **top: Any) -> Whole:
    """The recorded container, otherwise in these fields of its two parts."""
    whole = dict(RECORDED["inspected"])
    whole |= {"Config": whole["Config"] | dict(config), "HostConfig": whole["HostConfig"] | dict(host)} | top
    return msgspec.convert(whole, Whole)
