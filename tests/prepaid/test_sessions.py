"""How long sessions last, and the one form of a name."""

from datetime import timedelta

import pytest

from prepaid.records import Role
from prepaid.sessions import SessionKind, lengths_of, sign_in_name


@pytest.mark.parametrize("role", list(Role))
def test_staff_are_asked_again_each_day_tenants_each_month_and_programs_in_between(role: Role) -> None:
    browser, program = lengths_of(role, SessionKind.BROWSER), lengths_of(role, SessionKind.API)

    if role is Role.TENANT:
        assert (browser.idle, browser.whole) == (timedelta(days=30), timedelta(days=30))
    else:
        assert (browser.idle, browser.whole) == (timedelta(minutes=30), timedelta(hours=12))
    assert (program.idle, program.whole) == (timedelta(days=14), timedelta(days=30))


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        (" Sara ", "sara"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("ZOE\u0308", "zoë"),
        ("سارة", "سارة"),
        ("sa ra", "sa ra"),
        ("sa\u200bra", ""),
        ("sara\x00", ""),
        ("\ud800", ""),
        ("", ""),
    ],
)
def test_a_name_has_one_form_however_it_is_typed(typed: str, name: str) -> None:
    assert sign_in_name(typed) == name
    assert sign_in_name(name) == name
