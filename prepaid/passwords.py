"""Which passwords a person may choose: long ones that nobody guesses first (after NIST SP 800-63B, 5.1.1.2)."""

import string
import unicodedata
from itertools import pairwise

from prepaid.errors.access import PasswordUnfit, PasswordWeak
from prepaid.language import _
from prepaid.records import Role

MOST_CHARACTERS = 256
"""A longer one only makes the machine work."""
LEAST_CHARACTERS = 10
LEAST_CHARACTERS_OF_STAFF = 12
LEAST_BESIDE_NAME = 6

_ENDS = string.digits + string.punctuation + string.whitespace
_LETTERS_FOR = str.maketrans("@4310$5!7+", "aaeiossitt")
_ROWS = ("0123456789", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertyuiopasdfghjklzxcvbnm", string.ascii_lowercase)
_COMMON = """
    1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx3edc 1qazxsw23edc q1w2e3r4t5 q1w2e3r4t5y6 qazwsxedcrfv zaq12wsxcde3 qweasdzxcrfv
    147258369 1472583690 147258369123 112233445566 123454321 123456654321 asdf1234asdf abcd1234abcd trustno1trustno1
    correcthorsebatterystaple
"""
_COMMON_WORDS = """
    abc abcd abcdef access account admin administrator asdf asdfgh baghdad baseball basketball batman building cashier
    changeme changethis charlie company computer default demo dragon electric electricity energy erbil football freedom
    generator grid guest hello iloveyou internet iraq kurdistan landlord letmein login love mall manager master michael
    monkey mypassword newpassword office owner pass password passwort power prepaid princess qwer qwerty qwertyuiop
    qwertz root secret secretpassword shadow siemens starwars summer sunshine superman support system temp temporary
    tenant test testing tower user welcome welcomeback winter تسجيل كلمةالسر كلمهالسر مرحبا مستخدم وشەینهێنی
"""


def check_password(password: str, *, user_name: str, role: Role, present: str | None = None) -> None:
    """Raises PasswordUnfit or PasswordWeak for a password that this user may not choose.

    `present` is the one to be replaced: it may not be chosen again, least of all the one that somebody else gave.
    """
    if not 1 <= len(password) <= MOST_CHARACTERS:
        raise PasswordUnfit(most=MOST_CHARACTERS)
    least = LEAST_CHARACTERS if role is Role.TENANT else LEAST_CHARACTERS_OF_STAFF
    why = _weakness(same_for_all_keyboards(password), user_name, least)
    if why is None and present is not None and _plain(password) == _plain(present):
        why = _("it is the present one")
    if why is not None:
        raise PasswordWeak(why=why, least=least)


def same_for_all_keyboards(password: str) -> str:
    """One letter may be typed as one character or as two (RFC 8265: NFC)."""
    return unicodedata.normalize("NFC", password)


def _weakness(password: str, user_name: str, least: int) -> str | None:
    plain, name = _plain(password), _plain(user_name)
    if len(password) < least:
        return _("it is too short")
    if name and len(plain.replace(name, "")) < LEAST_BESIDE_NAME:
        return _("it is little more than the user name")
    if _repeats(plain):
        return _("it repeats itself")
    if _runs(plain):
        return _("its characters follow each other")
    if plain in _COMMON.split() or _stem(plain) in _COMMON_WORDS.split():
        return _("it is one of the most common ones")
    return None


def _plain(text: str) -> str:
    return same_for_all_keyboards(text).casefold()


def _repeats(password: str) -> bool:
    """Whether it is the same characters again and again."""
    halves = range(1, (len(password) + 1) // 2 + 1)
    return any(password == (password[:size] * len(password))[: len(password)] for size in halves)


def _runs(password: str) -> bool:
    """Whether each character is the next one of an alphabet or of a row of keys, to the left or to the right."""
    steps = {ord(after) - ord(before) for before, after in pairwise(password)}
    if steps in ({1}, {-1}):
        return True
    endless = [row * (len(password) // len(row) + 2) for row in _ROWS]
    return any(password in row or password in row[::-1] for row in endless)


def _stem(password: str) -> str:
    """What is left of `P@ssw0rd2024!` without decoration: `password`."""
    return password.strip(_ENDS).translate(_LETTERS_FOR).replace(" ", "")
