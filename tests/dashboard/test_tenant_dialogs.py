"""What an administrator does with a tenant: adds, changes, hands over, with the effect shown before."""

from decimal import Decimal

import pytest
import sqlalchemy as sa

from dashboard.tenancy.add_dialog import draw_adding
from dashboard.tenancy.assign_dialog import draw_assign, draw_give_back, draw_withdraw
from dashboard.tenancy.logins import HANDED, draw_lock, draw_login_form, draw_reset, draw_unlock
from dashboard.tenancy.people_forms import draw_contact_form, draw_removal, draw_tenant_form
from prepaid.errors.access import SignInFailed
from prepaid.records import Role, Stage
from prepaid.site_calendar import hours_fact
from sql import sessions
from sql.questions.tenant import Login
from sql.tables import accounts, assignments, entries, plans, tenants
from tests.dashboard.corner import Corner, field, labels, submit, words_of
from tests.dashboard.pages import Pages


@pytest.fixture
def corner(pages: Pages) -> Corner:
    return Corner(pages)


def test_an_administrator_adds_a_tenant_and_gets_the_first_password_once(corner: Corner) -> None:
    app = corner.dialog(draw_adding)
    for label, value in (("Name", "Cafe"), ("User name", "cafe"), ("Name of the contact", "Sara")):
        field(app, label).set_value(value)
    field(app, "Mail address").set_value("sara@example.com")

    submit(app, "Add tenant")

    with corner.database.reading() as conn:
        added = conn.execute(sa.select(tenants).where(tenants.c.name == "Cafe")).one()
        account = conn.execute(sa.select(accounts).where(accounts.c.tenant_id == added.id)).one()
    assert account.stage is Stage.OBSERVED
    assert account.number in words_of(app)
    assert "It is shown only now" in words_of(app)
    assert len(app.code[0].value) > 12
    app.run()
    assert [each.label for each in app.button] == ["Open the tenant"]


@pytest.mark.parametrize(("currency", "typed", "opened"), [("IQD", 12, "12"), ("KWD", 1.125, "1.125")])
def test_the_amounts_of_a_new_tenant_have_the_decimals_of_the_plan(
    corner: Corner, currency: str, typed: float, opened: str
) -> None:
    with corner.database.writing() as conn:
        conn.execute(plans.update().values(currency=currency))
    app = corner.dialog(draw_adding)
    field(app, "Name").set_value("Cafe")

    next(each for each in app.number_input if each.label == "Opening balance").set_value(typed)
    submit(app, "Add tenant")

    with corner.database.reading() as conn:
        of_accounts = sa.select(entries.c.amount).join(accounts, accounts.c.id == entries.c.account_id)
        cafe = of_accounts.join(tenants, tenants.c.id == accounts.c.tenant_id).where(tenants.c.name == "Cafe")
        assert conn.scalar(cafe) == Decimal(opened)


def test_a_tenant_without_a_name_is_refused_in_words_and_can_be_corrected(corner: Corner) -> None:
    app = corner.dialog(draw_adding)

    submit(app, "Add tenant")
    refused = words_of(app)
    field(app, "Name").set_value("Cafe")
    submit(app, "Add tenant")

    assert "Name: it is missing" in refused
    assert "The tenant was added" in words_of(app)


def test_a_policy_is_changed_after_its_effect_was_shown(corner: Corner) -> None:
    app = corner.policy_dialog()

    app.number_input(key="policy-credit").set_value(500).run()
    shown = words_of(app)
    app.button(key="policy-save").click().run()

    assert "cut at -IQD 500" in shown
    assert corner.emergency_credit() == Decimal(500)


def test_a_debt_floor_of_its_own_is_kept_and_shown(corner: Corner) -> None:
    app = corner.policy_dialog()

    app.number_input(key="policy-floor").set_value(2500).run()
    app.button(key="policy-save").click().run()

    assert corner.kept().accounts[0].policy.debt_floor == Decimal(2500)
    assert "2,500" in words_of(corner.part("policy"))


def test_own_no_cut_hours_are_written_like_those_of_the_site_and_shown(corner: Corner) -> None:
    app = corner.policy_dialog()

    app.text_input(key="own-hours-6").set_value("20:00-08:00").run()
    app.button(key="policy-save").click().run()

    assert hours_fact(corner.kept().accounts[0].own_hours) == "0 00:00-08:00; 6 20:00-24:00"
    page = words_of(corner.part("policy"))
    assert "No-cut hours of its own" in page
    assert "20:00-24:00" in page


def test_own_hours_that_cannot_be_read_are_told_and_cannot_be_saved(corner: Corner) -> None:
    app = corner.policy_dialog()

    app.text_input(key="own-hours-6").set_value("at night").run()

    assert "at night" in app.error[0].value
    assert labels(app) == []


def test_a_policy_that_cannot_be_is_told_and_cannot_be_saved(corner: Corner) -> None:
    app = corner.policy_dialog()

    app.number_input(key="policy-threshold").set_value(-1).run()

    assert "Raise the restore threshold" in words_of(app)
    assert labels(app) == []


