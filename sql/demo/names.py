"""Believable businesses for the demo site: a few dozen by hand, the rest from family names and trades."""

import random
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from sql.demo.profiles import Profile


class Business(NamedTuple):
    """A name, what kind of consumer it is, and its average load over the year."""

    name: str
    profile: Profile
    mean_power_w: float


# The first tenants of every demo site, so that a small mall looks the same whatever its seed.
ANCHORS = (
    Business("Dijla Supermarket", Profile.CONTINUOUS, 14_000),
    Business("Babylon Books", Profile.SHOPS, 1_700),
    Business("Al Noor Bakery", Profile.BAKERIES, 5_200),
    Business("Cafe Mutanabbi", Profile.RESTAURANTS, 2_900),
    Business("Ishtar Fashion", Profile.SHOPS, 2_600),
    Business("Tannour House", Profile.RESTAURANTS, 7_400),
    Business("Zagros Pharmacy", Profile.BUSINESS, 1_500),
    Business("Rafidain Electronics", Profile.SHOPS, 3_800),
    Business("Furat Travel", Profile.OFFICES, 1_200),
    Business("Sumer Jewellers", Profile.SHOPS, 2_100),
    Business("Karada Pastry", Profile.BAKERIES, 3_600),
    Business("Palm Kids Playground", Profile.EVENING, 4_300),
    Business("Ashur Optics", Profile.BUSINESS, 1_100),
    Business("Nineveh Shoes", Profile.SHOPS, 1_900),
    Business("Saray Dental Clinic", Profile.OFFICES, 2_400),
    Business("Marsa Fish Grill", Profile.RESTAURANTS, 6_100),
    Business("Hikma Accountants", Profile.OFFICES, 1_600),
    Business("Gilgamesh Cinema", Profile.EVENING, 11_000),
    Business("Samarra Carpets", Profile.SHOPS, 1_400),
    Business("Wasit Mobile Phones", Profile.SHOPS, 2_200),
    Business("Basra Dates and Sweets", Profile.BUSINESS, 1_300),
    Business("Anbar Fitness Club", Profile.EVENING, 5_500),
    Business("Amara Beauty Salon", Profile.SHOPS, 2_700),
    Business("Residence Tigris View", Profile.HOUSEHOLDS, 1_000),
)

FAMILIES = (
    "Abbas", "Adnan", "Ali", "Amin", "Aziz", "Bakr", "Dawood", "Fadhil", "Faris", "Ghazi", "Habib", "Hadi", "Hamid",
    "Hasan", "Ibrahim", "Idris", "Jabbar", "Jamil", "Kadhim", "Karim", "Khalil", "Latif", "Mahdi", "Majid", "Mansour",
    "Nadir", "Najm", "Omar", "Qasim", "Rashid", "Sabri", "Salman", "Shakir", "Tahir", "Yasin", "Zaki",
)  # fmt: skip

# Trade, kind of consumer, and the bounds of its average load in W.
TRADES = (
    ("Fashion", Profile.SHOPS, 1_500, 4_000),
    ("Shoes", Profile.SHOPS, 1_200, 3_000),
    ("Watches", Profile.SHOPS, 1_000, 2_500),
    ("Furniture", Profile.SHOPS, 2_000, 6_000),
    ("Toys", Profile.SHOPS, 1_200, 3_500),
    ("Barber", Profile.SHOPS, 900, 2_200),
    ("Perfumes", Profile.BUSINESS, 900, 2_000),
    ("Pharmacy", Profile.BUSINESS, 1_200, 2_600),
    ("Opticians", Profile.BUSINESS, 900, 1_900),
    ("Bakery", Profile.BAKERIES, 3_000, 8_000),
    ("Sweets", Profile.BAKERIES, 2_000, 5_000),
    ("Grill", Profile.RESTAURANTS, 4_000, 9_000),
    ("Coffee House", Profile.RESTAURANTS, 2_000, 5_000),
    ("Juice Bar", Profile.RESTAURANTS, 1_200, 2_800),
    ("Ice Cream", Profile.CONTINUOUS, 2_000, 4_500),
    ("Butchers", Profile.CONTINUOUS, 3_000, 7_000),
    ("Data Services", Profile.CONTINUOUS, 3_000, 9_000),
    ("Games Hall", Profile.EVENING, 2_500, 6_000),
    ("Gymnasium", Profile.EVENING, 3_000, 7_000),
    ("Law Office", Profile.OFFICES, 1_000, 2_500),
    ("Engineering", Profile.OFFICES, 1_500, 4_000),
    ("Insurance", Profile.OFFICES, 1_000, 3_000),
    ("Dental Clinic", Profile.OFFICES, 1_800, 3_500),
    ("Residence", Profile.HOUSEHOLDS, 600, 1_600),
)


def businesses(chance: random.Random, first: Sequence[Business] = ANCHORS) -> Iterator[Business]:
    """The first ones, then a family name with a trade in an order that `chance` decides; no name comes twice."""
    pairs = [(family, *trade) for family in FAMILIES for trade in TRADES]
    chance.shuffle(pairs)
    return chain(
        first,
        (Business(f"{family} {trade}", profile, chance.randrange(low_w, high_w, 50))
         for family, trade, profile, low_w, high_w in pairs),
    )  # fmt: skip
