"""The list of tenants over the loaded demo: every tenant with the balance, the use and the supply of the books."""

from prepaid.access import Viewer
from prepaid.records import Role
from prepaid.standing import Supplied
from sql.accounts import live_balances
from sql.connection import Database
from sql.demo.credit import Standing, standing
from sql.demo.site import DemoSite
from sql.questions.customer import counterpart
from sql.questions.ledger import entries_page
from sql.questions.tenant import tenant
from sql.questions.tenants import tenant_rows
from tests.sql.demo.conftest import NOW
from tests.sql.statements import listening, on_sql_server

ADMIN = Viewer(role=Role.ADMIN, site_id=None, tenant_id=None)


def test_the_list_and_each_tenant_are_what_the_books_say(demo: Database, mall: DemoSite) -> None:
    with demo.reading() as conn, listening(demo) as heard:
        site_id = 1
        rows = {row.name: row for row in tenant_rows(conn, ADMIN, site_id, NOW)}
        live = live_balances(conn, site_id)
        cut = {each.name for number, each in enumerate(mall.tenants) if standing(number) is Standing.CUT}
        some = [rows[name] for name in (*sorted(cut)[:1], mall.tenants[0].name)]
        details = [tenant(conn, ADMIN, row.tenant_id, NOW) for row in some]
        sold_to = [counterpart(conn, ADMIN, row.account_id, NOW) for row in some]
        newest = [entries_page(conn, ADMIN, row.account_id).entries[0] for row in some]

    assert set(rows) == {each.name for each in mall.tenants}
    assert {name for name, row in rows.items() if row.supplied in (Supplied.CUT, Supplied.PARTLY_CUT)} == cut
    assert all(row.live == live[row.account_id].live for row in rows.values())
    assert all(sum(row.week_wh) > 0 for row in rows.values())
    assert [len(found.analyzers) for found in details] == [row.analyzers for row in some]
    assert [found.customer.live for found in sold_to] == [row.live for row in some]
    assert [entry.balance_after for entry in newest] == [row.balance for row in some]
    assert all(on_sql_server(statement) for statement in heard.values())
