"""Tags that were not recognised: which parameter they are, in which unit, and of which analyzer."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType

import streamlit as st

from dashboard.kepware.mapping import Mapped, unit_of
from dashboard.parts.plain import plain
from prepaid.kepware.by_hand import ByHand, Choice, choices, grouped, said
from prepaid.kepware.suggest import NAMES, parts_of
from prepaid.kepware.tags import PARAMETERS, REQUIRED, units
from prepaid.language import _

SAID = "kepware-said"
OPTIONS = (*REQUIRED, *sorted(PARAMETERS - set(REQUIRED)))
FIELD_PX = 190
TOLD_MOST = 20
OWN = 0
"""No analyzer has this number: that of the device is meant."""
NO_UNIT: Mapping[str, str] = MappingProxyType({"": "-"})


def draw_by_hand(mapped: Mapped, analyzers: Mapping[int, str]) -> Mapped:
    """What a person says of tags; answers the mapping with all that was said. Outside of the form, so that the table
    below shows at once what is still missing."""
    before = st.session_state.setdefault(SAID, mapped.by_hand)
    offered = choices(mapped.devices, before)
    if not offered and not before:
        return replace(mapped, by_hand=before)
    with st.expander(_("Tags that were not recognised"), expanded=_lacks(mapped)):
        if offered:
            _draw_choice(mapped, before, offered, analyzers)
        _draw_said(before)
    return replace(mapped, by_hand=st.session_state[SAID])


def _draw_choice(
    mapped: Mapped, before: tuple[ByHand, ...], offered: list[Choice], analyzers: Mapping[int, str]
) -> None:
    with st.grid(2, min_column_width=FIELD_PX):
        choice = st.selectbox(_("Tag"), offered, format_func=_choice_name, key="kepware-hand-tag")
        parameter = st.selectbox(_("Parameter"), OPTIONS, format_func=_parameter_name, key="kepware-hand-parameter")
        known = list(units(parameter))
        unit = st.selectbox(
            _("Unit in the log"),
            known,
            index=known.index(unit_of(parameter, mapped.counter_unit)),
            format_func=lambda each: NO_UNIT.get(each, each),
            key=f"kepware-hand-unit-{parameter}-{mapped.counter_unit}",
        )
        analyzer_id = st.selectbox(
            _("Of the analyzer"),
            [OWN, *analyzers],
            format_func=lambda each: _("that of its device") if each == OWN else analyzers[each],
            disabled=len(choice.tags) > 1,
            key="kepware-hand-analyzer",
        )
    sample = mapped.samples.get(choice.tags[0])
    if sample is not None:
        st.caption(plain(_("{tag} shows {value} now.").format(tag=choice.tags[0], value=sample.value)))
    of = None if analyzer_id == OWN or len(choice.tags) > 1 else analyzer_id
    st.button(
        _("Map this tag") if len(choice.tags) == 1 else _("Map these tags"),
        icon=":material/add_link:",
        key="kepware-hand-add",
        on_click=partial(_know, said(before, choice, parameter, unit, of)),
    )


def _draw_said(before: tuple[ByHand, ...]) -> None:
    """What was said so far; what is taken out of the list is not known any more."""
    groups = grouped(before)
    if not groups:
        return
    names = list(groups)
    key = f"kepware-said-{hash(tuple(names))}"
    st.multiselect(
        _("Mapped by hand"),
        names,
        default=names,
        format_func=lambda each: _said_name(groups[each]),
        key=key,
        on_change=partial(_keep, groups, key),
    )
    for (_name, parameter, unit), found in list(groups.items())[:TOLD_MOST]:
        st.caption(plain(f"{_said_name(found)} → {parameter} {unit}".rstrip()))


def _know(by_hand: tuple[ByHand, ...]) -> None:
    st.session_state[SAID] = by_hand


def _keep(groups: Mapping[tuple[str, str, str], tuple[ByHand, ...]], key: str) -> None:
    _know(tuple(each for name, found in groups.items() if name in st.session_state[key] for each in found))


def _lacks(mapped: Mapped) -> bool:
    """Whether a device that is read lacks what is required of it."""
    named = mapped.named()
    return any(set(REQUIRED) - named[name].keys() for name in mapped.analyzers if name in named)


def _choice_name(choice: Choice) -> str:
    if len(choice.tags) == 1:
        return choice.name
    return _("{name} ({n} tags)").format(name=choice.name, n=len(choice.tags))


def _parameter_name(parameter: str) -> str:
    """With its offset in the data sheet, where that is known."""
    offset = next(iter(NAMES.get(parameter, ())), None)
    return parameter if offset is None else f"{parameter} ({offset})"


def _said_name(said_at_once: tuple[ByHand, ...]) -> str:
    tags = tuple(each.tag for each in said_at_once)
    return _choice_name(Choice(tags[0] if len(tags) == 1 else parts_of(tags[0])[1], tags))
