"""The multipart form of a submission, as Collect, Enketo and curl write it, in any pieces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest import problems
from services.ingest.multipart_form import MAX_FIELDS, Form, FormLimits, FormReader, boundary, only_xml
from services.ingest.problems import Problem

B = "8f1c-boundary"
LIMITS = FormLimits(xml_bytes=1000, attachments=3)
XML = b'<data id="s">\r\n--8f1c</data>'


def part(disposition: str, content: bytes, *headers: str) -> bytes:
    lines = [f"Content-Disposition: form-data; {disposition}", *headers]
    return f"--{B}\r\n".encode() + "\r\n".join(lines).encode() + b"\r\n\r\n" + content + b"\r\n"


def xml_part(content: bytes = XML) -> bytes:
    return part('name="xml_submission_file"; filename="form.xml"', content, "Content-Type: text/xml")


def body(*parts: bytes) -> bytes:
    return b"".join(parts) + f"--{B}--\r\n".encode()


def read(data: bytes, step: int = 10_000, limits: FormLimits = LIMITS) -> Form | Problem:
    reader = FormReader(B, limits)
    for at in range(0, len(data), step):
        problem = reader.feed(data[at : at + step])
        if problem is not None:
            return problem
    return reader.finish()


COLLECT = body(
    part('name="*isIncomplete*"', b"yes"),
    xml_part(),
    part('name="a.jpg"; filename="a.jpg"', b"\xff\xd8" * 500, "Content-Type: image/jpeg", "Content-Length: 1000"),
    part('name="Größe 1.jpg"; filename="Größe 1.jpg"', b"--" + B[:-1].encode(), "Content-Transfer-Encoding: binary"),
)


@pytest.mark.parametrize("step", [1, 2, 7, 64, 100_000])
def test_any_pieces_give_the_same_form(step: int) -> None:
    assert read(COLLECT, step) == Form(XML, frozenset({"a.jpg", "Größe 1.jpg"}))


def test_names_that_are_not_utf8_are_taken_as_latin1() -> None:
    data = body(xml_part(), part('name="@"; filename="@"', b"").replace(b"@", "é".encode("latin1")))
    assert read(data) == Form(XML, frozenset({"é"}))


def test_attachments_take_no_memory() -> None:
    reader = FormReader(B, LIMITS)
    big = part('name="a.mp4"; filename="a.mp4"', b"x" * 5_000_000)
    assert reader.feed(body(xml_part(), big)) is None
    assert reader.size == len(XML)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"nothing like a form",
        xml_part(),
        body(xml_part())[:-6],
        xml_part().replace(b"\r\n\r\n", b"\r\n", 1) + f"--{B}--\r\n".encode(),
        body(xml_part()).replace(b"Content-Disposition", b"X-Else"),
        body(part('name="xml_submission_file"', XML, "Content-Length: 3")),
    ],
)
def test_a_broken_form_is_said_to_be_broken(data: bytes) -> None:
    problem = read(data)
    assert isinstance(problem, Problem)
    assert problem.type is problems.BROKEN_FORM


@pytest.mark.parametrize("data", [body(), body(part('name="a"; filename="a"', b"x")), body(xml_part(), xml_part())])
def test_there_must_be_exactly_one_xml(data: bytes) -> None:
    problem = read(data)
    assert isinstance(problem, Problem)
    assert problem.type is problems.NO_XML


def test_the_size_of_the_xml_is_bounded_as_it_arrives() -> None:
    reader = FormReader(B, LIMITS)
    problem = reader.feed(xml_part(b"x" * 1200))
    assert problem is not None
    assert problem.type is problems.TOO_LARGE
    assert reader.size < 2000


def test_the_number_of_parts_is_bounded() -> None:
    many = [part(f'name="{n}"; filename="{n}"', b"") for n in range(LIMITS.attachments + MAX_FIELDS + 1)]
    assert isinstance(read(body(xml_part(), *many)), Problem)


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        (b"multipart/form-data; boundary=abc", "abc"),
        (b'Multipart/Form-Data; charset=utf-8; boundary="a b"', "a b"),
        (b"multipart/form-data", None),
        (b"multipart/mixed; boundary=abc", None),
        (b"text/xml", None),
        (None, None),
    ],
)
def test_the_boundary(content_type: bytes | None, expected: str | None) -> None:
    assert boundary(content_type) == expected


@pytest.mark.parametrize(
    "data",
    [
        body(xml_part()),
        body(part('name="xml_submission_file"', XML)),
        body(part('name="xml_submission_file"; filename="f.xml"', XML, "Content-Type: text/xml", "Content-Length: 28")),
        body(xml_part(b"")),
    ],
)
def test_the_short_way_is_taken_where_there_is_only_xml(data: bytes) -> None:
    xml = only_xml(data, B)
    assert xml is not None
    assert read(data) == Form(xml)


PIECES = st.sampled_from(
    [
        xml_part(),
        xml_part(b""),
        part('name="xml_submission_file"', XML, "Content-Length: 28"),
        part('name="xml_submission_file"', XML, "Content-Length: 27"),
        part('name="a"; filename="a"', b"x"),
        f"--{B}--\r\n".encode(),
        f"\r\n--{B}".encode(),
        b"--",
        b"\r\n",
        b"Content-Length: 28\r\n",
        b'Content-Disposition: form-data; name="xml_submission_file"',
        b"x",
    ]
)


@given(st.lists(PIECES, max_size=6), st.integers(0, 400), st.integers(0, 5), st.binary(max_size=4))
def test_the_short_way_never_differs_from_the_parser(pieces: list[bytes], at: int, cut: int, added: bytes) -> None:
    data = b"".join(pieces) + f"--{B}--\r\n".encode()
    data = data[:at] + added + data[at + cut :]
    xml = only_xml(data, B)
    if xml is not None:
        assert read(data) == Form(xml)


@given(st.binary(max_size=300))
def test_random_bytes_are_read_or_refused(data: bytes) -> None:
    assert isinstance(read(data, 7), Form | Problem)
