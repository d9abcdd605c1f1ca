"""Tenants: all accounts of the site with what is left, and one tenant in every detail."""

from dashboard.tenancy.detail_page import draw_detail
from dashboard.tenancy.list_page import draw_list
from dashboard.tenancy.opened import opened
from dashboard.viewing import need
from prepaid.access import Right

person = need(Right.SEE_BALANCES)
tenant_id = opened()
if tenant_id is None:
    draw_list(person)
else:
    draw_detail(person, tenant_id)
