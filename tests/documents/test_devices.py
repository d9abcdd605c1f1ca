"""Devices and alerts by short names."""

import pytest

from documents.alert_names import NAMES, alert_name
from documents.devices import device_of
from documents.language_names import own_name
from prepaid.alerts import AlertKind

PHONE = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36"
APPLE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Safari/604.1"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0"


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        (PHONE, "Chrome on Android"),
        (APPLE, "Safari on iPhone"),
        (EDGE, "Edge on Windows"),
        ("till/1.0", "till/1.0"),
        (None, "Unknown device"),
        ("x" * 300, "x" * 40),
    ],
)
def test_a_device_is_told_in_a_few_words(agent: str | None, expected: str) -> None:
    assert device_of(agent) == expected


def test_every_kind_of_alert_has_a_short_name_of_its_own() -> None:
    assert set(NAMES) == set(AlertKind)
    assert len({alert_name(kind) for kind in AlertKind}) == len(AlertKind)


def test_a_language_is_named_as_its_speakers_do() -> None:
    assert (own_name("en"), own_name("ar")) == ("English", "العربية")
