"""The guard against mass cuts on Overview: whom it holds, and the dialog in which an administrator releases them."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import pandas as pd
import streamlit as st

from dashboard.asked import overview as asked
from dashboard.house import database
from dashboard.parts.dialog import open_dialog
from dashboard.parts.plain import plain
from dashboard.viewing import formats, say, signed_in, site_id
from documents.formats import NOTHING, Formats
from prepaid.access import Right
from prepaid.errors.base import PrepaidError
from prepaid.language import _
from prepaid.wishes import LONGEST_REASON
from sql.guard_releases import release
from sql.questions.guarded import HeldAccount, held_accounts

NAMED_AT_MOST = 5


def draw_guard(held: Sequence[HeldAccount], now: datetime, words: Formats, *, may_release: bool) -> None:
    """That accounts are held, how many and who; nothing at all where nobody is."""
    if not held:
        return
    since = min(each.held_since_at for each in held)
    title = words.sentence(_("Guard against mass cuts: {number} accounts are kept on"), number=words.number(len(held)))
    names = [words.name(each.tenant) for each in held[:NAMED_AT_MOST]]
    if len(held) > NAMED_AT_MOST:
        names.append(_("and {number} more").format(number=words.number(len(held) - NAMED_AT_MOST)))
    told = words.sentence(_("since {instant}"), instant=words.near(since, now))
    st.markdown(f":material/shield: **{plain(title)}**  \n:small[{plain(' · '.join([told, *names]))}]")
    st.caption(_("More credits ended than anybody foresaw. Check prices and counters before you release accounts."))
    if may_release and st.button(_("Release accounts"), icon=":material/lock_open:", key="act-release-guard"):
        open_dialog(_("Release accounts from the guard"), Right.ADMINISTER, partial(draw_releasing, site_id()))


def draw_releasing(at_site: int) -> None:
    """The accounts, those among them that are chosen by name, and the reason."""
    person, words = signed_in(), formats()
    with database().reading() as conn:
        held = held_accounts(conn, person.viewer, at_site)
    if not held:
        st.info(_("The guard holds nobody any more."), icon=":material/info:")
        return
    st.dataframe(_table(held, words), hide_index=True, key="guard-held", alt=_("Accounts that the guard holds"))
    names = {each.account_id: _named(each, words) for each in held}
    everybody = st.checkbox(_("All {number} of them").format(number=words.number(len(held))), key="guard-everybody")
    chosen = list(names)
    if not everybody:
        chosen = st.multiselect(
            _("Accounts to release"), list(names), format_func=lambda key: names[key], key="guard-chosen"
        )
    if chosen:
        effect = _("{number} accounts are cut within seconds, unless something else protects them.")
        st.warning(effect.format(number=words.number(len(chosen))), icon=":material/info:")
    with st.form("form-release-guard", border=False):
        example = _("For example: the price is right, they were told")
        reason = st.text_input(_("Reason"), max_chars=LONGEST_REASON, placeholder=example, key="guard-reason")
        if st.form_submit_button(_("Release the accounts"), type="primary", width="stretch"):
            _release(at_site, chosen, reason)


def _release(at_site: int, chosen: Sequence[int], reason: str) -> None:
    if not chosen:
        st.error(_("Choose the accounts to release."), icon=":material/error:")
        return
    try:
        released = release(database(), signed_in(), at_site, chosen, reason)
    except PrepaidError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    asked.forget_guard()
    say(_("Released: {number} accounts. They are decided with the next pass.").format(number=released))
    st.rerun()


def _named(held: HeldAccount, words: Formats) -> str:
    place = f", {held.unit}" if held.unit else ""
    return words.name(f"{held.tenant}{place} ({held.number})")


def _table(held: Sequence[HeldAccount], words: Formats) -> pd.DataFrame:
    return pd.DataFrame(
        {
            _("Tenant"): [each.tenant for each in held],
            _("Unit"): [each.unit or NOTHING for each in held],
            _("Account"): [each.number for each in held],
            _("Balance now"): [
                NOTHING if each.live is None else words.money(each.live, each.currency) for each in held
            ],
            _("Ran out"): [words.instant(each.ran_out_at) for each in held],
        }
    )
