"""Whether two ways to write a result are the same: engines write numbers, truths and days differently."""

import math
from datetime import UTC, datetime

from services.validate.lexical import day, decimal
from services.validate.moments import Unopenable, read_datetime

_NOTHING = ("", "NaN")
_TRUTHS = {"1": True, "true": True, "0": False, "false": False}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WITHIN = 1e-9
"""Java cuts and rounds where we compute exactly; a real difference is larger than this."""


def is_same(computed: str, sent: str) -> bool:
    """`computed` is what a phone with JavaRosa stores."""
    if computed in _NOTHING and sent in _NOTHING:
        return True
    if computed in _TRUTHS and sent in _TRUTHS:
        return _TRUTHS[computed] == _TRUTHS[sent]
    one, other = decimal(computed), decimal(sent)
    if one is not None and other is not None:
        return math.isclose(one, other, rel_tol=_WITHIN, abs_tol=_WITHIN)
    return len(computed) >= 10 and computed[:10] == sent[:10] and day(computed) is not None and _is_moment(sent)


def _is_moment(text: str) -> bool:
    try:
        return read_datetime(text, _EPOCH) is not None
    except Unopenable:
        return False
