"""The colours of the product: each source keeps its own on every page, chart and document.

Blue and amber differ in hue and in lightness, so that colour-blind eyes tell them apart; both stand on a light and on
a dark page. Red is only for what is wrong.
"""

from prepaid.records import Source

GRID = "#2f6fed"
GENERATOR = "#d07d00"
OF_SOURCE = {Source.GRID: GRID, Source.GENERATOR: GENERATOR}
BOTH = "#0d9488"
"""For what is not divided by source: the load as a whole."""

GOOD = "#16a34a"
WARNING = "#d97706"
WRONG = "#dc2626"
QUIET = "#64748b"
"""For what is neither: baselines, the span before, what is unknown."""

PHASES = ("#0d9488", "#7c3aed", "#db2777")
"""L1, L2, L3. Lines of them differ in their dashes, too."""
