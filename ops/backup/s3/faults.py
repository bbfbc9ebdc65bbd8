"""What an object store or its client library complains of, as a sentence for the operator."""

from collections.abc import Iterator
from contextlib import contextmanager

from collectors.text import clean
from ops.backup.errors import BackupError, Reason
from ops.backup.s3.unreached import unreached
from ops.redact import mask

_CODES: dict[str, Reason] = {
    "AccessDenied": "auth", "InvalidAccessKeyId": "auth", "SignatureDoesNotMatch": "auth", "ExpiredToken": "auth",
    "InvalidToken": "auth", "AuthorizationHeaderMalformed": "auth", "RequestTimeTooSkewed": "auth", "401": "auth",
    "403": "auth", "Forbidden": "auth",
    "NoSuchKey": "missing", "NoSuchBucket": "missing", "NoSuchUpload": "lost", "404": "missing", "NotFound": "missing",
    "PreconditionFailed": "refused", "412": "refused",
    "QuotaExceeded": "full", "XMinioStorageFull": "full", "InsufficientStorage": "full", "507": "full",
    "SlowDown": "unreachable", "ServiceUnavailable": "unreachable", "InternalError": "unreachable",
    "500": "unreachable", "502": "unreachable", "503": "unreachable", "504": "unreachable",
}  # fmt: skip
_REMEDIES: dict[Reason, str] = {
    "auth": "look at access_key and secret_key, at the clock here, and at what that account may do with the bucket",
    "missing": "make the bucket, or correct its name in `target`",
    "full": "make room there, or let `watchfloor backup prune` delete what has expired",
    "unreachable": "see whether the server answers: `endpoint`, the network, its certificate (`ca_file`)",
    "lost": "see who else deletes in that bucket (a rule of its life cycle?), then try again",
}


@contextmanager
def told(shown: str) -> Iterator[None]:
    """Raise what the library raises as BackupError."""
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError
    from urllib3.exceptions import HTTPError

    try:
        yield
    except ClientError as error:
        raise _answered(error.response.get("Error", {}), shown) from error
    except (NoCredentialsError, PartialCredentialsError) as error:
        words = f"{shown} was not asked, as there are no credentials for it"
        remedy = "say access_key_file and secret_key_file, or give them by the environment"
        raise BackupError(words, remedy, reason="auth") from error
    except (BotoCoreError, HTTPError, OSError) as error:
        raise unreached(shown, error) from error


def _answered(error: "object", shown: str) -> BackupError:
    fields = error if isinstance(error, dict) else {}
    code, said = str(fields.get("Code", "")), str(fields.get("Message", ""))
    reason = _CODES.get(code, "error")
    words = clean(mask(f"{shown} refuses: {said or 'no reason given'} ({code})"), 400)
    if code == "NoSuchKey":
        return BackupError(words, "`watchfloor backup list` shows which there are", reason=reason)
    return BackupError(words, _REMEDIES.get(reason, "see what it says, and put that right"), reason=reason)
