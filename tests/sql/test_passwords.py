"""Passwords: right ones are right, wrong ones cost as much as unknown names, old hashes ask to be renewed."""

import threading
import time
import unicodedata
from typing import Literal

import pytest
from argon2 import PasswordHasher

from prepaid.errors.access import PasswordUnfit
from prepaid.passwords import MOST_CHARACTERS
from sql.passwords import AT_ONCE, hash_password, verify_password

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def test_a_password_is_kept_as_argon2id_and_only_the_right_one_is_right() -> None:
    stored = hash_password("Admin123!")

    assert stored.startswith("$argon2id$")
    assert "Admin123!" not in stored
    assert verify_password(stored, "Admin123!") == (True, False)
    assert verify_password(stored, "admin123!") == (False, False)


def test_two_hashes_of_one_password_differ() -> None:
    assert hash_password("Tenant123!") != hash_password("Tenant123!")


def test_a_hash_with_older_parameters_is_right_and_asks_to_be_made_anew() -> None:
    stored = QUICK.hash("secret")

    assert verify_password(stored, "secret") == (True, True)
    assert verify_password(stored, "Secret") == (False, False)


def test_an_unknown_name_takes_as_long_as_a_wrong_password_and_is_never_right() -> None:
    stored = hash_password("right")

    known_s = min(_seconds(stored, "wrong") for _ in range(2))
    unknown_s = min(_seconds(None, "wrong") for _ in range(2))

    assert not verify_password(None, "").right
    assert known_s / 3 < unknown_s < known_s * 3


def test_a_letter_typed_as_two_characters_is_the_same_letter() -> None:
    composed = "Zoë-Müller"
    stored = QUICK.hash(composed)

    assert verify_password(stored, unicodedata.normalize("NFD", composed)).right


@pytest.mark.parametrize("stored", ["", "plain text", "$argon2id$v=19$m=8,t=1,p=1$damaged"])
def test_a_damaged_hash_lets_nobody_in(stored: str) -> None:
    assert verify_password(stored, stored) == (False, False)


@pytest.mark.parametrize("password", ["", "x" * (MOST_CHARACTERS + 1)])
def test_an_empty_or_endless_password_is_refused(password: str) -> None:
    with pytest.raises(PasswordUnfit, match="Choose another"):
        hash_password(password)


def test_an_endless_password_is_never_right_and_costs_nothing() -> None:
    endless = "x" * (MOST_CHARACTERS + 1)

    assert not verify_password(QUICK.hash(endless), endless).right


def _seconds(stored: str | None, password: str) -> float:
    began_s = time.perf_counter()
    assert not verify_password(stored, password).right
    return time.perf_counter() - began_s


def test_half_a_character_is_a_wrong_password_and_no_mistake() -> None:
    assert not verify_password(QUICK.hash("right"), "\ud800", QUICK).right
    assert not verify_password(None, "\ud800", QUICK).right


def test_a_flood_of_verifications_waits_in_line() -> None:
    at_once, most = 0, 0
    lock = threading.Lock()

    class CrowdedHasher(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
            nonlocal at_once, most
            with lock:
                at_once += 1
                most = max(most, at_once)
            time.sleep(0.01)  # long enough for all the others to come
            with lock:
                at_once -= 1
            return super().verify(hash, password)

    hasher = CrowdedHasher(time_cost=1, memory_cost=8, parallelism=1)
    threads = [threading.Thread(target=verify_password, args=(None, "x", hasher)) for _ in range(3 * AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert most <= AT_ONCE
