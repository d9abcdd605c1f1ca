"""What a new base left unknown: an administrator posts the estimate, or decides that nothing is charged for it."""

from collections.abc import Iterator
from functools import partial

import streamlit as st

from dashboard.house import database
from dashboard.parts.booking import draw_button, draw_change, draw_reason
from dashboard.parts.dialog import open_dialog
from dashboard.parts.facts import Fact, draw_facts
from dashboard.parts.plain import plain
from dashboard.viewing import formats, say, signed_in
from documents.analyzer_texts import BASES
from documents.entry_texts import calculation
from documents.formats import NOTHING, Formats
from documents.standing_texts import SOURCES
from prepaid.access import Right
from prepaid.errors.access import NotFound
from prepaid.errors.base import PrepaidError
from prepaid.language import _
from prepaid.proposals import Proposal, check_postable
from prepaid.records import SOURCES as BOTH
from prepaid.records import Source
from prepaid.units import ZERO, negative
from sql.estimates import Estimate, dismiss_estimate, post_estimate
from sql.questions.analyzer_proposals import proposals_of
from sql.questions.customer import counterpart


def draw_estimates(found: tuple[Proposal, ...], words: Formats) -> None:
    """A card for each that is not posted, for who administers."""
    if not signed_in().viewer.may(Right.ADMINISTER):
        return
    for each in found:
        if not each.posted and (each.amount > ZERO or each.dismissed is None):
            with st.container(border=True, gap="xsmall", key=f"estimate-{each.base_id}"):
                _draw_card(each, words)


def draw_posting(analyzer_id: int, base_id: int) -> None:
    """What the estimate comes from and what it does to the balance, the reason, the button."""
    words = formats()
    try:
        seen = _fresh(analyzer_id, base_id)
        check_postable(seen)
        with database().reading() as conn:
            found = counterpart(conn, signed_in().viewer, seen.account_id, database().now(conn))
    except PrepaidError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    draw_facts(list(_facts(seen, words)))
    customer = found.customer
    draw_change(
        customer.live,
        negative(seen.amount),
        found.currency,
        customer.points,
        customer.policy,
        customer.provisional,
    )
    reason = draw_reason("estimate")
    draw_button(
        _("Post the estimate"),
        "estimate",
        base_id,
        (seen, reason),
        lambda key: post_estimate(database(), signed_in(), Estimate(seen=seen, reason=reason, key=key)),
    )


def draw_dismissing(analyzer_id: int, base_id: int) -> None:
    """Nothing is charged for that time; why is kept."""
    words = formats()
    try:
        seen = _fresh(analyzer_id, base_id)
    except PrepaidError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    draw_facts(list(_facts(seen, words)))
    reason = st.text_input(_("Reason"), max_chars=400, key="dismiss-reason") or ""
    if not st.button(_("Charge nothing for it"), type="primary", width="stretch", key="dismiss-book"):
        return
    try:
        dismiss_estimate(database(), signed_in(), seen, reason)
    except PrepaidError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    say(_("Dismissed."))
    st.rerun()


def _draw_card(each: Proposal, words: Formats) -> None:
    told = _("New base of {instant}: {amount} proposed for account {number}")
    facts = {"amount": words.money(each.amount, each.currency), "number": each.account_number}
    st.markdown(f"**{plain(words.sentence(told, instant=words.instant(each.until_at), **facts))}**")
    if each.dismissed is not None:
        dismissed = _("Dismissed by {name}, {instant}: {why}")
        who = {"name": words.name(each.dismissed.by), "why": words.name(each.dismissed.why)}
        st.caption(plain(words.sentence(dismissed, instant=words.instant(each.dismissed.at), **who)))
    with st.container(horizontal=True):
        ids = (each.analyzer_id, each.base_id)
        if each.amount > ZERO and st.button(
            _("Post the estimate"), icon=":material/receipt_long:", key=f"act-estimate-{each.base_id}"
        ):
            open_dialog(_("Post the estimate"), Right.ADMINISTER, partial(draw_posting, *ids))
        if each.dismissed is None and st.button(
            _("Dismiss"), icon=":material/close:", key=f"act-dismiss-{each.base_id}"
        ):
            open_dialog(_("Dismiss the estimate"), Right.ADMINISTER, partial(draw_dismissing, *ids))


def _fresh(analyzer_id: int, base_id: int) -> Proposal:
    """The proposal as it is now. Raises NotFound, NotAllowed."""
    with database().reading() as conn:
        for each in proposals_of(conn, signed_in().viewer, analyzer_id):
            if each.base_id == base_id:
                return each
    raise NotFound(what=_("estimate"), name=base_id)


def _facts(seen: Proposal, words: Formats) -> Iterator[Fact]:
    usual = seen.usual
    yield Fact(_("Last accepted"), words.instant(seen.from_at))
    yield Fact(_("New base"), words.instant(seen.until_at), _(BASES[seen.cause]))
    yield Fact(_("Usual use"), NOTHING if usual is None else _energy(usual.grid_wh + usual.generator_wh, words))
    yield Fact(_("Charged by the new base"), _energy(seen.counted.grid_wh + seen.counted.generator_wh, words))
    for source in BOTH:
        wh = seen.unknown.of(source)
        price = seen.grid_price if source is Source.GRID else seen.generator_price
        if wh:
            unknown = words.sentence(_("Unknown, {source}"), source=_(SOURCES[source]).lower())
            yield Fact(unknown, _energy(wh, words), calculation(wh, price, seen.currency, words))


def _energy(wh: int, words: Formats) -> str:
    return words.energy(wh, 3)
