"""The way from the floor to incidents: the list, the war room, and having the gravest one at once."""

import asyncio
from typing import TYPE_CHECKING

from tui.fixing import Fixing, who
from tui.messages import AckAsked, IncidentsAsked, RoomAsked

if TYPE_CHECKING:
    from ops.incidents.source import IncidentSource

NOBODY = "no incidents are kept here: that needs a config file and a history (watchfloor init writes one)"


class IncidentPages(Fixing):
    """An app that shows incidents."""

    def _incidents(self) -> "IncidentSource | None":
        """Who keeps them, where what is shown is now; else it is said why not."""
        if self.floor.refuses():
            return None
        found = self.source.incidents if self.source is not None else None
        if found is None:
            self.notify(NOBODY, markup=False)
        return found

    def action_incidents(self) -> None:
        """Show the incidents."""
        self.post_message(IncidentsAsked())

    def action_room(self) -> None:
        """Show the war room."""
        self.post_message(RoomAsked())

    def on_incidents_asked(self, message: IncidentsAsked) -> None:
        """Show the list, or one of them."""
        from tui.screens.incidents import IncidentsScreen

        if not self.shows(IncidentsScreen) and (found := self._incidents()) is not None:
            page = IncidentsScreen(found, self.glyphs, self.config.keys, clock=self.floor.clock, number=message.number)
            page.hands = self.hands
            self.push_screen(page)

    def on_room_asked(self, message: RoomAsked) -> None:
        """Show the war room of one, else of the gravest that is open."""
        from tui.screens.war_room import WarRoom

        if not self.shows(WarRoom) and (found := self._incidents()) is not None:
            room = WarRoom(found, self.glyphs, self.config, self.floor.told, clock=self.floor.clock)
            room.hands, room.number = self.hands, message.number
            room.desk = self.floor.past
            self.push_screen(room)

    def on_ack_asked(self, message: AckAsked) -> None:
        """Somebody here has it."""
        if (found := self._incidents()) is not None:
            self.run_worker(self._have(found, message.number), group="ack")

    async def _have(self, incidents: "IncidentSource", number: int) -> None:
        from ops.incidents.source import IncidentError

        try:
            await asyncio.to_thread(incidents.acknowledge, number, who().user)
        except IncidentError as error:
            self.notify(f"{error.message}{f': {error.remedy}' if error.remedy else ''}", severity="error", markup=False)
        else:
            self.notify(f"INC-{number}: you have it", markup=False)
