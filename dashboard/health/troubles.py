"""What is wrong at a site, gravest first: what, since when, what is done about it by itself, and what to do."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dashboard.alerts.alarm_list import facts_of, seen_by
from dashboard.asked.health import Picture
from documents.alert_names import alert_name
from documents.alert_sentences import for_staff, why
from documents.alert_texts import FOR_STAFF
from documents.formats import Formats
from documents.job_texts import job_name
from prepaid.alerts import GRAVE_KINDS, AlertKind
from prepaid.jobs import Job, is_overdue
from prepaid.language import _
from sql.questions.alerts import AlertRow
from sql.questions.health_switching import FailingSwitch

MESSAGES_WAIT_AT_MOST = timedelta(minutes=10)
NAMED_AT_MOST = 3
URGENT = (
    AlertKind.CLOCK,
    AlertKind.DISK_LOW,
    AlertKind.DATABASE_FULL,
    AlertKind.GUARD,
    AlertKind.CONNECTING_STOPPED,
    AlertKind.RESTORE_FAILED,
    AlertKind.CUT_WITHOUT_EFFECT,
    AlertKind.OUT_OF_CREDIT_UNREACHABLE,
)
"""What stops the site or leaves people in the dark, the most pressing first; it comes before all that only costs."""
GRAVE_TOO, HARMLESS = len(URGENT), len(URGENT) + 1
ALERTS, ANALYZERS, OVERVIEW = "admin/alerts.py", "admin/analyzers.py", "admin/overview.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One thing that is wrong. `page` with its `query` is where it is mended; None: not in the browser."""

    urgency: int
    what: str
    since_at: datetime | None
    why: str = ""
    tried: str
    advice: str
    seen: str = ""
    page: str | None = None
    query: dict[str, str] = field(default_factory=dict)

    @property
    def grave(self) -> bool:
        return self.urgency < HARMLESS


def troubles_of(picture: Picture, site: str, words: Formats) -> list[Trouble]:
    """All of them: the enforcer first, because without it nothing else moves; then by urgency, then by age."""
    enforcer = picture.enforcer
    first = [_no_enforcer(picture, words)] if not enforcer.lives else []
    found = [*_of_alarms(picture, site, words)]
    if enforcer.lives:
        found += [*_of_messages(picture), *_of_jobs(picture, words)]
    return [*first, *sorted(found, key=lambda each: (each.urgency, each.since_at or enforcer.at))]


def _no_enforcer(picture: Picture, words: Formats) -> Trouble:
    """What the heartbeat tells; the alarm of it, which comes a minute later, is the same trouble."""
    enforcer = picture.enforcer
    never = enforcer.beat_at is None
    alarm = next((each for each in picture.alarms if each.kind is AlertKind.ENFORCER_SILENT), None)
    return Trouble(
        urgency=0,
        what=_("No enforcer has ever run here") if never else _("The enforcer is silent"),
        since_at=enforcer.beat_at,
        tried=_("Nothing is read, charged or switched until it runs. The analyzers go on counting."),
        advice=_("Start it on its machine: python -m enforcer run. If it does not stay, look into logs/enforcer.log."),
        seen="" if alarm is None else seen_by(alarm, words),
        page=None if alarm is None else ALERTS,
        query={} if alarm is None else {"alert": str(alarm.alert_id)},
    )


def _of_alarms(picture: Picture, site: str, words: Formats) -> Iterator[Trouble]:
    """Open alarms, those of a kind together: of fifty analyzers behind one dead switch the first line says all."""
    by_kind: dict[AlertKind, list[AlertRow]] = {}
    for alarm in picture.alarms:
        if picture.enforcer.lives or alarm.kind is not AlertKind.ENFORCER_SILENT:
            by_kind.setdefault(alarm.kind, []).append(alarm)
    for kind, of_kind in by_kind.items():
        one = len(of_kind) == 1
        yield _of_one(of_kind[0], picture, site, words) if one else _of_many(kind, of_kind, words)


def _of_one(alarm: AlertRow, picture: Picture, site: str, words: Formats) -> Trouble:
    facts = facts_of(alarm, site)
    text = for_staff(facts, words)
    page, query = _place(alarm)
    return Trouble(
        urgency=_urgency(alarm.kind),
        what=text.subject,
        since_at=alarm.raised_at,
        why=why(facts),
        tried=" ".join(part for part in (tries(alarm, picture, words), text.next) if part),
        advice=text.advice,
        seen=seen_by(alarm, words),
        page=page,
        query=query,
    )


