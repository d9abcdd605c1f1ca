"""The file of a ledger: exact values by the site's wall clock, for who may see them in the moment of the download."""

from csv import DictReader
from datetime import timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest

from dashboard.parts.entry_export import entries_file
from documents.formats import Formats
from prepaid.errors.access import NotAllowed, SessionEnded
from prepaid.records import EntryKind, Role
from prepaid.spans import Span
from sql.connection import Database
from sql.sessions import SignedIn, end, find
from tests.building import MORNING, Building
from tests.dashboard.pages import Pages

HOUR = timedelta(hours=1)
DAY = Span(MORNING, MORNING + 24 * HOUR)
FORMATS = Formats("en", ZoneInfo("Asia/Baghdad"))


def signed_in(pages: Pages, tenant_id: int) -> SignedIn:
    token = pages.sign_in(Role.TENANT, tenant_id=tenant_id)
    with pages.database.reading() as conn:
        found = find(conn, token, pages.database.now(conn))
    assert found is not None
    return found


def test_the_file_has_exact_values_and_opens_for_the_tenant_alone(pages: Pages, database: Database) -> None:
    building = Building(database, currency="USD")
    bakery, kiosk = building.tenant("Bakery", opening="100"), building.tenant("Kiosk")
    begun = building.begin(building.analyzer("=Oven", bakery))
    building.charge(bakery, begun.grid_id, 1_001, MORNING + HOUR)
    building.charge(bakery, begun.grid_id, 5, MORNING + 25 * HOUR)
    owner, neighbour = signed_in(pages, bakery.tenant_id), signed_in(pages, kiosk.tenant_id)

    def ask(person: SignedIn, kinds: tuple[EntryKind, ...] = ()) -> list[dict[str, str]]:
        file = entries_file(person, bakery.account_id, DAY, kinds, "USD", FORMATS)
        return list(DictReader(StringIO(file.decode("utf-8-sig"))))

    charge, opening = ask(owner)
    assert (charge["amount"], charge["balance_after"], charge["kwh"]) == ("-0.15015", "99.84985", "1.001")
    assert (charge["period_from"], charge["currency"]) == ("2026-01-05T11:00:00+03:00", "USD")
    assert charge["analyzer"] == "'=Oven", "no spreadsheet runs it"
    assert (opening["kind"], opening["kwh"]) == ("opening", "")
    assert [row["kind"] for row in ask(owner, (EntryKind.CHARGE,))] == ["charge"]
    with pytest.raises(NotAllowed):
        ask(neighbour)


def test_a_button_of_a_session_that_has_ended_gives_nothing(pages: Pages, database: Database) -> None:
    building = Building(database)
    bakery = building.tenant("Bakery")
    owner = signed_in(pages, bakery.tenant_id)
    end(database, owner.session_id)

    with pytest.raises(SessionEnded):
        entries_file(owner, bakery.account_id, DAY, (), "IQD", FORMATS)
