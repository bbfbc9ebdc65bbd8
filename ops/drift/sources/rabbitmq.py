"""RabbitMQ: policies, virtual hosts, users without their passwords and what they may, and the nodes' settings."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec

from collectors.base import CollectError
from collectors.rabbitmq import RabbitConfig, password_of
from collectors.rabbitmq_api.api import Denied, ManagementApi
from ops.config.structs import TargetSpec
from ops.drift.base import Place, Source
from ops.drift.data.rabbitmq_answers import QUESTIONS, Question
from ops.drift.data.servers import asked, prefix_of
from ops.drift.structs import Difference, Item


class RabbitmqSource(Source):
    """Each `[[rabbitmq]]`, by its management API. What its user may not see is told as unreadable."""

    name = "rabbitmq"
    title = "RabbitMQ's policies, users and settings"
    group = "data"

    async def capture(self, place: Place) -> Sequence[Item]:
        """One item for each policy, user, virtual host and so on. Raises NoData without a broker.

        One that can't be read is told as an item of its name.
        """
        return await asked(place, RabbitConfig, self.name, "RabbitMQ", _broker)

    def by_hand(self, difference: Difference) -> str:
        """By what differs."""
        item = difference.place.item
        if "/policy/" in item:
            return "set or clear the policy with: rabbitmqctl set_policy, clear_policy"
        if "/permission/" in item:
            return "set what the user may with: rabbitmqctl set_permissions, clear_permissions"
        if "/user/" in item:
            return "set the user's tags with: rabbitmqctl set_user_tags; drop one that is too many with delete_user"
        if "/node/" in item or item.endswith("/cluster"):
            return "put rabbitmq.conf and enabled_plugins back on that node, and restart it at a calm time"
        return "set it with rabbitmqctl as it was"


class _Asking(ManagementApi):
    """Asks for whole lists."""

    async def listed(self, question: Question) -> list[dict[str, Any]]:
        """The list, or the one object as a list. Raises CollectError."""
        answer = await self._get(question.path)
        try:
            found = msgspec.json.decode(answer.body)
        except msgspec.DecodeError as error:
            raise CollectError("the answer is not that of RabbitMQ's management API", reason="protocol") from error
        return [one for one in (found if isinstance(found, list) else [found]) if isinstance(one, dict)]


async def _broker(spec: TargetSpec, place: Place) -> list[Item]:
    config, prefix = spec.config, prefix_of(spec)
    if not isinstance(config, RabbitConfig):
        return []
    password = password_of(config, spec.secrets)
    api = _Asking(config.url, config.user, password, config.ca_file, config.verify_tls, lambda _: None)
    found: list[Item] = []
    try:
        async with asyncio.timeout(float(config.timeout) * len(QUESTIONS)):
            for question in QUESTIONS:
                found += await _part(api, question, prefix, place)
    except TimeoutError:
        return [Item(name=prefix[:-1], unreadable={"": f"{api.named} did not answer in time"})]
    except CollectError as error:
        return [Item(name=prefix[:-1], unreadable={"": error.message})]
    finally:
        await api.close()
    return found


async def _part(api: _Asking, question: Question, prefix: str, place: Place) -> list[Item]:
    """What one question gives; what the user may not see is unreadable. Raises CollectError."""
    try:
        rows = await api.listed(question)
    except Denied as error:
        if question.first:
            raise
        return [Item(name=f"{prefix}{question.kind}", unreadable={"": error.message})]
    return [question.item(prefix, row, place.digest) for row in rows if question.counts(row)]
