"""Frames by hand: what is split, answered and refused."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enforcer.simulator.frames import BrokenFrame, Code, Frame, Refused, answer, take_frames, wrap

pdus = st.binary(min_size=1, max_size=253)


class TwoRegisters:
    """Offsets 10 and 11 can be read and written; 60 takes commands."""

    def __init__(self) -> None:
        self.data = bytearray(b"\x00\x01\x00\x02")
        self.commands: list[int] = []

    def read(self, offset: int, count: int) -> bytes:
        if offset < 10 or offset + count > 12:
            raise Refused(Code.ILLEGAL_ADDRESS)
        return bytes(self.data[(offset - 10) * 2 : (offset - 10 + count) * 2])

    def command(self, offset: int, value: int) -> None:
        if offset != 60:
            raise Refused(Code.ILLEGAL_ADDRESS)
        self.commands.append(value)

    def write(self, offset: int, data: bytes) -> None:
        self.data[(offset - 10) * 2 : (offset - 10) * 2 + len(data)] = data


@given(st.lists(st.tuples(st.integers(0, 0xFFFF), st.integers(0, 255), pdus), max_size=5), st.data())
def test_frames_are_found_however_the_bytes_are_cut(parts: list[tuple[int, int, bytes]], data: st.DataObject) -> None:
    frames = [Frame(*part) for part in parts]
    stream = b"".join(map(wrap, frames))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    buffer = bytearray()

    found = []
    for begin, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        buffer += stream[begin:end]
        found += take_frames(buffer)

    assert found == frames
    assert buffer == b""


@pytest.mark.parametrize("head", ["0001 0001 0006 01", "0001 0000 0001 01", "0001 0000 00ff 01", "0001 0000 0000 01"])
def test_what_is_no_modbus_is_refused(head: str) -> None:
    with pytest.raises(BrokenFrame):
        take_frames(bytearray.fromhex(head))


@pytest.mark.parametrize("function", [3, 4])
def test_both_read_functions_read_the_same_registers(function: int) -> None:
    answered = answer(struct.pack(">BHH", function, 10, 2), TwoRegisters())

    assert answered == bytes((function, 4, 0, 1, 0, 2))


def test_a_write_of_one_is_a_command_and_is_echoed() -> None:
    registers = TwoRegisters()

    answered = answer(bytes.fromhex("06 003c 0102"), registers)

    assert answered == bytes.fromhex("06 003c 0102")
    assert registers.commands == [0x0102]


def test_a_write_of_many_answers_offset_and_count() -> None:
    registers = TwoRegisters()

    answered = answer(bytes.fromhex("10 000a 0002 04 1234 5678"), registers)

    assert answered == bytes.fromhex("10 000a 0002")
    assert registers.data == bytes.fromhex("1234 5678")


@pytest.mark.parametrize(
    ("request_pdu", "answered"),
    [
        ("01 0000 0001", "81 01"),  # coils: none
        ("05 0000 ff00", "85 01"),
        ("2b 0e 01 00", "ab 01"),
        ("03", "83 03"),
        ("03 000a 00", "83 03"),
        ("03 000a 0000", "83 03"),
        ("03 000a 007e", "83 03"),
        ("03 0009 0001", "83 02"),
        ("03 000b 0002", "83 02"),
        ("06 003d 0001", "86 02"),
        ("10 000a 0002 04 1234", "90 03"),
        ("10 000a 0000 00", "90 03"),
        ("10 000a 0001 04 1234 5678", "90 03"),
    ],
)
def test_a_bad_request_is_answered_with_an_exception(request_pdu: str, answered: str) -> None:
    assert answer(bytes.fromhex(request_pdu), TwoRegisters()) == bytes.fromhex(answered)


@given(pdus)
def test_no_request_breaks_the_server(pdu: bytes) -> None:
    answered = answer(pdu, TwoRegisters())

    assert answered[0] & 0x7F == pdu[0] & 0x7F
    assert 2 <= len(answered) <= 253
