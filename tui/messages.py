"""The words between the worker that takes Boards, the screens and the app."""

from collections.abc import Mapping, Sequence

from textual.message import Message

from ops.actions.base import Offer
from ops.board import Board, Row


class BoardArrived(Message):
    """A newer Board; of several that wait, only the last one counts."""

    def __init__(self, board: Board) -> None:
        super().__init__()
        self.board = board

    def can_replace(self, message: Message) -> bool:
        """Take the place of an older one that nobody has read yet."""
        return isinstance(message, BoardArrived)


class DetailAsked(Message):
    """Someone wants to know all about a row, or only to see its log."""

    def __init__(self, row_id: str, *, logs: bool = False) -> None:
        super().__init__()
        self.row_id = row_id
        self.logs = logs


class BudgetAsked(Message):
    """Someone wants to know where an error budget went."""

    def __init__(self, budget_id: str) -> None:
        super().__init__()
        self.budget_id = budget_id


class JobsAsked(Message):
    """Someone wants to see the jobs, or one of them."""

    def __init__(self, number: int | None = None) -> None:
        super().__init__()
        self.number = number


class JobBegan(Message):
    """A job was started from here; its end is to be told."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class IncidentsAsked(Message):
    """Someone wants to see the incidents, or one of them."""

    def __init__(self, number: int | None = None) -> None:
        super().__init__()
        self.number = number


class RoomAsked(Message):
    """Someone wants the war room of an incident; without a number of the gravest that is open."""

    def __init__(self, number: int | None = None) -> None:
        super().__init__()
        self.number = number


class PostmortemAsked(Message):
    """Someone wants to read the post-mortem of an incident."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class AckAsked(Message):
    """Someone has an incident."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class DriftAsked(Message):
    """Someone wants to see what is not as it was agreed."""


class BackupsAsked(Message):
    """Someone wants to see the backups."""


class BackupActAsked(Message):
    """Someone wants something done to a set of backups: its plan comes first."""

    def __init__(self, name: str, action: str, params: Mapping[str, str], title: str) -> None:
        super().__init__()
        self.name = name
        """Of the set."""
        self.action = action
        """"backup.verify"."""
        self.params = params
        self.title = title
        """What it does to what, sanitized."""


class FixAsked(Message):
    """Someone wants to fix rows: to choose a fix, or to see the plan of one offer.

    `rows` are those of them that the floor may not have, or not as they are shown.
    """

    def __init__(self, row_ids: Sequence[str], offer: Offer | None = None, rows: Sequence[Row] = ()) -> None:
        super().__init__()
        self.row_ids = tuple(row_ids)
        self.offer = offer
        self.rows = tuple(rows)


class PollAsked(Message):
    """Someone wants every source to be asked now."""
