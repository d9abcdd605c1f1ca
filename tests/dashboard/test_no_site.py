"""Before the first site: one page that says what to do, and the own profile; then the site, without a wait."""

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.navigation import CHOOSE_PASSWORD, PAGES, PORTFOLIO, Entry
from prepaid.access import RIGHTS
from prepaid.records import Role
from sql.tables import sites
from tests.building import Building
from tests.dashboard.kept import forget_everything
from tests.dashboard.pages import Pages

STAFF = (Role.ADMIN, Role.MANAGER, Role.CASHIER)


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    forget_everything()


def pages_of(role: Role) -> list[Entry]:
    return [entry for entry in PAGES if entry.right in RIGHTS[role] and entry is not PORTFOLIO]


def says_so(app: AppTest) -> bool:
    return [each.value for each in app.title] == ["No site in use"] and not app.exception and not app.subheader


@pytest.mark.slow
@pytest.mark.parametrize(
    ("role", "entry"),
    [(role, entry) for role in STAFF for entry in pages_of(role)],
    ids=lambda each: each.name if isinstance(each, Entry) else str(each),
)
def test_every_page_of_a_site_says_that_there_is_none(pages: Pages, role: Role, entry: Entry) -> None:
    assert says_so(pages.open(entry.file, pages.sign_in(role)))


@pytest.mark.parametrize("role", STAFF)
def test_only_who_administers_is_told_the_command(pages: Pages, role: Role) -> None:
    app = pages.open(None, pages.sign_in(role))

    assert says_so(app)
    assert [each.value for each in app.code] == (["python -m sql site FILE"] if role is Role.ADMIN else [])


def test_the_first_site_is_seen_at_the_next_look(pages: Pages) -> None:
    app = pages.open("admin/overview.py", pages.sign_in(Role.ADMIN))
    Building(pages.database)

    next(button for button in app.button if button.label == "Look again").click().run()

    assert [each.value for each in app.title] == ["Overview"]


def test_the_own_profile_works_without_a_site(pages: Pages) -> None:
    app = pages.open("tenant/profile.py", pages.sign_in(Role.ADMIN))

    assert not app.exception
    assert [each.value for each in app.title] == ["Profile"]
    assert "Devices signed in: 1" in [each.label for each in app.expander]


def test_a_first_password_is_changed_without_a_site(pages: Pages) -> None:
    app = pages.open(CHOOSE_PASSWORD.file, pages.sign_in(Role.ADMIN, must_change_password=True))

    assert app.title[0].value.startswith("Welcome")


def test_who_belongs_to_a_site_that_is_in_use_no_more_is_told_the_same(pages: Pages) -> None:
    building = Building(pages.database)
    shop = building.tenant("Shop", opening="100")
    with pages.database.writing() as conn:
        conn.execute(sites.update().values(retired_at=pages.database.now(conn)))

    app = pages.open("tenant/balance.py", pages.sign_in(Role.TENANT, tenant_id=shop.tenant_id))

    assert says_so(app)
