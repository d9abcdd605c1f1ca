"""A Modbus client written by hand for the tests: it shares no code with the simulator or the enforcer."""

import socket
import struct
from types import TracebackType
from typing import Self


class Raw:
    """One connection; `ask` sends a PDU and returns the PDU of the answer."""

    def __init__(self, address: tuple[str, int], timeout_s: float = 5.0) -> None:
        self.socket = socket.create_connection(address, timeout_s)
        self.transaction = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()

    def send(self, pdu: bytes, unit: int = 1) -> None:
        self.transaction += 1
        self.socket.sendall(struct.pack(">HHHB", self.transaction, 0, len(pdu) + 1, unit) + pdu)

    def receive(self) -> tuple[int, bytes]:
        """Transaction and PDU of the next answer."""
        transaction, protocol, length, unit = struct.unpack(">HHHB", self._exactly(7))
        assert (protocol, unit) == (0, 1)
        return transaction, self._exactly(length - 1)

    def ask(self, pdu: bytes) -> bytes:
        self.send(pdu)
        transaction, answer = self.receive()
        assert transaction == self.transaction
        return answer

    def read(self, offset: int, count: int, function: int = 3) -> bytes:
        """The registers' bytes; the answer has to be a good one."""
        answer = self.ask(struct.pack(">BHH", function, offset, count))
        assert answer[:2] == bytes((function, 2 * count)), answer.hex()
        return answer[2:]

    def floats(self, offset: int, number: int) -> tuple[float, ...]:
        return struct.unpack(f">{number}f", self.read(offset, 2 * number))

    def doubles(self, offset: int, number: int) -> tuple[float, ...]:
        return struct.unpack(f">{number}d", self.read(offset, 4 * number))

    def longs(self, offset: int, number: int) -> tuple[int, ...]:
        return struct.unpack(f">{number}I", self.read(offset, 2 * number))

    def command(self, offset: int, value: int) -> bytes:
        """Function 6."""
        return self.ask(struct.pack(">BHH", 6, offset, value))

    def write(self, offset: int, data: bytes) -> bytes:
        """Function 16."""
        count = len(data) // 2
        return self.ask(struct.pack(">BHHB", 16, offset, count, len(data)) + data)

    def is_closed(self) -> bool:
        """Whether the other side ended the connection without a word."""
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            part = self.socket.recv(count - len(data))
            if not part:
                raise ConnectionResetError
            data += part
        return data
