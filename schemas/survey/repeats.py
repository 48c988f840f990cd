"""In which repeat a node of a form stands. Pure."""

from collections.abc import Iterable

from schemas.survey.definition import GroupDefinition


def repeat_of(path: str, groups: Iterable[GroupDefinition]) -> str:
    """Path of the innermost repeat that a node lies in, "" if it lies in none."""
    around = [group.path for group in groups if group.repeat and path.startswith(group.path + "/")]
    return max(around, key=len, default="")
