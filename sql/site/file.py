"""The site file: read into records and checked by itself, without a database. All problems are told at once."""

import tomllib
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from prepaid.errors.start import SiteFileInvalid, SiteFileUnreadable
from prepaid.language import _
from prepaid.no_cut import Window
from prepaid.passwords import MOST_CHARACTERS
from prepaid.records import Purpose, Role, Source, Wiring
from prepaid.sessions import sign_in_name
from prepaid.site_calendar import MOST_OWN_DAYS, OwnDay
from prepaid.users import MOST_IN_NAME
from sql.site.checks import (
    check_analyzers,
    check_names,
    check_settings,
    check_subdivision,
    check_tenants,
    check_zone,
)
from sql.site.facts import AnalyzerFacts, ContactFacts, PlanFacts, SiteFacts, SiteFile, TenantFacts, UserFacts
from sql.site.fields import Fields

MOST_BYTES = 4 * 1024 * 1024
MOST_ROWS = 5_000
MOST_CONTACTS = 20
MOST_PROBLEMS = 200
SITE_ROLES = (Role.ADMIN, Role.CASHIER, Role.MANAGER)
CURRENCY = r"[A-Z]{3}|kWh"
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "holidays")
"""The keys of no-cut hours, in the order of their weekdays."""
LANGUAGE = r"[a-z]{2,3}(-[A-Z]{2})?"


def read_site_file(path: Path) -> SiteFile:
    """The site that the file describes. Raises SiteFileUnreadable, or SiteFileInvalid with all problems at once."""
    problems: list[str] = []
    fields = Fields(_parsed(path), "", problems)
    site = _site(fields.table("site"))
    settings = {name: str(value) for name, value in fields.table("settings").rest().items()}
    found = SiteFile(
        site=site,
        settings=settings,
        no_cut_hours=_hours(fields.table("no_cut_hours")),
        holidays=tuple(_holiday(each) for each in fields.tables("holidays", most=MOST_OWN_DAYS)),
        plans=tuple(_plan(each) for each in fields.tables("plans", most=MOST_ROWS)),
        tenants=tuple(_tenant(each, site.language) for each in fields.tables("tenants", most=MOST_ROWS)),
        analyzers=tuple(read_analyzer(each) for each in fields.tables("analyzers", most=MOST_ROWS)),
        users=tuple(_user(each, site.language) for each in fields.tables("users", most=MOST_ROWS)),
    )
    fields.done()
    problems += [
        *check_zone(site.time_zone),
        *check_subdivision(site),
        *check_settings(settings),
        *check_names(found),
        *check_tenants(found),
        *check_analyzers(found),
    ]
    if problems:
        raise SiteFileInvalid(path=path, problems=listed(problems))
    return found


def listed(problems: Sequence[str]) -> str:
    """Each problem on a line of its own; of very many the first ones."""
    shown = [f"\n  {problem}" for problem in problems[:MOST_PROBLEMS]]
    if len(problems) > MOST_PROBLEMS:
        shown.append("\n  " + _("and {more} more").format(more=len(problems) - MOST_PROBLEMS))
    return "".join(shown)


