"""Analyzers: every device of the site with its supply, and one of them in every detail."""

from dashboard.analyzers.detail_page import draw_detail
from dashboard.analyzers.list_page import draw_list
from dashboard.analyzers.opened import opened
from dashboard.viewing import need, site_id
from prepaid.access import Right

person = need(Right.SEE_SITE)
analyzer_id = opened()
if analyzer_id is None:
    draw_list(person, site_id())
else:
    draw_detail(analyzer_id)
