"""How a set of backups stands, in a word: the same on the floor, on its own screen and in the commands."""

from ops.figures import duration

PROVEN = "proven"
"""A backup that is there was restored for proof, and compared …"""
VERIFIED = "verified"
"""… or all of one was read through, and no more."""
NONE = "none"
UNVERIFIED = "not verified"
READ_FIRST = "it is not verified here: it is read through first"
"""Of a backup that is to be restored: nothing is touched before."""
BROKEN = "broken"
KEY = "wrong key"
KILLED = "killed"
GONE = "gone"
RPO_MISSED = "RPO missed"
RTO_MISSED = "RTO missed"
RUN_FAILED = "run failed"
UNREACHABLE = "unreachable"
ODD = "odd"


def killed(what: str, began_s: float) -> str:
    """Of what was done to a set and was killed; it had begun so long ago."""
    return f"a {what} that began {duration(max(began_s, 0.0))} ago was killed"


def failed(proof: str) -> str:
    """Of a proof, "verify" or "drill", that failed or could not be made."""
    return f"{proof} failed"
