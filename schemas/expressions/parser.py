"""Tokens to tree, by precedence climbing. What ODK XPath has and Rihla has not raises NotSupported."""

from schemas.expressions.errors import ExpressionError, NotSupported
from schemas.expressions.tokens import Kind, Token, tokens
from schemas.expressions.tree import Call, Chain, Negative, Node, Number, Path, Text

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
_NODE_TESTS = {"node", "text", "comment", "processing-instruction"}


def parse(text: str) -> Node:
    """The tree of an expression. Raises ExpressionError, NotSupported."""
    parser = _Parser(tokens(text))
    tree = parser.expression(0)
    parser.expect_end()
    return tree


class _Parser:
    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._index = 0
        self._depth = 0

    @property
    def _here(self) -> Token:
        return self._tokens[self._index]

    def _take(self) -> Token:
        token = self._here
        self._index += 1
        return token

    def _is_mark(self, text: str) -> bool:
        return self._here.kind is Kind.MARK and self._here.text == text

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
        if token.kind is not Kind.OPERATOR:
            return None
        if token.text == "|":
            raise NotSupported("the union sign | is not known to ODK. Use or, or two questions.", token.position)
        return _LEVEL[token.text]

    def _unary(self) -> Node:
        signs, position = 0, self._here.position
        while self._here.kind is Kind.OPERATOR and self._here.text == "-":
            self._take()
            signs += 1
        operand = self._primary()
        if signs == 0:
            return operand
        # An even number of signs still makes a number of what follows.
        return Negative(operand, position) if signs % 2 else Negative(Negative(operand, position), position)

    def _primary(self) -> Node:
        token = self._here
        match token.kind:
            case Kind.NUMBER:
                self._take()
                return Number(float(token.text), token.position)
            case Kind.TEXT:
                self._take()
                return Text(token.text, token.position)
            case Kind.END:
                raise ExpressionError("ends where a value should stand.", token.position)
            case Kind.OPERATOR:
                raise ExpressionError(f"{token.text!r} has no value to its left.", token.position)
            case Kind.NAME if self._opens_call():
                return self._after_call(self._call())
        if self._is_mark("("):
            self._take()
            inner = self.expression(0)
            self._close()
            self._refuse_predicate()
            return inner
        return self._path()

    def _opens_call(self) -> bool:
        following = self._tokens[self._index + 1]
        return following.kind is Kind.MARK and following.text == "(" and self._here.text not in _NODE_TESTS

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
            token = self._here
            raise ExpressionError("a closing bracket ) is missing.", token.position)
        self._take()

    def _after_call(self, call: Call) -> Node:
        """A path can begin at a function: current()/../x. Of these only current() is known."""
        self._refuse_predicate()
        if call.name == "current" and not call.arguments:
            steps: tuple[str, ...] = (".",)
            if self._is_mark("/"):
                self._take()
                steps += self._steps()
            return Path(steps, absolute=False, position=call.position)
        if self._is_mark("/"):
            raise NotSupported(f"a path behind {call.name}().", self._here.position)
        return call

    def _path(self) -> Path:
        position = self._here.position
        absolute = self._is_mark("/")
        if absolute:
            self._take()
        return Path(self._steps(), absolute, position)

    def _steps(self) -> tuple[str, ...]:
        steps = [self._step()]
        while self._is_mark("/"):
            self._take()
            steps.append(self._step())
        if self._is_mark("//"):
            raise NotSupported("the path // is not known to ODK. Write the whole path.", self._here.position)
        return tuple(steps)

    def _step(self) -> str:
        token = self._here
        if token.kind is Kind.NAME:
            following = self._tokens[self._index + 1]
            if following.kind is Kind.MARK and following.text in ("::", "("):
                raise NotSupported(f"the axis or node test {token.text!r}. Write the path.", token.position)
        elif token.kind is Kind.MARK and token.text in ("*", "@", "$", "//"):
            raise NotSupported(f"{token.text!r} in a path. Write the whole path.", token.position)
        elif token.kind is not Kind.MARK or token.text not in (".", ".."):
            seen = f"{token.text!r} stands" if token.text else "the expression ends"
            raise ExpressionError(f"{seen} where a value or a path should be.", token.position)
        self._take()
        self._refuse_predicate()
        return token.text

    def _refuse_predicate(self) -> None:
        if self._is_mark("["):
            raise NotSupported("a condition in square brackets.", self._here.position)
