"""Texts of a request as a log has them: its path, and whether its line gives a method before it. Pure."""

from collectors.log_api.level import decoded


def request_words(value: bytes | str) -> tuple[str, str]:
    """Method ("" where it is not there) and path, of "GET /a?b HTTP/1.1" or of a path alone; never the query."""
    text = decoded(value) if isinstance(value, bytes) else value[:2_000]
    words = text.split(" ")
    whole = len(words) == 3 and words[2].startswith("HTTP/")
    method, path = (words[0], words[1]) if whole else ("", text)
    return method, path.partition("?")[0]


def path_of(value: bytes | str) -> str:
    """The path of a request without its query."""
    return request_words(value)[1]
