"""Lines of a stream, whatever its pieces, and never more than one line in memory."""

from hypothesis import given
from hypothesis import strategies as st

from services.ingest.lines import LineSplitter


def split(pieces: list[bytes], max_bytes: int = 10) -> list[bytes | None]:
    splitter = LineSplitter(max_bytes)
    return [line for piece in pieces for line in splitter.feed(piece)] + splitter.finish()


def test_the_last_line_needs_no_newline() -> None:
    assert split([b"a\nb", b"c\n\nd"]) == [b"a", b"bc", b"", b"d"]


def test_a_long_line_is_named_once_and_skipped() -> None:
    assert split([b"ok\n" + b"x" * 11, b"x" * 50, b"\nok\n", b"y" * 11 + b"\n", b"ok"]) == [
        b"ok",
        None,
        b"ok",
        None,
        b"ok",
    ]


@given(st.lists(st.binary(max_size=8) | st.just(b"\n"), max_size=20), st.integers(1, 12))
def test_pieces_do_not_matter(pieces: list[bytes], max_bytes: int) -> None:
    lines = b"".join(pieces).split(b"\n")
    expected = [line if len(line) <= max_bytes else None for line in (lines if lines[-1] else lines[:-1])]
    assert split(pieces, max_bytes) == expected


def test_memory_is_bounded() -> None:
    splitter = LineSplitter(10)
    for _ in range(1000):
        splitter.feed(b"x" * 1000)
    assert splitter.finish() == []
