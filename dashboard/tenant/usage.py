"""Usage: where the credit went, by hour, day or month, from grid and generator, beside the span before."""

from collections.abc import Sequence
from decimal import Decimal

import pandas as pd
import streamlit as st

from dashboard.charts.colours import GENERATOR, GRID
from dashboard.charts.use_bars import place_of, use_bars
from dashboard.house import database
from dashboard.parts.account_choice import draw_account_choice, own_picture
from dashboard.parts.chart import draw_chart
from dashboard.parts.export import draw_export
from dashboard.parts.facts import Fact, draw_facts
from dashboard.parts.sheet import sheet
from dashboard.parts.states import draw_empty
from dashboard.parts.stepper import draw_stepper
from dashboard.viewing import formats, need
from documents.formats import NO_BREAK_SPACE, Formats
from prepaid.access import Right
from prepaid.calendar import zone
from prepaid.language import _, later
from prepaid.spans import Bucket
from prepaid.units import to_text
from sql.questions.use import Part, Used, used

WIDTH_PX = 760
BUCKETS = {Bucket.HOUR: later("Hours"), Bucket.DAY: later("Days"), Bucket.MONTH: later("Months")}

BEFORE = {
    Bucket.HOUR: later("The day before"),
    Bucket.DAY: later("The month before"),
    Bucket.MONTH: later("The year before"),
}
BEFORE_UNTIL_THEN = {
    Bucket.HOUR: later("Yesterday until now"),
    Bucket.DAY: later("Last month until this day"),
    Bucket.MONTH: later("Last year until this day"),
}


def draw_usage() -> None:
    words = formats()
    picture = own_picture()
    standing = draw_account_choice(picture)
    if standing is None:
        draw_empty(_("No account yet"), _("Ask the staff of the site to open one for you."))
        return
    bucket = st.segmented_control(
        _("Divided by"),
        list(BUCKETS),
        format_func=lambda each: _(BUCKETS[each]),
        default=Bucket.HOUR,
        required=True,
        key="by",
        bind="query-params",
        label_visibility="collapsed",
        width="stretch",
    )
    assert bucket is not None, "one of them is always chosen"
    site_zone = zone(picture.zone_name)
    earliest = standing.opened_at.astimezone(words.zone).date()
    span = draw_stepper(bucket, picture.at, site_zone, words, earliest)
    with database().reading() as conn:
        found = used(
            conn,
            need(Right.SEE_OWN).viewer,
            picture.site_id,
            picture.tenant_id,
            standing.account_id,
            span,
            bucket,
            picture.at,
        )
    if found.total.wh == 0:
        _draw_nothing(found, words)
        return
    draw_chart(use_bars(found.parts, bucket, words, found.currency), key="use")
    if any(part.spread for part in found.parts):
        st.caption(_("Hatched: your meter could not be read for a while. The sum is exact, the hours are even shares."))
    draw_facts(_facts(found, bucket, words))
    _draw_table(found, bucket, words)


def _draw_nothing(found: Used, words: Formats) -> None:
    if found.first_hour_at is None:
        draw_empty(_("Nothing used yet"), _("What your meter counts appears here within an hour."))
        return
    first = words.date(found.first_hour_at.astimezone(words.zone).date())
    draw_empty(_("Nothing used in this time"), _("Your meter is known since {day}.").format(day=first))


def _facts(found: Used, bucket: Bucket, words: Formats) -> list[Fact]:
    total = found.total
    facts = [
        Fact(_("Together"), words.energy(total.wh), words.money(total.amount, found.currency)),
        Fact(_("Grid"), words.energy(total.grid_wh), words.money(total.grid_amount, found.currency), GRID),
        Fact(
            _("Generator"),
            words.energy(total.generator_wh),
            words.money(total.generator_amount, found.currency),
            GENERATOR,
        ),
    ]
    if found.before is not None:
        note = _compared(total.wh, found.before.wh, words)
        facts.append(Fact(_before(found, bucket), words.energy(found.before.wh), note))
    if found.peak is not None:
        local = found.peak.hour_at.astimezone(words.zone).date()
        when = f"{words.weekday(local)} {words.day(local)}, {words.time(found.peak.hour_at)}"
        facts.append(Fact(_("Most in one hour"), words.energy(found.peak.wh), when))
    return facts


def _before(found: Used, bucket: Bucket) -> str:
    if any(part.running for part in found.parts):
        return _(BEFORE_UNTIL_THEN[bucket])
    return _(BEFORE[bucket])


def _compared(wh: int, before_wh: int, words: Formats) -> str:
    """How much more or less than in the time before."""
    if before_wh == 0:
        return ""
    share = Decimal(wh - before_wh) / before_wh
    if abs(share) < Decimal("0.005"):
        return _("as much")
    more = _("this is {share} more") if share > 0 else _("this is {share} less")
    return words.sentence(more, share=words.share(abs(share)))


def _draw_table(found: Used, bucket: Bucket, words: Formats) -> None:
    parts = [part for part in found.parts if part.use.wh]
    with st.expander(_("Table"), icon=":material/table_rows:"):
        st.dataframe(
            _shown(parts, bucket, words, found.currency),
            hide_index=True,
            height="content" if len(parts) < 13 else 420,
            column_config={_("From"): st.column_config.TextColumn(pinned=True)},
        )
        draw_export(
            _as_file(parts, found.currency, words),
            f"use-{found.parts[0].from_at.astimezone(words.zone):%Y-%m-%d}-{bucket}",
        )


def _shown(parts: Sequence[Part], bucket: Bucket, words: Formats, currency: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            _("From"): [place_of(part.from_at, bucket, words) for part in parts],
            _("Grid"): [words.energy(part.use.grid_wh) for part in parts],
            _("Generator"): [words.energy(part.use.generator_wh) for part in parts],
            _("Cost"): [words.money(part.use.amount, currency).replace(NO_BREAK_SPACE, " ") for part in parts],
            **({_("Divided by time"): [part.spread for part in parts]} if any(part.spread for part in parts) else {}),
        }
    )


def _as_file(parts: Sequence[Part], currency: str, words: Formats) -> pd.DataFrame:
    """Exact values with names for spreadsheets and programs; instants as the site's wall clock shows them."""
    return pd.DataFrame(
        {
            "from": [part.from_at.astimezone(words.zone).isoformat() for part in parts],
            "until": [part.until_at.astimezone(words.zone).isoformat() for part in parts],
            "grid_kwh": [Decimal(part.use.grid_wh) / 1000 for part in parts],
            "generator_kwh": [Decimal(part.use.generator_wh) / 1000 for part in parts],
            "grid_amount": [Decimal(to_text(part.use.grid_amount)) for part in parts],
            "generator_amount": [Decimal(to_text(part.use.generator_amount)) for part in parts],
            "currency": currency,
            "spread": [part.spread for part in parts],
        }
    )


need(Right.SEE_OWN)
with sheet(_("Usage"), WIDTH_PX):
    draw_usage()
