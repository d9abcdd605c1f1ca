"""A dialog that is open acts for whoever may do that in the moment of the act, and for nobody else."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import NamedTuple

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from dashboard.analyzers.acts import draw_ask, draw_withdraw
from dashboard.analyzers.commissioning_acts import draw_ask_test, draw_revoke
from dashboard.analyzers.estimate_acts import draw_dismissing, draw_posting
from dashboard.analyzers.lock_acts import draw_lock, draw_unlock
from dashboard.analyzers.pause import draw_going_on, draw_pausing
from dashboard.analyzers.swap_acts import draw_ask_swap
from dashboard.counter.waiting import draw_confirming, draw_refusing, draw_withdrawing
from dashboard.house import database
from dashboard.overview.guard import draw_releasing
from dashboard.parts.export import XLSX
from dashboard.parts.quiet_hours import Choice
from dashboard.parts.ways import Addressee, draw_ways
from dashboard.settings.calendar_dialog import draw_calendar_form
from dashboard.settings.message_dialog import draw_test_form
from dashboard.tenancy.add_dialog import draw_adding
from dashboard.tenancy.assign_dialog import draw_assign, draw_give_back
from dashboard.tenancy.assign_dialog import draw_withdraw as draw_taking_back
from dashboard.tenancy.booking_dialogs import draw_correction, draw_fee, draw_reversal, draw_transfer
from dashboard.tenancy.closing_dialog import draw_closing
from dashboard.tenancy.import_dialog import FILE, draw_importing
from dashboard.tenancy.live_dialog import draw_going_live
from dashboard.tenancy.mending_dialog import draw_mending
from dashboard.tenancy.people_forms import draw_contact_form, draw_removal, draw_tenant_form
from dashboard.tenancy.policy_dialog import draw_policy_form
from dashboard.tenancy.ways_dialog import draw_ways_of_contact
from documents.workbook_template import template_of
from prepaid.access import RIGHTS, Right, Viewer
from prepaid.clock import SystemClock
from prepaid.records import Role, Stage, WishKind
from prepaid.standing import Standing
from sql.questions.account import tenant_picture
from sql.questions.analyzer_tests import Serials
from sql.questions.analyzers import Pause, site_pause
from sql.questions.site_calendar import load_calendar
from sql.questions.tenant import Contact, Tenant, tenant
from sql.requests import Waiting
from sql.selling import Counter, Sale, sell
from sql.tables import analyzer_states, analyzers, crossings, requests, sessions, users
from tests.building import Person
from tests.dashboard.access import MARK, Scene, Who, everything
from tests.dashboard.dialogs import THROWN_OUT, dialog
from tests.dashboard.pages import Pages
from tests.resets import reset_of
from tests.signed_in import signed_in

ADMIN = Viewer(role=Role.ADMIN, site_id=None, tenant_id=None)
OTHERS = (Who.NOBODY, Who.TENANT, Who.OTHER_TENANT, Who.CASHIER, Who.MANAGER)
LOST = (Role.MANAGER, Role.CASHIER, Role.TENANT)
ALWAYS = ("cut", "confirm")
"""The other dialogs take minutes."""


class Act(NamedTuple):
    """A dialog, what is filled in, and the button that acts. `at_site`: it is about things of the first site."""

    name: str
    right: Right
    draw: Callable[[Scene], Callable[[], None]]
    press: str
    texts: tuple[str, ...] = ()
    fill: Callable[[AppTest], object] | None = None
    at_site: bool = True


def _asked(name: str, kind: WishKind, press: str, of: str) -> Act:
    return Act(name, Right.ASK_ENFORCER, lambda scene: partial(draw_ask, kind, getattr(scene, of)), press, ("a test",))


def _administered(name: str, draw: Callable[[Scene], Callable[[], None]], press: str, *texts: str) -> Act:
    return Act(name, Right.ADMINISTER, draw, press, texts)


def kept(scene: Scene, person: Person | None = None) -> Tenant:
    with scene.database.reading() as conn:
        return tenant(conn, ADMIN, (person or scene.bakery).tenant_id, SystemClock().now())


def standing(scene: Scene, person: Person | None = None) -> Standing:
    """The account as the page has it when the dialog is opened."""
    tenant_id = (person or scene.bakery).tenant_id
    with scene.database.reading() as conn:
        return tenant_picture(conn, ADMIN, scene.building.site_id, tenant_id, SystemClock().now()).accounts[0]


def paused(scene: Scene) -> Pause:
    scene.building.wish(WishKind.PAUSE, None, scene.now + timedelta(hours=1), scene.now)
    with scene.database.reading() as conn:
        found = site_pause(conn, ADMIN, scene.building.site_id, SystemClock().now())
    assert found is not None
    return found


def policy(scene: Scene) -> Callable[[], None]:
    return partial(draw_policy_form, kept(scene).accounts[0], standing(scene))


def handed_over(scene: Scene) -> Callable[[], None]:
    """The neighbour has the oven since an hour ago, and what was charged before may be mended."""
    scene.building.hand_over(scene.oven, scene.neighbour, scene.now - timedelta(hours=1))
    return partial(draw_mending, standing(scene, scene.neighbour))


def left(scene: Scene) -> Callable[[], None]:
    """A tenant without analyzers, whose account can be closed."""
    leaver = scene.building.tenant(f"{MARK} tailor", opening="50")
    return partial(draw_closing, kept(scene, leaver), standing(scene, leaver))


def found_reset(draw: Callable[[int, int], None]) -> Callable[[Scene], Callable[[], None]]:
    """A fridge of the bakery whose counter was found reset."""

    def of(scene: Scene) -> Callable[[], None]:
        fridge = scene.building.analyzer(f"{MARK} fridge", scene.bakery)
        return partial(draw, fridge, reset_of(scene.building, scene.bakery, fridge))

    return of


def waiting(draw: Callable[[int], None]) -> Callable[[Scene], Callable[[], None]]:
    """A cashier has asked for a recharge that needs a second person."""

    def of(scene: Scene) -> Callable[[], None]:
        scene.building.set("largest_recharge_alone", "10")
        cashier = signed_in(scene.database, Role.CASHIER, site_id=scene.building.site_id)
        wanted = Sale(account_id=scene.bakery.account_id, amount=Decimal(50), currency="IQD", key="waits")
        asked = sell(scene.database, cashier, Counter.FORM, wanted)
        assert isinstance(asked, Waiting)
        return partial(draw, asked.request_id)

    return of


def asked_by_the_viewer(app: AppTest) -> AppTest:
    """The administrator who has the dialog open is the one who asked."""
    with database().writing() as conn:
        newest = sa.select(sa.func.max(users.c.id)).where(users.c.role == Role.ADMIN).scalar_subquery()
        conn.execute(requests.update().values(asked_by_id=newest))
    return app.run()


def contact_of(scene: Scene, name: str) -> Contact:
    return next(each for each in kept(scene).contacts if each.facts.name == name)


def ways_of_dana(scene: Scene) -> Callable[[], None]:
    return partial(draw_ways_of_contact, contact_of(scene, "Dana"), scene.building.site_id)


def ways_of_owner(scene: Scene) -> Callable[[], None]:
    """The contact that has a mail address."""
    owner = next(each for each in kept(scene).contacts if each.facts.email)
    return partial(draw_ways_of_contact, owner, scene.building.site_id)


def ways_of_admin(scene: Scene) -> Callable[[], None]:
    """Of somebody who administers the first site only."""
    user_id = scene.building.admin()
    with scene.database.writing() as conn:
        conn.execute(users.update().where(users.c.id == user_id).values(site_id=scene.building.site_id))
    return partial(draw_ways, Addressee(site_id=scene.building.site_id, email=None, user_id=user_id))


def choose_no_quiet(app: AppTest) -> object:
    return app.button_group(key="contact-quiet").set_value(Choice.NONE)


def type_channel(app: AppTest) -> object:
    return app.text_input(key="channel-url-0").set_value("jsons://hooks.example/path")


def type_address(app: AppTest) -> object:
    return app.text_input(key="test-address").set_value("anybody@x.example")


def mended(app: AppTest) -> AppTest:
    """The true instant is the earliest that can be."""
    app.selectbox(key="mend-handover").select_index(0).run()
    field = app.datetime_input(key="mend-at")
    field.set_value(datetime.fromisoformat(field.min) + timedelta(minutes=1)).run()
    return app.text_input(key="mend-reason").set_value("a test").run()


def holding(scene: Scene) -> Callable[[], None]:
    """The guard holds the bakery and its neighbour."""
    with scene.database.writing() as conn:
        held = [scene.bakery.account_id, scene.neighbour.account_id]
        at = dict.fromkeys(("exhausted_at", "unexpected_at", "guarded_at"), scene.now)
        conn.execute(crossings.update().where(crossings.c.account_id.in_(held)).values(at))
    return partial(draw_releasing, scene.building.site_id)


def choose_everybody(app: AppTest) -> AppTest:
    app.checkbox(key="guard-everybody").check().run()
    app.text_input(key="guard-reason").set_value("a test")
    return app


def choose_analyzer(app: AppTest) -> AppTest:
    return app.selectbox(key="assign-analyzer").select_index(0).run()


def booked(
    amount: str | None = None, choose: str | None = None, reason: str | None = None
) -> Callable[[AppTest], object]:
    """Fills in a dialog that books: what is chosen, how much, and why; the effect is drawn anew behind each."""

    def fill(app: AppTest) -> AppTest:
        if choose is not None:
            app.selectbox(key=choose).select_index(0).run()
        if amount is not None:
            app.number_input(key=amount).set_value(1).run()
        if reason is not None:
            app.text_input(key=reason).set_value("a test").run()
        return app

    return fill


def raise_credit(app: AppTest) -> AppTest:
    return app.number_input(key="policy-credit").set_value(500).run()


def ready(scene: Scene) -> Callable[[], None]:
    """A florist who is observed, with an analyzer that is tested and read."""
    florist = scene.building.tenant(f"{MARK} florist", stage=Stage.OBSERVED)
    cooler = scene.building.analyzer(f"{MARK} cooler", florist)
    scene.building.begin(cooler)
    with scene.database.writing() as conn:
        seen = sa.select(analyzers.c.serial_number).where(analyzers.c.id == cooler).scalar_subquery()
        answered = {"link": "answering", "read_at": scene.now, "verdict": "advance", "serial_number": seen}
        conn.execute(analyzer_states.update().where(analyzer_states.c.analyzer_id == cooler).values(answered))
    return partial(draw_going_live, scene.building.site_id)


def choose_all_ready(app: AppTest) -> AppTest:
    app.checkbox(key="live-everybody").check().run()
    app.text_input(key="live-reason").set_value("a test")
    return app


def choose_workbook(app: AppTest) -> AppTest:
    return app.file_uploader(key=FILE).set_value(("import.xlsx", template_of([("Shops", "IQD")]), XLSX)).run()


def calendar_of(scene: Scene) -> Callable[[], None]:
    with scene.database.reading() as conn:
        return partial(draw_calendar_form, scene.building.site_id, load_calendar(conn, scene.building.site_id))


def keep_mondays(app: AppTest) -> AppTest:
    return app.text_input(key="hours-0").set_value("20:00-08:00").run()


ACTS = (
    _asked("cut", WishKind.CUT, "Cut the supply", "oven"),
    _asked("keep on", WishKind.KEEP_ON, "Keep the supply on", "oven"),
    _asked("restore", WishKind.RESTORE, "Restore the supply", "dark"),
    Act("withdraw", Right.ASK_ENFORCER, lambda scene: partial(draw_withdraw, scene.kiln), "Withdraw the wish"),
    Act(
        "lock",
        Right.ASK_ENFORCER,
        lambda scene: partial(draw_lock, scene.oven),
        "Lock the supply off",
        ("a test", "+964 2"),
    ),
    Act(
        "unlock",
        Right.ASK_ENFORCER,
        lambda scene: partial(draw_unlock, scene.kiln),
        "It is safe: take the lock away",
        (f"{MARK} kiln",),
    ),
    Act("test", Right.ASK_ENFORCER, lambda scene: partial(draw_ask_test, scene.oven), "Begin the test", ("a test",)),
    Act(
        "swap",
        Right.ASK_ENFORCER,
        lambda scene: partial(draw_ask_swap, scene.oven, Serials(bound=None, answering=None)),
        "Swap the device",
        ("LQN/77", "a test"),
    ),
    _administered("revoke", lambda scene: partial(draw_revoke, scene.oven), "Take the record back", "a test"),
    Act(
        "pause",
        Right.ASK_ENFORCER,
        lambda scene: partial(draw_pausing, scene.building.site_id),
        "Pause cuts",
        ("a feast day",),
    ),
    Act("go on", Right.ASK_ENFORCER, lambda scene: partial(draw_going_on, paused(scene)), "Go on with cuts"),
    _administered("release from the guard", holding, "Release the accounts")._replace(fill=choose_everybody),
    _administered("add tenant", lambda _scene: draw_adding, "Add tenant", "Cafe")._replace(at_site=False),
    _administered("import", lambda scene: partial(draw_importing, scene.building.site_id), "Import now")._replace(
        fill=choose_workbook
    ),
    _administered("go live", ready, "Sign off")._replace(fill=choose_all_ready),
    _administered(
        "assign", lambda scene: partial(draw_assign, scene.neighbour.account_id), "Hand over from now on"
    )._replace(fill=choose_analyzer),
    _administered("give back", lambda scene: partial(draw_give_back, scene.oven), "Hand over from now on"),
    _administered("take back", lambda scene: partial(draw_taking_back, scene.mixer, "Mixer"), "Take it back"),
    _administered("edit tenant", lambda scene: partial(draw_tenant_form, kept(scene)), "Save", "Other bakery"),
    _administered(
        "add contact", lambda scene: partial(draw_contact_form, kept(scene), None), "Add", "S", "s@x.example"
    ),
    _administered(
        "edit contact", lambda scene: partial(draw_contact_form, None, contact_of(scene, "Dana")), "Save", "Dara"
    ),
    _administered("remove contact", lambda scene: partial(draw_removal, contact_of(scene, "Dana")), "Remove now"),
    _administered("quiet hours of a contact", ways_of_dana, "Save")._replace(fill=choose_no_quiet),
    _administered("channel of a contact", ways_of_dana, "Add the channel")._replace(fill=type_channel),
    _administered("channel of a user", ways_of_admin, "Add the channel")._replace(fill=type_channel),
    _administered("test a contact", ways_of_owner, "Send a test"),
    _administered(
        "test an address", lambda scene: partial(draw_test_form, scene.building.site_id), "Send now"
    )._replace(fill=type_address),
    _administered("policy", policy, "Change the policy")._replace(fill=raise_credit),
    _administered("fee", lambda scene: partial(draw_fee, standing(scene)), "Take the fee")._replace(
        fill=booked(amount="fee-amount", reason="fee-reason")
    ),
    _administered("correct", lambda scene: partial(draw_correction, standing(scene)), "Correct the entry")._replace(
        fill=booked(amount="correct-entry", reason="correct-reason")
    ),
    _administered("reverse", lambda scene: partial(draw_reversal, standing(scene)), "Take the recharge back")._replace(
        fill=booked(choose="reverse-entry", reason="reverse-reason")
    ),
    _administered("transfer", lambda scene: partial(draw_transfer, standing(scene)), "Transfer")._replace(
        fill=booked(choose="transfer-to", amount="transfer-amount", reason="transfer-reason")
    ),
    _administered("mend", handed_over, "Mend the handover")._replace(fill=mended),
    _administered(
        "leave", lambda scene: partial(draw_closing, kept(scene), standing(scene)), "Give all back to the site"
    ),
    _administered("close", left, "Close the account")._replace(fill=booked(reason="close-reason")),
    _administered("estimate", found_reset(draw_posting), "Post the estimate")._replace(
        fill=booked(reason="estimate-reason")
    ),
    _administered("dismiss", found_reset(draw_dismissing), "Charge nothing for it", "a test"),
    _administered("calendar", calendar_of, "Save")._replace(fill=keep_mondays),
    Act("confirm", Right.SELL, waiting(draw_confirming), "Confirm and book IQD\u00a050"),
    Act("refuse", Right.SELL, waiting(draw_refusing), "Refuse it", ("a test",)),
    Act("withdraw a recharge", Right.SELL, waiting(draw_withdrawing), "Withdraw it", fill=asked_by_the_viewer),
)


PAIRS = [(act, role) for act in ACTS for role in LOST if act.right not in RIGHTS[role]]


def each(acts: Iterable[Act]) -> list[object]:
    return [pytest.param(act, id=act.name, marks=() if act.name in ALWAYS else pytest.mark.slow) for act in acts]


@pytest.fixture
def scene(pages: Pages) -> Scene:
    return Scene(pages)


@pytest.mark.parametrize("act", each(ACTS))
def test_an_administrator_acts_in_it(scene: Scene, act: Act) -> None:
    app = filled(scene, act)
    before = scene.rows()

    press(app, act)

    assert scene.rows() != before


@pytest.mark.parametrize("act", each(ACTS))
def test_it_is_closed_to_everybody_else(scene: Scene, act: Act) -> None:
    draw = act.draw(scene)
    for who in OTHERS:
        if who.may(act.right):
            continue
        app = dialog(scene.token_of(who), act.right, draw)

        assert [each.value for each in app.title] == [THROWN_OUT], who
        assert MARK not in everything(app)
        assert not app.button


@pytest.mark.parametrize("act", each(ACTS))
def test_it_does_not_act_after_the_session_has_ended(scene: Scene, act: Act) -> None:
    app = filled(scene, act)
    scene.end_sessions()
    before = scene.rows()

    press(app, act)

    assert scene.rows() == before
    assert [each.value for each in app.title] == [THROWN_OUT]


@pytest.mark.parametrize(
    ("act", "role"),
    [
        pytest.param(act, role, id=f"{act.name}-{role}", marks=() if act.name in ALWAYS else pytest.mark.slow)
        for act, role in PAIRS
    ],
)
def test_it_does_not_act_for_who_has_just_lost_the_right(scene: Scene, act: Act, role: Role) -> None:
    app = filled(scene, act)
    of_tenant = {"tenant_id": scene.bakery.tenant_id, "site_id": None} if role is Role.TENANT else {}
    change_user(scene, role=role, **of_tenant)
    before = scene.rows()

    press(app, act)

    assert scene.rows() == before
    assert [each.value for each in app.title] == [THROWN_OUT]


@pytest.mark.parametrize("act", each(act for act in ACTS if act.at_site))
def test_it_does_not_act_for_who_now_belongs_to_another_site(scene: Scene, act: Act) -> None:
    app = filled(scene, act)
    change_user(scene, site_id=scene.elsewhere.site_id)
    before = scene.rows()

    press(app, act)

    assert scene.rows() == before


@pytest.mark.parametrize("act", each(act for act in ACTS if act.at_site))
def test_it_does_not_act_for_an_administrator_of_another_site(scene: Scene, act: Act) -> None:
    """Nobody opens it there from a page; whoever gets it open all the same fills in what there is, and presses."""
    draw = act.draw(scene)
    app = dialog(scene.token_of(Who.ELSEWHERE), act.right, draw)
    before = scene.rows()

    with suppress(KeyError):
        fill(app, act)
    if act.press in labels(app):
        press(app, act)

    changed = {name for name, rows in scene.rows().items() if rows != before[name]}
    assert changed <= ({requests.name} if act.fill is asked_by_the_viewer else set())


def filled(scene: Scene, act: Act) -> AppTest:
    """The dialog of an administrator, ready to be confirmed."""
    app = dialog(scene.token_of(Who.ADMIN), act.right, act.draw(scene))
    fill(app, act)
    assert act.press in labels(app), everything(app)
    return app


def fill(app: AppTest, act: Act) -> None:
    """What stands in the fields. Raises KeyError for a field that is not there."""
    for field, text in zip(app.text_input, act.texts, strict=False):
        field.set_value(text)
    if act.fill is not None:
        act.fill(app)


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def press(app: AppTest, act: Act) -> None:
    next(button for button in app.button if button.label == act.press).click().run()


def change_user(scene: Scene, **values: object) -> None:
    """Not through sql.users, which would end the session: the look at the right alone must stop the act."""
    with scene.database.writing() as conn:
        conn.execute(users.update().where(users.c.id.in_(sa.select(sessions.c.user_id))).values(values))
