"""What a compiled expression tells of itself, and the choices of an itemset."""

import pytest

from schemas.expressions import (
    EvaluationError,
    ExpressionError,
    Scope,
    Shape,
    as_number,
    compile_choices,
    compile_expression,
    conditions,
)


@pytest.mark.parametrize(
    ("text", "at", "paths"),
    [
        ("concat(., ../sex, /data/items, current()/../../born)", "profile/age", "profile/age profile/sex items born"),
        ("count(/data/r)", "born", "r"),
        ("sum(/data/r[n > /data/big]/s/v)", "born", "r/s/v r/n big"),
        ("/data/r[position() = position(current()/..)]/n", "r/n", "r/n r"),
        ("instance('list')/root/item[name = current()/../sex]/label", "profile/age", "profile/sex"),
        ("position(..)", "r/n", "r"),
        ("indexed-repeat(/data/r/n, /data/r, /data/big)", "born", "r/n r big"),
        ("once(1)", "born", "born"),
        ("string-length()", "born", "born"),
        ("/data/@version", "born", "@version"),
    ],
)
def test_paths_are_all_that_is_read(shape: Shape, text: str, at: str, paths: str) -> None:
    assert compile_expression(text, at, shape).paths == set(paths.split())


def test_functions_and_instances(shape: Shape) -> None:
    expression = compile_expression(
        "if(selected(., 'a'), instance('list')/root/item[count(.) = 1]/name, pulldata('prices', 'a', 'b', 'c'))",
        "items",
        shape,
    )
    assert expression.functions == {"if", "selected", "count", "pulldata"}
    assert expression.instances == {"list", "prices"}


@pytest.mark.parametrize(
    ("text", "present", "unstable"),
    [
        ("today() > .", True, False),
        ("format-date(now(), '%Y')", True, False),
        ("once(today())", True, False),
        ("concat(today(), jr:itext('hello'))", True, True),
        (". + 1", False, False),
        ("random()", False, True),
        ("once(uuid())", False, True),
        ("property('deviceid')", False, True),
        ("format-date(., '%b')", False, True),
        ("format-date(., '%d')", False, False),
        ("jr:itext('hello')", False, True),
        ("pulldata(., 'a', 'b', 'c')", False, True),
        ("pulldata('prices', 'a', 'b', 'c')", False, False),
        ("join('', randomize(/data/r/n, 4))", False, False),
        ("join('', randomize(/data/r/n))", False, True),
    ],
)
def test_what_only_the_phone_knows(shape: Shape, text: str, present: bool, unstable: bool) -> None:
    expression = compile_expression(text, "born", shape)
    assert (expression.present, expression.unstable) == (present, unstable)


def test_equal_keys_mean_the_same(shape: Shape) -> None:
    """126: JavaRosa merges these."""

    def key(text: str, at: str) -> object:
        return compile_expression(text, at, shape).key

    assert key("sum( /data/r/n )", "r/loss") == key("sum(/data/r/n)", "born")
    assert hash(key("/data/r[n > 1]/t = 'a'", "born")) == hash(key("/data/r[n>1]/t='a'", "when"))
    assert key("../sex = 'F'", "profile/age") == key("../sex = 'F'", "profile/sex")
    assert key("../n = 1", "r/t") != key("../n = 1", "q/only"), "other nodes"
    assert key("../n = 1", "r/t") != key("/data/r/n = 1", "r/t"), "other words"
    assert key("../n = '1'", "r/t") != key("../n = 1", "r/t")
    assert key("/data/r[n > 1]/t", "born") != key("/data/r[n > 2]/t", "born")
    assert key("today()", "born") != key("today()", "born")
    assert key("random() > 1", "born") != key("random() > 1", "born")


def test_the_largest_of_negatives_is_right_and_the_phone_is_known(shape: Shape, filled: Scope) -> None:
    """99."""
    expression = compile_expression("max(-3, -4)", "born", shape)
    assert expression(filled) == -3
    assert expression.phone is not None and as_number(expression.phone(filled)) == 5e-324
    assert compile_expression("sum(/data/r/n)", "born", shape).phone is None


def test_a_runaway_of_conditions_is_stopped(shape: Shape, filled: Scope, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the count begins anew in each run."""
    monkeypatch.setattr(conditions, "MAX_STEPS", 2_000)
    assert compile_expression("count(/data/r[count(/data/r[n > 0]) > 0])", "born", shape)(filled) == 4
    inner = "1 = 1"
    for _ in range(12):
        inner = f"count(/data/r[{inner}]) > 0"
    expression = compile_expression(inner, "born", shape)
    for _ in range(2):
        with pytest.raises(EvaluationError, match="conditions"):
            expression(filled)


def test_choices_of_a_filtered_list(shape: Shape, filled: Scope) -> None:
    choices = compile_choices(
        "instance('list')/root/item[par = current()/../sex]", "name", "label", "profile/age", shape
    )
    assert choices.values(filled) == {"a", "c"}
    assert choices.labels(filled) == {"a": "Apple", "c": "Cherry"}
    assert choices.nodeset.paths == {"profile/sex"}


def test_choices_of_a_whole_list_are_gathered_once(shape: Shape, filled: Scope) -> None:
    choices = compile_choices("randomize(instance('list')/root/item, 3)", "name", "label", "pick", shape)
    assert choices.values(filled) == {"a", "b", "c", "d", "10"}
    assert choices.values(filled) is choices.values(filled)


def test_choices_out_of_a_repeat(shape: Shape, filled: Scope) -> None:
    choices = compile_choices("/data/r[t = 'a']", "n", "g/h", "pick", shape)
    assert choices.values(filled) == {"3", "9"}
    assert choices.labels(filled) == {"3": "1", "9": "7"}


def test_choices_are_a_path(shape: Shape) -> None:
    for text in ("concat('a', 'b')", "1", "/data/r +"):
        with pytest.raises(ExpressionError):
            compile_choices(text, "name", "label", "pick", shape)
