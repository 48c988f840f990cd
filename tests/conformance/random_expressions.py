"""Random expressions about the form expressions/form.xml: paths, predicates, operators and every function, nested."""

from random import Random

from schemas.expressions.functions import FUNCTIONS

PLACES = (
    *("/data", "/data/profile/age", "/data/n", "/data/pick", "/data/off", "/data/when", "/data/r[1]/n", "/data/r[2]/n"),
    *("/data/r[3]/t", "/data/r[4]/g/h", "/data/r[2]", "/data/r[1]/s[2]/v", "/data/r[4]/s[1]/w", "/data/r[1]/s[2]"),
    *("/data/q[1]/only", "/data/hid[3]/n", "/data/r[4]/geo"),
)
"""Where an expression stands, with the numbers of instances."""

FIELDS = (
    *(
        "profile/age",
        "profile/sex",
        "profile/note",
        "one/lone",
        "born",
        "when",
        "late",
        "clock",
        "items",
        "empty",
        "big",
    ),
    *("flag", "point", "shape", "trace", "off", "offgroup/x", "pick", "n", "r/n", "r/loss", "r/t", "r/geo", "r/g/h"),
    *("r/s/v", "r/s/w", "q/only", "hid/n", "nowhere", "r/nowhere", "@version"),
)
GROUPS = (*("r", "r/s", "q", "hid", "profile", "one", "r/g", "offgroup", "r/*", "q/*", "hid/*", "one/*", "*", "r/s/*"),)
CHILDREN = ("n", "t", "loss", "g/h", "s/v", "../n", ".", "position(..)", "position(.)", "s")
LISTS = {"list": ("name", "label", "num", "par", "@code", "nope"), "pairs": ("name", "val")}
TEXTS = (
    *("", "a", " ", "12", "1,5", "2024-06-15", "2024-02-28T10:00:00.000+02:00", "2024-6-5T1:2", "false", "a b", " b "),
    *(
        "Ab-12",
        "x",
        "10",
        "0 0",
        "1 1 0 0;0 1;2 2",
        "3",
        "true",
        "M",
        "F",
        "é😀z",
        "aGVsbG8=",
        "QUJD RA==",
        "2024-02-30",
    ),
    *(
        "1 2 3 4 5",
        "-3",
        "3.0",
        "1e3",
        "\t",
        "a\tb c",
        "%Y-%m-%d",
        "2024-06-15T23:30:00.5Z",
        "2024-12-29",
        "1969-12-31",
    ),
    *("2023-01-01T10", "0", "yes", "--5", ".5", "5.", "-", "2.50"),
)
NUMBERS = (
    *("0", "1", "2", "3", "-1", "2.5", "-3", "7", "100", "100000000", "0.0001", "1.005", "2147483648", "0.1", "20000"),
    *("-2.5", "1250", "12345.678", "0.5", "4", "19888.75", "3000000000", "9"),
)
PATTERNS = (
    *("[a-c ]+", r"\d+", "(a|b)*.?", r"[A-Z][a-z]-\d{2}", ".*", "2024-.*", r"\w+", "[0-9]{1,3}", "(?i)AB.*", "^a$"),
    *(r"\s*", "a|b|c", r"[^a]+", r"\p{L}+", "x{2,3}"),
)
FORMATS = ("%Y-%m-%d", "%e/%n %y", "%H:%M:%S", "%h.%3", "%b %a", "%W", "%%", "%Z", "%", "%Y%", "week %W of %Y")
COMPARED = ("=", "!=", "<", "<=", ">", ">=")
OPERATORS = (*COMPARED, "+", "-", "*", "div", "mod", "and", "or")
OVER_NODES = ("sum", "count", "count-non-empty", "max", "min", "concat", "position", "number", "area", "distance")
ELSEWHERE = frozenset({"random", "uuid", "once", "now", "property", "pulldata", "intersects", "extract-signed"})
"""What comes out differently each time, and what JavaRosa alone does not have."""
NAMES = (*sorted(set(FUNCTIONS) - ELSEWHERE), "floor", "lower-case", "last")
"""And some that it has not."""


