"""Which nodes an aggregate such as sum() is over."""

from collections.abc import Callable

from schemas.expressions.errors import NotSupported
from schemas.expressions.operand import Operand, Place
from schemas.expressions.scope import Scope


def node_set(operand: Operand, place: Place) -> Callable[[Scope], list[str]]:
    """Texts of all nodes of a path, over all instances. Raises NotSupported for what is not a path.

    Inside a repeat an absolute path means the own instance only, a relative one that leaves the repeat means all
    (JavaRosa 5.1, measured, with two binds merged in between): only what is certain is supported.
    """
    path = operand.path
    if path is None:
        raise NotSupported("this function needs a path to questions. Write a path.")
    shared = [repeat for repeat in place.repeats if _inside(path, repeat) and _inside(place.at, repeat)]
    if shared:
        raise NotSupported("an aggregate inside of the repeat that it is over.")
    return lambda scope: scope.values(path)


def _inside(path: str, repeat: str) -> bool:
    return path == repeat or path.startswith(repeat + "/")
