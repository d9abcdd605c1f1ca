"""Tags whose names say nothing: a person says which parameter they are, for one of them or for all of one name."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from prepaid.kepware.suggest import Device, parts_of
from prepaid.kepware.tags import MappedTag

CHOICES_MOST: Final = 500


class ByHand(NamedTuple):
    """What a person said of a tag. `analyzer_id` None: it belongs to the analyzer of its device."""

    tag: str
    parameter: str
    unit: str
    analyzer_id: int | None = None

    @property
    def device(self) -> str:
        """The device by its name."""
        return parts_of(self.tag)[0]


class Choice(NamedTuple):
    """What can be said something of: one tag, or all tags of one name. `name` is the whole one of a single tag, and the
    last part of several."""

    name: str
    tags: tuple[str, ...]


def choices(devices: Iterable[Device], taken: Iterable[ByHand]) -> list[Choice]:
    """What nobody has recognised yet: names that several devices have, then single tags, at most 500 of all."""
    known = {each.tag for each in taken}
    unknown = [tag for device in devices for tag in device.unknown if tag not in known]
    by_name: dict[str, list[str]] = defaultdict(list)
    for tag in unknown:
        by_name[parts_of(tag)[1]].append(tag)
    several = [Choice(name, tuple(tags)) for name, tags in sorted(by_name.items()) if len(tags) > 1]
    return [*several, *(Choice(tag, (tag,)) for tag in unknown)][:CHOICES_MOST]


def said(
    before: Sequence[ByHand], choice: Choice, parameter: str, unit: str, analyzer_id: int | None
) -> tuple[ByHand, ...]:
    """What is known by hand once this is said, too."""
    new = tuple(ByHand(tag, parameter, unit, analyzer_id) for tag in choice.tags)
    return (*(each for each in before if each.tag not in choice.tags), *new)


def grouped(by_hand: Iterable[ByHand]) -> dict[tuple[str, str, str], tuple[ByHand, ...]]:
    """By name, parameter and unit: what was said at once is shown at once."""
    groups: dict[tuple[str, str, str], list[ByHand]] = defaultdict(list)
    for each in by_hand:
        groups[parts_of(each.tag)[1], each.parameter, each.unit].append(each)
    return {name: tuple(found) for name, found in groups.items()}


def resolved(by_hand: Iterable[ByHand], analyzers: Mapping[str, int]) -> dict[int, list[MappedTag]]:
    """By analyzer what was said. `analyzers` are those of the devices; a tag whose device has none is left out."""
    found: dict[int, list[MappedTag]] = defaultdict(list)
    for each in by_hand:
        analyzer_id = each.analyzer_id or analyzers.get(each.device)
        if analyzer_id is not None:
            found[analyzer_id].append(MappedTag(each.tag, analyzer_id, each.parameter, each.unit))
    return found


def remembered(
    saved: Iterable[MappedTag], proposed: Mapping[str, MappedTag], analyzers: Mapping[str, int]
) -> tuple[ByHand, ...]:
    """What a person must have said, since it is saved and nobody would propose it. `proposed` is by tag."""
    return tuple(
        ByHand(
            each.tag,
            each.parameter,
            each.unit,
            None if analyzers.get(parts_of(each.tag)[0]) == each.analyzer_id else each.analyzer_id,
        )
        for each in saved
        if proposed.get(each.tag) != each
    )
