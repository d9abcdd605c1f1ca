"""Which tag is likely which parameter of which analyzer, by the names that people give: channel.device.tag."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from types import MappingProxyType
from typing import Final, NamedTuple

from prepaid.kepware.tags import PARAMETERS, SERIAL_NUMBER

LIKE_ENOUGH: Final = 0.6
COMPARED_AT_MOST: Final = 20_000
NAMES: Final = MappingProxyType(
    {
        "import_tariff_1_wh": (
            "801",
            "importt1",
            "energyimportt1",
            "activeenergyimporttariff1",
            "whimport1",
            "kwh1",
            "kwht1",
        ),
        "import_tariff_2_wh": (
            "805",
            "importt2",
            "energyimportt2",
            "activeenergyimporttariff2",
            "whimport2",
            "kwh2",
            "kwht2",
        ),
        "diagnostics": ("205", "diag", "status", "diagnosis", "diagnosticsandstatus"),
        "outputs": ("207", "digitaloutputs", "do", "output"),
        "inputs": ("209", "digitalinputs", "di", "input"),
        "active_tariff": ("211", "tariff"),
        "operating_s": ("213", "operatingtime", "operatingseconds", "operatinghours", "runtime"),
        "parameter_changes": ("217", "basicparameterchanges", "changesofbasicparameters", "paramchanges"),
        "setting_changes": ("219", "allparameterchanges", "changesofallparameters", "settingschanges"),
        "current_l1_a": ("13", "il1", "i1", "currentl1"),
        "current_l2_a": ("15", "il2", "i2", "currentl2"),
        "current_l3_a": ("17", "il3", "i3", "currentl3"),
        "voltage_l1_n_v": ("1", "ul1", "ul1n", "vl1n", "voltagel1n", "voltagel1"),
        "voltage_l2_n_v": ("3", "ul2", "ul2n", "vl2n", "voltagel2n", "voltagel2"),
        "voltage_l3_n_v": ("5", "ul3", "ul3n", "vl3n", "voltagel3n", "voltagel3"),
        "frequency_hz": ("55", "f", "hz", "frequency"),
        "power_w": ("65", "p", "ptotal", "totalactivepower", "power", "activepower"),
        SERIAL_NUMBER: ("64013", "serial", "serialnumber"),
    }
)
"""Offsets of the data sheet, and what people call them, in letters and numbers only."""


class Device(NamedTuple):
    """A device of the log with its tags: `name` is channel.device, `tags` by parameter as they were recognised."""

    name: str
    tags: Mapping[str, str]
    unknown: Sequence[str]


def devices_of(tags: Iterable[str]) -> list[Device]:
    """The devices that these tags belong to, in the order of their names."""
    found: dict[str, list[str]] = defaultdict(list)
    for tag in sorted(tags):
        found[parts_of(tag)[0]].append(tag)
    return [_device(name, of_device) for name, of_device in sorted(found.items())]


def parts_of(tag: str) -> tuple[str, str]:
    """Device and last part. In columns of a wide table underscores may stand for the dots."""
    device, dot, last = tag.rpartition(".")
    if dot:
        return device, last
    for parameter in sorted(PARAMETERS, key=len, reverse=True):
        if tag.lower().endswith(f"_{parameter}"):
            return tag[: -len(parameter) - 1], tag[-len(parameter) :]
    device, _line, last = tag.rpartition("_")
    return device, last


def parameter_of(name: str) -> str | None:
    """The parameter that somebody calls so; None where nobody would."""
    return _KNOWN.get(_plain(name))


def matched(
    devices: Sequence[Device], analyzers: Mapping[int, str], serial_numbers: Mapping[int, str]
) -> dict[str, int]:
    """By device its analyzer, each of them once: by the serial number, by an equal name, and then the likest name.
    Likeness is looked for among what is left, while that is little: it compares each with each."""
    last = {each.name: _plain(each.name.rpartition(".")[2]) for each in devices}
    found: dict[str, int] = {}
    for names in (serial_numbers, analyzers):
        numbers = {_plain(name): number for number, name in names.items() if number not in found.values()}
        found |= {device: numbers[plain] for device, plain in last.items() if plain in numbers and device not in found}
    left = [each for each in devices if each.name not in found]
    others = {number: name for number, name in analyzers.items() if number not in found.values()}
    return found | (_likest(left, others) if len(left) * len(others) <= COMPARED_AT_MOST else {})


def _likest(devices: Sequence[Device], analyzers: Mapping[int, str]) -> dict[str, int]:
    pairs = sorted(
        (
            (_likeness(device.name, name), device.name, analyzer_id)
            for device in devices
            for analyzer_id, name in analyzers.items()
        ),
        key=lambda pair: (-pair[0], pair[1], pair[2]),
    )
    found: dict[str, int] = {}
    for likeness, device_name, analyzer_id in pairs:
        if likeness >= LIKE_ENOUGH and device_name not in found and analyzer_id not in found.values():
            found[device_name] = analyzer_id
    return found


def _device(name: str, tags: Sequence[str]) -> Device:
    known: dict[str, str] = {}
    unknown = []
    for tag in tags:
        parameter = parameter_of(parts_of(tag)[1])
        if parameter is None or parameter in known:
            unknown.append(tag)
        else:
            known[parameter] = tag
    return Device(name, known, unknown)


def _likeness(device: str, analyzer: str) -> float:
    """By the last part of the device, and by the whole of it."""
    wanted = _plain(analyzer)
    return max(SequenceMatcher(None, _plain(each), wanted).ratio() for each in (device, device.rpartition(".")[2]))


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


_KNOWN: Final = MappingProxyType(
    {
        **{name: parameter for parameter, names in NAMES.items() for name in names},
        **{_plain(parameter): parameter for parameter in PARAMETERS},
        **{_plain(parameter.rpartition("_")[0]): parameter for parameter in PARAMETERS if parameter.endswith("_wh")},
    }
)
