"""Who is told what: every detail and every tab of every page, for everybody."""

import pytest

from tests.dashboard.access import MARK, VIEWS, Scene, View, Who, everything, is_form
from tests.dashboard.pages import Pages

ALWAYS = {("tenant People", Who.CASHIER), ("alert", Who.ELSEWHERE), ("payments All", Who.OTHER_TENANT)}
"""The rest of the matrix takes minutes."""


def pairs() -> list[object]:
    return [
        pytest.param(
            view,
            who,
            id=f"{view.name}-{who}",
            marks=() if (view.name, who) in ALWAYS else pytest.mark.slow,
        )
        for view in VIEWS
        for who in Who
    ]


@pytest.fixture
def scene(pages: Pages) -> Scene:
    return Scene(pages)


@pytest.mark.parametrize(("view", "who"), pairs())
def test_each_view_tells_its_own_people_and_nobody_else(scene: Scene, view: View, who: Who) -> None:
    token = scene.token_of(who)

    if not view.opens_for(who):
        with pytest.raises(ValueError, match="page"):
            scene.open(view, token)
        return
    app = scene.open(view, token)

    shown = everything(app)
    assert is_form(app) == (who is Who.NOBODY)
    assert (view.tells in shown) == view.tells_to(who)
    assert not (who.is_stranger and MARK in shown)
