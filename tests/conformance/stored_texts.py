"""Whether two texts that both engines store for a node are the same."""

from datetime import datetime

CLOCKS_APART_S = 60.0
"""Both engines are asked within less."""


def is_same(said: str, ours: str, of_the_present: bool = False) -> bool:
    """`of_the_present`: it depends on now(), which is a little later in the engine that is asked second."""
    if said == ours or said == ours.replace("\ufffd", "?"):  # half of a pair of surrogates, which UTF-8 has not
        return True
    try:
        one, other = float(said), float(ours)
    except ValueError:
        return of_the_present and _is_same_moment(said, ours)
    # The last digit of a sine is the library's own; the same number must be the same text.
    return one != other and abs(one - other) <= 1e-14 * max(abs(one), abs(other))


def _is_same_moment(said: str, ours: str) -> bool:
    try:
        one, other = datetime.fromisoformat(said), datetime.fromisoformat(ours)
        return len(said) > 10 and abs((one - other).total_seconds()) < CLOCKS_APART_S
    except (ValueError, TypeError):
        return False
