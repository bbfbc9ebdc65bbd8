"""The matrix of backups, for what lies in files."""

import pytest

from tests.parts.backup_matrix import Matrix, pairs


@pytest.mark.parametrize(("pair", "sealed"), pairs("trees"), indirect=["pair"])
class TestTrees(Matrix):
    """Into every place."""
