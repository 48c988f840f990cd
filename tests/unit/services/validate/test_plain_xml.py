"""PX1 what the plain reader reads, the XML parser reads to the same instance, whatever was done to a body. PX2 bodies
as phones write them are read by it. PX3 what is not plain, or not sound, is left to the XML parser. PX4 its time does
not grow faster than a body."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.validate.instance import MAX_ROWS, Instance, Unreadable, root_name, tree_of
from services.validate.plain_xml import MAX_HEADS, MAX_PLAIN, PlainReader
from services.validate.row import Row
from services.validate.xml_instance import read_xml

SOUND = [" yes ", "\tno\n", "\u00a0x", "jos\u00e9", "\x7f", "\u2028", "  ", ">", "a\r\nb"]
MARKED = ["&amp;", "&#65;", "&lt;", "<!-- x -->y", "<?a b?>", "<![CDATA[<x>]]>"]
UNSOUND = ["&#0;", "]]>", "\x00", "<x/>", "&bomb;", "\ufffe", "\ud800", "<psu>1</psu>"]
TEXT = st.text(max_size=8) | st.sampled_from([*SOUND, *MARKED, *UNSOUND])
SPACE = st.sampled_from(
    ["", "", "", " ", "\n  ", "\t", "\r\n", "text", "<!-- c -->", "<?p i?>", "<![CDATA[ ]]>", "&amp;"],
)
HEADS = """
<data id="a" version="1">
<data>
<?xml version="1.0" encoding="latin-1"?><data a=">">
<data a="1" a="2">
<data2>
<!-- <data> --><data>
<!DOCTYPE data><data>
<data encrypted="yes">
<data a=1>
\ufeff<data>
<data xmlns="urn:x" xmlns:o="urn:o">
<o:data xmlns:o="urn:o">
<!DOCTYPE d [<!ENTITY bomb "x">]><data>
<data/>
<data></data><data>
<?xml version="1.1"?><data xmlns:o="urn:o">
<other>
<data
"""
HEAD = st.sampled_from(HEADS.split("\n"))
METAS = """
<meta><instanceID>uuid:1</instanceID></meta>
<o:meta><o:instanceID>1</o:instanceID></o:meta>
<meta/>
<o:meta/>
<meta><a><b/></a></meta>
<o:meta><instanceID>1</instanceID></o:meta>
<instanceID>1</instanceID>
<meta><a>1</b></meta>
<xml:meta></xml:meta>
<xmlns:meta></xmlns:meta>
<meta></meta><meta></meta>
"""
META = st.sampled_from(METAS.split("\n"))
END = st.sampled_from(["</data>"] * 4 + ["</data>\n", "</data >", "", "</data><x/>", "</data><!-- c -->", "</o:data>"])


@st.composite
def bodies(draw: st.DrawFn) -> str:
    """Mostly in the order of the form, with one thing or another that is not as it should be."""
    names = {
        "interview": ["country", "psu", "stratum", "weight", "enumerator", "consent"],
        "profile": ["name", "sex", "age", "born", "items", "home"],
        "cost": ["paid", "agency", "visa", "total"],
    }
    parts = [_element(draw, name) for name in draw(_some(["start", "end", "today"]))]
    for group in draw(_some(list(names))):
        parts.append(_around(draw, group, [_element(draw, name) for name in draw(_some(names[group]))]))
    for _ in range(draw(st.integers(0, 3))):
        parts.append(_around(draw, "member", [_element(draw, name) for name in draw(_some(["sex", "age", "note"]))]))
    if draw(st.integers(0, 9)) == 0:
        parts = draw(st.permutations(parts))
    return f"{draw(HEAD)}{draw(SPACE).join(parts)}{draw(META)}{draw(END)}"


def _some(names: list[str]) -> st.SearchStrategy[list[str]]:
    kept = st.lists(st.booleans(), min_size=len(names), max_size=len(names))
    return kept.map(lambda keep: [name for name, here in zip(names, keep, strict=True) if here])


def _element(draw: st.DrawFn, name: str) -> str:
    kind = draw(st.integers(0, 30))
    if kind < 5:
        return (f"<{name}/>", f"<{name} />", f"<{name}></{name}>", f"<{name}\n/>", f"<{name}>1</{name}>")[kind]
    odd = {5: f'<{name} a="1">1</{name}>', 6: f"<{name}>1", 7: f"<o:{name}>1</o:{name}>", 8: f"<{name} >1</{name}>"}
    return odd.get(kind) or f"<{name}>{draw(TEXT if kind < 15 else st.sampled_from(['1', 'yes', 'M']))}</{name}>"


def _around(draw: st.DrawFn, name: str, parts: list[str]) -> str:
    inside = draw(SPACE).join(parts)
    if draw(st.integers(0, 30)) == 0:
        return f'<{name} xmlns:jr="http://openrosa.org/javarosa" jr:template="">{inside}</{name}>'
    return f"<{name}>{inside}</{name}>" if inside or draw(st.booleans()) else f"<{name}/>"


def plain(row: Row) -> object:
    rows = {path: [plain(each) for each in rows] for path, rows in row.repeats.items()}
    return row.values, row.groups, row.numbers, row.repeat, row.parent is None, rows


def readers(form: Any) -> tuple[PlainReader, Any]:
    definition = form.compiled.definition
    name, tree = root_name(definition), tree_of(definition)
    return PlainReader(definition), lambda body: read_xml(body, name, tree)


def assert_same(found: Instance | None, body: str, read: Any) -> None:
    if found is not None:
        other = read(body)  # raises Unreadable where it should have been left to it
        assert (found.faults, other.faults) == ([], [])
        assert (found.rows, found.encrypted, found.too_large) == (other.rows, other.encrypted, other.too_large)
        assert plain(found.root) == plain(other.root)


@given(body=bodies())
def test_px1_both_readers_read_the_same(form: Any, body: str) -> None:
    quick, read = readers(form)
    assert_same(quick(body), body, read)


MUTATIONS = ["", "<", ">", "/", "&", " ", "\r", "x", "</data>", "<psu>", "</psu>", "<!--", '"']


@given(data=st.data())
def test_px1_after_any_small_change(form: Any, data: st.DataObject) -> None:
    body = form.to_xml(form.good())
    quick, read = readers(form)
    assert quick(body) is not None
    for _ in range(data.draw(st.integers(1, 3))):
        at, cut = data.draw(st.integers(0, len(body))), data.draw(st.integers(0, 3))
        put = data.draw(st.sampled_from(MUTATIONS))
        body = body[:at] + put + body[at + cut :]
    assert_same(quick(body), body, read)


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body,
        lambda body: '<?xml version="1.0" ?>' + body,
        lambda body: body.replace("<name>Canary-Name</name>", "<name/>"),
        lambda body: body.replace("<name>Canary-Name</name>", "<name />"),
        lambda body: body.replace("><", ">\n  <") + "\n",
        lambda body: body.replace("Canary-Name", "\u0915\u093e\u0920 jos\u00e9"),
        lambda body: (
            body.replace("<data ", '<data xmlns:orx="http://openrosa.org/xforms" ')
            .replace("meta>", "orx:meta>")
            .replace("instanceID>", "orx:instanceID>")
        ),
        lambda body: body.replace("<data ", '<data xmlns="urn:form" '),
    ],
)
def test_px2_what_phones_write(form: Any, change: Any) -> None:
    quick, read = readers(form)
    body = change(form.to_xml(form.good()))
    found = quick(body)
    assert found is not None
    assert_same(found, body, read)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<psu>7</psu>", "<psu>7</psu><psu>7</psu>"),
        ("<psu>7</psu>", "<psu>7</psu><other>7</other>"),
        ("<psu>7</psu>", "<psu>7<!-- x --></psu>"),
        ("<psu>7</psu>", "<psu>&#55;</psu>"),
        ("<psu>7</psu>", "<psu><![CDATA[7]]></psu>"),
        ("<psu>7</psu>", "<psu>\x01</psu>"),
        ("<psu>7</psu>", "<psu>\ufffe</psu>"),
        ("<data ", "<!DOCTYPE data><data "),
        ("<data ", '<data encrypted="yes" '),
        ("meta>", "orx:meta>"),
        ("</data>", "</data><data>"),
    ],
)
def test_px3_what_is_left_to_the_parser(form: Any, old: str, new: str) -> None:
    body = form.to_xml(form.good())
    assert old in body
    assert readers(form)[0](body.replace(old, new)) is None


def test_px3_many_rows_long_bodies_and_many_heads(form: Any) -> None:
    quick, _ = readers(form)
    assert quick(f"<data>{'<member></member>' * MAX_ROWS}</data>") is not None
    assert quick(f"<data>{'<member></member>' * (MAX_ROWS + 1)}</data>") is None
    assert quick(f"<data><start>{'x' * MAX_PLAIN}</start></data>") is None
    for number in range(3 * MAX_HEADS):
        assert quick(f'<data id="{number}"></data>') is not None


@pytest.mark.parametrize(
    "body",
    [
        "<data>" + "<member>" * 12_000,
        "<data><start>" + " " * 99_000,
        "<data>" + "<member></member>" * 5_000,
        "<data><meta>" + "<a></a>" * 14_000,
        "<data" + "<data" * 19_000,
        "<data>" + "<start/" * 14_000,
        "<data><" + "start" * 19_000,
        "<data>" + "> " * 49_000,
        "<data><start>1</start><end></end><today></today><interview>" + "<psu>" * 19_000,
    ],
)
def test_px4_hostile_bodies_cost_as_much_as_they_are_long(form: Any, body: str) -> None:
    quick, _ = readers(form)
    began = time.process_time()
    assert quick(body) is None
    assert time.process_time() - began < 0.5  # a hundred times what it takes; a square would be 5,000 times as much


def test_px3_a_body_that_is_not_plain_is_still_read(form: Any) -> None:
    body = form.to_xml(form.good()).replace("<psu>7</psu>", "<psu>&#55;</psu>")
    assert form.compiled.read_xml(body).root.values["interview/psu"] == "7"
    with pytest.raises(Unreadable):
        form.compiled.read_xml("<data>")
