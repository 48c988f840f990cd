"""What is sent: interviews of the household survey with canaries in all free text; a diary of all question types."""

from typing import Any
from xml.sax.saxutils import escape

from tests.canaries.words import Canaries

DIARY = """
| survey   |                      |          |          |                         |          |                   |
|          | type                 | name     | label    | constraint              | required | calculation       |
|          | text                 | pattern  | Pattern  |                         |          |                   |
|          | text                 | story    | Story    | regex(., ${pattern})    |          |                   |
|          | text                 | must     | Must     |                         | true()   |                   |
|          | integer              | int      | Int      | . > 3                   |          |                   |
|          | decimal              | decimal  | Decimal  |                         |          |                   |
|          | date                 | date     | Date     |                         |          |                   |
|          | time                 | time     | Time     |                         |          |                   |
|          | dateTime             | moment   | Moment   |                         |          |                   |
|          | geopoint             | point    | Point    |                         |          |                   |
|          | geotrace             | trace    | Trace    |                         |          |                   |
|          | geoshape             | shape    | Shape    |                         |          |                   |
|          | barcode              | barcode  | Barcode  |                         |          |                   |
|          | image                | photo    | Photo    |                         |          |                   |
|          | select_one yes_no    | one      | One      |                         |          |                   |
|          | select_multiple yes_no | many   | Many     |                         |          |                   |
|          | begin repeat         | member   | Member   |                         |          |                   |
|          | text                 | nick     | Nick     |                         |          |                   |
|          | end repeat           |          |          |                         |          |                   |
|          | calculate            | broken   |          |                         |          | concat(${nick}, '') |
| choices  |                      |          |          |                         |          |                   |
|          | list_name            | name     | label    |                         |          |                   |
|          | yes_no               | yes      | Yes      |                         |          |                   |
|          | yes_no               | no       | No       |                         |          |                   |
| settings |                      |          |          |                         |          |                   |
|          | form_title           | form_id  | version  |                         |          |                   |
|          | Diary                | diary    | 3        |                         |          |                   |
"""
TYPED = ("int", "decimal", "date", "time", "moment", "point", "trace", "shape", "one", "many")

Tree = dict[str, Any]


def household(canaries: Canaries, **changes: Tree) -> Tree:
    """Answers that are accepted, with canaries wherever free text is asked."""
    tree: Tree = {
        "start": "2026-05-04T10:00:00.000+00:00",
        "end": "2026-05-04T10:20:00.000+00:00",
        "today": "2026-05-04",
        "interview": {
            "country": "BGD", "area": "U", "psu": "7", "stratum": "BGD-U", "year": "2026", "weight": "1.5",
            "enumerator": canaries.text("enumerator"), "consent": "yes",
        },
        "profile": {
            "name": canaries.text("name"), "phone": canaries.phone("phone"), "sex": "F", "age": "31",
            "birth_country": "BGD", "citizenship": "BGD", "education": "E2", "marital": "single",
            **dict.fromkeys(("seeing", "hearing", "walking", "remembering", "selfcare", "communicating"), "none"),
            "functioning": "none none none none none none", "disability": "PWD",
        },
        "member": [
            {
                "name": canaries.text("name of a member"), "sex": "M", "age": "4", "relation": "child",
                "presence": "here",
            }
        ],
        "migration": {"status": "never"},
        "work": {"occ_now": "none"},
        "remittance": {"received": "no"},
        "rights": {"discriminated_5y": "no"},
        "family": {"wellbeing": "7", "decides": "woman"},
        "return": {},
    }  # fmt: skip
    for group, answers in changes.items():
        tree[group] = {**tree.get(group, {}), **answers}
    return tree


def as_xml(tree: Tree, instance: str, replaces: str = "", survey: str = "household-migration") -> bytes:
    meta = f"<orx:instanceID>{escape(instance)}</orx:instanceID>"
    meta += f"<orx:deprecatedID>{escape(replaces)}</orx:deprecatedID>" if replaces else ""
    return (
        f'<?xml version="1.0"?><data xmlns:orx="http://openrosa.org/xforms" id="{survey}" version="3">'
        f"{_elements(tree)}<orx:meta>{meta}</orx:meta></data>"
    ).encode()


def _elements(tree: Tree) -> str:
    return "".join(
        f"<{name}>{_elements(value) if isinstance(value, dict) else escape(str(value))}</{name}>"
        for name, values in tree.items()
        for value in (values if isinstance(values, list) else [values])
    )


def as_json(tree: Tree, instance: str, replaces: str | None = None) -> Tree:
    return {"version": "3", "instance": instance, "replaces": replaces, "answers": tree}
