"""A form on paper: its shape and one filled submission, as rows that expressions read."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta, timezone

import pytest

from schemas.expressions import Element, EvaluationError, Shape, Value, compile_expression

NOW = datetime(2024, 6, 15, 14, 30, tzinfo=timezone(timedelta(hours=2)))


def item(name: str, text: str = "", *children: Element, **attributes: str) -> Element:
    return Element(name, text, children, attributes)


def choice(name: str, label: str, num: str, par: str, **attributes: str) -> Element:
    cells = {"name": name, "label": label, "num": num, "par": par}
    return item("item", "", *(item(column, text) for column, text in cells.items()), **attributes)


def clock(*parts: int) -> datetime:
    """A moment on the clock of the phone."""
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001


class FilledForm:
    """What is one for the submission: schemas.expressions.Form."""

    now = NOW

    def __init__(self) -> None:
        self.instances = {
            "list": item(
                "instance",
                "",
                item(
                    "root",
                    "",
                    choice("a", "Apple", "1", "F"),
                    choice("b", "Banana", "2", "M", code="k"),
                    choice("c", "Cherry", "3", "F"),
                    choice("d", "Date", "1", ""),
                    choice("10", "Ten", "x", "M"),
                ),
            ),
            "pairs": item(
                "instance",
                "",
                item(
                    "root",
                    "",
                    item("item", "", item("name", "3"), item("val", "three")),
                    item("item", "", item("name", "4"), item("val", "four")),
                    item("item", "", item("name", "9"), item("val", "nine"), item("val", "nine-b")),
                ),
            ),
        }

    def instance(self, name: str) -> Element | None:
        return self.instances.get(name)

    def spend(self, conditions: int) -> None:
        pass

    def choice_label(self, path: str, value: str) -> str:
        return {("pick", "a"): "Apple"}.get((path, value), "")

    def itext(self, name: str) -> str:
        if name != "hello":
            raise EvaluationError("no such text")
        return "Hello"

    def property(self, name: str) -> str:
        return {"deviceid": "phone-1"}.get(name, "")


class FilledRow:
    """schemas.expressions.Scope."""

    def __init__(
        self,
        answers: Mapping[str, Value],
        repeats: "Mapping[str, Sequence[FilledRow]] | None" = None,
        absent: Collection[str] = (),
        relevant: bool = True,
    ) -> None:
        self.form = FilledForm()
        self.parent: FilledRow | None = None
        self.number = 1
        self.relevant = relevant
        self.answers = answers
        self.absent = absent
        self._repeats = repeats or {}
        for rows in self._repeats.values():
            for number, row in enumerate(rows, 1):
                row.parent, row.number = self, number

    def rows(self, repeat: str) -> "Sequence[FilledRow]":
        return self._repeats.get(repeat, ())


SHAPE = Shape(
    root="data",
    types={
        "profile/age": "int",
        "profile/sex": "select_one",
        "one/lone": "string",
        "born": "date",
        "when": "dateTime",
        "late": "dateTime",
        "clock": "time",
        "items": "select_multiple",
        "empty": "int",
        "big": "decimal",
        "flag": "string",
        "off": "string",
        "pick": "select_one",
        "shape": "geoshape",
        "r/n": "string",
        "r/loss": "int",
        "r/t": "string",
        "r/geo": "geopoint",
        "r/g/h": "int",
        "r/s/v": "int",
        "r/s/w": "string",
        "q/only": "int",
        "hid/n": "int",
    },
    repeats=frozenset({"r", "r/s", "q", "hid"}),
    groups=frozenset({"profile", "one", "r/g"}),
    version="7",
)


def submission() -> FilledRow:
    """Four instances of r with instances of r/s in them, one of q, three of hid of which the second is irrelevant."""
    return FilledRow(
        {
            "profile/age": 20.0,
            "profile/sex": "F",
            "one/lone": "5",
            "born": clock(2000, 6, 15),
            "when": clock(2024, 6, 15, 9),
            "late": clock(2024, 6, 15, 1, 30),
            "clock": clock(2024, 6, 15, 10, 30),
            "items": "a b c",
            "big": 1e5,
            "flag": True,
            "pick": "a",
            "shape": "0.0 0.0 0.0 0.0; 0.0 1.0 0.0 0.0; 1.0 1.0 0.0 0.0; 0.0 0.0 0.0 0.0",
            "@version": "7",
        },
        {
            "r": [
                FilledRow(
                    {"r/n": "3", "r/loss": -3.0, "r/t": "a", "r/g/h": 1.0},
                    {
                        "r/s": [
                            FilledRow({"r/s/v": 1.0, "r/s/w": "x"}),
                            FilledRow({"r/s/v": 2.0, "r/s/w": "y"}),
                        ]
                    },
                ),
                FilledRow(
                    {"r/n": "4", "r/loss": -4.0, "r/t": "b", "r/g/h": 2.0, "r/geo": "0.0 1.0 0.0 0.0"},
                    {"r/s": [FilledRow({"r/s/v": 3.0}, absent={"r/s/w"})]},
                ),
                FilledRow({"r/n": "x", "r/geo": "1.0 1.0 0.0 0.0"}),
                FilledRow(
                    {"r/n": "9", "r/loss": 1.0, "r/t": "a", "r/g/h": 7.0},
                    {"r/s": [FilledRow({"r/s/v": 8.0}), FilledRow({"r/s/w": "z"})]},
                ),
            ],
            "q": [FilledRow({"q/only": 1.0})],
            "hid": [
                FilledRow({"hid/n": 1.0}),
                FilledRow({}, absent={"hid", "hid/n"}, relevant=False),
                FilledRow({"hid/n": 3.0}),
            ],
        },
        absent={"off"},
    )


Ask = Callable[[str, str], Value]


@pytest.fixture(scope="session")
def shape() -> Shape:
    return SHAPE


@pytest.fixture
def filled() -> FilledRow:
    return submission()


@pytest.fixture(scope="session")
def ask() -> Ask:
    """The value of an expression at a node: "r[2]/n" is the field n of the second instance of r."""
    top = submission()

    def value(context: str, text: str) -> Value:
        row, path = top, ""
        for step in context.split("/") if context else ():
            name, _, number = step.partition("[")
            path = f"{path}/{name}".lstrip("/")
            if number:
                row = row.rows(path)[int(number[:-1]) - 1]
        return compile_expression(text, path, SHAPE)(row)

    return value
