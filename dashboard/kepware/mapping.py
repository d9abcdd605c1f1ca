"""Which device of a log is which analyzer, with what it shows now, so that a wrong one is seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd
import streamlit as st

from dashboard.viewing import formats
from documents.formats import NOTHING
from prepaid.errors.kepware import MappingInvalid
from prepaid.kepware.by_hand import ByHand, remembered, resolved
from prepaid.kepware.groups import LogGroup
from prepaid.kepware.proposal import Proposal
from prepaid.kepware.samples import Sample
from prepaid.kepware.suggest import Device
from prepaid.kepware.tags import COUNTERS, REQUIRED, MappedTag, units
from prepaid.kepware.values import parse
from prepaid.language import _, later

CHOSEN = "kepware-devices"
ROW_PX, MOST_PX = 35, 320
COUNTER_UNITS = ("Wh", "kWh", "MWh")


class Columns:
    """The names of the table's columns; `_` translates one."""

    DEVICE = later("Device in Kepware")
    ANALYZER = later("Analyzer")
    TAGS = later("Tags")
    GRID = later("Tariff 1")
    GENERATOR = later("Tariff 2")
    CURRENT = later("Current A")
    MISSING = later("Missing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """The devices of a log with the analyzer of each (None: not read from Kepware), in which unit counters are, and
    what a person said of tags that were not recognised."""

    devices: Sequence[Device]
    samples: Mapping[str, Sample]
    analyzers: Mapping[str, int]
    counter_unit: str
    decimal_comma: bool
    by_hand: tuple[ByHand, ...] = ()

    @classmethod
    def of(cls, proposal: Proposal, group: LogGroup | None, samples: Mapping[str, Sample]) -> "Mapped":
        """As it was saved; a device that nobody has mapped as it is proposed."""
        saved = {} if group is None else group.tags
        by_device = {
            device.name: saved[tag].analyzer_id
            for device in proposal.devices
            for tag in (*device.unknown, *device.tags.values())
            if tag in saved
        }
        taken = set(by_device.values())
        proposed = {name: key for name, key in proposal.analyzers.items() if key not in taken and not saved}
        unit = next((each.unit for each in saved.values() if each.parameter in COUNTERS), COUNTER_UNITS[0])
        found = cls(
            devices=proposal.devices,
            samples=samples,
            analyzers={**proposed, **by_device},
            counter_unit=unit,
            decimal_comma=proposal.decimal_comma if group is None else group.decimal_comma,
        )
        derived = {each.tag: each for tags in found.tags().values() for each in tags} if saved else {}
        return replace(found, by_hand=remembered(saved.values(), derived, found.analyzers))

    def tags(self) -> dict[int, list[MappedTag]]:
        """The tags of each chosen analyzer: what a person said goes before what was recognised. Raises MappingInvalid
        for one that was chosen twice."""
        chosen = [self.analyzers[device.name] for device in self.devices if device.name in self.analyzers]
        for device in self.devices:
            if chosen.count(self.analyzers.get(device.name, 0)) > 1:
                raise MappingInvalid(analyzer=device.name, why=_("its analyzer is chosen for another device, too"))
        by_hand, said = resolved(self.by_hand, self.analyzers), {each.tag for each in self.by_hand}
        found = {}
        for device in self.devices:
            analyzer_id = self.analyzers.get(device.name)
            if analyzer_id is not None:
                named = {each.parameter for each in by_hand.get(analyzer_id, ())}
                found[analyzer_id] = [
                    self._mapped(tag, parameter, analyzer_id)
                    for parameter, tag in device.tags.items()
                    if parameter not in named and tag not in said
                ]
        for analyzer_id, tags in by_hand.items():
            found.setdefault(analyzer_id, []).extend(tags)
        return found

    def named(self) -> dict[str, dict[str, MappedTag]]:
        """By device what its tags are, also of one without an analyzer."""
        found = {
            device.name: {parameter: self._mapped(tag, parameter, 0) for parameter, tag in device.tags.items()}
            for device in self.devices
        }
        devices = {analyzer_id: device for device, analyzer_id in self.analyzers.items()}
        for each in self.by_hand:
            device = each.device if each.analyzer_id is None else devices.get(each.analyzer_id, "")
            if device in found:
                found[device][each.parameter] = MappedTag(each.tag, 0, each.parameter, each.unit)
        return found

    def value(self, mapped: MappedTag | None) -> float | None:
        """What a tag shows now, in the parameter's own unit."""
        if mapped is None or mapped.tag not in self.samples:
            return None
        found = parse(mapped, self.samples[mapped.tag].value, decimal_comma=self.decimal_comma)
        return float(found) if isinstance(found, int | float) else None

    def _mapped(self, tag: str, parameter: str, analyzer_id: int) -> MappedTag:
        return MappedTag(tag, analyzer_id, parameter, unit_of(parameter, self.counter_unit))


def unit_of(parameter: str, counter_unit: str) -> str:
    """In which unit a log likely has it: energies like its counters, all others in their own."""
    return counter_unit if "Wh" in units(parameter) else units(parameter)[0]


def draw_unit(mapped: Mapped) -> Mapped:
    """The unit of all counters of the log; it changes what the table shows. Outside of the form, so that it does so at
    once."""
    unit = st.radio(
        _("Unit of the counters in the log"),
        COUNTER_UNITS,
        index=COUNTER_UNITS.index(mapped.counter_unit),
        horizontal=True,
        help=_("The PAC3220 has Wh; a scaled tag of Kepware may have kWh. Compare with the display of a device."),
    )
    return replace(mapped, counter_unit=unit)


def draw_mapping(mapped: Mapped, analyzers: Mapping[int, str]) -> Mapped:
    """The table in which each device gets its analyzer; answers what was chosen."""
    numbers = {name: number for number, name in analyzers.items()}
    edited = st.data_editor(
        table_of(mapped, analyzers),
        key=CHOSEN,
        hide_index=True,
        height=min(MOST_PX, ROW_PX * (len(mapped.devices) + 1) + 3),
        disabled=[Columns.DEVICE, Columns.TAGS, Columns.GRID, Columns.GENERATOR, Columns.CURRENT, Columns.MISSING],
        column_config={
            Columns.DEVICE: st.column_config.TextColumn(_(Columns.DEVICE), pinned=True),
            Columns.ANALYZER: st.column_config.SelectboxColumn(_(Columns.ANALYZER), options=list(numbers)),
            Columns.TAGS: st.column_config.TextColumn(_(Columns.TAGS)),
            Columns.GRID: st.column_config.TextColumn(_(Columns.GRID)),
            Columns.GENERATOR: st.column_config.TextColumn(_(Columns.GENERATOR)),
            Columns.CURRENT: st.column_config.TextColumn(_(Columns.CURRENT)),
            Columns.MISSING: st.column_config.TextColumn(_(Columns.MISSING)),
        },
    )
    chosen = dict(zip(edited[Columns.DEVICE], edited[Columns.ANALYZER], strict=True))
    wanted = {device: numbers[name] for device, name in chosen.items() if isinstance(name, str) and name in numbers}
    return replace(mapped, analyzers=wanted)


def table_of(mapped: Mapped, analyzers: Mapping[int, str]) -> pd.DataFrame:
    """One row a device; values as they are read, in units that people compare with a display."""
    named = mapped.named()
    rows = [
        {
            Columns.DEVICE: device.name,
            Columns.ANALYZER: analyzers.get(mapped.analyzers.get(device.name, 0)),
            Columns.TAGS: f"{len(named[device.name])}",
            Columns.GRID: _kwh(mapped.value(named[device.name].get(COUNTERS[0]))),
            Columns.GENERATOR: _kwh(mapped.value(named[device.name].get(COUNTERS[1]))),
            Columns.CURRENT: _ampere(mapped.value(named[device.name].get("current_l1_a"))),
            Columns.MISSING: ", ".join(name for name in REQUIRED if name not in named[device.name]),
        }
        for device in mapped.devices
    ]
    return pd.DataFrame(rows, columns=[value for name, value in vars(Columns).items() if name.isupper()])


def _kwh(value: float | None) -> str:
    return NOTHING if value is None else formats().energy(round(value))


def _ampere(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.2f}"
