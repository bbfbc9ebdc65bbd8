"""Why an action did not happen, or not wholly: each error is one sentence for the operator, and what to do about it.

ActionError      it was begun and went wrong: the part said no, broke off, or ran out of time
└── Refused      nothing was done: the target is gone or another one, somebody holds it, it is not allowed
"""


class ActionError(Exception):
    """An effect failed. `message` is one sentence for the operator, `remedy` says what to do about it."""

    def __init__(self, message: str, remedy: str = "", *, reason: str = "error") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.reason = reason
        """As `Poll.reason` (timeout, auth, permission, missing, protocol, limit …), and held, changed, rights, full."""


class Refused(ActionError):
    """Nothing was changed."""
