"""A reading as bytes: exactly itself again, and never something else."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enforcer.spooled import Unreadable, packed, unpacked
from prepaid.parameters import PhaseEnergies
from prepaid.records import Reading
from tests.enforcer.site_of_rules import read

SETTINGS = {"current_primary_a": 100}


def full() -> Reading:
    """A reading with everything that it may have."""
    phases = PhaseEnergies(1, 2, None, 4, 5, 6)
    return read(60, grid_wh=123_456)._replace(phases=phases, settings=SETTINGS, answer_ms=12.34)


def test_a_reading_comes_back_as_it_was() -> None:
    reading = full()

    assert unpacked(packed(reading)) == reading
    assert type(unpacked(packed(reading)).measures) is type(reading.measures)


def test_no_number_stays_no_number() -> None:
    reading = full()
    strange = reading._replace(
        measures=reading.measures._replace(frequency_hz=math.nan, power_w=-math.inf),
        energies=reading.energies._replace(import_tariff_1_wh=None),
    )

    found = unpacked(packed(strange))

    assert math.isnan(found.measures.frequency_hz)
    assert found.measures.power_w == -math.inf
    assert found.energies.import_tariff_1_wh is None


@given(place=st.integers(0, 10_000), flip=st.integers(1, 255))
def test_a_changed_byte_is_never_taken_for_a_reading(place: int, flip: int) -> None:
    whole = bytearray(packed(full()))
    whole[place % len(whole)] ^= flip

    try:
        found = unpacked(bytes(whole))
    except Unreadable:
        return
    assert found == full()


@pytest.mark.parametrize("length", [0, 1, 10, 100])
def test_the_beginning_of_a_reading_is_none(length: int) -> None:
    with pytest.raises(Unreadable):
        unpacked(packed(full())[:length])
