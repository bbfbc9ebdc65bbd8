"""The matrix of backups, for servers of databases."""

import pytest

from tests.parts.backup_matrix import Matrix, pairs


@pytest.mark.parametrize(("pair", "sealed"), pairs("databases"), indirect=["pair"])
class TestDatabases(Matrix):
    """Into every place."""
