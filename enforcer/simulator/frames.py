"""Modbus TCP by hand: frames (MBAP) in and out, functions 3, 4, 6 and 16. Shares no code with the enforcer's client."""

from enum import IntEnum
from struct import Struct
from typing import NamedTuple, Protocol

MBAP = Struct(">HHHB")
TWO_WORDS = Struct(">HH")
MAX_PDU = 253
MAX_READ = 125
MAX_WRITE = 123


class Code(IntEnum):
    """Exception codes of the Modbus specification."""

    ILLEGAL_FUNCTION = 1
    ILLEGAL_ADDRESS = 2
    ILLEGAL_VALUE = 3
    DEVICE_FAILURE = 4
    BUSY = 6
    BEHIND_GATEWAY_SILENT = 11


class Refused(Exception):
    """The device answers this request with an exception code."""

    def __init__(self, code: Code) -> None:
        super().__init__(code)
        self.code = code


class BrokenFrame(Exception):
    """What arrived is no Modbus TCP: the connection has to be closed."""


class Frame(NamedTuple):
    """One request or answer."""

    transaction: int
    unit: int
    pdu: bytes


class Registers(Protocol):
    """What a device offers to the protocol; every method may raise Refused."""

    def read(self, offset: int, count: int) -> bytes:
        """The registers, 2 bytes each."""

    def command(self, offset: int, value: int) -> None:
        """Function 6."""

    def write(self, offset: int, data: bytes) -> None:
        """Function 16."""


def take_frames(buffer: bytearray) -> list[Frame]:
    """Takes the whole frames out of the buffer, in order; what is left is the beginning of the next."""
    frames = []
    while len(buffer) >= MBAP.size:
        transaction, protocol, length, unit = MBAP.unpack_from(buffer)
        if protocol != 0 or not 2 <= length <= MAX_PDU + 1:
            raise BrokenFrame
        end = 6 + length
        if len(buffer) < end:
            break
        frames.append(Frame(transaction, unit, bytes(buffer[MBAP.size : end])))
        del buffer[:end]
    return frames


def wrap(frame: Frame) -> bytes:
    """The frame as it goes over the wire."""
    return MBAP.pack(frame.transaction, 0, len(frame.pdu) + 1, frame.unit) + frame.pdu


def refusal(pdu: bytes, code: Code) -> bytes:
    """The exception answer to a request."""
    return bytes((pdu[0] | 0x80, code))


def answer(pdu: bytes, registers: Registers) -> bytes:
    """The answer to one request, an exception answer included."""
    try:
        return _answer(pdu, registers)
    except Refused as refused:
        return refusal(pdu, refused.code)


def writes(pdu: bytes) -> bool:
    """Whether the request would change the device."""
    return pdu[0] in {6, 16}


def _answer(pdu: bytes, registers: Registers) -> bytes:
    function = pdu[0]
    if function not in {3, 4, 6, 16}:
        raise Refused(Code.ILLEGAL_FUNCTION)
    if len(pdu) < 5 or (function != 16 and len(pdu) != 5):
        raise Refused(Code.ILLEGAL_VALUE)
    offset, second = TWO_WORDS.unpack_from(pdu, 1)
    if function == 6:
        registers.command(offset, second)
        return pdu
    if function == 16:
        if not 1 <= second <= MAX_WRITE or len(pdu) != 6 + 2 * second or pdu[5] != 2 * second:
            raise Refused(Code.ILLEGAL_VALUE)
        registers.write(offset, pdu[6:])
        return pdu[:5]
    if not 1 <= second <= MAX_READ:
        raise Refused(Code.ILLEGAL_VALUE)
    data = registers.read(offset, second)
    return bytes((function, len(data))) + data
