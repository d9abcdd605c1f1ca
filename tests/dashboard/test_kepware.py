"""The dialog that maps the tags of a log: what it proposes, what it saves, and for whom it is there."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from dashboard.kepware.dialog import draw_kepware
from prepaid.access import Right
from prepaid.clock import SystemClock
from prepaid.kepware.tags import REQUIRED
from prepaid.records import Feed, Role
from sql.connection import Database
from sql.kepware.groups import load_groups
from sql.tables import analyzers, events, kepware_log
from tests.building import Building
from tests.dashboard.access import everything
from tests.dashboard.dialogs import THROWN_OUT, dialog
from tests.dashboard.kept import forget_everything
from tests.dashboard.pages import Pages

PAGE = "admin/analyzers.py"
MOMENTS = 12


class Front:
    """The dialog of an administrator at a site with the analyzers Bakery and Bar."""

    def __init__(self, pages: Pages) -> None:
        forget_everything()
        self.pages = pages
        self.database: Database = pages.database
        self.building = Building(self.database, at=SystemClock().now())
        self.bakery = self.building.analyzer("Bakery", None)
        self.bar = self.building.analyzer("Bar", None)

    @property
    def draw(self) -> Callable[[], None]:
        return partial(draw_kepware, self.building.site_id)

    def open(self, role: Role = Role.ADMIN) -> AppTest:
        return dialog(self.pages.sign_in(role), Right.ADMINISTER, self.draw)

    def log(self, *devices: str, without: str = "", also: Mapping[str, str] = MappingProxyType({})) -> None:
        """A minute of a log of these devices; `also` are tags with their values."""
        newest_at = self.database.clock.now()
        with self.database.writing() as conn:
            for number in range(MOMENTS):
                stamp = newest_at - timedelta(seconds=5 * (MOMENTS - 1 - number))
                conn.execute(
                    kepware_log.insert(),
                    [
                        *(
                            _row(device, name, number, stamp)
                            for device in devices
                            for name in REQUIRED
                            if name != without
                        ),
                        *(_row_of(tag, value, stamp) for tag, value in also.items()),
                    ],
                )

    def feeds(self) -> dict[int, Feed]:
        with self.database.reading() as conn:
            return {row.id: row.feed for row in conn.execute(sa.select(analyzers.c.id, analyzers.c.feed))}


def _row(device: str, name: str, number: int, stamp: datetime) -> dict[str, object]:
    value = 1_234_000 + number if name.endswith("_wh") else number
    return _row_of(f"{device}.{name}", str(value), stamp)


def _row_of(tag: str, value: str, stamp: datetime) -> dict[str, object]:
    return {"_NAME": tag, "_VALUE": value, "_TIMESTAMP": stamp.replace(tzinfo=None), "_QUALITY": 192}


@pytest.fixture
def front(pages: Pages) -> Front:
    return Front(pages)


def press(app: AppTest, label: str) -> AppTest:
    [found] = [button for button in app.button if button.label == label]
    return found.click().run()


def test_a_log_is_proposed_and_saved_as_it_seems_to_be(front: Front) -> None:
    front.log("PAC.Bakery", "PAC.Bar")
    app = front.open()
    assert "static interval of 5 s" in everything(app)
    table = app.dataframe[0].value
    assert list(table["Analyzer"]) == ["Bakery", "Bar"]
    assert list(table["Missing"]) == ["", ""]
    assert "1,234" in table["Tariff 1"][0]

    press(app, "Save")

    with front.database.reading() as conn:
        [group] = load_groups(conn, front.building.site_id)
        told = conn.scalars(sa.select(events.c.action)).all()
    assert (group.name, group.interval_ms, group.stamps) == ("KepwareLog", 5_000, "utc")
    assert group.analyzers == {front.bakery, front.bar}
    assert len(group.tags) == 2 * len(REQUIRED)
    assert front.feeds() == {front.bakery: Feed.KEPWARE, front.bar: Feed.KEPWARE}
    assert told.count("kepware.tags_mapped") == 2


def test_what_is_saved_is_shown_again(front: Front) -> None:
    front.log("PAC.Bakery")
    press(front.open(), "Save")

    app = front.open()

    assert list(app.dataframe[0].value["Analyzer"]) == ["Bakery"]
    press(app, "Save")
    with front.database.reading() as conn:
        assert len(load_groups(conn, front.building.site_id)) == 1


def test_a_device_without_a_required_tag_is_not_saved_and_named(front: Front) -> None:
    front.log("PAC.Bakery", without="setting_changes")
    app = front.open()
    assert "setting_changes" in app.dataframe[0].value["Missing"][0]

    press(app, "Save")

    assert "no tag is named for" in everything(app)
    with front.database.reading() as conn:
        assert load_groups(conn, front.building.site_id) == []
    assert front.feeds() == {front.bakery: Feed.MODBUS, front.bar: Feed.MODBUS}


def say_what_it_is(app: AppTest, parameter: str, unit: str, analyzer_id: int = 0) -> AppTest:
    """A person names the first tag, or the first name, that is offered."""
    app.selectbox(key="kepware-hand-parameter").select(parameter).run()
    app.selectbox(key=f"kepware-hand-unit-{parameter}-Wh").select(unit).run()
    if analyzer_id:
        app.selectbox(key="kepware-hand-analyzer").select(analyzer_id).run()
    return app.button(key="kepware-hand-add").click().run()


def tags_of(front: Front) -> dict[tuple[int, str], tuple[str, str]]:
    """What is saved: tag and unit, by analyzer and parameter."""
    with front.database.reading() as conn:
        [group] = load_groups(conn, front.building.site_id)
    return {(each.analyzer_id, each.parameter): (each.tag, each.unit) for each in group.tags.values()}


def test_a_name_that_nobody_recognises_is_mapped_for_all_devices_at_once_and_shown_again(front: Front) -> None:
    also = {"PAC.Bakery.Arbeit": "5.5", "PAC.Bar.Arbeit": "6.5"}
    front.log("PAC.Bakery", "PAC.Bar", without="import_tariff_1_wh", also=also)
    app = front.open()
    assert app.expander[0].proto.expanded
    assert "5.5" in everything(app)

    say_what_it_is(app, "import_tariff_1_wh", "MWh")

    assert list(app.dataframe[0].value["Missing"]) == ["", ""]
    assert "5,500" in app.dataframe[0].value["Tariff 1"][0]
    press(app, "Save")
    assert tags_of(front)[front.bar, "import_tariff_1_wh"] == ("PAC.Bar.Arbeit", "MWh")
    again = front.open()
    assert list(again.dataframe[0].value["Missing"]) == ["", ""]
    press(again, "Save")
    assert tags_of(front)[front.bakery, "import_tariff_1_wh"] == ("PAC.Bakery.Arbeit", "MWh")


def test_a_single_tag_is_mapped_to_the_analyzer_that_is_chosen(front: Front) -> None:
    front.log("PAC.Bakery", "PAC.Bar", also={"Sums.Hall.Bar power": "1.5"})
    app = front.open()

    say_what_it_is(app, "power_w", "kW", front.bar)
    press(app, "Save")

    assert tags_of(front)[front.bar, "power_w"] == ("Sums.Hall.Bar power", "kW")
    assert (front.bakery, "power_w") not in tags_of(front)


def test_what_was_mapped_by_hand_can_be_taken_back(front: Front) -> None:
    front.log("PAC.Bakery", also={"PAC.Bakery.Sonder": "1.5"})
    app = say_what_it_is(front.open(), "power_w", "kW")

    app.multiselect[0].set_value([]).run()
    press(app, "Save")

    assert (front.bakery, "power_w") not in tags_of(front)


def test_a_parameter_that_is_named_twice_is_refused_in_the_dialog(front: Front) -> None:
    front.log("PAC.Bakery", also={"PAC.Bakery.Eins": "1", "PAC.Bakery.Zwei": "2"})
    app = say_what_it_is(say_what_it_is(front.open(), "power_w", "W"), "power_w", "W")

    press(app, "Save")

    assert "named twice" in everything(app)
    assert front.feeds()[front.bakery] is Feed.MODBUS


def test_a_mapped_tag_that_was_not_logged_of_late_stays_mapped(front: Front) -> None:
    front.log("PAC.Bakery", also={"PAC.Bakery.frequency_hz": "50"})
    press(front.open(), "Save")
    with front.database.writing() as conn:
        conn.execute(kepware_log.delete().where(kepware_log.c._NAME == "PAC.Bakery.frequency_hz"))

    press(front.open(), "Save")

    assert (front.bakery, "frequency_hz") in tags_of(front)


def test_an_empty_log_says_so(front: Front) -> None:
    assert "The log is empty" in everything(front.open())


@pytest.mark.parametrize("role", [Role.MANAGER, Role.CASHIER, Role.TENANT])
def test_nobody_but_an_administrator_sees_it(front: Front, role: Role) -> None:
    front.log("PAC.Bakery")
    tenant = front.building.tenant("Bakery")
    facts = {"tenant_id": tenant.tenant_id, "site_id": front.building.site_id} if role is Role.TENANT else {}

    app = dialog(front.pages.sign_in(role, **facts), Right.ADMINISTER, front.draw)

    assert THROWN_OUT in everything(app) or "PAC.Bakery" not in everything(app)
    assert not app.dataframe


@pytest.mark.parametrize(("role", "there"), [(Role.ADMIN, True), (Role.MANAGER, False)])
def test_the_button_is_there_for_administrators(front: Front, role: Role, there: bool) -> None:
    page = front.pages.open(PAGE, front.pages.sign_in(role))

    assert ("Kepware" in [button.label for button in page.button]) is there
