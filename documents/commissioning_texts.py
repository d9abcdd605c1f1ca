"""What a test on the spot found, in sentences that say what to do; for the page, the command line and the record."""

from collections.abc import Sequence

from documents.analyzer_texts import proof_words
from documents.standing_texts import SOURCES
from prepaid.commissioning import Fact, Finding, Found, Outcome, Phase, Weight
from prepaid.language import _, later
from prepaid.records import Source
from prepaid.switching import Evidence

OUTCOMES = {
    Outcome.PASSED: later("Passed"),
    Outcome.FAILED: later("Failed"),
    Outcome.UNPROVEN: later("Not proven"),
    Outcome.REVOKED: later("Taken back"),
}
WEIGHTS = {Weight.OK: later("Good"), Weight.REMARK: later("Note"), Weight.PREVENTS: later("Prevents")}
PHASES = {
    Phase.LOOKING: later("The device is being read."),
    Phase.COUNTING_ANEW: later("Two readings of the new device are awaited; its base opens with the second."),
    Phase.SWITCHING_ON: later("The supply is being switched on for the test."),
    Phase.CUTTING: later("The supply is cut for the test and comes back by itself."),
    Phase.RESTORING: later("The supply is being switched on again."),
}
CONNECTIONS = {0: "3P4W", 1: "3P3W", 2: "3P4WB", 3: "3P3WB", 4: "1P2W"}
"""The names of the manual for 50001."""
SENTENCES = {
    Found.DEVICE_KNOWN: later("Siemens {order_number}, firmware {firmware}."),
    Found.DEVICE_UNKNOWN: later(
        "Manufacturer {manufacturer_id} is not Siemens (42). Check the address: this product knows the PAC3220 only."
    ),
    Found.SERIAL_RIGHT: later("Serial number {serial_number} answers, as expected."),
    Found.SERIAL_FIRST: later("Serial number {serial_number} answers; no device was bound to this analyzer before."),
    Found.SERIAL_OTHER: later(
        "Serial number {serial_number} answers instead of {expected}. Correct the address, or swap the device by name."
    ),
    Found.SERIAL_TAKEN: later(
        "Serial number {serial_number} belongs to {analyzer}. Two addresses lead to one device: correct them."
    ),
    Found.WORDS_RIGHT: later("The words of the values are in their order."),
    Found.WORDS_SWAPPED: later(
        "The words of the values are swapped: no value is right. Set the gateway to high word first and test again."
    ),
    Found.PART_REFUSED: later("A part could not be read: {why}"),
    Found.TRANSFORMER_RIGHT: later("Current transformer {primary} / {secondary} A, as configured."),
    Found.TRANSFORMER_OTHER: later(
        "The device reckons with a current transformer of {primary} / {secondary} A, configured is {expected} A. "
        "Read the plate of the transformer and correct the one that is wrong."
    ),
    Found.CONNECTION: later("Connection type {kind}, voltage transformers: {transformer}."),
    Found.VOLTAGES_RIGHT: later("Voltages {a}, {b} and {c} V."),
    Found.VOLTAGE_MISSING: later("No voltage on {phases}: what flows there is not counted. Check the fuses."),
    Found.INPUT_RIGHT: later("DI 0.0 switches the tariff."),
    Found.INPUT_OTHER: later(
        "DI 0.0 is set to use {use}, so generator energy is counted as grid. Set it to tariff switching (50025 = 2)."
    ),
    Found.SYNCHRONISED: later(
        "Demand synchronisation is {value}: a change of tariff waits for the end of the period. Set it to 0 (50023)."
    ),
    Found.TARIFF_AGREES: later("Tariff {tariff} counts while the source is the {source}: right."),
    Found.TARIFF_FOLLOWS: later("The tariff followed the contact from {before} to {after}: right."),
    Found.TARIFF_WRONG: later(
        "Tariff {tariff} counts while the source is the {source}; it should be tariff {expected}. "
        "Check the contact on DI 0.0, or which tariff is configured as the generator."
    ),
    Found.TARIFF_UNKNOWN: later(
        "Whether the tariff input follows the source was not proven: nobody knows which source supplies now."
    ),
    Found.NOT_WIRED: later(
        "No output acts on this supply: it can never be cut. Wire an output to the contactor and configure the wiring."
    ),
    Found.ONLY_MEASURED: later("Measured only: no output acts on this supply."),
    Found.OUTPUT_RIGHT: later("DO 0.{output} is a switching output."),
    Found.OUTPUT_OTHER: later(
        'DO 0.{output} is set to use {use} and obeys no command. Set it to "switching output" ({register} = 2).'
    ),
    Found.GROUP_RIGHT: later("DO 0.{output} is in group {group}, as configured."),
    Found.GROUP_OTHER: later(
        "DO 0.{output} is in group {group}, configured is {expected}: commands to the group would not reach it. "
        "Correct one of them."
    ),
    Found.PULSE_WITHOUT_FEEDBACK: later(
        "A pulse without a feedback contact cannot be confirmed. Wire the breaker's auxiliary contact to an input."
    ),
    Found.PULSE_WITHOUT_TIMEOUT: later(
        "DO 0.{output} has no time-out of its own: a lost command would leave the pulse on. Set {register} to 1 s."
    ),
    Found.PULSE_TIMEOUT_LONG: later(
        "DO 0.{output} ends a pulse only after {seconds} s. Set {register} to at most {most} s."
    ),
    Found.PULSE_TIMEOUT_RIGHT: later("DO 0.{output} ends a pulse by itself after {seconds} s."),
    Found.HELD_TIMEOUT: later(
        "DO 0.{output} falls back by itself {seconds} s after the last command. The enforcer writes it again every "
        "third of that; without a connection the supply changes. Set {register} to 0 unless that is wanted."
    ),
    Found.HELD_TIMEOUT_SHORT: later(
        "DO 0.{output} falls back by itself after {seconds} s, too soon to be written again in time. Set {register} to "
        "0, or to at least {least} s."
    ),
    Found.PROTECTED: later("The device says that writing is protected. Take the protection off at the device."),
    Found.WRITE_TAKEN: later("The device takes writes from this machine."),
    Found.WRITE_REFUSED: later(
        "The device refuses writes from this machine (exception {code}): switch its IP filter off, or bring this "
        "machine into its subnet."
    ),
    Found.WRITE_PROTECTED: later(
        "The device refuses writes: its hardware write protection is on. Take it off at the device."
    ),
    Found.CUT_NOT_TRIED: later("The cut was not tried. Test again with a supervised cut to let it be switched."),
    Found.SUPPLY_OFF: later(
        "The supply is off. See that nobody works there, then test again and allow it to be switched on."
    ),
    Found.LOCKED: later("A safety lock is in place: nothing is switched under it. Test again when it is gone."),
    Found.CUT_BY_POLICY: later("The supply is cut or being switched by the rules now. Test again when it is on."),
    Found.CUT_PROVEN: later("The cut was {evidence}."),
    Found.PHASES_UNPROVEN: later("{phases} carried no load: that these poles open was not proven. Load all phases."),
    Found.CUT_UNSEEN: later(
        "The output followed, but there was no load to see. Switch a load on, on every phase, and test again."
    ),
    Found.CUT_NOT_FOLLOWED: later(
        "The command was answered and the output did not follow. Check the use of the output and the wiring."
    ),
    Found.CUT_REFUSED: later("The command could not be given: {why}"),
    Found.LOAD_WHILE_CUT: later(
        "The output is off and load flows on through {phases}: a welded contact, a bypass, or the wrong polarity. "
        "Isolate it and look at the contactor."
    ),
    Found.ANSWERS_WHILE_CUT: later("The analyzer answers while its supply is cut."),
    Found.DIES_WHEN_CUT: later(
        "The analyzer does not answer while cut: it is fed from below its contactor. Feed it from above."
    ),
    Found.SILENT_WHILE_CUT: later("The link was lost during the cut, so nothing tells whether it answers. Test again."),
    Found.RESTORED: later("The supply came back."),
    Found.NOT_RESTORED: later("The supply did not come back in time. It is tried on; look at the contactor."),
    Found.CLOSE_BY_HAND: later("The breaker must be closed by hand; then test again."),
    Found.BROKEN_OFF: later("The test was broken off: {why} The supply is put back as the rules want it."),
}


