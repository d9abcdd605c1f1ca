"""Answers held against their questions, byte by byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enforcer.frames import Misfit, missing, refusal

READ_2_AT_55 = bytes.fromhex("0007 0000 0006 01 03 0037 0002")
FIFTY_HZ = bytes.fromhex("0007 0000 0007 01 03 04 42480000")
WRITE_6 = bytes.fromhex("0008 0000 0006 01 06 ea68 0100")
WRITE_16 = bytes.fromhex("0009 0000 000b 01 10 c40b 0002 04 00000002")


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (READ_2_AT_55, FIFTY_HZ),
        (READ_2_AT_55, bytes.fromhex("0007 0000 0003 01 83 02")),
        (WRITE_6, WRITE_6),
        (WRITE_6, bytes.fromhex("0008 0000 0003 01 86 f0")),
        (WRITE_16, bytes.fromhex("0009 0000 0006 01 10 c40b 0002")),
    ],
)
def test_an_answer_fits_from_its_first_byte_to_its_last(question: bytes, answer: bytes) -> None:
    still_missing = [missing(question, answer[:here]) for here in range(1, len(answer) + 1)]

    assert still_missing[-1] == 0
    assert all(still_missing[:-1])


@pytest.mark.parametrize(
    ("question", "answer", "why"),
    [
        (READ_2_AT_55, "0006 0000 0007 01 03 04 42480000", "another transaction"),
        (READ_2_AT_55, "0007 0001 0007 01 03 04 42480000", "not Modbus"),
        (READ_2_AT_55, "0007 0000 0007 02 03 04 42480000", "unit 2 instead of 1"),
        (READ_2_AT_55, "0007 0000 0007 01 04 04 42480000", "function 4 instead of 3"),
        (READ_2_AT_55, "0007 0000 0005 01 03 02 4248", "length"),
        (READ_2_AT_55, "0007 0000 0007 01 03 03 42480000", "number of registers"),
        (READ_2_AT_55, "0007 0000 0007 01 03 04 42480000 00", "length"),
        (READ_2_AT_55, "0007 0000 0002 01 83", "length"),
        (WRITE_6, "0008 0000 0006 01 06 ea68 0000", "another write"),
        (WRITE_6, "0008 0000 0006 01 06 ea69 0100", "another write"),
        (WRITE_16, "0009 0000 0006 01 10 c40b 0001", "another write"),
        (READ_2_AT_55, "4854 5450 2f31 2e31", "another transaction"),
    ],
)
def test_an_answer_that_does_not_fit_is_named(question: bytes, answer: str, why: str) -> None:
    with pytest.raises(Misfit, match=why):
        missing(question, bytes.fromhex(answer))


@given(st.binary(min_size=1, max_size=32))
def test_any_bytes_are_either_part_of_the_answer_or_a_misfit(answer: bytes) -> None:
    try:
        rest = missing(READ_2_AT_55, answer)
    except Misfit:
        return

    assert rest >= 0
    assert rest > 0 or len(answer) in (9, 13)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (1, "it does not know the function"),
        (2, "it has no such registers"),
        (6, "it is busy"),
        (11, "nobody answers behind the gateway"),
        (0xF0, "it does not say why"),
    ],
)
def test_a_refused_read_says_why_and_nothing_of_write_protection(code: int, why: str) -> None:
    said = str(refusal("10.0.0.1:502", 801, 0x83, code))

    assert f"refused register 801 with exception {code}: {why}." in said
    assert "protection" not in said


def test_a_refused_write_sends_to_the_write_protection() -> None:
    assert "Check the write protection and the IP filter" in str(refusal("10.0.0.1:502", 60008, 0x86, 2))
