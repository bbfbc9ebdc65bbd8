"""The command palette: every action of `keys`, found by its words."""

from collections.abc import Mapping
from functools import partial
from typing import ClassVar

from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.dom import DOMNode

from tui import keys


def palette(scopes: tuple[keys.Scope, ...], keymap: Mapping[str, str]) -> CommandPalette:
    """Make the palette of some scopes."""
    offered = tuple((f"{key.words} ({keys.shown(key, keymap)})", key) for key in keys.KEYS if key.scope in scopes)
    return CommandPalette(providers=[type("Offered", (_Keys,), {"offered": offered})], placeholder="what to do")


class _Keys(Provider):
    """Offers the keys of the screen that it was opened over."""

    offered: ClassVar[tuple[tuple[str, keys.Key], ...]] = ()

    async def discover(self) -> Hits:
        """Offer everything."""
        for words, key in self.offered:
            yield DiscoveryHit(words, partial(self._run, key), help=key.tooltip)

    async def search(self, query: str) -> Hits:
        """Offer what matches in the name or the explanation."""
        matcher = self.matcher(query)
        for words, key in self.offered:
            score = max(matcher.match(words), matcher.match(key.tooltip) * 0.5)
            if score > 0:
                yield Hit(score, matcher.highlight(words), partial(self._run, key), help=key.tooltip)

    async def _run(self, key: keys.Key) -> None:
        node: DOMNode | None = {"table": self.focused, "everywhere": self.app, "demo": self.app}.get(
            key.scope, self.screen
        )
        await self.app.run_action(key.action, default_namespace=node or self.screen)
