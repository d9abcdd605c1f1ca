"""What can be read on a page under test."""

import re
from html import unescape
from typing import Any

from streamlit.testing.v1 import AppTest

from prepaid.records import Role
from tests.building import Person
from tests.dashboard.pages import Pages


def open_at(pages: Pages, file: str, person: Person, **query: str) -> AppTest:
    """The page as the person's tenant opens it at an address with these words behind the question mark.

    A page under test loses them when it is switched to, so they are given afterwards.
    """
    app = pages.open(file, pages.sign_in(Role.TENANT, tenant_id=person.tenant_id))
    if query:
        for name, value in query.items():
            app.query_params[name] = value
        app.run()
    assert not app.exception
    return app


def read_html(app: AppTest) -> str:
    """The words of everything drawn as HTML, in the order of the page, on one line."""
    bodies = [_body(each) for each in app.get("html")]
    words = " ".join(unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", body, flags=re.DOTALL)) for body in bodies)
    return " ".join(words.split())


def read_markdown(app: AppTest) -> str:
    """Everything written as text."""
    return " ".join(each.value for each in app.markdown).replace("\u202f", " ").replace("\u00a0", " ")


def _body(element: Any) -> str:
    return str(element.proto.body)
