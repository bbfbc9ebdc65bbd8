"""The command palette: every action of `keys`, and whatever else a screen offers, found by its words."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol, runtime_checkable

from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.dom import DOMNode
from textual.screen import Screen

from collectors.text import clean
from tui import keys, themes
from tui.messages import FixAsked
from tui.panes.base import TablePane
from tui.screens.floor import FloorScreen

if TYPE_CHECKING:
    from textual.app import App


@runtime_checkable
class _Keyed(Protocol):
    """A screen that tells whose keys work on it; those that ask one thing don't."""

    @property
    def scopes(self) -> tuple[keys.Scope, ...]:
        """Whose keys do something there."""


class Offer(NamedTuple):
    """Something to do that has no key of its own. `help` is our own text; `words` may be the world's."""

    words: str
    help: str
    run: Callable[[], object]
    at_once: bool = True
    """Whether it is listed before anything is typed."""


def palette(scopes: tuple[keys.Scope, ...], keymap: Mapping[str, str], offers: Sequence[Offer] = ()) -> CommandPalette:
    """Make the palette of some scopes."""
    offered = tuple((f"{key.words} ({keys.shown(key, keymap)})", key) for key in keys.offered(scopes))
    provider = type("Offered", (_Offers,), {"offered": offered, "offers": tuple(offers)})
    return CommandPalette(providers=[provider], placeholder="what to do, or the name of a row")


def palette_over(app: "App[None]", screen: Screen[Any], keymap: Mapping[str, str]) -> CommandPalette | None:
    """The palette of a screen: its keys, those that work everywhere, what else it offers; None where it has none."""
    offers = list(theme_offers(app))
    if isinstance(screen, FloorScreen):
        return palette(screen.scopes, keymap, [*offers, *fix_offers(screen), *row_offers(screen)])
    if isinstance(screen, _Keyed):
        return palette((*screen.scopes, "everywhere"), keymap, offers)
    return None


def theme_offers(app: "App[None]") -> Iterator[Offer]:
    """Each theme by its name."""
    for name in themes.NAMES:
        yield Offer(f"theme {name}", "Take this theme.", partial(setattr, app, "theme", themes.registered(name)))


def row_offers(floor: FloorScreen) -> Iterator[Offer]:
    """Each row of each table, to jump to; only found by typing."""
    for name, pane in floor.panes.items():
        if isinstance(pane, TablePane):
            for row in pane.rows:
                words = f"go to {row.cells[0].text} ({pane.SHORT.lower()})"
                yield Offer(words, "", partial(floor.go_to, name, row.id), at_once=False)


def fix_offers(floor: FloorScreen) -> Iterator[Offer]:
    """Each fix that fits the selected row, to see its plan."""
    row, fixes = floor.selected(), floor.hands.free
    if row is None or fixes is None or floor.machine.away:
        return
    for offered in fixes.offers(floor.board, (row.id,)):
        if not offered.allowed:
            ask = partial(floor.post_message, FixAsked((row.id,), offered.offer))
            yield Offer(f"fix: {clean(offered.offer.title)}", "See its plan; nothing is done before a yes.", ask)


class _Offers(Provider):
    """Offers the keys of the screen that it was opened over, then what that screen offers beside them."""

    offered: ClassVar[tuple[tuple[str, keys.Key], ...]] = ()
    offers: ClassVar[tuple[Offer, ...]] = ()

    async def discover(self) -> Hits:
        """Offer everything but what would be too much."""
        for words, key in self.offered:
            yield DiscoveryHit(Content(words), partial(self._run, key), words, help=key.tooltip)
        for offer in self.offers:
            if offer.at_once:
                yield DiscoveryHit(Content(offer.words), offer.run, offer.words, help=offer.help)

    async def search(self, query: str) -> Hits:
        """Offer what matches in the name or the explanation; of other offers, the name alone."""
        matcher = self.matcher(query)
        for words, key in self.offered:
            score = max(matcher.match(words), matcher.match(key.tooltip) * 0.5)
            if score > 0:
                yield Hit(score, Content(words), partial(self._run, key), words, help=key.tooltip)
        for offer in self.offers:
            # Textual's own highlighting would read a name from the world as markup.
            if (score := matcher.match(offer.words)) > 0:
                yield Hit(score, Content(offer.words), offer.run, offer.words, help=offer.help)

    async def _run(self, key: keys.Key) -> None:
        node: DOMNode | None = {"table": self.focused, "everywhere": self.app, "demo": self.app}.get(
            key.scope, self.screen
        )
        await self.app.run_action(key.action, default_namespace=node or self.screen)
