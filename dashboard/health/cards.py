"""The cards of Health: each part of the product in a few facts, in words."""

from collections.abc import Callable, Sequence
from decimal import Decimal

import streamlit as st

from dashboard.asked.health import Picture
from dashboard.health.logs import draw_logs
from dashboard.health.storage import draw_database
from dashboard.health.troubles import tried
from dashboard.parts.facts import Fact, draw_facts
from dashboard.parts.plain import plain
from documents.formats import NOTHING, Formats
from documents.job_texts import job_name
from prepaid.jobs import Job
from prepaid.language import _
from prepaid.supply import Answer
from prepaid.version import VERSION

LEAST_CARD_PX = 340
ROWS_AT_MOST = 5
CLOCKS_AGREE_S = 1.0


def draw_cards(picture: Picture, words: Formats) -> None:
    """Three columns, of about one height, where there is room; else one under the other."""
    columns: Sequence[Sequence[tuple[str, str, Callable[[Picture, Formats], None]]]] = (
        (
            (_("Enforcer"), "memory", _draw_enforcer),
            (_("Clocks and versions"), "update", _draw_versions),
        ),
        (
            (_("Reads"), "electric_meter", _draw_reads),
            *([(_("Kepware"), "lan", draw_logs)] if picture.logs else []),
            (_("Database"), "database", draw_database),
        ),
        (
            (_("Switching"), "power_settings_new", _draw_switching),
            (_("Messages"), "mail", _draw_messages),
            (_("Jobs"), "schedule", _draw_jobs),
        ),
    )
    with st.grid(len(columns), min_column_width=LEAST_CARD_PX):
        for cards in columns:
            with st.container():
                for title, icon, draw in cards:
                    with st.container(border=True, key=f"health-{icon}"):
                        st.subheader(title, icon=f":material/{icon}:")
                        draw(picture, words)


def _draw_enforcer(picture: Picture, words: Formats) -> None:
    enforcer, at = picture.enforcer, picture.enforcer.at
    if enforcer.beat_at is None:
        st.caption(_("No enforcer has ever run for this site."))
        return
    started = NOTHING if enforcer.started_at is None else words.near(enforcer.started_at, at)
    lease = _("held by nobody")
    if enforcer.is_leased and enforcer.lease_ends_at is not None:
        lease = words.sentence(_("held until {time}"), time=words.second(enforcer.lease_ends_at))
    other_worker = "" if enforcer.worked_by == enforcer.holder else words.name(enforcer.worked_by or "")
    draw_facts(
        [
            Fact(
                _("Last sign of life"),
                _("{duration} ago").format(duration=words.duration(at - enforcer.beat_at)),
                "" if enforcer.lives else _("silent"),
            ),
            Fact(_("Lease"), lease, words.name(enforcer.holder or "")),
            Fact(_("Works since"), started, other_worker),
            Fact(
                _("Passes"),
                words.number(enforcer.passes),
                "" if enforcer.pass_ms is None else _("the last one took {ms} ms").format(ms=round(enforcer.pass_ms)),
            ),
        ]
    )


def _draw_reads(picture: Picture, words: Formats) -> None:
    enforcer, reads = picture.enforcer, picture.reads
    if not reads.analyzers:
        st.caption(_("No analyzer is in use yet."))
        return
    read = reads.analyzers - reads.failing
    draw_facts(
        [
            Fact(
                _("Analyzers read now"),
                _("{number} of {total}").format(number=words.number(read), total=words.number(reads.analyzers)),
            ),
            *_counted_reads(picture, words),
        ]
    )
    for failing in reads.longest[:ROWS_AT_MOST]:
        since = _("never read") if failing.read_at is None else words.near(failing.read_at, enforcer.at)
        if failing.read_at is not None:
            since = words.sentence(_("last read {instant}"), instant=since)
        st.page_link(
            "admin/analyzers.py",
            label=plain(words.name(failing.name)),
            icon=":material/link_off:",
            query_params={"analyzer": str(failing.analyzer_id)},
        )
        st.caption(plain(" · ".join(part for part in (since, failing.error or "") if part)))
    _draw_more(len(reads.longest[:ROWS_AT_MOST]), reads.failing, words)


