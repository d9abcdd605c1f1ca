"""What can be made to go wrong with one analyzer, and how an answer is spoilt on its way out."""

from enum import StrEnum

from enforcer.simulator.frames import Code
from prepaid.language import _, later


class Fault(StrEnum):
    """A fault lasts until it is cleared, but for those that happen once."""

    # the link
    DEAD = "dead"
    BLACKHOLE = "blackhole"
    SLOW = "slow"
    HALF_OPEN = "half-open"
    RESET_MID_FRAME = "reset-mid-frame"
    WRONG_TRANSACTION = "wrong-transaction"
    EXCEPTIONS = "exceptions"
    EXCEPTION_1 = "exception-1"
    EXCEPTION_2 = "exception-2"
    EXCEPTION_3 = "exception-3"
    EXCEPTION_6 = "exception-6"
    EXCEPTION_11 = "exception-11"
    # the values
    NAN = "nan"
    ZERO_ONCE = "zero-once"
    JUMP_ONCE = "jump-once"
    SWAPPED_WORDS = "swapped-words"
    # the commands
    REFUSE_WRITES = "refuse-writes"
    IGNORE_WRITES = "ignore-writes"
    # the supply
    WELDED = "welded"
    WELDED_POLE = "welded-pole"
    # the device
    SWAPPED = "swapped"
    RESTART = "restart"
    RESET_COUNTERS = "reset-counters"


# These happen at once and leave nothing to clear.
EVENTS = frozenset({Fault.RESTART, Fault.RESET_COUNTERS})

EXCEPTION_CODES = {
    Fault.EXCEPTIONS: Code.DEVICE_FAILURE,
    Fault.EXCEPTION_1: Code.ILLEGAL_FUNCTION,
    Fault.EXCEPTION_2: Code.ILLEGAL_ADDRESS,
    Fault.EXCEPTION_3: Code.ILLEGAL_VALUE,
    Fault.EXCEPTION_6: Code.BUSY,
    Fault.EXCEPTION_11: Code.BEHIND_GATEWAY_SILENT,
}
"""With which code every request is answered."""

MEANINGS = {
    Fault.DEAD: later("nothing listens on its port; open connections are reset"),
    Fault.BLACKHOLE: later("new connections and requests get no answer at all"),
    Fault.SLOW: later("every answer takes 3 seconds"),
    Fault.HALF_OPEN: later("connections are accepted, requests are never answered"),
    Fault.RESET_MID_FRAME: later("the connection is reset in the middle of every answer"),
    Fault.WRONG_TRANSACTION: later("answers carry the number of another request"),
    Fault.EXCEPTIONS: later("every request is answered with exception 4"),
    Fault.EXCEPTION_1: later("every request is answered with exception 1: unknown function"),
    Fault.EXCEPTION_2: later("every request is answered with exception 2: unknown registers"),
    Fault.EXCEPTION_3: later("every request is answered with exception 3: wrong value"),
    Fault.EXCEPTION_6: later("every request is answered with exception 6: busy"),
    Fault.EXCEPTION_11: later("every request is answered with exception 11: silent behind the gateway"),
    Fault.NAN: later("all measured values and counters are not a number"),
    Fault.ZERO_ONCE: later("the next answer with counters says zero"),
    Fault.JUMP_ONCE: later("the next answer with counters is a day of rated power too high"),
    Fault.SWAPPED_WORDS: later("the words of measured values change places, as behind a gateway set wrong"),
    Fault.REFUSE_WRITES: later("every write is answered with exception 2, as behind the IP filter"),
    Fault.IGNORE_WRITES: later("every write is answered as done, and nothing happens"),
    Fault.WELDED: later("the contactor does not open"),
    Fault.WELDED_POLE: later("the first pole of the contactor does not open"),
    Fault.SWAPPED: later("another serial number answers at this address"),
    Fault.RESTART: later("the device restarts once: counters kept, outputs off"),
    Fault.RESET_COUNTERS: later("somebody sets the counters to zero once"),
}


def meanings() -> str:
    """All faults, one a line, for the help."""
    return "\n".join(f"{fault:18}{_(MEANINGS[fault])}" for fault in Fault)