def _of_many(kind: AlertKind, of_kind: Sequence[AlertRow], words: Formats) -> Trouble:
    text = FOR_STAFF[kind]
    names = [words.name(each.analyzer or each.tenant or "") for each in of_kind]
    named = ", ".join(name for name in names[:NAMED_AT_MOST] if name)
    more = len(of_kind) - NAMED_AT_MOST
    if more > 0:
        named = _("{names} and {number} more").format(names=named, number=words.number(more))
    return Trouble(
        urgency=_urgency(kind),
        what=_("{number} times: {kind}").format(number=words.number(len(of_kind)), kind=alert_name(kind)),
        since_at=min(each.raised_at for each in of_kind),
        why=named,
        tried=_(text.next),
        advice=_(text.advice),
        page=ALERTS,
        query={"alert_kinds": kind.value, "alert_open": "true", "alert_span": "all"},
    )


def _urgency(kind: AlertKind) -> int:
    if kind in URGENT:
        return URGENT.index(kind)
    return GRAVE_TOO if kind in GRAVE_KINDS else HARMLESS


def _place(alarm: AlertRow) -> tuple[str, dict[str, str]]:
    """Where it is mended."""
    if alarm.kind is AlertKind.GUARD:
        return OVERVIEW, {}
    if alarm.analyzer_id is not None:
        return ANALYZERS, {"analyzer": str(alarm.analyzer_id)}
    return ALERTS, {"alert": str(alarm.alert_id)}


def tries(alarm: AlertRow, picture: Picture, words: Formats) -> str:
    """How often the enforcer has tried what an alarm about one analyzer is about, and what came of it; else empty."""
    for analyzer in picture.reads.longest:
        if analyzer.analyzer_id == alarm.analyzer_id and alarm.kind is AlertKind.ANALYZER_LOST:
            said = _("Tried {number} times, the last answer: {error}.")
            error = analyzer.error or _("none")
            return words.sentence(said, number=words.number(analyzer.failures or 0), error=error.rstrip("."))
    for switch in picture.switching.longest:
        if switch.analyzer_id == alarm.analyzer_id:
            return tried(switch, words)
    return ""


def tried(switch: FailingSwitch, words: Formats) -> str:
    """How often a supply was tried to be switched, and what the device said last."""
    return words.sentence(
        _("Tried {number} times, the last answer: {error}."),
        number=words.number(switch.tries),
        error=switch.error.rstrip("."),
    )


def _of_messages(picture: Picture) -> Iterator[Trouble]:
    """What waits or was given up; a mail server that refuses everything is an alarm of its own."""
    messages, now = picture.messages, picture.enforcer.at
    if any(alarm.kind is AlertKind.MAIL_FAILING for alarm in picture.alarms):
        return
    if messages.oldest_at is not None and now - messages.oldest_at > MESSAGES_WAIT_AT_MOST:
        yield Trouble(
            urgency=HARMLESS,
            what=_("Messages wait to be sent"),
            since_at=messages.oldest_at,
            why=messages.error or "",
            tried=_("They are kept and tried again by themselves."),
            advice=_("Check the mail settings in .env: python -m enforcer doctor says what is wrong."),
        )
    if messages.failed:
        yield Trouble(
            urgency=HARMLESS,
            what=_("Messages could not be delivered today"),
            since_at=None,
            why=messages.error or "",
            tried=_("The mail server refused them for good; they are not tried again."),
            advice=_("Look at who was not told, and correct the address."),
            page=ALERTS,
        )


def _of_jobs(picture: Picture, words: Formats) -> Iterator[Trouble]:
    """Jobs that a living enforcer has not done. An old backup is an alarm of its own."""
    started_at = picture.enforcer.started_at or picture.enforcer.at
    for row in picture.jobs:
        if row.job is not Job.BACKUP and is_overdue(row.job, row.done_until_at, started_at, picture.enforcer.at):
            yield Trouble(
                urgency=HARMLESS,
                what=words.sentence(_("The job “{job}” is overdue"), job=job_name(row.job)),
                since_at=row.done_until_at,
                tried=_("It is tried again every 10 minutes."),
                advice=_("Look into logs/enforcer.log for job.failed and job.broken."),
            )
