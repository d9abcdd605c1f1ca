"""Texts are as long as the database with the longer count says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prepaid.errors.tenants import TextInvalid
from prepaid.lengths import length, shortened
from prepaid.tenancy import optional
from prepaid.wishes import LONGEST_REASON, why

LAMP = "\N{ELECTRIC LIGHT BULB}"


def test_a_letter_is_one_and_an_emoji_is_two() -> None:
    assert (length("shop"), length("متجر"), length(LAMP)) == (4, 4, 2)


@given(text=st.text(), most=st.integers(0, 20))
def test_what_is_shortened_has_room_and_is_how_the_text_begins(text: str, most: int) -> None:
    kept = shortened(text, most)

    assert text.startswith(kept)
    assert length(kept) <= most
    assert kept == text or length(text[: len(kept) + 1]) > most


def test_what_people_type_is_refused_or_shortened_where_sql_server_has_no_room() -> None:
    assert optional("Note", LAMP * 5, 10) == LAMP * 5
    with pytest.raises(TextInvalid, match="more than 10 characters"):
        optional("Note", LAMP * 6, 10)

    assert why(LAMP * LONGEST_REASON) == LAMP * (LONGEST_REASON // 2)
