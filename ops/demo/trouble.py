"""What can go wrong between the parts of the shop, and the few words that a health answer says about it."""

from ops.demo.resp import RedisError


class DependencyError(Exception):
    """Another service answered, and not well."""


class DatabaseError(Exception):
    """PostgreSQL refused, or went away."""


TROUBLES = (OSError, ValueError, RedisError, DependencyError, DatabaseError)


def explain(error: BaseException) -> str:
    """Say it in a few words."""
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, ConnectionError):
        return "connection lost"
    return str(error) or type(error).__name__
