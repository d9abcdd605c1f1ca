"""What must hold between the lines of a site file: names once, references that lead somewhere, wirings that work."""

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from datetime import date

from prepaid.calendar import zone
from prepaid.errors.start import SettingInvalid
from prepaid.language import _
from prepaid.records import Purpose, Wiring
from prepaid.settings import site_settings
from prepaid.units import ZERO, add
from sql.holiday_calendar import countries
from sql.site.facts import AnalyzerFacts, SiteFacts, SiteFile
from sql.site.places import Places

HOUSE_PLAN = "House, not sold"
HOUSE_ACCOUNT = "HOUSE"
PULSES = (Wiring.PULSE_TRIP, Wiring.PULSE_PAIR)


def check_zone(time_zone: str) -> Iterator[str]:
    """The zone is one that this machine knows."""
    if time_zone:
        try:
            zone(time_zone)
        except SettingInvalid:
            said = _('site.time_zone: "{zone}" is no time zone. Write it like Asia/Baghdad.')
            yield said.format(zone=time_zone)


def check_subdivision(site: SiteFacts) -> Iterator[str]:
    """The part of the country is one whose holidays are known."""
    if site.subdivision is not None and site.subdivision not in countries().get(site.country or "", ()):
        said = _('site.subdivision: "{part}" is no part of the country whose holidays are known. Correct it.')
        yield said.format(part=site.subdivision)


def check_settings(settings: Mapping[str, str]) -> Iterator[str]:
    """Every setting is known and within its bounds."""
    for name, value in settings.items():
        try:
            site_settings({name: value})
        except SettingInvalid as error:
            said = _('settings.{name}: "{value}" is wrong: {why}. Correct it, or delete the line.')
            yield said.format(name=name, value=value, why=error.fields["why"])


def check_names(file: SiteFile) -> Iterator[str]:
    """Whatever names something is there once, and the house keeps its own names."""
    tenants, analyzers, places = file.tenants, file.analyzers, file.places
    yield from _twice(places, "plans", "name", ((each.name, each.name) for each in file.plans))
    yield from _twice(places, "tenants", "name", ((each.name, each.name) for each in tenants))
    yield from _twice(places, "tenants", "account", ((each.name, each.account) for each in tenants))
    yield from _twice(places, "analyzers", "name", ((each.name, each.name) for each in analyzers))
    yield from _twice(places, "analyzers", "serial_number", ((each.name, each.serial_number) for each in analyzers))
    yield from _twice(places, "analyzers", "host", ((each.name, address(each)) for each in analyzers))
    dated = ((each.name, each.held_on) for each in file.holidays if each.held_on > date.min)
    yield from _twice(places, "holidays", "date", dated)
    yield from _twice(places, "users", "user_name", ((each.user_name, each.user_name) for each in file.users))
    for number, plan in enumerate(file.plans, start=1):
        if plan.name == HOUSE_PLAN:
            yield _("{place}: this name belongs to the plan of the house. Choose another.").format(
                place=places.key("plans", number, plan.name, "name")
            )
    for number, tenant in enumerate(tenants, start=1):
        if tenant.account == HOUSE_ACCOUNT:
            yield _("{place}: this number belongs to the account of the house. Choose another.").format(
                place=places.key("tenants", number, tenant.name, "account")
            )


def check_tenants(file: SiteFile) -> Iterator[str]:
    """Each tenant has a plan of the file, and is restored above the balance at which the supply is cut."""
    places = file.places
    plans = {plan.name for plan in file.plans}
    for number, tenant in enumerate(file.tenants, start=1):
        if tenant.plan and tenant.plan not in plans:
            yield _(
                '{place}: there is no plan "{plan}" in this file. Add it under [[plans]], or choose one of it.'
            ).format(place=places.key("tenants", number, tenant.name, "plan"), plan=tenant.plan)
        if tenant.emergency_credit < ZERO:
            yield _("{place}: it is below 0. Write 0, or how far the balance may fall below 0.").format(
                place=places.key("tenants", number, tenant.name, "emergency_credit")
            )
        elif add(tenant.emergency_credit, tenant.restore_threshold) < ZERO:
            yield _("{place}: it is below minus the emergency credit, where the supply is cut. Raise it.").format(
                place=places.key("tenants", number, tenant.name, "restore_threshold")
            )


def check_analyzers(file: SiteFile, known: Collection[str] = ()) -> Iterator[str]:
    """Each analyzer belongs to a tenant of the file (or a known one) or to the house, and its wiring can do what it
    says."""
    tenants = {tenant.name for tenant in file.tenants} | set(known)
    for number, analyzer in enumerate(file.analyzers, start=1):
        for key, why in _faults(analyzer, tenants):
            yield f"{file.places.key('analyzers', number, analyzer.name, key)}: {why}"


def address(analyzer: AnalyzerFacts) -> str | None:
    """Where an analyzer answers; None where the file does not say."""
    return f"{analyzer.host.casefold()}:{analyzer.port}/{analyzer.unit_id}" if analyzer.host else None


def _faults(analyzer: AnalyzerFacts, tenants: set[str]) -> Iterator[tuple[str, str]]:
    sold = analyzer.purpose is Purpose.TENANT
    if sold and analyzer.tenant is None:
        yield "tenant", _('it is missing. Name the tenant, or choose another purpose than "tenant".')
    if not sold and analyzer.tenant is not None:
        yield "tenant", _('only an analyzer of purpose "tenant" has one. Leave it out, or change the purpose.')
    if analyzer.tenant is not None and analyzer.tenant not in tenants:
        yield (
            "tenant",
            _('there is no tenant "{tenant}" in this file. Add it to the tenants, or correct it.').format(
                tenant=analyzer.tenant
            ),
        )
    if analyzer.wiring is not Wiring.NONE and analyzer.purpose not in (Purpose.TENANT, Purpose.COMMON):
        yield "wiring", _('incomers and check meters are never switched. Write "none".')
    if analyzer.ct_secondary_a not in (1, 5):
        yield "ct_secondary_a", _("current transformers have 1 or 5 A on this side. Correct it.")
    if analyzer.wiring is Wiring.PULSE_PAIR and analyzer.close_output in (None, analyzer.output):
        yield "close_output", _("this wiring closes by the other output. Write its number, 0 or 1.")
    if analyzer.wiring in PULSES and analyzer.feedback_input is None:
        yield "feedback_input", _("without a feedback contact a pulse cannot be confirmed. Write its input, 0 or 1.")
    if analyzer.wiring in PULSES and analyzer.remote_timeout_s is None:
        yield "remote_timeout_s", _("a pulse needs the device's own time-out. Write its seconds as set in the device.")


def _twice(places: Places, kind: str, key: str, named: Iterable[tuple[str, Hashable]]) -> Iterator[str]:
    """Values of a key that come again; what is left out does not count. Names that differ in capitals only are one."""
    seen: dict[Hashable, int] = {}
    for number, (name, value) in enumerate(named, start=1):
        if value in (None, ""):
            continue
        same = name.casefold() if key == "name" else value
        if same in seen:
            yield _("{place}: {value} is already taken by {first}. Write another.").format(
                place=places.key(kind, number, name, key), value=f'"{value}"', first=places.brief(kind, seen[same])
            )
        seen.setdefault(same, number)
