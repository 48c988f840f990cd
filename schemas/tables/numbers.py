"""Answers as exact integers: a number at a fixed scale, rounded half to even."""

from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation

_EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN, Emax=9_999, Emin=-9_999)
"""More digits than an answer can have, so that the only rounding is the one at the scale."""


def scaled(answer: object, scale: int, largest: int) -> int | None:
    """`answer` times 10**scale, to the nearest integer, halves to the even one.

    None if it is no number (an `_N`, `_U`, a list, NaN), or above `largest` in absolute value: publishing a survey
    fixed `largest` so that no sum can outgrow 34 digits, and a figure beyond it is not one that was asked for.
    """
    if type(answer) is int:
        return answer * 10**scale if -largest <= answer <= largest else None
    if isinstance(answer, float):
        answer = repr(answer)
    if not isinstance(answer, str):
        return None
    try:
        number = _EXACT.create_decimal(answer)
        if not number.is_finite() or abs(number) > largest:
            return None
        return int(_EXACT.quantize(number.scaleb(scale, _EXACT), Decimal(1)))
    except InvalidOperation:
        return None
