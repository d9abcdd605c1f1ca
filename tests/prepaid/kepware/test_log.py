"""Which OPC qualities are good."""

import pytest

from prepaid.kepware.log import is_good


@pytest.mark.parametrize("quality", [192, 193, 216, 219, 255])
def test_good_is_what_has_both_upper_bits(quality: int) -> None:
    assert is_good(quality)


@pytest.mark.parametrize("quality", [0, 4, 8, 24, 28, 64, 68, 80, 128, None])
def test_bad_uncertain_and_missing_qualities_are_not_good(quality: int | None) -> None:
    assert not is_good(quality)
