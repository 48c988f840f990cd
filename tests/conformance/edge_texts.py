"""Texts at which engines part, by type: each was seen to be read in an own way by JavaRosa 5.1."""


def _words(*lines: str) -> tuple[str, ...]:
    return tuple(" ".join(lines).split(" "))


INT = _words(
    "0 1 2 3 7 10 12 -1 +5 -0 007 १२ 12.5 3.0 1e3 1,000 0x1F 2147483647 2147483648 -2147483648 -2147483649",
    "99999999999 - + 1_000 ٣ ५ １２ 5. .5 five NaN",
)
LONG = (*INT, "9223372036854775807", "9223372036854775808")
DECIMAL = _words(
    "0 1 0.1 0.2 0.5 1.50 -2.5 .5 5. 1e5 1E-7 NaN Infinity -Infinity 1d 2f 0x1p3 1,5 १.५ 100000000 0.00001",
    "12345678.9 1e400 -0 +1.5 1.7976931348623157E308 4.9E-324 3.5 0.30000000000000004 2.9999999999",
    "3.00000000000001 inf nan 1_0 -.5e-3",
)
DATE = _words(
    "2024-06-15 2024-6-5 24-06-15 0024-06-15 2024-02-29 2023-02-29 2024-02-30 15/06/2024 2024-06-15T10:00:00.000Z",
    "2024-06-15Z 2024-06-15+02:00 1899-12-31 9999-12-31 10000-01-01 2024-13-01 2024-00-10 today 2000-02-29 1970-01-01",
)
TIME = _words(
    "10:30 10:30:00 10:30:00.000Z 10:30:00.000+02:00 23:59:59.999-11:00 24:00:00 25:00 10 00:00 1:2:3 10:30:61",
    "10:30:00+0530 noon 10:30:00.000+14:00",
)
DATETIME = (
    *_words(
        "2024-06-15 2024-06-15T10:00 2024-06-15T10:00:00 2024-06-15T10:00:00Z 2024-06-15T10:00:00.000+02:00",
        "2024-06-15T10:00:00.000+0530 2024-06-15T23:30:00.000-05:00 2024-06-15T25:00:00 2024-06-15T",
        "2024-06-15T10:00:00+xx 2024-02-30T10:00:00 0001-01-01T00:00:00Z 2024-06-15T10:00:00.123456Z 2024-6-5T1:2:3",
    ),
    "2024-06-15 10:00:00",
)
POINT = (
    *("1 2", "1 2 3", "1 2 3 4", "0 0 0 0", "100 200", "1  2 3 4", "1,2", "1 2 3 4 5", "here", "-1.3 36.8 0 25"),
    *("1", "NaN 2"),
)
LINE = (
    *("1 2", "1 2 3 4;1 3 3 4", "0 0;0 1;1 1;0 0", "0 0 0 0;0 1 0 0;1 1 0 0;0 0 0 0;", ";", "1 2;", "1 2; 3 4"),
    *("a;b", "1 2;3"),
)
BOOLEAN = _words("1 0 t true false TRUE yes 2")
CODES = ("", "a a", "A", "a  b", "a\tb", "a,b", "unknown", "a unknown", "1", "01", "1.0", "'", "other", "-")
STRING = (
    *_words("x yes true 0 ' \" é \U0001f600 2024-06-15 1,5 1e3 <&> {} % ß İ - .. NaN ٣ 12 5 05 http://x.org a@b.c"),
    *("a b", " a ", "\u00a0", "a\nb", "\u202e", "\u200b", "e\u0301", "A" * 40),
)
BLANK = (" ", "\n", "\t \r\n", "\u00a0", "\u2003")

COUNT = tuple(text for text in INT if not text.lstrip("+").isdecimal() or int(text) < 100)
"""For the number of instances of a repeat: JavaRosa makes two billion rows if it is told to."""

BY_TYPE: dict[str, tuple[str, ...]] = {
    "int": INT,
    "integer": INT,
    "long": LONG,
    "decimal": DECIMAL,
    "date": DATE,
    "time": TIME,
    "dateTime": DATETIME,
    "geopoint": POINT,
    "geotrace": LINE,
    "geoshape": LINE,
    "boolean": BOOLEAN,
    "string": STRING,
}
"""Whatever else is a string to JavaRosa."""
