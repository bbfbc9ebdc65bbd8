"""For every action the stage that its dry run is tried on."""

from collections.abc import Mapping

from tests.parts import backup_files, dry_drift, dry_drift_engines, dry_drift_here, dry_engines, dry_here, dry_stores
from tests.parts.dry_case import Stage

CASES: Mapping[str, Stage] = {
    **backup_files.STAGES,
    **dry_drift.STAGES,
    **dry_drift_engines.STAGES,
    **dry_drift_here.STAGES,
    **dry_engines.STAGES,
    **dry_here.STAGES,
    **dry_stores.STAGES,
}
