"""What one reading of a device says about whether it measures rightly and can cut: from settings to findings."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from prepaid.commissioning import Fact, Finding, Found, ok, prevents, remark
from prepaid.parameters import Measures, Status
from prepaid.records import Purpose, Source, Wiring
from prepaid.switching import VOLTAGE_GONE_V, Contact

SIEMENS: Final = 42
SWITCHING_OUTPUT: Final = 2
TARIFF_INPUT: Final = 2
WRITE_PROTECTION: Final = 0xC000_0000
"""Bits of 205: hardware write protection, and Modbus write protected."""
PROTECTED_CODE: Final = 0xF0
PULSES: Final = frozenset({Wiring.PULSE_TRIP, Wiring.PULSE_PAIR})
PULSE_TIMEOUT_MOST_S: Final = 30
"""A pulse that its own device does not end within so long is no pulse."""
HELD_TIMEOUT_LEAST_S: Final = 30
"""An output that falls back sooner cannot be written again in time: a third of it is two readings of 5 s."""
PHASES: Final = ("L1", "L2", "L3")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the product knows of the analyzer. `serial_number` None: no device is bound to it yet."""

    contact: Contact
    purpose: Purpose
    serial_number: str | None
    ct_primary_a: int
    ct_secondary_a: int
    generator_tariff: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What the device said. What it refused to tell is None or missing, and `refusals` say so.

    `write_code`: the exception code with which it answered a write that changes nothing; 0: it took it.
    """

    serial_number: str
    manufacturer_id: int
    order_number: str
    firmware: str
    words_swapped: bool
    settings: Mapping[str, int]
    measures: Measures | None
    status: Status | None
    refusals: Sequence[str]
    write_code: int


def device_findings(wanted: Wanted, seen: Examined) -> list[Finding]:
    """Everything that can be said without switching. Values behind swapped words are no values."""
    found = [*_identity(wanted, seen)]
    if seen.words_swapped:
        return [*found, prevents(Found.WORDS_SWAPPED)]
    found += [prevents(Found.PART_REFUSED, why=why) for why in seen.refusals]
    found += [*_measuring(wanted, seen), *_tariff_settings(seen), *_output(wanted, seen), *_writing(wanted, seen)]
    return found


def measures_rightly(findings: Sequence[Finding]) -> bool:
    """Whether what the device counts may be believed and charged, whatever may prevent a cutoff."""
    wrong = {Found.WORDS_SWAPPED, Found.TRANSFORMER_OTHER, Found.PART_REFUSED, Found.DEVICE_UNKNOWN}
    return not any(finding.found in wrong for finding in findings)


def tariff_finding(wanted: Wanted, status: Status | None, source: Source | None) -> Finding:
    """Which tariff counts now, against the source that feeds the site; `source` None: nobody knows it."""
    if status is None or source is None:
        return remark(Found.TARIFF_UNKNOWN)
    tariff, expected = status.active_tariff + 1, tariff_of(wanted, source)
    facts = {"tariff": tariff, "source": source.value, "expected": expected}
    return ok(Found.TARIFF_AGREES, **facts) if tariff == expected else prevents(Found.TARIFF_WRONG, **facts)


def tariff_of(wanted: Wanted, source: Source) -> int:
    """The tariff that counts this source."""
    return wanted.generator_tariff if source is Source.GENERATOR else 3 - wanted.generator_tariff


def _identity(wanted: Wanted, seen: Examined) -> Iterator[Finding]:
    facts: dict[str, Fact] = {
        "order_number": seen.order_number,
        "firmware": seen.firmware,
        "manufacturer_id": seen.manufacturer_id,
    }
    known = seen.manufacturer_id == SIEMENS
    yield ok(Found.DEVICE_KNOWN, **facts) if known else prevents(Found.DEVICE_UNKNOWN, **facts)
    if wanted.serial_number is None:
        yield ok(Found.SERIAL_FIRST, serial_number=seen.serial_number)
    elif wanted.serial_number == seen.serial_number:
        yield ok(Found.SERIAL_RIGHT, serial_number=seen.serial_number)
    else:
        yield prevents(Found.SERIAL_OTHER, serial_number=seen.serial_number, expected=wanted.serial_number)
    yield from () if seen.words_swapped else (ok(Found.WORDS_RIGHT),)


def _measuring(wanted: Wanted, seen: Examined) -> Iterator[Finding]:
    if "current_primary_a" in seen.settings:
        ratio = (seen.settings["current_primary_a"], seen.settings["current_secondary_a"])
        facts = {"primary": ratio[0], "secondary": ratio[1]}
        if ratio == (wanted.ct_primary_a, wanted.ct_secondary_a):
            yield ok(Found.TRANSFORMER_RIGHT, **facts)
        else:
            expected = f"{wanted.ct_primary_a} / {wanted.ct_secondary_a}"
            yield prevents(Found.TRANSFORMER_OTHER, expected=expected, **facts)
    if "connection_type" in seen.settings:
        kind, transformer = seen.settings["connection_type"], seen.settings["voltage_transformer"]
        plain = (kind, transformer) == (0, 0)
        weigh = ok if plain else remark
        yield weigh(Found.CONNECTION, kind=kind, transformer=transformer)
    if seen.measures is not None:
        volts = (seen.measures.voltage_l1_n_v, seen.measures.voltage_l2_n_v, seen.measures.voltage_l3_n_v)
        missing = [phase for phase, volt in zip(PHASES, volts, strict=True) if not volt > VOLTAGE_GONE_V]
        if missing:
            yield remark(Found.VOLTAGE_MISSING, phases=", ".join(missing))
        else:
            yield ok(Found.VOLTAGES_RIGHT, **{name: round(volt, 1) for name, volt in zip("abc", volts, strict=True)})


def _tariff_settings(seen: Examined) -> Iterator[Finding]:
    if "input_use" in seen.settings:
        use = seen.settings["input_use"]
        yield ok(Found.INPUT_RIGHT) if use == TARIFF_INPUT else prevents(Found.INPUT_OTHER, use=use)
    if seen.settings.get("synchronisation"):
        yield prevents(Found.SYNCHRONISED, value=seen.settings["synchronisation"])


def _output(wanted: Wanted, seen: Examined) -> Iterator[Finding]:
    contact = wanted.contact
    if contact.wiring is Wiring.NONE:
        tenant = wanted.purpose is Purpose.TENANT
        yield prevents(Found.NOT_WIRED) if tenant else remark(Found.ONLY_MEASURED)
        return
    for output in _outputs_of(contact):
        use = seen.settings.get(f"output_{output}_use")
        if use is not None:
            right = use == SWITCHING_OUTPUT
            register = 51712 if output == 0 else 51721
            facts = {"output": output, "use": use, "register": register}
            yield ok(Found.OUTPUT_RIGHT, **facts) if right else prevents(Found.OUTPUT_OTHER, **facts)
        yield from _timeout(contact, output, seen.settings.get(f"output_{output}_timeout_s"))
    group = seen.settings.get(f"output_{contact.output}_group")
    if contact.output_group is not None and group is not None:
        facts = {"output": contact.output, "group": group, "expected": contact.output_group}
        yield ok(Found.GROUP_RIGHT, **facts) if group == contact.output_group else prevents(Found.GROUP_OTHER, **facts)
    if contact.wiring in PULSES and contact.feedback_input is None:
        yield prevents(Found.PULSE_WITHOUT_FEEDBACK)


def _outputs_of(contact: Contact) -> tuple[int, ...]:
    return (contact.output,) if contact.close_output is None else (contact.output, contact.close_output)


def _timeout(contact: Contact, output: int, seconds: int | None) -> Iterator[Finding]:
    """51718 and 51727: a pulse needs its device to end it; a held output must be written again before it ends."""
    if seconds is None:
        return
    facts = {"output": output, "seconds": seconds, "register": 51718 if output == 0 else 51727}
    if contact.wiring not in PULSES:
        if 0 < seconds < HELD_TIMEOUT_LEAST_S:
            yield prevents(Found.HELD_TIMEOUT_SHORT, least=HELD_TIMEOUT_LEAST_S, **facts)
        elif seconds:
            yield remark(Found.HELD_TIMEOUT, **facts)
    elif not seconds:
        yield prevents(Found.PULSE_WITHOUT_TIMEOUT, **facts)
    elif seconds > PULSE_TIMEOUT_MOST_S:
        yield prevents(Found.PULSE_TIMEOUT_LONG, most=PULSE_TIMEOUT_MOST_S, **facts)
    else:
        yield ok(Found.PULSE_TIMEOUT_RIGHT, **facts)


def _writing(wanted: Wanted, seen: Examined) -> Iterator[Finding]:
    if wanted.contact.wiring is Wiring.NONE:
        return
    if seen.status is not None and seen.status.diagnostics & WRITE_PROTECTION:
        yield prevents(Found.PROTECTED)
    if seen.write_code == PROTECTED_CODE:
        yield prevents(Found.WRITE_PROTECTED)
    elif seen.write_code:
        yield prevents(Found.WRITE_REFUSED, code=seen.write_code)
    else:
        yield ok(Found.WRITE_TAKEN)
