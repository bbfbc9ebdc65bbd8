"""What of a folder is agreed on where no config says so: its repository, its compose file, its environment file."""

import os
from pathlib import Path
from typing import NamedTuple

COMPOSE_FILES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
"""As `docker compose` looks for them; the first one that is there is taken."""
ENV_FILE = ".env"


class Checkout(NamedTuple):
    """Paths as `[[drift]]` has them; absolute, and empty for what is not there."""

    git: tuple[str, ...] = ()
    compose: tuple[str, ...] = ()
    env_files: tuple[str, ...] = ()


def checkout(folder: Path) -> Checkout:
    """Look for the repository that the folder is in, and for files that lie in the folder itself.

    What may not be looked into has none, and so has a working directory that is not there any more.
    """
    try:
        whole = folder.absolute()
    except FileNotFoundError:
        return Checkout()
    above = next((one for one in (whole, *whole.parents) if os.path.exists(one / ".git")), None)
    compose = next((whole / name for name in COMPOSE_FILES if os.path.isfile(whole / name)), None)
    values = whole / ENV_FILE
    return Checkout(
        git=(str(above),) if above else (),
        compose=(str(compose),) if compose else (),
        env_files=(str(values),) if os.path.isfile(values) else (),
    )
