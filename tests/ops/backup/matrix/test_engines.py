"""The matrix of backups, for what runs for long: RabbitMQ, by `tests.parts.rabbitmq`, and the engine of volumes."""

import pytest

from tests.parts.backup_matrix import Matrix, pairs


@pytest.mark.parametrize(("pair", "sealed"), pairs("engines"), indirect=["pair"])
class TestEngines(Matrix):
    """Into every place."""
