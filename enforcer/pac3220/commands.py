"""What is written to make the device act. The resets (60000, 60001, 60004) are not here: they are never sent."""

from typing import Final, NamedTuple

from enforcer.pac3220.registers import COMMANDS

CHOOSE_TARIFF, ACKNOWLEDGE, SWITCH_OUTPUT, SWITCH_GROUP = (register.offset for register in COMMANDS)
MAX_GROUP: Final = 99


class Command(NamedTuple):
    """One register to write with function 06."""

    offset: int
    value: int


def switch_output(output: int, *, on: bool) -> Command:
    """DO 0.0 is output 0, DO 0.1 is output 1. ON in the high byte is inferred from the stated range (bench).

    Whether ON connects or cuts the supply is the wiring's matter, not this command's.
    """
    assert output in (0, 1), "the device itself has two outputs"
    return Command(SWITCH_OUTPUT, (on << 8) | output)


def switch_group(group: int, *, on: bool) -> Command:
    """All outputs whose group (51711, 51720) is `group`."""
    assert 0 <= group <= MAX_GROUP, "groups are 0 to 99 (manual, 60009)"
    return Command(SWITCH_GROUP, (group << 8) | on)


def choose_tariff(tariff: int) -> Command:
    """Tariff 1 or 2. The device refuses or ignores it while its digital input chooses (bench)."""
    assert tariff in (1, 2), "the device counts two tariffs"
    return Command(CHOOSE_TARIFF, tariff - 1)


def acknowledge_nothing() -> Command:
    """Acknowledges none of the bits: a write that changes nothing, to learn whether the device takes writes."""
    return Command(ACKNOWLEDGE, 0)


def acknowledge(bits: int) -> Command:
    """Clears exactly these stored bits of 205; record them before."""
    assert 0 < bits <= 0xFFFF, "only the lower half of 205 is stored"
    return Command(ACKNOWLEDGE, bits)
