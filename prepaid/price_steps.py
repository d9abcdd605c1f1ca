"""The prices of an account along the time ahead: those in force, and every change that is entered already."""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from prepaid.records import SOURCES, Source
from prepaid.site import Site


class PriceStep(NamedTuple):
    """The prices per kWh of both sources, from an instant on."""

    from_at: datetime
    grid_per_kwh: Decimal
    generator_per_kwh: Decimal

    def per_wh(self, generator_share: float) -> float:
        """What a Wh costs if this share of it comes from the generator."""
        grid, generator = float(self.grid_per_kwh), float(self.generator_per_kwh)
        return (grid + (generator - grid) * generator_share) / 1000


def price_steps(site: Site, account_id: int, now: datetime, until_at: datetime) -> list[PriceStep]:
    """The prices that hold for the account now, then those from every change of price or plan until the instant."""
    changes = {
        boundary.at for source in SOURCES for boundary in site.price_boundaries(account_id, source, now, until_at)
    }
    return [
        PriceStep(at, site.price(account_id, Source.GRID, at)[1], site.price(account_id, Source.GENERATOR, at)[1])
        for at in (now, *sorted(changes))
    ]