def sentence(finding: Finding) -> str:
    """What was found, and what to do about it."""
    return _(SENTENCES[finding.found]).format(**{name: _shown(name, fact) for name, fact in finding.facts.items()})


def verdict(outcome: Outcome, serial_number: str, findings: Sequence[Finding]) -> str:
    """The result in one or two sentences."""
    if outcome is Outcome.PASSED:
        return _("Passed for {serial_number}.").format(serial_number=serial_number)
    preventing = [sentence(finding) for finding in findings if finding.weight is Weight.PREVENTS]
    if outcome is Outcome.FAILED:
        return " ".join([_("Failed for {serial_number}.").format(serial_number=serial_number), *preventing])
    open_ones = [sentence(each) for each in findings if each.found in _OPEN]
    return " ".join([_("Not proven for {serial_number}.").format(serial_number=serial_number), *open_ones])


_OPEN = {
    Found.CUT_NOT_TRIED,
    Found.SUPPLY_OFF,
    Found.LOCKED,
    Found.CUT_BY_POLICY,
    Found.CUT_UNSEEN,
    Found.SILENT_WHILE_CUT,
    Found.CLOSE_BY_HAND,
    Found.BROKEN_OFF,
}


def _shown(name: str, fact: Fact) -> str:
    if name == "kind":
        return CONNECTIONS.get(int(fact), str(fact))
    if name == "transformer":
        return _("yes") if fact else _("no")
    if name == "source":
        return _(SOURCES[Source(str(fact))]).lower()
    if name == "evidence":
        return proof_words(Evidence(str(fact)))
    return str(fact)
