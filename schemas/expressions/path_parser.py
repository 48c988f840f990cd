"""Tokens to paths. Steps are `.`, `..`, names, `*` and attributes, which may have conditions in square brackets."""

from schemas.expressions.errors import ExpressionError, NotSupported
from schemas.expressions.tokens import Kind, Token
from schemas.expressions.tree import Call, Node, Path, Step, Text

_AXES = frozenset(
    {
        "ancestor",
        "ancestor-or-self",
        "attribute",
        "child",
        "descendant",
        "descendant-or-self",
        "following",
        "following-sibling",
        "namespace",
        "parent",
        "preceding",
        "preceding-sibling",
        "self",
    }
)
_NODE_TESTS = frozenset({"node", "text", "comment", "processing-instruction"})


class PathParser:
    """The part of the parser that reads paths. What it refuses, JavaRosa refuses when it loads the form, but in a
    constraint only once it is evaluated (128)."""

    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._index = 0

    def expression(self, lowest: int) -> Node:
        raise NotImplementedError

    @property
    def _here(self) -> Token:
        return self._tokens[self._index]

    def _take(self) -> Token:
        token = self._here
        self._index += 1
        return token

    def _is_mark(self, text: str, ahead: int = 0) -> bool:
        place = min(self._index + ahead, len(self._tokens) - 1)
        token = self._tokens[place]
        return token.kind is Kind.MARK and token.text == text

    def _opens_call(self) -> bool:
        return self._is_mark("(", 1) and self._here.text not in _NODE_TESTS

    def _path(self) -> Path:
        position = self._here.position
        if self._is_mark("//"):
            raise self._no_descendants()
        if self._is_mark("/"):
            self._take()
            if not self._begins_step():
                return Path("/", (), position)
            return Path("/", self._steps(), position)
        return Path("", self._steps(), position)

    def _path_behind(self, call: Call) -> Path:
        """A path can begin at current() and at instance('name')."""
        position = self._here.position
        if self._is_mark("//"):
            raise self._no_descendants()
        self._take()
        steps = self._steps()
        if call.name == "current":
            return Path("current", steps, call.position)
        if call.name != "instance":
            raise self._no_path_behind(f"{call.name}()", position)
        if len(call.arguments) != 1 or not isinstance(call.arguments[0], Text):
            raise NotSupported("instance() takes the name of an instance in quotes.", call.position)
        return Path("instance", steps, call.position, call.arguments[0].value)

    def _no_path_behind(self, what: str, position: int) -> NotSupported:
        return NotSupported(f"a path behind {what}. It can begin at /, ., .., current() or instance('x').", position)

    def _no_descendants(self) -> NotSupported:
        return NotSupported("the path // is not known to ODK. Write the whole path.", self._here.position)

    def _steps(self) -> tuple[Step, ...]:
        steps = [self._step()]
        while self._is_mark("/"):
            self._take()
            steps.append(self._step())
        if self._is_mark("//"):
            raise self._no_descendants()
        return tuple(steps)

    def _begins_step(self) -> bool:
        token = self._here
        return token.kind is Kind.NAME or (token.kind is Kind.MARK and token.text in (".", "..", "*", "@"))

    def _step(self) -> Step:
        token = self._here
        if not self._begins_step():
            seen = f"{token.text!r} stands" if token.text else "the expression ends"
            raise ExpressionError(f"{seen} where a value or a path should be.", token.position)
        if token.text in (".", "..") and token.kind is Kind.MARK:
            self._take()
            if self._is_mark("["):
                raise ExpressionError(f"a condition behind {token.text}. Write it behind a name.", self._here.position)
            return Step(token.text, (), False, token.position)
        axis = self._axis()
        name = self._node_test(axis)
        predicates = self._predicates()
        if name in (".", "..") and predicates:
            raise NotSupported("a condition behind a node(). Write it behind a name.", token.position)
        return Step(name, predicates, axis == "attribute", token.position)

    def _axis(self) -> str:
        if self._is_mark("@"):
            self._take()
            return "attribute"
        if self._here.kind is not Kind.NAME or not self._is_mark("::", 1):
            return "child"
        token = self._take()
        self._take()
        if token.text not in _AXES:
            raise ExpressionError(f"{token.text!r} is no axis.", token.position)
        return token.text

    def _node_test(self, axis: str) -> str:
        token = self._here
        if token.kind is Kind.NAME and self._is_mark("(", 1):
            if token.text not in _NODE_TESTS:
                raise ExpressionError(f"{token.text}() inside of a path.", token.position)
            self._take()
            self._take()
            if not self._is_mark(")"):
                raise ExpressionError(f"{token.text}() takes nothing in its brackets.", token.position)
            self._take()
            if token.text == "node" and axis in ("self", "parent"):
                return "." if axis == "self" else ".."
            raise NotSupported(f"the node test {token.text}(). Write the path.", token.position)
        if token.kind is not Kind.NAME and not self._is_mark("*"):
            raise ExpressionError("a name is missing in a path.", token.position)
        if axis not in ("child", "attribute") or (axis == "attribute" and token.text == "*"):
            raise NotSupported(f"the axis {axis!r}. Write the path.", token.position)
        self._take()
        return token.text

    def _predicates(self) -> tuple[Node, ...]:
        found: list[Node] = []
        while self._is_mark("["):
            self._take()
            found.append(self.expression(0))
            if not self._is_mark("]"):
                raise ExpressionError("a closing bracket ] is missing.", self._here.position)
            self._take()
        return tuple(found)
