"""Which passwords may be chosen: long ones in any script; none that is guessed first."""

import unicodedata

import pytest

from prepaid.errors.access import PasswordUnfit, PasswordWeak
from prepaid.passwords import LEAST_CHARACTERS, LEAST_CHARACTERS_OF_STAFF, MOST_CHARACTERS, check_password
from prepaid.records import Role


def check(password: str, *, user_name: str = "sara", role: Role = Role.TENANT, present: str | None = None) -> None:
    check_password(password, user_name=user_name, role=role, present=present)


@pytest.mark.parametrize(
    "password",
    [
        "blue kettle sings",
        "قهوة الصباح على السطح",
        "ئاوی سارد لە هاوین",
        "Zoë-Müller 71",
        "7259104836",
        "sara likes blue kettles",
        "k" * 9 + "xy" + "k" * 9,
        "x7" * 3 + "q" * 250,
        " leading and trailing ",
    ],
)
def test_a_long_password_of_any_characters_may_be_chosen(password: str) -> None:
    check(password)


@pytest.mark.parametrize("role", list(Role))
def test_staff_need_longer_passwords_than_tenants(role: Role) -> None:
    least = LEAST_CHARACTERS if role is Role.TENANT else LEAST_CHARACTERS_OF_STAFF

    check("blue kettle"[:least] + "s" * (least - 11), role=role)
    with pytest.raises(PasswordWeak, match=f"too short.*at least {least} characters"):
        check("blue kettles"[: least - 1], role=role)


def test_one_letter_typed_as_two_characters_counts_once() -> None:
    with pytest.raises(PasswordWeak, match="too short"):
        check(unicodedata.normalize("NFD", "Zoë-Müllé"))


@pytest.mark.parametrize("password", ["", "ab" * 128 + "c"])
def test_an_empty_or_endless_password_is_refused(password: str) -> None:
    with pytest.raises(PasswordUnfit, match=str(MOST_CHARACTERS)):
        check(password)


@pytest.mark.parametrize(
    "password",
    [
        "aaaaaaaaaaaa",
        "abababababab",
        "xyzxyzxyzxyz",
        "kettlekettle",
        "Admin123! Admin123!",
        "            ",
        "سسسسسسسسسسسس",
        "A" + "a" * 11,
    ],
)
def test_what_repeats_itself_is_refused(password: str) -> None:
    with pytest.raises(PasswordWeak, match="repeats itself"):
        check(password)


@pytest.mark.parametrize(
    "password",
    [
        "123456789012",
        "0987654321",
        "ABCDEFGHIJKL",
        "lkjihgfedcba",
        "qwertyuiopas",
        "asdfghjkl;"[:9] + "asdf",
        "ابةتثجحخدذر",
    ],
)
def test_what_follows_an_alphabet_or_a_row_of_keys_is_refused(password: str) -> None:
    with pytest.raises(PasswordWeak, match="follow each other"):
        check(password)


@pytest.mark.parametrize(
    "password",
    [
        "Admin123!   ",
        "P@ssw0rd2024!",
        "password1234",
        "Welcome2026!",
        "1q2w3e4r5t6y",
        "!!qwerty12345",
        "Cashier123!!",
        "iloveyou 1234",
    ],
)
def test_the_most_common_ones_are_refused_however_they_are_decorated(password: str) -> None:
    with pytest.raises(PasswordWeak, match="most common"):
        check(password, role=Role.TENANT)


@pytest.mark.parametrize("password", ["Bakery.Street", "bakery.street1", "2026bakery.street"])
def test_little_more_than_the_user_name_is_refused(password: str) -> None:
    with pytest.raises(PasswordWeak, match="user name"):
        check(password, user_name="bakery.street")


def test_the_present_password_is_not_chosen_again() -> None:
    with pytest.raises(PasswordWeak, match="present one"):
        check("Blue Kettle Sings", present="blue kettle sings")
