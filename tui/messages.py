"""The words between the worker that takes Boards, the panes and the screens."""

from textual.message import Message

from ops.board import Board


class BoardArrived(Message):
    """A newer Board; of several that wait, only the last one counts."""

    def __init__(self, board: Board) -> None:
        super().__init__()
        self.board = board

    def can_replace(self, message: Message) -> bool:
        """Take the place of an older one that nobody has read yet."""
        return isinstance(message, BoardArrived)


class SourceEnded(Message):
    """No more Boards will come; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason
