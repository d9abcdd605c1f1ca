"""The public holidays of a country or a part of it, by the `holidays` library; estimated where the moon decides."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache

import holidays

YEARS_KEPT = 400


@lru_cache(maxsize=YEARS_KEPT)
def public_holidays(country: str, subdivision: str | None, year: int) -> Mapping[date, str]:
    """The holidays of one year with their names; none where the library does not know the country."""
    if country not in countries() or (subdivision is not None and subdivision not in countries()[country]):
        return {}
    return dict(holidays.country_holidays(country, subdiv=subdivision, years=year))


@lru_cache(maxsize=1)
def countries() -> Mapping[str, Sequence[str]]:
    """The countries whose holidays are known, each with its parts."""
    known: dict[str, list[str]] = holidays.list_supported_countries(include_aliases=False)
    return {country: tuple(parts) for country, parts in sorted(known.items())}
