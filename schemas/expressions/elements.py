"""Data that comes with a form: secondary instances, written in the form or attached as CSV, XML or GeoJSON."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, eq=False)
class Element:
    """A node of a secondary instance: `<item><name>a</name></item>`. The `text` is trimmed; names have no prefix.

    A CSV file with columns name, label is root/item/name, root/item/label, as in JavaRosa; the element of an instance
    holds its root as only child. `memory` holds what expressions have looked up in it once: lists of children and
    indexes, so that a list of thousands of items is gone through once and not for each submission.
    """

    name: str
    text: str = ""
    children: tuple["Element", ...] = ()
    attributes: dict[str, str] = field(default_factory=dict)
    memory: dict[object, object] = field(default_factory=dict, repr=False)
