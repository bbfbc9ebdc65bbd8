"""Kinds of failures that a server's own words are recognized as."""

from collectors.base import CollectError


class Lost(CollectError):
    """The connection was there and broke: a new one may work at once."""


class Known(CollectError):
    """A kind of failure: `message` is a pattern for `about`, with "{where}" and "{said}" in it."""

    def about(self, where: str, said: str = "") -> CollectError:
        """Give the error itself, about a place and with what the server said."""
        message = self.message.format(where=where, said=said)
        return CollectError(message, reason=self.reason, remedy=self.remedy, retry=self.retry)
