"""For every action the stage that its dry run is tried on."""

from collections.abc import Mapping

from tests.parts import dry_engines, dry_here, dry_stores
from tests.parts.dry_case import Stage

CASES: Mapping[str, Stage] = {**dry_engines.STAGES, **dry_here.STAGES, **dry_stores.STAGES}
