"""Values of a vector by their places, picked at once."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import itemgetter

Pick = Callable[[Sequence[int]], tuple[int, ...]]


@lru_cache(maxsize=4_096)
def picker(places: tuple[int, ...]) -> Pick:
    """Picks the values at `places`: a tuple also where these are one or none. Remembered: tables have few layouts."""
    if len(places) > 1:
        return itemgetter(*places)
    if places:
        place = places[0]
        return lambda values: (values[place],)
    return lambda values: ()
