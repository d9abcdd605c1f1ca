"""What an administrator books by hand: the effect in numbers stands there before, and one click books once."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.tenancy.booking_dialogs import draw_correction, draw_fee, draw_reversal, draw_transfer
from dashboard.tenancy.closing_dialog import draw_closing
from dashboard.tenancy.mending_dialog import draw_mending
from dashboard.tenancy.statement import statement_file
from prepaid.access import Right, Viewer
from prepaid.calendar import zone
from prepaid.clock import SystemClock
from prepaid.errors.access import NotAllowed, SessionEnded
from prepaid.records import EntryKind, HoldCause, Role, Stage
from prepaid.standing import Standing
from prepaid.supply import Answer, Reason
from prepaid.switching import Supply
from sql.connection import Database
from sql.late_handovers import Mending, late_handover, mend
from sql.metering import begin_hold
from sql.questions.account import tenant_picture
from sql.questions.handovers import handovers_to
from sql.questions.tenant import Tenant, tenant
from sql.tables import account_heads, accounts, assignments, entries, holds, supply_states
from tests.building import Building, Person
from tests.dashboard.dialogs import dialog
from tests.dashboard.pages import Pages
from tests.signed_in import sign_out, signed_in

PAGE = "admin/tenants.py"
ADMIN = Viewer(role=Role.ADMIN, site_id=None, tenant_id=None)
ACTS = ["Fee", "Correct an entry", "Reverse a recharge", "Transfer", "Mend a late handover", "Close the account"]


class Desk:
    """A bakery with 100, a recharge of 50 and an oven that has used 2 kWh; a florist with 20."""

    def __init__(self, pages: Pages) -> None:
        st.cache_data.clear()
        self.pages = pages
        self.database: Database = pages.database
        self.now = SystemClock().now()
        self.building = Building(self.database, at=self.now - timedelta(hours=30))
        self.bakery: Person = self.building.tenant("Bakery", opening="100")
        self.florist: Person = self.building.tenant("Florist", opening="20")
        self.oven = self.building.analyzer("Oven", self.bakery)
        self.begun = self.building.begin(self.oven)
        self.building.charge(self.bakery, self.begun.grid_id, 2_000, self.now - timedelta(hours=25))
        self.building.recharge(self.bakery, "50", "one")

    def standing(self, person: Person) -> Standing:
        with self.database.reading() as conn:
            picture = tenant_picture(conn, ADMIN, self.building.site_id, person.tenant_id, self.now)
        return picture.accounts[0]

    def kept(self, person: Person) -> Tenant:
        with self.database.reading() as conn:
            return tenant(conn, ADMIN, person.tenant_id, self.now)

    def dialog(self, draw: Callable[[Standing], None], person: Person | None = None) -> AppTest:
        """The inside of a dialog of an administrator, drawn anew from what holds now."""
        whose = person or self.bakery
        return dialog(self.pages.sign_in(Role.ADMIN), Right.ADMINISTER, lambda: draw(self.standing(whose)))

    def closing(self) -> AppTest:
        return self.dialog(lambda standing: draw_closing(self.kept(self.bakery), standing))

    def balance(self, person: Person) -> Decimal:
        with self.database.reading() as conn:
            question = sa.select(account_heads.c.balance).where(account_heads.c.account_id == person.account_id)
            found: Decimal = conn.execute(question).scalar_one()
        return found

    def number_of_entries(self) -> int:
        with self.database.reading() as conn:
            return int(conn.scalar(sa.select(sa.func.count()).select_from(entries)) or 0)

    def page(self, role: Role) -> AppTest:
        """The page of the bakery."""
        return self.pages.open(PAGE, self.pages.sign_in(role), {"tenant": str(self.bakery.tenant_id)})

    def offered(self, role: Role) -> list[str]:
        """The acts that the ledger offers to that role."""
        app = self.page(role).segmented_control(key="tenant_part").set_value("ledger").run()
        return [label for label in labels(app) if label in ACTS]


@pytest.fixture
def desk(pages: Pages) -> Desk:
    return Desk(pages)


def words_of(app: AppTest) -> str:
    parts = (app.markdown, app.success, app.info, app.warning, app.error, app.subheader, app.caption)
    html = [element.proto.body for element in app.get("html")]
    shown = " ".join([*(element.value for part in parts for element in part), *html])
    return shown.replace("\u00a0", " ").replace("\\", "")


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def test_an_empty_form_says_in_which_money_and_what_comes_next(desk: Desk) -> None:
    app = desk.dialog(draw_fee)

    assert app.number_input(key="fee-amount").label == "Fee in IQD"
    assert "shown here, before anything is booked" in words_of(app)
    assert "Take the fee" not in labels(app)


def test_a_fee_is_taken_after_its_effect_was_shown(desk: Desk) -> None:
    app = desk.dialog(draw_fee)
    app.number_input(key="fee-amount").set_value(30).run()
    app.text_input(key="fee-reason").set_value("a new key").run()
    shown = words_of(app)
    before = desk.balance(desk.bakery)

    app.button(key="fee-book").click().run()

    assert (before, desk.balance(desk.bakery)) == (Decimal("149.7"), Decimal("119.7"))
    assert "IQD 150" in shown
    assert "-IQD 30" in shown
    assert "IQD 120" in shown


def test_what_a_meter_on_hold_has_probably_used_counts_in_the_effect(desk: Desk) -> None:
    with desk.database.writing() as conn:
        on = {"supply": Supply.ON, "seen": Supply.ON, "answer": Answer.ON, "answer_reason": Reason.CREDIT}
        conn.execute(supply_states.insert().values(analyzer_id=desk.oven, **on))
        begin_hold(
            conn, desk.oven, HoldCause.FELL, "below the base", desk.now - timedelta(hours=30), timedelta(hours=24)
        )
        conn.execute(holds.update().values(provisional_amount=Decimal(100), provisional_at=desk.now))
    app = desk.dialog(draw_fee)

    app.number_input(key="fee-amount").set_value(40).run()
    fine = words_of(app)
    app.number_input(key="fee-amount").set_value(60).run()

    assert "will be cut" not in fine
    assert "will be cut" in words_of(app)


def test_without_a_reason_nothing_is_booked_and_that_is_told(desk: Desk) -> None:
    app = desk.dialog(draw_fee)
    app.number_input(key="fee-amount").set_value(30).run()

    app.button(key="fee-book").click().run()

    assert "A reason is missing" in words_of(app)
    assert desk.number_of_entries() == 4


def test_what_was_changed_behind_the_button_is_looked_at_first(desk: Desk) -> None:
    app = desk.dialog(draw_fee)
    app.text_input(key="fee-reason").set_value("a new key").run()
    app.number_input(key="fee-amount").set_value(30).run()

    app.number_input(key="fee-amount").set_value(300)
    app.button(key="fee-book").click().run()
    refused = words_of(app)
    app.button(key="fee-book").click().run()

    assert "Something was changed" in refused
    assert desk.balance(desk.bakery) == Decimal("-150.3")


def test_a_fee_that_cuts_the_supply_says_so(desk: Desk) -> None:
    app = desk.dialog(draw_fee)

    app.number_input(key="fee-amount").set_value(500).run()

    assert "-IQD 350" in words_of(app)


def test_an_entry_is_corrected_by_its_number_and_never_by_more(desk: Desk) -> None:
    desk.building.post(desk.bakery, EntryKind.FEE, "-40")
    app = desk.dialog(draw_correction)
    app.number_input(key="correct-entry").set_value(4).run()
    app.number_input(key="correct-amount").set_value(41).run()
    refused = words_of(app)
    app.number_input(key="correct-amount").set_value(15).run()
    app.text_input(key="correct-reason").set_value("half of it was paid").run()

    app.button(key="correct-book").click().run()

    assert "corrected by at most 40" in refused
    assert desk.balance(desk.bakery) == Decimal("124.7")


@pytest.mark.slow
def test_an_entry_that_is_not_there_is_told(desk: Desk) -> None:
    app = desk.dialog(draw_correction)

    app.number_input(key="correct-entry").set_value(99).run()

    assert "There is no entry" in words_of(app)
    assert labels(app) == []


def test_a_recharge_is_taken_back_once(desk: Desk) -> None:
    app = desk.dialog(draw_reversal)
    app.selectbox(key="reverse-entry").select_index(0).run()
    app.text_input(key="reverse-reason").set_value("the cheque bounced").run()
    shown = words_of(app)

    app.button(key="reverse-book").click().run()
    again = desk.dialog(draw_reversal)
    again.selectbox(key="reverse-entry").select_index(0).run()

    assert "-IQD 50" in shown
    assert desk.balance(desk.bakery) == Decimal("99.7")
    assert "was corrected already" in words_of(again)
    assert labels(again) == []


def test_a_transfer_shows_both_accounts_before_and_after(desk: Desk) -> None:
    app = desk.dialog(draw_transfer)
    app.selectbox(key="transfer-to").set_value(desk.florist.account_id).run()
    app.number_input(key="transfer-amount").set_value(30).run()
    app.text_input(key="transfer-reason").set_value("paid for the neighbour").run()
    shown = words_of(app)

    app.button(key="transfer-book").click().run()

    assert "IQD 120" in shown
    assert "now IQD 20" in shown
    assert (desk.balance(desk.bakery), desk.balance(desk.florist)) == (Decimal("119.7"), Decimal(50))


def test_a_late_handover_is_mended_from_what_was_charged(desk: Desk) -> None:
    desk.building.hand_over(desk.oven, desk.florist, desk.now - timedelta(hours=24))
    app = desk.dialog(draw_mending, desk.florist)
    app.selectbox(key="mend-handover").select_index(0).run()
    earlier = (desk.now - timedelta(hours=29)).astimezone(zone("Asia/Baghdad")).replace(tzinfo=None)
    app.datetime_input(key="mend-at").set_value(earlier).run()
    app.text_input(key="mend-reason").set_value("the lease began earlier").run()
    shown = words_of(app)
    before = desk.balance(desk.bakery)

    app.button(key="mend-book").click().run()

    assert "charged here" in shown
    assert desk.balance(desk.bakery) > before
    assert desk.balance(desk.bakery) + desk.balance(desk.florist) == before + 20


def test_a_charge_that_was_moved_says_what_to_correct_instead(desk: Desk) -> None:
    admin = signed_in(desk.database, Role.ADMIN)
    desk.building.hand_over(desk.oven, desk.florist, desk.now - timedelta(hours=24))
    with desk.database.reading() as conn:
        [line] = handovers_to(conn, ADMIN, desk.florist.account_id)
        seen = late_handover(conn, ADMIN, line.assignment_id, line.earliest_at)
    mend(desk.database, admin, Mending(seen=seen, reason="late", key="k"))
    app = desk.dialog(draw_correction)

    app.number_input(key="correct-entry").set_value(2).run()

    assert f"was moved to account {desk.florist.number}" in words_of(app)
    assert not app.button


def test_an_account_is_closed_step_by_step(desk: Desk) -> None:
    first = desk.closing()
    leaving = words_of(first)
    first.button(key="close-give-back").click().run()
    waiting = desk.closing()
    with desk.database.writing() as conn:
        conn.execute(
            assignments.update().where(assignments.c.from_at.is_not(None)).values(until_at=desk.database.now(conn))
        )
    last = desk.closing()
    last.text_input(key="close-reason").set_value("moved out").run()
    paid_out = words_of(last)

    last.button(key="close-book").click().run()

    with desk.database.reading() as conn:
        account = conn.execute(sa.select(accounts).where(accounts.c.id == desk.bakery.account_id)).one()
    assert "Oven" in leaving
    assert "final readings" in words_of(waiting)
    assert labels(waiting) == []
    assert "Paid out to the tenant" in paid_out
    assert (account.stage, desk.balance(desk.bakery)) == (Stage.CLOSED, Decimal(0))
    closed = desk.page(Role.ADMIN)
    assert "No open account" in words_of(closed)
    assert len(closed.get("download_button")) == 1


def test_only_an_administrator_is_offered_the_acts(desk: Desk) -> None:
    assert desk.offered(Role.ADMIN) == ACTS
    assert desk.offered(Role.MANAGER) == desk.offered(Role.CASHIER) == []


def test_the_statement_is_made_for_whoever_may_see_it_and_only_while_signed_in(desk: Desk) -> None:
    cashier = signed_in(desk.database, Role.CASHIER)
    stranger = signed_in(desk.database, Role.TENANT, tenant_id=desk.florist.tenant_id)

    page = statement_file(cashier, desk.bakery.account_id).decode()

    assert "Bakery" in page
    with pytest.raises(NotAllowed):
        statement_file(stranger, desk.bakery.account_id)
    sign_out(desk.database, cashier)
    with pytest.raises(SessionEnded):
        statement_file(cashier, desk.bakery.account_id)