def _parsed(path: Path) -> dict[str, object]:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise SiteFileUnreadable(path=path, why=_("it is larger than 4 MB"))
        return tomllib.loads(path.read_text(encoding="utf-8-sig"), parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise SiteFileUnreadable(path=path, why=_("it is not TOML: {error}").format(error=error)) from error
    except UnicodeDecodeError as error:
        raise SiteFileUnreadable(path=path, why=_("it is not UTF-8 text")) from error
    except OSError as error:
        raise SiteFileUnreadable(path=path, why=error.strerror or error) from error


def _site(fields: Fields) -> SiteFacts:
    found = SiteFacts(
        name=fields.text("name", example="Riverside Mall"),
        time_zone=fields.text("time_zone", most=64, example="Asia/Baghdad"),
        country=fields.optional_code("country", "[A-Z]{2}", example="IQ"),
        subdivision=fields.optional_code("subdivision", r"[\x21-\x7e]{1,40}", example="BE"),
        currency=fields.code("currency", CURRENCY, example="IQD"),
        language=fields.code("language", LANGUAGE, example="en", default="en"),
        mail_sender=fields.mail("mail_sender"),
    )
    fields.done()
    return found


def _hours(fields: Fields) -> frozenset[Window]:
    found = [fields.hours(name, weekday) for weekday, name in enumerate(DAYS)]
    fields.done()
    return frozenset[Window]().union(*found)


def _holiday(fields: Fields) -> OwnDay:
    found = OwnDay(fields.calendar_day("date", example="2027-04-01"), fields.text("name", example="Founding day"))
    fields.done()
    return found


def _plan(fields: Fields) -> PlanFacts:
    prices = {Source.GRID: fields.price("grid"), Source.GENERATOR: fields.price("generator")}
    found = PlanFacts(name=fields.text("name", example="Shops"), prices=prices)
    fields.done()
    return found


def _tenant(fields: Fields, site_language: str) -> TenantFacts:
    tenant = read_tenant(fields, site_language)
    found = replace(
        tenant,
        opening_balance=fields.amount("opening_balance", default=Decimal(0)),
        no_cut_hours=_hours(fields.table("no_cut_hours")),
        contacts=tuple(read_contact(each, tenant.language) for each in fields.tables("contacts", most=MOST_CONTACTS)),
    )
    fields.done()
    return found


def read_tenant(fields: Fields, site_language: str) -> TenantFacts:
    """A tenant without contacts and opening balance."""
    return TenantFacts(
        name=fields.text("name", example="Corner Bakery"),
        unit=fields.optional_text("unit", most=60),
        phone=fields.optional_text("phone", most=40),
        language=fields.code("language", LANGUAGE, example="en", default=site_language),
        plan=fields.text("plan", example="Shops"),
        account=fields.optional_code("account", r"[\x21-\x7e]{1,24}", example="A-0001"),
        opening_balance=None,
        emergency_credit=fields.amount("emergency_credit", default=Decimal(0)),
        restore_threshold=fields.amount("restore_threshold", default=Decimal(0)),
        contacts=(),
    )


def read_contact(fields: Fields, tenant_language: str) -> ContactFacts:
    """A contact, who can be reached somehow."""
    found = ContactFacts(
        name=fields.text("name", example="Sara Karim"),
        email=fields.mail("email"),
        phone=fields.optional_text("phone", most=40),
        language=fields.code("language", LANGUAGE, example="en", default=tenant_language),
    )
    if found.email is None and found.phone is None:
        fields.problem("email", _("there is neither a mail address nor a phone number. Write one of them."))
    fields.done()
    return found


def read_analyzer(fields: Fields) -> AnalyzerFacts:
    """An analyzer."""
    found = AnalyzerFacts(
        name=fields.text("name", example="G-01 main"),
        tenant=fields.optional_text("tenant"),
        location=fields.optional_text("location"),
        purpose=fields.word("purpose", tuple(Purpose)),
        host=fields.code("host", r"[0-9A-Za-z._:\-]{1,253}", example="10.0.0.11"),
        port=fields.whole("port", 1, 65_535, default=502),
        unit_id=fields.whole("unit_id", 0, 255, default=1),
        serial_number=fields.optional_code("serial_number", r"[\x21-\x7e]{1,32}", example="LQN/123456"),
        rated_power_w=fields.whole("rated_power_w", 1, 100_000_000),
        ct_primary_a=fields.whole("ct_primary_a", 1, 999_999),
        ct_secondary_a=fields.whole("ct_secondary_a", 1, 5, default=5),
        generator_tariff=fields.whole("generator_tariff", 1, 2, default=2),
        wiring=fields.word("wiring", tuple(Wiring), default=Wiring.NONE),
        output=fields.whole("output", 0, 1, default=0),
        close_output=fields.optional_whole("close_output", 0, 1),
        output_group=fields.optional_whole("output_group", 0, 99),
        feedback_input=fields.optional_whole("feedback_input", 0, 1),
        feedback_on_means_supply=fields.flag("feedback_on_means_supply", default=True),
        taps_below_contactor=fields.flag("taps_below_contactor", default=False),
        remote_timeout_s=fields.optional_whole("remote_timeout_s", 1, 18_000),
        priority=fields.whole("priority", 0, 9, default=0),
    )
    fields.done()
    return found


def _user(fields: Fields, site_language: str) -> UserFacts:
    name = fields.text("user_name", most=60, example="sara")
    if name and not 1 <= len(sign_in_name(name)) <= MOST_IN_NAME:
        fields.problem("user_name", _("nobody can sign in by this name. Choose another one."))
    found = UserFacts(
        user_name=sign_in_name(name),
        display_name=fields.optional_text("display_name") or name,
        role=fields.word("role", SITE_ROLES),
        email=fields.mail("email"),
        language=fields.code("language", LANGUAGE, example="en", default=site_language),
        largest_recharge=fields.amount("largest_recharge") if "largest_recharge" in fields else None,
        first_password=fields.optional_text("first_password", most=MOST_CHARACTERS),
    )
    fields.done()
    return found
