"""Money, prices and energy: exact, bounded, never a float.

Energy is whole Wh (int). Money is Decimal with at most 7 decimals, a price per kWh has at most 4, so that
`wh * price / 1000` needs no rounding. Rounding happens on a page, a mail or a document, nowhere else.
"""

from decimal import Clamped, Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow, Rounded

from prepaid.errors.numbers import AmountInvalid, EnergyInvalid, PriceInvalid

MONEY_DECIMALS = 7
PRICE_DECIMALS = 4
MAX_AMOUNT = Decimal(900_000_000_000)
MAX_PRICE = Decimal("9999999.9999")
MAX_CHARGE_WH = 10**9
ZERO = Decimal(0)

EXACT = Context(prec=38, traps=[Inexact, Rounded, Overflow, InvalidOperation, DivisionByZero, Clamped])


def to_amount(value: str | int | Decimal) -> Decimal:
    """An amount of money, checked: finite, at most 7 decimals and 900 000 000 000 either way. No floats."""
    amount = _decimal(value, AmountInvalid)
    if _decimals(amount) > MONEY_DECIMALS:
        raise AmountInvalid(value=value, why="more than 7 decimals")
    if abs(amount) > MAX_AMOUNT:
        raise AmountInvalid(value=value, why="more than 900 000 000 000")
    return amount


def to_price(value: str | int | Decimal) -> Decimal:
    """A price per kWh, checked: 0 to 9 999 999.9999, at most 4 decimals. Floats are refused."""
    price = _decimal(value, PriceInvalid)
    if _decimals(price) > PRICE_DECIMALS:
        raise PriceInvalid(value=value, why="more than 4 decimals")
    if not ZERO <= price <= MAX_PRICE:
        raise PriceInvalid(value=value, why="outside 0 to 9999999.9999")
    return price


def cost(wh: int, price_per_kwh: Decimal) -> Decimal:
    """`wh * price / 1000`, exactly (design: never rounded). `wh` may be at most 10⁹ in one charge."""
    if not 0 <= wh <= MAX_CHARGE_WH:
        raise EnergyInvalid(value=wh, why="outside 0 to 1 000 000 000 Wh")
    return EXACT.scaleb(EXACT.multiply(Decimal(wh), price_per_kwh), -3)


def add(*amounts: Decimal) -> Decimal:
    """The exact sum."""
    total = ZERO
    for amount in amounts:
        total = EXACT.add(total, amount)
    return total


def negative(amount: Decimal) -> Decimal:
    """The amount with its sign turned; zero stays plain zero."""
    return EXACT.subtract(ZERO, amount)


def to_text(exact: Decimal) -> str:
    """The digits of an amount or a price as programs exchange them: `12500`, `-0.15`; no exponent, no idle zeros."""
    digits = format(exact, "f")
    short = digits.rstrip("0").rstrip(".") if "." in digits else digits
    return "0" if short in ("", "-0", "-") else short


def _decimal(value: str | int | Decimal, error: type[AmountInvalid | PriceInvalid]) -> Decimal:
    if isinstance(value, bool | float) or not isinstance(value, str | int | Decimal):
        raise error(value=value, why="not a decimal number")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise error(value=value, why="not a number") from None
    if not number.is_finite():
        raise error(value=value, why="not a number")
    return number


def _decimals(number: Decimal) -> int:
    exponent = number.normalize(Context(prec=60)).as_tuple().exponent
    assert isinstance(exponent, int), "finite numbers have an integer exponent"
    return max(0, -exponent)