def _counted_reads(picture: Picture, words: Formats) -> list[Fact]:
    """Since the enforcer started."""
    enforcer = picture.enforcer
    if not enforcer.reads_due:
        return []
    counts = [
        (_("On time"), enforcer.reads_on_time),
        (_("Late"), enforcer.reads_late),
        (_("Missed"), enforcer.reads_missed),
    ]
    due = Decimal(enforcer.reads_due)
    said = _("{number} reads")
    return [
        Fact(label, words.share(Decimal(count) / due), said.format(number=words.number(count)))
        for label, count in counts
    ]


def _draw_switching(picture: Picture, words: Formats) -> None:
    switching, at = picture.switching, picture.enforcer.at
    oldest = None if switching.oldest_at is None else words.near(switching.oldest_at, at)
    note = "" if oldest is None else words.sentence(_("the oldest since {instant}"), instant=oldest)
    draw_facts(
        [
            Fact(_("Cuts under way"), words.number(switching.cuts_waiting)),
            Fact(_("Restores under way"), words.number(switching.restores_waiting), note),
            Fact(_("Tries that failed"), words.number(switching.failing)),
        ]
    )
    for failing in switching.longest[:ROWS_AT_MOST]:
        st.page_link(
            "admin/analyzers.py",
            label=plain(words.name(failing.name)),
            icon=":material/power_off:" if failing.wanted is Answer.CUT else ":material/power:",
            query_params={"analyzer": str(failing.analyzer_id)},
        )
        st.caption(plain(tried(failing, words)))
    _draw_more(len(switching.longest[:ROWS_AT_MOST]), switching.failing, words)


def _draw_messages(picture: Picture, words: Formats) -> None:
    messages, at = picture.messages, picture.enforcer.at
    if not messages.waiting and not messages.failed and messages.sent_at is None:
        st.caption(_("Nothing had to be sent yet."))
        return
    oldest = "" if messages.oldest_at is None else words.near(messages.oldest_at, at)
    draw_facts(
        [
            Fact(
                _("Waiting"),
                words.number(messages.waiting),
                oldest and words.sentence(_("the oldest since {instant}"), instant=oldest),
            ),
            Fact(_("Not delivered, 24 hours"), words.number(messages.failed)),
            Fact(_("Last one sent"), NOTHING if messages.sent_at is None else words.near(messages.sent_at, at)),
        ]
    )
    if messages.error:
        st.caption(plain(messages.error))


def _draw_jobs(picture: Picture, words: Formats) -> None:
    known = {row.job: row for row in picture.jobs}
    if not known:
        st.caption(_("No job was done yet: the first ones come with the first pass."))
        return
    at = picture.enforcer.at
    facts = []
    for job in Job:
        row = known.get(job)
        done = _("not yet") if row is None else words.near(row.done_until_at, at)
        facts.append(Fact(job_name(job), done))
    draw_facts(facts)


def _draw_versions(picture: Picture, words: Formats) -> None:
    enforcer = picture.enforcer
    doubted = enforcer.clock_doubted_since_at
    trusted = _("trusted")
    if doubted is not None:
        trusted = words.sentence(_("in doubt since {instant}"), instant=words.near(doubted, enforcer.at))
    apart = _("agree")
    if abs(picture.ahead_s) >= CLOCKS_AGREE_S:
        apart = _("{seconds} s apart").format(seconds=words.number(Decimal(round(abs(picture.ahead_s), 1)), 1))
    draw_facts(
        [
            Fact(_("Time of the site"), trusted),
            Fact(_("This server and the database"), apart),
            Fact(_("Version of the dashboard"), VERSION),
            Fact(_("Version of the enforcer"), enforcer.version or NOTHING),
            Fact(_("Database"), picture.database.engine, _("schema {version}").format(version=picture.schema_version)),
        ]
    )


def _draw_more(shown: int, total: int, words: Formats) -> None:
    if total > shown:
        st.caption(_("and {number} more").format(number=words.number(total - shown)))
