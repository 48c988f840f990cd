"""Tokens to tree, by precedence climbing. What JavaRosa does not load raises ExpressionError."""

from schemas.expressions.errors import ExpressionError
from schemas.expressions.path_parser import PathParser
from schemas.expressions.tokens import Kind, tokens
from schemas.expressions.tree import Call, Chain, Filter, Negative, Node, Number, Text

MAX_DEPTH = 64
"""Of brackets in brackets. Nested if() in published forms reaches about 30."""

_LEVELS: tuple[frozenset[str], ...] = (
    frozenset({"or"}),
    frozenset({"and"}),
    frozenset({"=", "!="}),
    frozenset({"<", "<=", ">", ">="}),
    frozenset({"+", "-"}),
    frozenset({"*", "div", "mod"}),
)
_LEVEL = {operator: level for level, operators in enumerate(_LEVELS) for operator in operators}


def parse(text: str) -> Node:
    """The tree of an expression. Raises ExpressionError, NotSupported."""
    parser = _Parser(tokens(text))
    tree = parser.expression(0)
    parser.expect_end()
    return tree


class _Parser(PathParser):
    _depth = 0

    def expect_end(self) -> None:
        token = self._here
        if token.kind is not Kind.END:
            raise ExpressionError(f"{token.text!r} stands where an operator or the end should be.", token.position)

    def expression(self, lowest: int) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ExpressionError(f"nested more than {MAX_DEPTH} deep.", self._here.position)
        node = self._climb(lowest)
        self._depth -= 1
        return node

    def _climb(self, lowest: int) -> Node:
        """Operands joined by operators of `lowest` precedence or tighter."""
        left = self._unary()
        while True:
            level = self._operator_level()
            if level is None or level < lowest:
                return left
            position, rest = self._here.position, []
            while self._operator_level() == level:
                operator = self._take().text
                rest.append((operator, self._climb(level + 1)))
            left = Chain(left, tuple(rest), position)

    def _operator_level(self) -> int | None:
        token = self._here
        return _LEVEL.get(token.text) if token.kind is Kind.OPERATOR else None

    def _unary(self) -> Node:
        signs, position = 0, self._here.position
        while self._here.kind is Kind.OPERATOR and self._here.text == "-":
            self._take()
            signs += 1
        operand = self._union()
        if signs == 0:
            return operand
        # An even number of signs still makes a number of what follows.
        return Negative(operand, position) if signs % 2 else Negative(Negative(operand, position), position)

    def _union(self) -> Node:
        """Nodes joined by |, which binds tightest."""
        first, position, rest = self._primary(), self._here.position, []
        while self._here.kind is Kind.OPERATOR and self._here.text == "|":
            rest.append((self._take().text, self._primary()))
        return Chain(first, tuple(rest), position) if rest else first

    def _primary(self) -> Node:
        token = self._here
        match token.kind:
            case Kind.NUMBER:
                self._take()
                return self._filtered(Number(float(token.text), token.position))
            case Kind.TEXT:
                self._take()
                return self._filtered(Text(token.text, token.position))
            case Kind.END:
                raise ExpressionError("ends where a value should stand.", token.position)
            case Kind.OPERATOR:
                raise ExpressionError(f"{token.text!r} has no value to its left.", token.position)
            case Kind.NAME if self._opens_call():
                call = self._call()
                predicates = self._predicates()
                if self._is_mark("/") or self._is_mark("//"):
                    return self._path_behind(call)  # conditions on instance() itself are not looked at
                return Filter(call, predicates, token.position) if predicates else call
        if self._is_mark("("):
            self._take()
            inner = self.expression(0)
            self._close()
            return self._filtered(inner)
        return self._path()

    def _filtered(self, inner: Node) -> Node:
        position = self._here.position
        predicates = self._predicates()
        if self._is_mark("/") or self._is_mark("//"):
            raise self._no_path_behind("a value", self._here.position)
        return Filter(inner, predicates, position) if predicates else inner

    def _call(self) -> Call:
        name = self._take()
        self._take()
        arguments: list[Node] = []
        if not self._is_mark(")"):
            arguments.append(self.expression(0))
            while self._is_mark(","):
                self._take()
                arguments.append(self.expression(0))
        self._close()
        return Call(name.text, tuple(arguments), name.position)

    def _close(self) -> None:
        if not self._is_mark(")"):
            raise ExpressionError("a closing bracket ) is missing.", self._here.position)
        self._take()
