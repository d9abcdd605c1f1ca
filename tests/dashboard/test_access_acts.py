"""Nothing that acts on any view acts for who was signed out, or has lost the right, since it was drawn."""

import pytest
import sqlalchemy as sa

from prepaid.records import Role
from sql.tables import sessions, users
from tests.dashboard.access import VIEWS, Scene, View, Who, is_form
from tests.dashboard.pages import Pages

PEOPLE = (Who.TENANT, Who.CASHIER, Who.MANAGER, Who.ADMIN)
ALWAYS = {("alert", Who.MANAGER)}
"""The rest of the matrix takes minutes."""


def pairs(*people: Who) -> list[object]:
    return [
        pytest.param(view, who, id=f"{view.name}-{who}", marks=() if (view.name, who) in ALWAYS else pytest.mark.slow)
        for view in VIEWS
        for who in people
        if view.opens_for(who)
    ]


@pytest.fixture
def scene(pages: Pages) -> Scene:
    return Scene(pages)


@pytest.mark.parametrize(("view", "who"), pairs(*PEOPLE))
def test_nothing_on_an_open_view_acts_after_the_session_has_ended(scene: Scene, view: View, who: Who) -> None:
    for number in acts_on(scene, view, who):
        app = scene.open(view, scene.token_of(who))
        scene.end_sessions()
        before = scene.rows()

        app.button[number].click().run()

        assert is_form(app)
        assert scene.rows() == before


@pytest.mark.parametrize(("view", "who"), pairs(Who.CASHIER, Who.MANAGER, Who.ADMIN))
def test_no_button_acts_for_somebody_who_has_just_lost_the_right(scene: Scene, view: View, who: Who) -> None:
    for number in acts_on(scene, view, who):
        app = scene.open(view, scene.token_of(who))
        with scene.database.writing() as conn:
            # Not through sql.users, which would end the session: the right alone must stop the act.
            lost = {"role": Role.TENANT, "tenant_id": scene.neighbour.tenant_id, "site_id": None}
            of_them = users.c.id.in_(sa.select(sessions.c.user_id))
            conn.execute(users.update().where(of_them).values(lost))
        before = scene.rows()

        app.button[number].click().run()

        assert scene.rows() == before


@pytest.mark.slow
def test_the_buttons_that_act_are_among_those_that_are_tried(scene: Scene) -> None:
    found = set()
    for view in VIEWS:
        if view.opens_for(Who.ADMIN):
            shown = scene.open(view, scene.token_of(Who.ADMIN)).button
            found |= {shown[number].label for number in acts_on(scene, view, Who.ADMIN)}

    assert {"Cut", "Keep on", "Lock", "Pause cuts", "Acknowledge", "Add tenant", "Assign an analyzer", "Edit"} <= found


def acts_on(scene: Scene, view: View, who: Who) -> list[int]:
    """Every button that can be clicked, but the one that signs out."""
    shown = scene.open(view, scene.token_of(who)).button
    return [number for number, button in enumerate(shown) if not button.disabled and button.label != "Sign out"]
