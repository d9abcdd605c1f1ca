"""What people see of one supply: the questions that the pages ask, and the words that they draw."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from documents.alert_sentences import AlertFacts, for_staff, why
from documents.analyzer_texts import SUPPLIED, presence_words, proof_words, trouble
from documents.formats import Formats
from documents.reasons import SupplyFacts, reason_for_staff
from documents.standing_texts import SOURCES, age, supply_headline, supply_sentences
from prepaid.access import Viewer
from prepaid.calendar import zone
from prepaid.records import Role, Source
from prepaid.switching import Progress
from sql.connection import Connection
from sql.questions.account import tenant_picture
from sql.questions.alerts import AlertFilter, AlertRow, site_alerts
from sql.questions.analyzers import analyzer_line
from tests.building import Person

ENGLISH = Formats("en", zone("Asia/Baghdad"))
TECHNICAL = ("analyzer", "modbus", "register", "exception", "serial", "127.0.0.1", "counter", "connection", "fault")
"""What no tenant should have to know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """The page of one analyzer as the staff see it: badges, why the supply is so, and what is wrong."""

    link: str
    supply: str
    source: Source | None
    why: str
    trouble: str
    proof: str
    progress: Progress | None
    load_while_cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """The page Balance as the tenant sees it. `old`: what is said about readings that are too old."""

    supply: str
    sentences: tuple[str, ...]
    old: str
    source: str
    live: Decimal
    power_w: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """An alert as its page tells it."""

    kind: str
    happened: str
    why: str
    over: bool


def operator_sees(conn: Connection, viewer: Viewer, analyzer_id: int, now: datetime) -> Operator:
    """As dashboard/analyzers/head.py draws it."""
    line = analyzer_line(conn, viewer, analyzer_id, now)
    facts = SupplyFacts(
        supply=line.supply,
        reason=line.reason,
        answer=line.answer,
        answer_reason=line.answer_reason,
        until_at=line.answer_until_at,
    )
    return Operator(
        link=presence_words(line.presence, line.read_at, now, ENGLISH),
        supply=SUPPLIED[line.supplied],
        source=line.source,
        why=reason_for_staff(facts, ENGLISH),
        trouble=trouble(line.presence, line.link_error, line.verdict_why),
        proof=proof_words(line.evidence),
        progress=line.change_progress,
        load_while_cut=line.load_while_cut_since_at is not None,
    )


def tenant_sees(conn: Connection, site_id: int, person: Person, now: datetime) -> Tenant:
    """As dashboard/tenant/balance.py draws it, for the tenant's own eyes; without a technical word."""
    viewer = Viewer(role=Role.TENANT, site_id=site_id, tenant_id=person.tenant_id)
    picture = tenant_picture(conn, viewer, site_id, person.tenant_id, now)
    [standing] = picture.accounts
    stale_after = timedelta(seconds=picture.stale_after_s)
    seen = Tenant(
        supply=supply_headline(standing, ENGLISH),
        sentences=tuple(sentence for _names, sentence in supply_sentences(standing, ENGLISH)),
        old=age(standing, now, stale_after, ENGLISH),
        source="" if standing.source is None else SOURCES[standing.source],
        live=standing.live,
        power_w=None if standing.silent(now, stale_after) else standing.power_w,
    )
    said = " ".join((seen.supply, *seen.sentences, seen.old)).casefold()
    assert not [word for word in TECHNICAL if word in said], said
    return seen


def alarms_about(conn: Connection, viewer: Viewer, site_id: int, analyzer_id: int | None) -> list[Alarm]:
    """All alerts about one analyzer in their order, as dashboard/alerts shows them; None: about the site."""
    page = site_alerts(conn, viewer, site_id, AlertFilter(analyzer_id=analyzer_id), most=100)
    return [_alarm(row) for row in reversed(page.alerts) if row.analyzer_id == analyzer_id]


def _alarm(row: AlertRow) -> Alarm:
    facts = AlertFacts(
        kind=row.kind,
        site="the site",
        tenant=row.tenant or "",
        account=row.account_number or "",
        analyzer=row.analyzer or "",
        details=row.details,
    )
    told = for_staff(facts, ENGLISH)
    return Alarm(kind=row.kind.value, happened=told.happened, why=why(facts), over=row.ended_at is not None)
