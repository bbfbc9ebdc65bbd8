"""The headers of a config with those whose values are secret; they are put together only for the request."""

from collections.abc import Mapping

from collectors.base import CollectError, Secret
from collectors.net.http_config import bad_header_value


def with_secret_headers(
    headers: Mapping[str, str], headers_env: Mapping[str, str], secrets: Mapping[str, Secret]
) -> dict[str, str]:
    """Give all headers; `headers_env` maps a header to the variable of its value. Raises CollectError."""
    every = dict(headers)
    for name, variable in headers_env.items():
        every[name] = header_secret(secrets.get(f"headers.{name}"), f"for header {name}", variable)
    return every


def header_secret(secret: Secret | None, what_for: str, source: str) -> str:
    """A secret as it can stand in a header; `source` is what to set or correct. Raises CollectError."""
    if secret is None:
        raise CollectError(f"the secret {what_for} is not there", reason="auth", remedy=f"set {source}")
    if bad_header_value(secret.reveal()):
        raise CollectError(
            f"the secret {what_for} holds a line break, a space at its end or a control character",
            reason="auth",
            remedy=f"correct {source}",
            retry=False,
        )
    return secret.reveal()
