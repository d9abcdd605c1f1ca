"""The pages of the product: which file, under which name, for whom."""

from pathlib import Path
from typing import Literal, NamedTuple

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from prepaid.access import Right, Viewer
from prepaid.language import _, later
from prepaid.records import Role

FOLDER = Path(__file__).parent


class Entry(NamedTuple):
    """One page: its file below dashboard/, and the right that its viewer needs (None: everybody signed in)."""

    file: str
    title: str
    icon: str
    right: Right | None
    section: str = ""

    @property
    def name(self) -> str:
        """The last part of its address."""
        return Path(self.file).stem


PORTFOLIO = Entry("admin/portfolio.py", later("Portfolio"), "apartment", Right.SEE_SITE, later("Watch"))
"""The page of all sites together: for who may look at more than one."""
PAGES = (
    PORTFOLIO,
    Entry("admin/overview.py", later("Overview"), "dashboard", Right.SEE_SITE, later("Watch")),
    Entry("admin/analyzers.py", later("Analyzers"), "electric_meter", Right.SEE_SITE, later("Watch")),
    Entry("admin/consumption.py", later("Consumption"), "monitoring", Right.SEE_SITE, later("Watch")),
    Entry("admin/alerts.py", later("Alerts and events"), "notifications", Right.SEE_SITE, later("Watch")),
    Entry("admin/health.py", later("Health"), "ecg_heart", Right.SEE_SITE, later("Watch")),
    Entry("admin/recharge.py", later("Recharge"), "add_card", Right.SELL, later("Serve")),
    Entry("admin/tenants.py", later("Tenants"), "groups", Right.SEE_BALANCES, later("Serve")),
    Entry("admin/settings.py", later("Settings"), "settings", Right.SEE_SITE, later("Set up")),
    Entry("tenant/balance.py", later("Balance"), "account_balance_wallet", Right.SEE_OWN),
    Entry("tenant/usage.py", later("Usage"), "bar_chart", Right.SEE_OWN),
    Entry("tenant/payments.py", later("Payments"), "receipt_long", Right.SEE_OWN),
    Entry("tenant/messages.py", later("Messages"), "mail", Right.SEE_OWN),
    Entry("tenant/profile.py", later("Profile"), "person", None, later("You")),
)
START = Entry("start.py", later("Start"), "home", None)
CHOOSE_PASSWORD = Entry("choose_password.py", later("Choose your password"), "key", None)


def pages_for(viewer: Viewer | None, sites: int = 1) -> tuple[Entry, ...]:
    """What the viewer, who may look at so many sites, can open, the first one being the start page. For a stranger all
    of them: their addresses are kept while signing in, and nothing of them runs before."""
    if viewer is None:
        return (*PAGES, CHOOSE_PASSWORD)
    if viewer.must_change_password:
        return (CHOOSE_PASSWORD,)
    pages = PAGES if sites > 1 else tuple(page for page in PAGES if page is not PORTFOLIO)
    return tuple(page for page in pages if page.right is None or viewer.may(page.right))


def page(entry: Entry) -> StreamlitPage:
    """The page as Streamlit's navigation takes it."""
    return st.Page(
        FOLDER / entry.file,
        title=_(entry.title),
        icon=f":material/{entry.icon}:",
        url_path=_address(entry),
        default=entry is START,
        visibility="hidden" if entry is START else "visible",
    )


def sections(viewer: Viewer | None, sites: int = 1) -> dict[str, list[StreamlitPage]]:
    """The viewer's pages under their headings; tenants have few and no headings.

    Streamlit gives its default page no address of its own, so that is a page which leads on to the viewer's first one.
    """
    grouped: dict[str, list[StreamlitPage]] = {"": [page(START)]}
    for entry in pages_for(viewer, sites):
        plain = viewer is None or viewer.role is Role.TENANT
        grouped.setdefault("" if plain else _(entry.section), []).append(page(entry))
    return grouped


def shows_site(chosen: StreamlitPage) -> bool:
    """Whether the page has anything to show only where there is a site: all but those that everybody has."""
    return any(entry.right is not None and _is(chosen, entry) for entry in PAGES)


def shows_all_sites(chosen: StreamlitPage) -> bool:
    """Whether the page is about all sites, so that none of them is the chosen one there."""
    return _is(chosen, PORTFOLIO)


def position_for(viewer: Viewer | None) -> Literal["sidebar", "hidden", "top"]:
    """Where the navigation stands: none for who must sign in or choose a password first."""
    if viewer is None or viewer.must_change_password:
        return "hidden"
    return "top" if viewer.role is Role.TENANT else "sidebar"


def _is(chosen: StreamlitPage, entry: Entry) -> bool:
    return chosen.url_path == _address(entry)


def _address(entry: Entry) -> str:
    return entry.name.replace("_", "-")
