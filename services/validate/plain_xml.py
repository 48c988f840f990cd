"""The instance XML that phones write, read in one go: no attributes but the root's, no comments, the order of the form.

An XML parser makes objects of what is then only looked at once. Here the form itself becomes a regular expression, and
its groups are the answers. It matches nothing but well-formed XML that `services.validate.xml_instance` reads to the
same instance without a fault; whatever else a body is, that reads it (a test compares both). Nothing in a pattern goes
back, so that its time is linear.
"""

import re
from collections.abc import Collection

from lxml import etree

from schemas.survey.definition import FieldType, SurveyDefinition
from services.validate.instance import MAX_MARKS, XML_SPACE, Instance, Kind, Node, root_name, tree_of
from services.validate.row import Row

MAX_PLAIN = MAX_MARKS
"""Characters. What is longer has to be bounded and weighed first."""
MAX_HEADS = 16
"""Declarations and root tags that are known to be sound. Each version of each client writes one."""

_TEXT = r"[^<>&\x00-\x08\x0b-\x1f]*+"
"""What XML does not allow is left out, and so is the carriage return, which it reads as a line feed."""
_WORD = r"[^<>&\x00-\x20]*+"
_WORDS = (FieldType.INT, FieldType.DECIMAL, FieldType.DATE, FieldType.TIME, FieldType.DATETIME, FieldType.SELECT_ONE)
_NAME = r"[A-Za-z_][A-Za-z0-9_.\-]*+"
_META = rf"(?:(?P<space>(?:{_NAME}:)?+)meta><(?:(?P<tag>(?P=space){_NAME})>{_TEXT}</(?P=tag)><)*+/(?P=space)meta><)?+"
"""What the client adds at the end. What stands in it is not the form's."""
_ODD = re.compile("[\ud800-\udfff\ufffe\uffff]")
"""What else XML does not allow."""
_EMPTY = re.compile(f"<({_NAME}) ?/>")
_BETWEEN = re.compile(rf">[{XML_SPACE}]++<")
_HEAD_PARSER = etree.XMLParser(
    resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, collect_ids=False, encoding="utf-8"
)


class _Shape:
    """What one kind of row looks like. `paths` are those of the groups of the pattern, in their order. Its parts begin
    behind a `<` and end with the next one, so that one character tells which element it is. A phone writes no blank
    into the answers of `words`; the texts of all other fields, `loose`, have to be trimmed."""

    def __init__(self, node: Node, words: Collection[str]) -> None:
        self._words = words
        self.paths: list[str] = []
        self.loose: list[str] = []
        self.groups: list[str] = []
        self.repeats: list[tuple[str, Node, _Shape]] = []
        self.content = "".join(self._child(name, child) for name, child in node.children.items())
        # Of an instance of a repeat; what stands outside of all repeats is matched with what is around it.
        name = re.escape(node.path.rpartition("/")[2])
        self.match = re.compile(f"{name}><{self.content}/{name}><" if name else "").match

    def _child(self, name: str, node: Node) -> str:
        tag = re.escape(name)
        self.paths.append(node.path)
        if node.kind is Kind.FIELD:
            is_word = node.path in self._words
            if not is_word:
                self.loose.append(node.path)
            return f"(?>{tag}>({_WORD if is_word else _TEXT})</{tag}><|)"
        if node.kind is Kind.REPEAT:
            self.repeats.append((node.path, node, _Shape(node, self._words)))
            return f"((?:{tag}>(?:[^<]++|<(?!/{tag}>))*+</{tag}><)*+)"
        self.groups.append(node.path)
        below = "".join(self._child(each, child) for each, child in node.children.items())
        return f"(?>{tag}>()<{below}/{tag}><|)"

    def fill(self, found: tuple[str | None, ...], row: Row, instance: Instance) -> bool:
        """False if a row does not look so, or there are too many."""
        row.values = values = self._values(found)
        for path in self.groups:
            if values.pop(path, None) is not None:
                row.groups.add(path)
        for path, node, shape in self.repeats:
            text = values.pop(path, None)
            if text and not shape.rows(text, node, row, instance):
                return False
        return True

    def _values(self, found: tuple[str | None, ...]) -> dict[str, str]:
        pairs = zip(self.paths, found)  # noqa: B905 there may be more groups than paths
        values = {path: text for path, text in pairs if text is not None}
        for path in self.loose:
            loose = values.get(path)
            if loose:
                values[path] = loose.strip(XML_SPACE)
        return values

    def rows(self, text: str, node: Node, parent: Row, instance: Instance) -> bool:
        at, end, match = 0, len(text), self.match
        is_flat = not (self.groups or self.repeats)
        while at < end:
            found = match(text, at)
            row = None if found is None else instance.new_row(node, parent)
            if found is None or row is None:
                return False
            if is_flat:  # as `fill`, for most repeats of most forms
                row.values = self._values(found.groups())
            elif not self.fill(found.groups(), row, instance):
                return False
            at = found.end()
        return True


class PlainReader:
    """Of one version. Not for changes in two threads at a time: at worst a head is looked at twice."""

    def __init__(self, definition: SurveyDefinition) -> None:
        name = root_name(definition)
        self._shape = _Shape(tree_of(definition), _words(definition))
        pattern = f"><{self._shape.content}{_META}/{re.escape(name)}>[{XML_SPACE}]*+"
        self._match = re.compile(pattern).fullmatch
        self._start = f"<{name}"
        self._end = f"</{name}>"
        self._prefixes: dict[str, frozenset[str | None]] = {}

    def __call__(self, body: str) -> Instance | None:
        """None for what is not as plain as that, sound or not."""
        if len(body) > MAX_PLAIN or not (body.isascii() or body.isprintable() or _ODD.search(body) is None):
            return None
        end = body.find(">", body.find(self._start)) + 1
        head = body[:end]
        prefixes = self._prefixes.get(head)
        if prefixes is None:
            prefixes = self._read_head(head)
            if prefixes is None:
                return None
        if body.rfind("/>", end) >= 0:  # three times as fast as `in`
            body, end = _EMPTY.sub(r"<\1></\1>", body[end - 1 :]), 1
        found = self._match(body, end - 1) or self._match(_BETWEEN.sub("><", body[end - 1 :]))
        if found is None:
            return None
        answers = found.groups()
        prefix = answers[-2]
        if prefix and prefix[:-1] not in prefixes:
            return None
        instance = Instance()
        return instance if self._shape.fill(answers, instance.root, instance) else None

    def _read_head(self, head: str) -> frozenset[str | None] | None:
        """The prefixes that a sound head declares."""
        if "<!" in head:
            return None
        try:
            root = etree.fromstring(f"{head}{self._end}".encode(), _HEAD_PARSER)
        except (etree.XMLSyntaxError, ValueError):
            return None
        if root.get("encrypted") is not None:
            return None  # by the form itself
        if len(self._prefixes) >= MAX_HEADS:
            self._prefixes.clear()
        found = self._prefixes[head] = frozenset(root.nsmap)
        return found


def _words(definition: SurveyDefinition) -> frozenset[str]:
    """The fields into whose answers a phone writes no blank."""
    return frozenset(question.path for question in definition.fields if question.type in _WORDS)
