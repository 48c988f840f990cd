"""Functions that choose between values."""

from schemas.expressions.nodes import Raw, unpack
from schemas.expressions.operand import Kind, Operand, Place, boolean
from schemas.expressions.paths import own_value
from schemas.expressions.scope import Scope
from schemas.expressions.source import VARIABLE, known, made
from schemas.expressions.values import Value, as_text, is_empty


def not_(arguments: list[Operand], place: Place) -> Operand:
    run = arguments[0].boolean()
    return boolean(lambda scope: not run(scope), made("(not {0})", arguments[0].boolean_source()))


def boolean_(arguments: list[Operand], place: Place) -> Operand:
    return boolean(arguments[0].boolean(), arguments[0].boolean_source())


def boolean_from_string(arguments: list[Operand], place: Place) -> Operand:
    run = arguments[0].text()
    return boolean(lambda scope: run(scope).lower() in ("1", "true"))  # (106)


def if_(arguments: list[Operand], place: Place) -> Operand:
    """Evaluates one branch only (101)."""
    condition = arguments[0].boolean()
    then, otherwise = arguments[1], arguments[2]
    kind = then.kind if then.kind is otherwise.kind else Kind.ANY
    one, other = then.run, otherwise.run
    raw = None
    if then.raw or otherwise.raw:
        first, second = then.nodes(), otherwise.nodes()

        def raw(scope: Scope) -> Raw:
            return first(scope) if condition(scope) else second(scope)

    source = made("({1} if {0} else {2})", arguments[0].boolean_source(), then.as_source(), otherwise.as_source())
    return Operand(lambda scope: one(scope) if condition(scope) else other(scope), kind, raw, source=source)


def coalesce(arguments: list[Operand], place: Place) -> Operand:
    """The first if it is not empty; a blank is not empty (101)."""
    one, other = arguments[0].run, arguments[1].run
    first, second = arguments[0].nodes(), arguments[1].nodes()

    def run(scope: Scope) -> Value:
        value = one(scope)
        return other(scope) if is_empty(value) else value

    def raw(scope: Scope) -> Raw:
        value = first(scope)
        return second(scope) if is_empty(unpack(value)) else value

    parts = (arguments[0].as_source(), arguments[1].as_source(), known(is_empty))
    source = made("({1} if {2}({v} := {0}) else {v})", *parts, v=VARIABLE)
    return Operand(run, Kind.ANY, raw, source=source)


def once(arguments: list[Operand], place: Place) -> Operand:
    """The node's own value where it has one, else the argument (78), which is evaluated in any case. To look at itself
    makes the node no dependent of its own; to name it in the argument does (61)."""
    facts = place.facts
    named = set(facts.paths)
    own, otherwise = own_value(place).run, arguments[0].nodes()
    facts.own |= facts.paths - named
    facts.paths &= named

    def raw(scope: Scope) -> Raw:
        argument = otherwise(scope)
        value = own(scope)
        return argument if as_text(value) == "" else value

    return Operand(lambda scope: unpack(raw(scope)), Kind.ANY, raw)
