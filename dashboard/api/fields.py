"""Kinds of values that the API takes and gives: money as text, energy as whole Wh, instants in UTC."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

from prepaid.units import to_text

AMOUNT = r"^-?[0-9]{1,12}(\.[0-9]{1,7})?$"
_BELOW_ONE = "|".join(f"0{{{zeros}}}[1-9][0-9]{{0,{6 - zeros}}}" for zeros in range(7))
POSITIVE_AMOUNT = rf"^([1-9][0-9]{{0,9}}(\.[0-9]{{1,7}})?|0\.({_BELOW_ONE}))$"
"""More than zero, at most 10 digits before the point and 7 behind it, no idle zeros in front."""
CURRENCY = r"^([A-Z]{3}|kWh)$"
PRINTABLE = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]+$"

_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE)


def _instant(value: object) -> datetime:
    """RFC 3339; other spellings that Python reads, like seconds since 1970, are refused."""
    if not isinstance(value, str) or not _RFC_3339.fullmatch(value):
        raise ValueError("not an instant like 2026-01-05T08:00:00Z")
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except OverflowError:
        raise ValueError("beyond the calendar") from None


Money = Annotated[
    Decimal,
    PlainSerializer(to_text, return_type=str),
    WithJsonSchema({"type": "string", "pattern": AMOUNT, "examples": ["12500.5"]}),
]
"""An amount in answers: exact digits, no exponent."""
Instant = Annotated[datetime, Field(description="ISO 8601, UTC.", examples=["2026-01-05T08:00:00Z"])]
Wh = Annotated[int, Field(description="Watt-hours.", examples=[12_500])]
Watt = Annotated[float, Field(description="Watts.", examples=[4200.5])]


AskedInstant = Annotated[
    datetime,
    BeforeValidator(_instant),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-01-05T08:00:00Z"]}),
]
"""An instant in questions: ISO 8601 with Z or an offset."""


class Answer(BaseModel):
    """What the API gives. Later versions may add fields; none goes away within version 1."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class AskedInQuery(BaseModel):
    """Parameters behind the question mark: exactly these."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Asked(BaseModel):
    """What the API takes: exactly these fields, exactly these types."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")
