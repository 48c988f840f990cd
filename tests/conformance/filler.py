"""Random submissions of a form: mostly sensible values, near the literals of the form's rules, in its structure."""

from datetime import date, datetime, timedelta
from random import Random

from lxml import etree

from tests.conformance.sketch import Node, Sketch

MAX_ROWS = 3
SELECTS = frozenset({"select1", "select", "rank"})
MANY = frozenset({"select", "rank"})
_WORDS = (
    "yes",
    "no",
    "x",
    "Ada",
    "Tom",
    "other",
    "Baker Street",
    "AB-123",
    "a@b.org",
    "hallo",
    "aGFsbG8=",
    "OK",
    "stop",
)


class Filler:
    """`now` is the moment at which the submission is made, in the phone's time zone (aware)."""

    def __init__(self, form: Sketch, random: Random, now: datetime, blanks: float = 0.15) -> None:
        self._form = form
        self._random = random
        self._now = now
        self._blanks = blanks

    def submission(self) -> etree._Element:
        root = etree.Element(self._form.root.tag, self._form.attributes)
        self._fill(self._form.root, root)
        return root

    def instance(self, node: Node) -> etree._Element:
        """One element for the node, filled."""
        element = etree.Element(node.tag)
        if node.children:
            self._fill(node, element)
        else:
            element.text = self.value(node) or None
        return element

    def _fill(self, node: Node, element: etree._Element) -> None:
        for child in node.children:
            for _ in range(self._random.randint(0, MAX_ROWS) if child.repeat else 1):
                element.append(self.instance(child))

    def value(self, node: Node) -> str:
        """A text that may well be the answer; "" for none."""
        random = self._random
        if node.tag.endswith("}instanceID") or node.tag == "instanceID":
            return f"uuid:{random.getrandbits(64):016x}"
        if node.preload:
            return self._preloaded(node.preload)
        if node.calculated:
            return "" if random.random() < 0.5 else str(random.choice([*self._form.texts, random.randint(0, 99)]))
        if random.random() < self._blanks:
            return ""
        if random.random() < 0.1 and not node.control and node.default:
            return node.default
        return self.answer(node)

    def answer(self, node: Node) -> str:
        """As `value`, never blank on purpose."""
        random = self._random
        if node.counts and random.random() < 0.98:
            return str(random.randint(0, MAX_ROWS + 1))
        if node.control in SELECTS and node.codes:
            if node.control not in MANY:
                return random.choice(node.codes)
            chosen = random.sample(node.codes, random.randint(1, min(4, len(node.codes))))
            return " ".join(chosen)
        return self._of_type(node.type)

    def _preloaded(self, preload: str) -> str:
        if preload == "date:today":
            return self._now.date().isoformat()
        if preload.startswith("timestamp"):
            return self._now.isoformat(timespec="milliseconds")
        return "collect:x" if preload.startswith("property") else ""

    def _of_type(self, kind: str) -> str:
        random = self._random
        if kind in ("int", "integer", "long"):
            near = random.choice([int(number) for number in self._form.numbers if number < 2**31] or [5])
            return str(random.choice([random.randint(0, 20), random.randint(0, 120), near + random.randint(-1, 1)]))
        if kind == "decimal":
            close = random.choice(self._form.numbers or [5.0])
            return str(random.choice([round(random.uniform(-2, 30), 2), close, close + 0.5, random.randint(0, 9)]))
        if kind == "date":
            return self._day().isoformat()
        if kind == "time":
            return f"{self._clock()}{self._now.strftime('%z')[:3]}:00"
        if kind == "dateTime":
            return f"{self._day().isoformat()}T{self._clock()}{self._now.strftime('%z')[:3]}:00"
        if kind == "geopoint":
            return self._point()
        if kind in ("geotrace", "geoshape"):
            points = [self._point() for _ in range(random.randint(1, 4))]
            return ";".join([*points, points[0]] if kind == "geoshape" else points)
        if kind == "boolean":
            return random.choice(["1", "0", "true", "false"])
        if kind == "binary":
            return f"{random.randint(1, 99)}.jpg"
        literal = random.choice(self._form.texts or ["x"])
        return str(random.choice([literal, random.choice(_WORDS), random.choice(_WORDS), random.randint(0, 30)]))

    def _day(self) -> date:
        today = self._now.date()
        days = self._random.choice([0, 1, -1, self._random.randint(-30, 30), self._random.randint(-25_000, 400)])
        return today + timedelta(days=days)

    def _clock(self) -> str:
        random = self._random
        return f"{random.randint(0, 23):02}:{random.randint(0, 59):02}:{random.randint(0, 59):02}.000"

    def _point(self) -> str:
        random = self._random
        return f"{random.uniform(-2, 2):.4f} {random.uniform(30, 33):.4f} 0 {random.choice([0, 4.5, 25])}"


def to_text(root: etree._Element) -> str:
    return etree.tostring(root, encoding="unicode")