def test_an_analyzer_is_handed_over_after_its_effect_was_shown(corner: Corner) -> None:
    app = corner.dialog(lambda: draw_assign(corner.florist.account_id))
    app.selectbox(key="assign-analyzer").select_index(0).run()
    shown = words_of(app)

    app.button(key="assign-now").click().run()

    assert "is charged to **Bakery" in shown
    with corner.database.reading() as conn:
        waiting = conn.execute(sa.select(assignments).where(assignments.c.from_at.is_(None))).one()
    assert waiting.account_id == corner.florist.account_id
    page = corner.page(tenant_id=corner.florist.tenant_id)
    page.segmented_control(key="tenant_part").set_value("analyzers").run()
    assert "Begins with the next reading" in words_of(page)


@pytest.mark.slow
def test_an_analyzer_is_given_back_to_the_site_and_that_is_taken_back(corner: Corner) -> None:
    app = corner.dialog(lambda: draw_give_back(corner.oven))
    shown = words_of(app)
    app.button(key="assign-now").click().run()
    going = words_of(corner.part("analyzers"))

    corner.dialog(lambda: draw_withdraw(corner.oven, "Oven")).button(key="assign-withdraw").click().run()

    assert "the site itself" in shown
    assert "with the next reading" in going
    assert "with the next reading" not in words_of(corner.part("analyzers"))


def test_a_login_is_added_locked_unlocked_and_gets_a_new_first_password(corner: Corner) -> None:
    def login() -> Login:
        return next(each for each in corner.kept().logins if each.user_name == "oven.master")

    def signs_in(password: str) -> bool:
        try:
            return bool(sessions.sign_in(corner.database, "oven.master", password, None, None))
        except SignInFailed:
            return False

    bakery = corner.kept()
    app = corner.dialog(lambda: draw_login_form(bakery))
    field(app, "User name").set_value("oven.master")
    submit(app, "Add")
    first = app.code[0].value
    submit(app, "Done")
    was_in = signs_in(first)

    corner.dialog(lambda: draw_lock(login())).button(key="lock-now").click().run()
    while_locked = login().locked_at, signs_in(first)
    corner.dialog(lambda: draw_unlock(login())).button(key="unlock-now").click().run()
    again = signs_in(first)
    app = corner.dialog(lambda: draw_reset(login()))
    app.button(key="reset-now").click().run()
    second = app.code[0].value

    assert was_in and again
    assert while_locked[0] is not None and not while_locked[1]
    assert not signs_in(first) and signs_in(second)
    assert HANDED in app.session_state
    submit(app, "Done")
    assert HANDED not in app.session_state


def test_a_login_whose_name_is_taken_is_told_in_words(corner: Corner) -> None:
    corner.pages.sign_in(Role.TENANT, tenant_id=corner.bakery.tenant_id, user_name="taken")
    bakery = corner.kept()
    app = corner.dialog(lambda: draw_login_form(bakery))

    field(app, "User name").set_value("taken")
    submit(app, "Add")

    assert 'There is already a user "taken"' in words_of(app)
    assert not app.code


def test_only_an_administrator_is_offered_to_change_a_login(corner: Corner) -> None:
    corner.pages.sign_in(Role.TENANT, tenant_id=corner.bakery.tenant_id, user_name="oven.master")
    number = corner.kept().logins[0].user_id

    admin = {button.key for button in corner.part("people").button}
    manager = corner.part("people", Role.MANAGER)

    acts = {"add-login", f"reset-{number}", f"lock-{number}"}
    assert acts <= admin
    assert not acts & {button.key for button in manager.button}
    assert "oven.master" in words_of(manager)


@pytest.mark.slow
def test_a_contact_is_added_and_removed(corner: Corner) -> None:
    bakery = corner.kept()
    app = corner.dialog(lambda: draw_contact_form(bakery, None))
    field(app, "Name").set_value("Sara")
    field(app, "Phone").set_value("07")
    submit(app, "Add")
    sara = next(contact for contact in corner.kept().contacts if contact.facts.name == "Sara")

    corner.dialog(lambda: draw_removal(sara)).button(key="remove-now").click().run()

    assert sara.facts.phone == "07"
    assert "Sara" not in {contact.facts.name for contact in corner.kept().contacts}


@pytest.mark.slow
def test_a_tenant_that_somebody_else_changed_is_not_written_over(corner: Corner) -> None:
    bakery = corner.kept()
    app = corner.dialog(lambda: draw_tenant_form(bakery))
    with corner.database.writing() as conn:
        conn.execute(tenants.update().where(tenants.c.id == bakery.tenant_id).values(unit="G-09"))

    field(app, "Name").set_value("Corner Bakery")
    submit(app, "Save")

    assert "Somebody else changed this" in words_of(app)
    assert corner.kept().facts.name == "Bakery"


def test_of_an_observed_account_stands_there_what_would_have_been_told(corner: Corner) -> None:
    before = words_of(corner.page(Role.MANAGER, corner.florist.tenant_id))
    corner.would_tell_the_florist()

    shown = words_of(corner.page(Role.MANAGER, corner.florist.tenant_id))
    of_enforced = words_of(corner.page(Role.MANAGER, corner.bakery.tenant_id))

    assert "Mails that would have gone out" in before
    assert "Credit is used up" not in before
    assert "Credit is used up" in shown
    assert "Mails that would have gone out" not in of_enforced
