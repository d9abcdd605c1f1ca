"""Names of what bases are told."""

from prepaid.metering import (
    Verdict,
)
from tests.prepaid.meters import START_GRID_WH

ADVANCE, AWAITED, QUARANTINED = Verdict.ADVANCE, Verdict.AWAITED, Verdict.QUARANTINED
DOUBT, STEP_BACK, NEW_BASE, LATE = Verdict.DOUBT, Verdict.STEP_BACK, Verdict.NEW_BASE, Verdict.LATE
G = START_GRID_WH
