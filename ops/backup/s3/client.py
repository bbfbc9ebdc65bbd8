"""A client of one object store: address, credentials, limits of time, and checksums that every such server takes."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from collectors.backup import BackupConfig
from collectors.base import Secret
from collectors.redact import mask_address
from collectors.text import clean
from ops.backup.errors import BackupError

S3Client = Any
"""The library makes its classes at run time, from descriptions of services."""
CONNECT_S, READ_S, TRIES = 10, 60, 4


class Bucket(NamedTuple):
    """Where in a store."""

    name: str
    prefix: str
    """"", or with a slash at its end."""


def bucket_of(address: str) -> Bucket:
    """Read "s3://bucket/prefix". Raises BackupError "refused"."""
    parts = urlsplit(address)
    names = [unquote(name) for name in parts.path.split("/") if name]
    right = parts.scheme == "s3" and parts.netloc and "@" not in parts.netloc and ":" not in parts.netloc
    if not right or parts.query or parts.fragment or any(name in (".", "..") for name in names):
        remedy = "write it as s3://bucket/prefix; the server is `endpoint`, keys are access_key_env and secret_key_env"
        raise BackupError(f"{clean(address.rpartition('@')[2])} names no bucket", remedy, reason="refused")
    return Bucket(parts.netloc, "".join(f"{name}/" for name in names))


def connect(config: BackupConfig, secrets: Mapping[str, Secret]) -> S3Client:
    """A client of its own session, safe for threads; nothing is sent yet. Raises BackupError."""
    try:
        import boto3
        from botocore.config import Config
    except ImportError as error:
        remedy = "install it: pip install 'watchfloor[s3]'"
        raise BackupError("the library boto3, which S3 needs, is not here", remedy, reason="missing") from error
    more: dict[str, Any] = {}
    own = bool(config.endpoint)
    if own:
        # Servers of others refuse the checksums at the end of a body; the signature covers the bytes just as well.
        more = {"request_checksum_calculation": "when_required", "response_checksum_validation": "when_required"}
    settings = Config(
        connect_timeout=CONNECT_S,
        read_timeout=READ_S,
        retries={"total_max_attempts": TRIES, "mode": "standard"},
        max_pool_connections=8,
        s3={"addressing_style": "path" if own else "auto", "payload_signing_enabled": own},
        **more,
    )
    access, secret = _keys(secrets)
    session: Any = boto3.session.Session(
        aws_access_key_id=access,
        aws_secret_access_key=secret,
        region_name=config.region or ("us-east-1" if own else None),
    )
    try:
        return session.client(
            "s3", endpoint_url=config.endpoint or None, verify=config.ca_file or None, config=settings
        )
    except ValueError as error:
        words = f"the endpoint {clean(mask_address(config.endpoint))} is no address"
        raise BackupError(words, 'write it as "https://minio.example:9000"', reason="refused") from error


def _keys(secrets: Mapping[str, Secret]) -> tuple[str | None, str | None]:
    """Both keys as the config has them; none for the library's own ways (environment, ~/.aws, the machine's role)."""
    access, secret = secrets.get("access_key"), secrets.get("secret_key")
    if access is None and secret is None:
        return None, None
    if access is None or secret is None:
        raise BackupError("of access_key and secret_key one is missing", "give both, or none", reason="auth")
    return access.reveal(), secret.reveal()