class RandomExpressions:
    """`place` is where the next expression stands."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.place = PLACES[0]
        self._inside = ""

    def __call__(self) -> tuple[str, str]:
        """A place and an expression."""
        self.place = self._random.choice(PLACES)
        return self.place, self._expression(self._random.randint(1, 4))

    def _expression(self, depth: int) -> str:
        random = self._random
        if depth <= 0 or random.random() < 0.2:
            return self._atom(depth)
        kind = random.choices(_KINDS, _WEIGHTS)[0]
        one, other = self._expression(depth - 1), self._expression(depth - 1)
        if kind == "operator":
            return f"({one} {random.choice(OPERATORS)} {other})"
        if kind == "nodes":
            return f"{random.choice(OVER_NODES)}({self._path(depth, groups=True)})"
        if kind == "join":
            return f"join('-', {self._path(depth, groups=True)})"
        if kind == "regex":
            return f"regex({one}, '{random.choice(PATTERNS)}')"
        if kind == "format":
            return f"format-date{random.choice(['', '-time'])}({one}, '{random.choice(FORMATS)}')"
        if kind == "negative":
            return f"-{one}"
        if kind == "indexed":
            return self._indexed(depth)
        if kind == "randomize":
            return f"join(' ', randomize({self._path(depth, groups=True)}, {random.choice(NUMBERS)}))"
        if kind == "digest":
            name = random.choice(["MD5", "SHA-1", "SHA-256", "SHA-512", "x"])
            return f"digest({one}, '{name}'{random.choice(['', ', ' + repr('hex'), ', ' + repr('base64')])})"
        if kind == "geofence":
            return f"geofence({random.choice(['/data/point', repr('0.5 0.2')])}, {self._path(depth)})"
        if kind == "if":
            return f"if({one}, {other}, {self._expression(depth - 1)})"
        return self._call(depth)

    def _call(self, depth: int) -> str:
        random = self._random
        name = random.choice(NAMES)
        function = FUNCTIONS.get(name)
        count = 1
        if function is not None:
            count = random.randint(function.least, min(function.most, function.least + 2))
            if random.random() < 0.03:
                count = random.randint(0, 3)
        return f"{name}({', '.join(self._expression(depth - 1) for _ in range(count))})"

    def _atom(self, depth: int) -> str:
        random = self._random
        chosen = random.random()
        if chosen < 0.45:
            return self._path(depth)
        if chosen < 0.7:
            return f"'{random.choice(TEXTS)}'"
        if chosen < 0.92:
            return random.choice(NUMBERS)
        return random.choice(["true()", "false()", "today()", "position(..)", "position()", "count(..)"])

    def _path(self, depth: int, groups: bool = False) -> str:
        random = self._random
        chosen = random.random()
        if chosen < 0.22:
            return self._item(depth)
        if self._inside and chosen < 0.45:
            return random.choice(CHILDREN if self._inside == "row" else LISTS["list"])
        names = random.choice(GROUPS if groups and random.random() < 0.5 else FIELDS).split("/")
        start, names = self._start(names)
        if depth > 0 and names and random.random() < 0.35:
            number = random.randrange(len(names))
            if not names[number].startswith("@"):
                names[number] += self._predicate(depth - 1, "row")
        return f"{start}{'/'.join(names)}" if names else start.rstrip("/") or "."

    def _start(self, names: list[str]) -> tuple[str, list[str]]:
        """An absolute, a current() or a relative way, and the names that are left of it."""
        random = self._random
        steps = [step.partition("[")[0] for step in self.place.split("/")[2:]]
        chosen = random.random()
        if chosen < 0.5:
            return f"/{random.choice(['data', 'data', 'data', 'data', 'other'])}/", names
        if chosen < 0.6:
            return f"current()/{'../' * len(steps)}", names
        up = random.randint(0, len(steps))
        shared = steps[: len(steps) - up]
        if names[: len(shared)] == shared:
            return "../" * up, names[len(shared) :]
        return "../" * len(steps), names

    def _item(self, depth: int) -> str:
        random = self._random
        if random.random() < 0.15:
            ways = ("single", "group/item/v", "group/item[name = 'c']/v", "group", "group[count(item) = 1]/item/v", "*")
            return f"instance('deep')/root/{random.choice(ways)}"
        name = random.choice(list(LISTS))
        count = random.choice([0, 1, 1, 1, 2]) if depth > 0 else 0
        conditions = "".join(self._predicate(depth - 1, "item") for _ in range(count))
        child = random.choice(["", *(f"/{child}" for child in LISTS[name])])
        return f"instance('{name}')/root/item{conditions}{child}"

    def _predicate(self, depth: int, inside: str) -> str:
        random = self._random
        before, self._inside = self._inside, inside
        own = random.choice(LISTS["list"] if inside == "item" else CHILDREN)
        chosen = random.random()
        if chosen < 0.35:
            text = f"{own} = {self._atom(depth)}"
        elif chosen < 0.5:
            text = f"{own} {random.choice(COMPARED)} {self._atom(depth)}"
        elif chosen < 0.65:
            text = f"{own} = {self._atom(depth)} {random.choice(['and', 'or'])} {own} != {self._atom(depth)}"
        elif chosen < 0.75:
            text = f"position() {random.choice(COMPARED)} {random.choice(['1', '2', 'position(current()/..)'])}"
        elif chosen < 0.8:
            text = random.choice(["2", "n", "'x'", "true()", "name"])
        elif chosen < 0.85:
            text = f"selected({self._atom(depth)}, {own})"
        else:
            text = self._expression(depth)
        self._inside = before
        return f"[{text}]"

    def _indexed(self, depth: int) -> str:
        random = self._random
        number, second = self._atom(depth - 1), random.choice(NUMBERS)
        return random.choice(
            [
                f"indexed-repeat(/data/r/{random.choice(['n', 't', 'loss', 'g/h'])}, /data/r, {number})",
                f"indexed-repeat(/data/r/s/v, /data/r, {number}, /data/r/s, {second})",
                f"count(indexed-repeat(/data/r/s/v, /data/r, {number}))",
                f"indexed-repeat({self._path(depth)}, {self._path(depth)}, {number})",
                f"indexed-repeat(../n, .., {number})",
            ]
        )


_SHARES = {
    "operator": 30,
    "nodes": 16,
    "join": 4,
    "regex": 2,
    "format": 2,
    "negative": 2,
    "indexed": 3,
    "randomize": 2,
    "digest": 2,
    "geofence": 1,
    "if": 2,
    "call": 34,
}
_KINDS, _WEIGHTS = tuple(_SHARES), tuple(_SHARES.values())
