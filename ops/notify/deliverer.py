"""Deliverer: what every kind of receiver can do."""

from typing import Protocol

from ops.notify.structs import Delivery, Message


class Deliverer(Protocol):
    """Hands messages to one receiver, one at a time."""

    async def deliver(self, message: Message) -> Delivery:
        """Try once. What the world does wrong is a Delivery; what takes too long is cancelled, at any moment."""

    async def close(self) -> None:
        """Let go of connections."""
