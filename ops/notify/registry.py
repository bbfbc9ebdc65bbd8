"""Makes what delivers to a `[[notify]]`; each kind's module is only loaded when there is one of it."""

from collections.abc import Mapping

from collectors.base import Secret
from ops.config.alerting import Receiver
from ops.notify.deliverer import Deliverer


def receiver(config: Receiver, secrets: Mapping[str, Secret]) -> Deliverer:
    """What delivers to it. `secrets` are its own, by stem, as `Alerting.secrets` has them by its name."""
    if config.kind in ("slack", "pagerduty", "webhook"):
        return _over_http(config, secrets)
    if config.kind == "email":
        from ops.notify.receivers.email import Email

        return Email(config, secrets)
    if config.kind == "apprise":
        from ops.notify.receivers.apprise import ViaApprise

        return ViaApprise(config, secrets)
    from ops.notify.receivers.terminal import Terminal

    return Terminal()


def _over_http(config: Receiver, secrets: Mapping[str, Secret]) -> Deliverer:
    if config.kind == "slack":
        from ops.notify.receivers.slack import Slack

        return Slack(config, secrets)
    if config.kind == "pagerduty":
        from ops.notify.receivers.pagerduty import PagerDuty

        return PagerDuty(config, secrets)
    from ops.notify.receivers.webhook import Webhook

    return Webhook(config, secrets)
