"""How long a text is where it is kept: in units of UTF-16, as SQL Server counts, in which an emoji is two."""

_BYTES = 2


def length(text: str) -> int:
    """The units of a text."""
    return len(_units(text)) // _BYTES


def shortened(text: str, most: int) -> str:
    """As much of the text as has room; no character is cut in two."""
    return text if length(text) <= most else _units(text)[: most * _BYTES].decode("utf-16-le", "ignore")


def _units(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")
