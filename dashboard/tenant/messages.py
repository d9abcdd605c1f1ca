"""Messages: what the tenant was told about the own credit and supply, by which ways, and what became of it."""

import streamlit as st

from dashboard.alerts.alarm_list import facts_of
from dashboard.house import database
from dashboard.parts.message_list import draw_told_list
from dashboard.parts.sheet import sheet
from dashboard.parts.states import draw_empty
from dashboard.viewing import acting, formats, need, part, signed_in, site
from prepaid.access import Right
from prepaid.language import _
from sql.questions.tenant_messages import MOST_TOLD, tenant_messages
from sql.sessions import SignedIn

WIDTH_PX = 760
AT_ONCE = 20
SHOWN = "messages_shown"


@part(Right.SEE_OWN)
def draw_messages() -> None:
    """The newest ones, and more of them on demand."""
    viewer, here, words = signed_in().viewer, site(), formats()
    assert viewer.tenant_id is not None, "who sees their own rows is a tenant"
    shown: int = st.session_state.get(SHOWN, AT_ONCE)
    with database().reading() as conn:
        now = database().now(conn)
        found = tenant_messages(conn, viewer, here.site_id, viewer.tenant_id, shown)
    if not found.alerts:
        draw_empty(
            _("No messages yet"),
            _("You are told when your credit is low or used up, and when the electricity goes off or comes back."),
            ":material/mail:",
        )
        return
    draw_told_list([(facts_of(each.alert, here.name), each) for each in found.alerts], now, words)
    if found.more and shown < MOST_TOLD:
        st.button(_("Show more"), key="more-messages", on_click=_more, args=(shown,), width="stretch")


@acting(Right.SEE_OWN)
def _more(_person: SignedIn, shown: int) -> None:
    st.session_state[SHOWN] = min(shown + AT_ONCE, MOST_TOLD)


need(Right.SEE_OWN)
with sheet(_("Messages"), WIDTH_PX):
    st.page_link("tenant/profile.py", label=_("Who is told, and when"), icon=":material/person:")
    draw_messages()
