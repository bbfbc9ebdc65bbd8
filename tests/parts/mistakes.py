"""What is wrong with a config, as a test can compare it."""

import pytest

from ops.config.decode import decode
from ops.config.problems import ConfigError

SERVICE = '[[service]]\nname = "api"\nurl = "http://h/"\n'


def mistakes(text: str) -> list[str]:
    """What is wrong with a text, each as "line path: message"."""
    with pytest.raises(ConfigError) as caught:
        decode(text, "f.toml")
    return [f"{problem.line} {problem.path}: {problem.message}" for problem in caught.value.problems]
