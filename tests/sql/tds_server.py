"""As much of a SQL Server as refuses a login or encryption: enough of TDS to hear what drivers say of it."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

PRELOGIN, LOGIN, ANSWER = 0x12, 0x10, 0x04
HEADER = struct.Struct(">BBHHBB")
LAST = 0x01
LOGIN_FAILED = 18456


class Encryption(IntEnum):
    """What a server says of it before the login (MS-TDS 2.2.6.5)."""

    OFF = 0
    NOT_SUPPORTED = 2


@contextmanager
def refusing_server(encryption: Encryption = Encryption.NOT_SUPPORTED) -> Iterator[int]:
    """A port of this machine on which every login fails until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.1)
        over = threading.Event()
        thread = threading.Thread(target=_serve, args=(listening, over, encryption), name="tds")
        thread.start()
        try:
            yield int(listening.getsockname()[1])
        finally:
            over.set()
            thread.join(10)


def _serve(listening: socket.socket, over: threading.Event, encryption: Encryption) -> None:
    while not over.is_set():
        try:
            connection, _address = listening.accept()
        except TimeoutError:
            continue
        with connection:
            connection.settimeout(2)
            _refuse(connection, encryption)


def _refuse(connection: socket.socket, encryption: Encryption) -> None:
    try:
        while (kind := _packet(connection)) is not None:
            answer = _prelogin(encryption) if kind == PRELOGIN else _login_failed()
            connection.sendall(HEADER.pack(ANSWER, LAST, HEADER.size + len(answer), 0, 1, 0) + answer)
    except OSError:
        return


def _packet(connection: socket.socket) -> int | None:
    """The kind of the next message; None: the driver has gone."""
    while True:
        head = _read(connection, HEADER.size)
        if head is None:
            return None
        kind, status, length, *_rest = HEADER.unpack(head)
        if _read(connection, length - HEADER.size) is None:
            return None
        if status & LAST:
            return int(kind)


def _read(connection: socket.socket, length: int) -> bytes | None:
    found = b""
    while len(found) < length:
        more = connection.recv(length - len(found))
        if not more:
            return None
        found += more
    return found


def _prelogin(encryption: Encryption) -> bytes:
    """Version 15 (2019), and what is said of encryption."""
    values = (struct.pack(">BBHH", 15, 0, 2000, 0), bytes([encryption]))
    offset, table, data = 5 * len(values) + 1, b"", b""
    for option, value in enumerate(values):
        table += struct.pack(">BHH", option, offset + len(data), len(value))
        data += value
    return table + b"\xff" + data


def _login_failed() -> bytes:
    """An ERROR token and a DONE token (MS-TDS 2.2.7.10, 2.2.7.6)."""
    text = "Login failed for user 'prepaid'."
    error = struct.pack("<IBBH", LOGIN_FAILED, 1, 14, len(text)) + text.encode("utf-16-le")
    error += struct.pack("<B", 0) + struct.pack("<B", 0) + struct.pack("<I", 1)
    return b"\xaa" + struct.pack("<H", len(error)) + error + b"\xfd" + struct.pack("<HHQ", 2, 0, 0)
