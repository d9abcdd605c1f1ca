"""Whether an answer on a Modbus TCP connection fits the question that was asked: pure, on raw bytes.

A frame is: transaction (2 bytes), protocol (2, zero), length of the rest (2), unit (1), function (1), data. A library
that skips what does not fit turns a link that is out of step into a mere time-out; here the reason is found and named.
"""

from typing import Final

from prepaid.errors.analyzers import AnalyzerRefused, ReadRefused
from prepaid.language import _, later

HEAD: Final = 6
EXCEPTION_BIT: Final = 0x80
READS: Final = (3, 4)
EXCEPTIONS: Final = {
    1: later("it does not know the function"),
    2: later("it has no such registers"),
    3: later("it does not take such a question"),
    4: later("it failed"),
    6: later("it is busy"),
    10: later("the gateway has no way to it"),
    11: later("nobody answers behind the gateway"),
}
"""What an exception to a read means (Modbus application protocol, 7)."""
NOBODY_BEHIND: Final = frozenset({10, 11})
"""What a gateway answers itself, because the device behind it does not."""


class Misfit(Exception):
    """The answer does not belong to the question; the text says why."""


def missing(question: bytes, answer: bytes) -> int:
    """How many bytes of the answer are still to come; 0 when it is complete. `answer` is all that has arrived so far.

    Raises Misfit as soon as the bytes cannot become the answer to this question.
    """
    here = len(answer)
    if answer[:2] != question[: min(here, 2)]:
        raise Misfit(_("it carries another transaction number"))
    if any(answer[2:4]):
        raise Misfit(_("it is not Modbus"))
    if here > HEAD and answer[6] != question[6]:
        raise Misfit(_("it comes from unit {found} instead of {wanted}").format(found=answer[6], wanted=question[6]))
    if here <= HEAD + 1:
        return HEAD + 2 - here
    function = answer[7]
    if function & ~EXCEPTION_BIT != question[7]:
        raise Misfit(_("it answers function {found} instead of {wanted}").format(found=function, wanted=question[7]))
    wanted = _length(question, function)
    if int.from_bytes(answer[4:6], "big") != wanted or here > HEAD + wanted:
        raise Misfit(_("its length is wrong"))
    if function in READS:
        if here > 8 and answer[8] != wanted - 3:
            raise Misfit(_("it holds another number of registers"))
    elif not function & EXCEPTION_BIT and answer[8:12] != question[8 : min(here, 12)]:
        raise Misfit(_("it confirms another write"))
    return HEAD + wanted - here


def _length(question: bytes, function: int) -> int:
    """What the length field of the answer must say: unit, function and data."""
    if function & EXCEPTION_BIT:
        return 3
    if function in READS:
        return 3 + 2 * int.from_bytes(question[10:12], "big")
    return 6


def refusal(link: str, register: int, function: int, code: int) -> AnalyzerRefused:
    """The error of an exception response: what a refused write is about is protection, a refused read never is."""
    what = _("register {n}").format(n=register)
    if function & ~EXCEPTION_BIT not in READS:
        return AnalyzerRefused(address=link, what=what, code=code)
    why = EXCEPTIONS.get(code, later("it does not say why"))
    return ReadRefused(address=link, what=what, code=code, why=_(why))
