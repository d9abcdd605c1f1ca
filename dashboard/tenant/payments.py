"""Payments: what came in and what was charged, month by month, each charge with its counters and its price."""

import streamlit as st

from dashboard.charts.colours import OF_SOURCE
from dashboard.house import database
from dashboard.parts.account_choice import draw_account_choice, own_picture
from dashboard.parts.entry_export import draw_entry_export
from dashboard.parts.entry_list import draw_entries
from dashboard.parts.facts import Fact, draw_facts
from dashboard.parts.sheet import sheet
from dashboard.parts.states import draw_empty
from dashboard.parts.stepper import draw_stepper
from dashboard.viewing import acting, formats, need, part, signed_in
from documents.entry_texts import KINDS
from documents.formats import Formats
from documents.standing_texts import SOURCES
from prepaid.access import Right
from prepaid.calendar import zone
from prepaid.language import _, later
from prepaid.records import SOURCES as SOURCE_ORDER
from prepaid.records import EntryKind
from prepaid.spans import Bucket, Span
from prepaid.standing import Standing
from prepaid.units import ZERO, add, negative
from sql.questions.ledger import MOST_ENTRIES, Totals, entries_page, totals
from sql.sessions import SignedIn

WIDTH_PX = 760
AT_ONCE = 30
SHOWN = "entries_shown"
CHARGES = (EntryKind.CHARGE,)
OTHERS = tuple(kind for kind in EntryKind if kind is not EntryKind.CHARGE)
CHOICES = {"recharges": later("Recharges"), "charges": later("Charges"), "all": later("All")}
KINDS_OF = {"recharges": OTHERS, "charges": CHARGES, "all": ()}


def draw_payments() -> None:
    words = formats()
    picture = own_picture()
    standing = draw_account_choice(picture)
    if standing is None:
        draw_empty(_("No account yet"), _("Ask the staff of the site to open one for you."))
        return
    earliest = standing.opened_at.astimezone(words.zone).date()
    span = draw_stepper(Bucket.DAY, picture.at, zone(picture.zone_name), words, earliest)
    with database().reading() as conn:
        sums = totals(conn, signed_in().viewer, standing.account_id, span.from_at, span.until_at)
    runs = span.from_at <= picture.at < span.until_at
    draw_facts(_facts(sums, standing, words, runs=runs))
    _draw_list(standing, span, words)


def _facts(sums: Totals, standing: Standing, words: Formats, *, runs: bool) -> list[Fact]:
    """The sums of the month; while it runs, down to the balance of this moment."""
    currency = standing.currency
    facts = [Fact(_("At the beginning"), words.money(sums.opening, currency))]
    facts += [
        Fact(_(KINDS[kind]), words.money(amount, currency))
        for kind, amount in sums.amounts.items()
        if kind is not EntryKind.CHARGE
    ]
    facts += [
        Fact(
            _("Charged, {source}").format(source=_(SOURCES[source]).lower()),
            words.money(negative(charged.amount), currency),
            words.energy(charged.wh),
            OF_SOURCE[source],
        )
        for source, charged in sorted(sums.charged.items(), key=lambda each: SOURCE_ORDER.index(each[0]))
    ]
    if not runs:
        return [*facts, Fact(_("At the end"), words.money(sums.closing, currency))]
    uncharged = add(standing.live, negative(standing.balance))
    if uncharged != ZERO:
        facts.append(Fact(_("Not charged yet"), words.money(uncharged, currency)))
    return [*facts, Fact(_("Now"), words.money(standing.live, currency))]


@part(Right.SEE_OWN)
def _draw_list(standing: Standing, span: Span, words: Formats) -> None:
    choice = st.segmented_control(
        _("Entries"),
        list(CHOICES),
        format_func=lambda each: _(CHOICES[each]),
        default="recharges",
        required=True,
        key="kind",
        bind="query-params",
        label_visibility="collapsed",
        width="stretch",
    )
    assert choice is not None, "one of them is always chosen"
    kinds = KINDS_OF[choice]
    place = f"{standing.account_id}/{span.from_at:%Y-%m}/{choice}"
    shown = _shown(place)
    with database().reading() as conn:
        page = entries_page(
            conn,
            signed_in().viewer,
            standing.account_id,
            most=shown,
            kinds=kinds,
            from_at=span.from_at,
            until_at=span.until_at,
        )
    if not page.entries:
        draw_empty(_("Nothing in this month"), _("Choose another month, or another kind of entries."))
        return
    draw_entries(page.entries, standing.currency, words)
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        if page.before_entry_no is not None and shown < MOST_ENTRIES:
            st.button(_("Show more"), key="more", on_click=_more, args=(place, shown))
        name = f"{standing.number}-{span.from_at.astimezone(words.zone):%Y-%m}-{choice}"
        draw_entry_export(standing.account_id, span, kinds, standing.currency, words, name)


def _shown(place: str) -> int:
    """How many entries are shown; another month, account or kind begins anew."""
    held = st.session_state.get(SHOWN)
    return held[1] if held and held[0] == place else AT_ONCE


@acting(Right.SEE_OWN)
def _more(_person: SignedIn, place: str, shown: int) -> None:
    st.session_state[SHOWN] = (place, min(shown + AT_ONCE, MOST_ENTRIES))


need(Right.SEE_OWN)
with sheet(_("Payments"), WIDTH_PX):
    draw_payments()
