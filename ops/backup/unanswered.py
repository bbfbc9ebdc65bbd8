"""What to say of a target that says nothing."""

from msgspec.structs import replace

from ops.backup.errors import BackupError
from ops.backup.structs import Standing
from ops.figures import duration


def unanswered(target: str, within_s: float) -> BackupError:
    """Of a target (as it is shown) that was silent for so long."""
    remedy = "look whether it can be reached, or give it a longer timeout"
    return BackupError(f"{target} did not answer within {duration(within_s)}", remedy, reason="timeout")


def silent(known: Standing, why: BackupError) -> Standing:
    """What is known of a set here, where its target could not be asked."""
    return replace(known, unreachable=why.message, remedy=why.remedy)
