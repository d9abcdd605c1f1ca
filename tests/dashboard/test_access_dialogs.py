"""A dialog that is open acts for whoever may do that in the moment of the act, and for nobody else."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial
from typing import NamedTuple

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from dashboard.analyzers.acts import draw_ask, draw_withdraw
from dashboard.analyzers.lock_acts import draw_lock, draw_unlock
from dashboard.analyzers.pause import draw_going_on, draw_pausing
from dashboard.tenancy.add_dialog import draw_adding
from dashboard.tenancy.assign_dialog import draw_assign, draw_give_back
from dashboard.tenancy.assign_dialog import draw_withdraw as draw_taking_back
from dashboard.tenancy.people_forms import draw_contact_form, draw_removal, draw_tenant_form
from dashboard.tenancy.policy_dialog import draw_policy_form
from prepaid.access import Right, Viewer
from prepaid.clock import SystemClock
from prepaid.records import Role, WishKind
from sql.questions.account import tenant_picture
from sql.questions.analyzers import Pause, site_pause
from sql.questions.tenant import Contact, Tenant, tenant
from sql.tables import sessions, users
from tests.dashboard.access import MARK, Scene, Who, everything
from tests.dashboard.dialogs import THROWN_OUT, dialog
from tests.dashboard.pages import Pages

ADMIN = Viewer(role=Role.ADMIN, site_id=None, tenant_id=None)
OTHERS = (Who.NOBODY, Who.TENANT, Who.OTHER_TENANT, Who.CASHIER, Who.MANAGER)
ALWAYS = ("cut",)
"""The other dialogs take a minute."""


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


def kept(scene: Scene) -> Tenant:
    with scene.database.reading() as conn:
        return tenant(conn, ADMIN, scene.bakery.tenant_id, SystemClock().now())


def paused(scene: Scene) -> Pause:
    scene.building.wish(WishKind.PAUSE, None, scene.now + timedelta(hours=1), scene.now)
    with scene.database.reading() as conn:
        found = site_pause(conn, ADMIN, scene.building.site_id, SystemClock().now())
    assert found is not None
    return found


def policy(scene: Scene) -> Callable[[], None]:
    with scene.database.reading() as conn:
        picture = tenant_picture(conn, ADMIN, scene.building.site_id, scene.bakery.tenant_id, SystemClock().now())
    return partial(draw_policy_form, kept(scene).accounts[0], picture.accounts[0])


def contact_of(scene: Scene, name: str) -> Contact:
    return next(each for each in kept(scene).contacts if each.facts.name == name)


def choose_analyzer(app: AppTest) -> AppTest:
    return app.selectbox(key="assign-analyzer").select_index(0).run()


def raise_credit(app: AppTest) -> AppTest:
    return app.number_input(key="policy-credit").set_value(500).run()


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
    Act(
        "pause",
        Right.ASK_ENFORCER,
        lambda scene: partial(draw_pausing, scene.building.site_id),
        "Pause cuts",
        ("a feast day",),
    ),
    Act("go on", Right.ASK_ENFORCER, lambda scene: partial(draw_going_on, paused(scene)), "Go on with cuts"),
    _administered("add tenant", lambda _scene: draw_adding, "Add tenant", "Cafe")._replace(at_site=False),
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
    _administered("policy", policy, "Change the policy")._replace(fill=raise_credit),
)


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


@pytest.mark.parametrize("role", [Role.MANAGER, Role.CASHIER, Role.TENANT])
@pytest.mark.parametrize("act", each(ACTS))
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


def filled(scene: Scene, act: Act) -> AppTest:
    """The dialog of an administrator, ready to be confirmed."""
    app = dialog(scene.token_of(Who.ADMIN), act.right, act.draw(scene))
    for field, text in zip(app.text_input, act.texts, strict=False):
        field.set_value(text)
    if act.fill is not None:
        act.fill(app)
    assert act.press in [button.label for button in app.button], everything(app)
    return app


def press(app: AppTest, act: Act) -> None:
    next(button for button in app.button if button.label == act.press).click().run()


def change_user(scene: Scene, **values: object) -> None:
    """Not through sql.users, which would end the session: the look at the right alone must stop the act."""
    with scene.database.writing() as conn:
        conn.execute(users.update().where(users.c.id.in_(sa.select(sessions.c.user_id))).values(values))
