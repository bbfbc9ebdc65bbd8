"""The way from the floor to incidents: the list, the war room, and having the gravest one at once."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.screen import Screen

from collectors.loading import loaded
from tui.fixing import Fixing, who
from tui.messages import AckAsked, IncidentsAsked, PostmortemAsked, RoomAsked
from tui.working import begin

if TYPE_CHECKING:
    from ops.board import Board
    from ops.incidents.source import IncidentSource

NOBODY = "no incidents are kept here: that needs a config file and a history (watchfloor init writes one)"


TURN_S = 15.0
"""How long a wall shows one thing."""


def following(shown: int | None, opened: Sequence[int]) -> int | None:
    """What a wall shows after an incident, or after the floor (None): each open incident once, then the floor."""
    if shown is None:
        return opened[0] if opened else None
    place = opened.index(shown) + 1 if shown in opened else len(opened)
    return opened[place] if place < len(opened) else None


class IncidentPages(Fixing):
    """An app that shows incidents; on a wall the floor and the war room of each open one take turns."""

    wall = False
    """Whether nobody drives it. To be set before `run`."""

    def on_mount(self) -> None:
        """Take turns on a wall."""
        if self.wall:
            self.set_interval(TURN_S, self.turn)

    def turn(self) -> None:
        """Show what comes next, unless somebody has opened a page."""
        from tui.screens.war_room import WarRoom

        screen = self.screen
        if screen is not self.floor and not isinstance(screen, WarRoom):
            return
        shown = screen.number if isinstance(screen, WarRoom) else None
        number = following(shown, [each.number for each in self.floor.latest.incidents])
        if number is None:
            if isinstance(screen, WarRoom):
                screen.dismiss()
            elif self.floor.floor.plan.form == "compact":
                self.floor.action_pane_next()
        elif isinstance(screen, WarRoom):
            screen.go(number)
        else:
            self.post_message(RoomAsked(number))

    def _incidents(self) -> "IncidentSource | None":
        """Who keeps them, where what is shown is now; else it is said why not."""
        if self.floor.refuses():
            return None
        found = self.source.incidents if self.source is not None else None
        if found is None:
            self.notify(NOBODY, markup=False)
        return found

    def action_incidents(self) -> None:
        """Show the incidents; from a war room the one that it is of."""
        from tui.screens.war_room import WarRoom

        self.open_page(IncidentsAsked(self.screen.number if isinstance(self.screen, WarRoom) else None))

    def action_room(self) -> None:
        """Show the war room."""
        self.open_page(RoomAsked())

    def _latest(self) -> "Board":
        return self.floor.latest

    def _returns_to(self, kind: type[Screen[Any]]) -> Screen[Any] | None:
        """Go back to a page of that kind where one is open behind others; gives it."""
        if not self.shows(kind):
            return None
        while not isinstance(self.screen, kind):
            self.pop_screen()
        return self.screen

    async def on_incidents_asked(self, message: IncidentsAsked) -> None:
        """Show the list, or one of them."""
        await loaded("tui.screens.incidents")
        from tui.screens.incidents import IncidentsScreen

        if isinstance(page := self._returns_to(IncidentsScreen), IncidentsScreen):
            page.go(message.number)
        elif (found := self._incidents()) is not None:
            page = IncidentsScreen(found, self.glyphs, self.config.keys, clock=self.floor.clock)
            page.hands, page.latest = self.hands, self._latest
            page.go(message.number)
            self.push_screen(page)

    async def on_room_asked(self, message: RoomAsked) -> None:
        """Show the war room of one, else of the gravest that is open."""
        await loaded("tui.screens.war_room")
        from tui.screens.war_room import WarRoom

        if isinstance(room := self._returns_to(WarRoom), WarRoom):
            if message.number is not None:  # who comes back to it finds what he left
                room.go(message.number)
        elif (found := self._incidents()) is not None:
            room = WarRoom(found, self.glyphs, self.config, self.floor.told, clock=self.floor.clock)
            room.hands, room.latest, room.number = self.hands, self._latest, message.number
            room.desk, room.counted = self.floor.past, not self.wall
            self.push_screen(room)

    def on_postmortem_asked(self, message: PostmortemAsked) -> None:
        """Show what happened, as a post-mortem."""
        from tui.screens.postmortem import PostmortemScreen

        if not self.shows(PostmortemScreen) and (found := self._incidents()) is not None:
            write = partial(self._written, found)
            self.push_screen(PostmortemScreen(message.number, write, self.glyphs, self.config.keys))

    def _written(self, incidents: "IncidentSource", number: int) -> str:
        """The post-mortem in Markdown, for a thread. Raises IncidentError."""
        from ops.incidents.gather import account_of
        from ops.incidents.postmortem import markdown

        account = account_of(number, incidents, self.config, self.floor.clock())
        return markdown(account, plain=self.glyphs.ascii)

    def on_ack_asked(self, message: AckAsked) -> None:
        """Somebody here has it."""
        if (found := self._incidents()) is not None:
            begin(self, partial(self._have, found, message.number), group="ack")

    async def _have(self, incidents: "IncidentSource", number: int) -> None:
        from ops.incidents.source import IncidentError

        try:
            await asyncio.to_thread(incidents.acknowledge, number, who().user)
        except IncidentError as error:
            self.notify(error.words, severity="error", markup=False)
        else:
            self.notify(f"INC-{number}: you have it", markup=False)
