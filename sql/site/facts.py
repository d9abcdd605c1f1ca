"""What a person writes down of a site, as records."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from prepaid.no_cut import Window
from prepaid.records import Purpose, Role, Source, Wiring
from prepaid.site_calendar import OwnDay
from sql.site.places import SITE_FILE, Places


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFacts:
    """The site itself."""

    name: str
    time_zone: str
    country: str | None
    currency: str
    language: str
    mail_sender: str | None
    subdivision: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFacts:
    """A plan and what a kWh costs on it."""

    name: str
    prices: Mapping[Source, Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFacts:
    """Who is told about a tenant."""

    name: str
    email: str | None
    phone: str | None
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantFacts:
    """A tenant and the account. `account` None: the next free number; `opening_balance` is what the old books say, and
    None where the file does not say; `opening_note` stands beside its entry. `no_cut_hours` come on top of those of the
    site."""

    name: str
    unit: str | None
    phone: str | None
    language: str
    plan: str
    account: str | None
    opening_balance: Decimal | None
    emergency_credit: Decimal
    restore_threshold: Decimal
    contacts: tuple[ContactFacts, ...]
    opening_note: str | None = None
    no_cut_hours: frozenset[Window] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalyzerFacts:
    """An analyzer as installed. `tenant` is a tenant's name; without one it belongs to the house."""

    name: str
    tenant: str | None
    location: str | None
    purpose: Purpose
    host: str
    port: int
    unit_id: int
    serial_number: str | None
    rated_power_w: int
    ct_primary_a: int
    ct_secondary_a: int
    generator_tariff: int
    wiring: Wiring
    output: int
    close_output: int | None
    output_group: int | None
    feedback_input: int | None
    feedback_on_means_supply: bool
    taps_below_contactor: bool
    remote_timeout_s: int | None
    priority: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UserFacts:
    """A login of the staff. `first_password` None: one is made up and told once."""

    user_name: str
    display_name: str
    role: Role
    email: str | None
    language: str
    largest_recharge: Decimal | None
    first_password: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFile:
    """All that the file says, and how its lines are named to people."""

    site: SiteFacts
    settings: Mapping[str, str]
    plans: tuple[PlanFacts, ...]
    tenants: tuple[TenantFacts, ...]
    analyzers: tuple[AnalyzerFacts, ...]
    users: tuple[UserFacts, ...]
    places: Places = SITE_FILE
    no_cut_hours: frozenset[Window] = frozenset()
    holidays: tuple[OwnDay, ...] = ()
