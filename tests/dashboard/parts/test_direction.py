"""Pages run the way that their reader reads."""

import pytest
from streamlit.testing.v1 import AppTest


def a_page(language: str) -> None:
    from zoneinfo import ZoneInfo

    from dashboard.parts.direction import draw_direction
    from documents.formats import Formats

    draw_direction(Formats(language, ZoneInfo("UTC")))


@pytest.mark.parametrize(("language", "turned"), [("en", 0), ("ar", 1), ("ckb", 1)])
def test_pages_run_from_right_to_left_for_who_reads_so(language: str, turned: int) -> None:
    app = AppTest.from_function(a_page, kwargs={"language": language}).run()

    assert sum("direction: rtl" in element.proto.body for element in app.get("html")) == turned
