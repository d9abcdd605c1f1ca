"""Pages of lists: a bounded number of rows, and an opaque cursor that says behind which row to go on."""

import base64
import binascii
import json
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import Field

from prepaid.errors.access import CursorInvalid

DEFAULT_ROWS = 50
MOST_ROWS = 200
MOST_CHARACTERS = 400
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Limit = Annotated[int, Field(ge=1, le=MOST_ROWS, description="At most so many rows.")]
Cursor = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9_-]+$",
        max_length=MOST_CHARACTERS,
        description="`next` of the page before.",
        json_schema_extra={"format": "cursor"},
    ),
]
Next = Annotated[str | None, Field(description="The cursor of the page behind; null: this was the last one.")]


def pack(*key: str | int | datetime) -> str:
    """The key of the last row of a page, as text that callers need not understand."""
    plain = [_to_ms(part) if isinstance(part, datetime) else part for part in key]
    return base64.urlsafe_b64encode(json.dumps(plain, separators=(",", ":")).encode()).decode().rstrip("=")


def unpack(cursor: str, *kinds: type[Any]) -> list[Any]:
    """The parts of a key, of these kinds (str, int, datetime). Raises CursorInvalid."""
    try:
        plain = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise CursorInvalid from None
    if not isinstance(plain, list) or len(plain) != len(kinds):
        raise CursorInvalid
    return [_part(value, kind) for value, kind in zip(plain, kinds, strict=True)]


def _part(value: Any, kind: type[Any]) -> Any:
    wanted: type[Any] = int if kind is datetime else kind
    if type(value) is not wanted:
        raise CursorInvalid
    # What cannot be printed is in no key, and a lone surrogate could not even be asked for.
    if not (value.isprintable() if isinstance(value, str) else 0 <= value < 2**53):
        raise CursorInvalid
    if kind is not datetime:
        return value
    try:
        return _EPOCH + timedelta(milliseconds=value)
    except OverflowError:
        raise CursorInvalid from None


def _to_ms(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta(milliseconds=1)
