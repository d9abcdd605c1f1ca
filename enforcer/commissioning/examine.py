"""Looks at one device for its commissioning: everything is read, and a write that changes nothing is tried."""

from enforcer.link import Link
from enforcer.pac3220.commands import acknowledge_nothing
from enforcer.pac3220.registers import SETTINGS
from enforcer.read import AnalyzerDump, read_everything
from prepaid.device_findings import Examined
from prepaid.errors.analyzers import AnalyzerRefused
from prepaid.parameters import Measures, Status


async def examine(link: Link) -> Examined:
    """Everything that can be known of the device behind this link without switching. Raises AnalyzerError when it
    cannot be reached or answers out of step; what it refuses is part of the answer."""
    dump = await read_everything(link)
    return examined(dump, await _write_code(link))


async def _write_code(link: Link) -> int:
    """The exception code of a write that acknowledges no bit at all; 0: the device takes writes from here."""
    command = acknowledge_nothing()
    try:
        await link.write_register(command.offset, command.value)
    except AnalyzerRefused as refusal:
        code = refusal.fields["code"]
        assert isinstance(code, int), "a refusal has its exception code"
        return code
    return 0


def examined(dump: AnalyzerDump, write_code: int) -> Examined:
    """What was read, as the rules look at it."""
    who, values = dump.identification, dump.values
    return Examined(
        serial_number=who.serial_number,
        manufacturer_id=who.manufacturer_id,
        order_number=who.order_number,
        firmware=who.firmware,
        words_swapped=dump.words_swapped,
        settings={row.name: int(values[row.name] or 0) for row in SETTINGS if row.name in values},
        measures=_measures(dump),
        status=_status(dump),
        refusals=dump.refusals,
        write_code=write_code,
    )


def _measures(dump: AnalyzerDump) -> Measures | None:
    if Measures._fields[0] not in dump.values:
        return None
    return Measures._make(float(dump.values[name] or 0) for name in Measures._fields)


def _status(dump: AnalyzerDump) -> Status | None:
    if Status._fields[0] not in dump.values:
        return None
    whole = {name: int(dump.values[name] or 0) for name in Status._fields if not name.endswith("_a")}
    return Status(**whole, neutral_current_a=float(dump.values["neutral_current_a"] or 0))
