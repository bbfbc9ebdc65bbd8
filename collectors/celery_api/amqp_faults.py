"""Says in one sentence why an AMQP broker, or one thing on it, is not to be had. Pure."""

import ssl
from types import ModuleType

from collectors.base import CollectError
from collectors.celery_api.place import AmqpPlace
from collectors.net.faults import connect_fault, tls_fault, verify_fault
from collectors.refusals import Known


class Absent(CollectError):
    """A queue or exchange is not there, or not for this user."""


_LOGIN = Known(
    "{where} does not accept the user and password",
    reason="auth",
    remedy="correct the user and password in the config",
    retry=False,
)
_VHOST = Known(
    "{where} does not let this user into the virtual host of the url",
    reason="permission",
    remedy="correct the virtual host, or rabbitmqctl set_permissions",
    retry=False,
)
_MUTE = Known("{where} does not answer as an AMQP broker", reason="timeout", remedy="check host and port")
_OTHER = Known("{where} does not speak AMQP", reason="protocol", remedy="check host and port")


def refused(error: Exception, amqp: ModuleType, place: AmqpPlace) -> CollectError:
    """Name why a connection did not come about; `amqp` is the client library. What the broker wrote is not repeated."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return verify_fault(error, None, place.host)
    if isinstance(error, ssl.SSLError):
        return tls_fault(error, place.named)
    for kind, known in ((amqp.AccessRefused, _LOGIN), (amqp.NotAllowed, _VHOST), (TimeoutError, _MUTE)):
        if isinstance(error, kind):
            return known.about(place.named)
    if isinstance(error, OSError) and error.errno is not None:
        return connect_fault(error, place.named)
    return _OTHER.about(place.named)


def absent(error: Exception, amqp: ModuleType) -> Absent:
    """Name why the broker closed a channel over one queue or exchange."""
    if isinstance(error, amqp.NotFound):
        return Absent("there is no such thing on this broker", reason="missing")
    if isinstance(error, amqp.ResourceLocked):
        return Absent("it belongs to another connection alone", reason="permission")
    return Absent("this user may not see it", reason="permission")
