"""A site whose prices and plans change, and what is charged at it."""

from prepaid.records import Source
from prepaid.site import Site
from tests.enforcer.site_of_rules import (
    OFFICES,
    OWN,
    SHOPS,
    Passes,
    read,
    site_of,
)

GRID, GENERATOR = Source.GRID, Source.GENERATOR
PRICES = {
    (SHOPS, GRID): [(-1e6, "0.1500"), (5_000.25, "0.1601")],
    (SHOPS, GENERATOR): [(-1e6, "0.4000"), (9_000, "0.4333")],
    (OFFICES, GRID): [(-1e6, "0.2000")],
    (OFFICES, GENERATOR): [(-1e6, "0.5000")],
    (OWN, GRID): [(-1e6, "0")],
    (OWN, GENERATOR): [(-1e6, "0")],
}


SITE = site_of(PRICES)
MOVING = site_of(PRICES, plans=[(-1e6, SHOPS), (7_000, OFFICES)])
BEGINNING = [read(-10, 1000), read(-5, 1000)]
"""Two readings that open the bases 5 s before the morning hour begins."""


def begun(site: Site = SITE) -> Passes:
    passes = Passes(site)
    passes.run(BEGINNING)
    return passes
