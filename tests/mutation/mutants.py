"""The mutants of a module: mutmut's changes, each as the code of the one function that it changes.

mutmut itself copies the project, makes a second function of every mutant, and starts pytest anew for each. Here a
mutant is put into the function that is loaded (its `__code__`), in a fork, so that it costs the tests and nothing else;
and so methods of dataclasses, properties and cached functions are changed too, which mutmut leaves out.
"""

import ast
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.file_mutation import MutationVisitor, deep_replace
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import IgnoredCode

ENTERED = "_entered_functions"


@dataclass(frozen=True)
class Mutant:
    """`what` is what stood there and what stands there now, short. `whole` is the text of the module with it."""

    module: str
    function: str
    line: int
    what: str
    code: CodeType
    whole: Callable[[], str] = field(repr=False, compare=False)
    in_default: bool = False

    @property
    def name(self) -> str:
        return f"{self.module.rpartition('.')[2]}.{self.function}:{self.line}: {self.what}"


class _Visitor(MutationVisitor):
    def _skip_node_and_children(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.FunctionDef | cst.ClassDef):
            return False
        return isinstance(node, cst.Decorator) or super()._skip_node_and_children(node)


def mutants(name: str) -> Iterator[Mutant]:
    module = import_module(name)
    path = Path(str(module.__file__))
    text = path.read_text()
    wrapper = MetadataWrapper(cst.parse_module(text))
    visitor = _Visitor(mutation_operators, IgnoredCode(set(), set(), set()))
    tree = wrapper.visit(visitor)
    positions = wrapper.resolve(PositionProvider)
    originals = _codes(compile(text, str(path), "exec"))
    for mutation in visitor.mutations:
        of = mutation.contained_by_top_level_function
        if not isinstance(of, cst.FunctionDef):
            continue
        line = positions[mutation.original_node].start.line
        function = _function_at(originals, line)
        changed = deep_replace(of, mutation.original_node, mutation.mutated_node)
        assert isinstance(changed, cst.FunctionDef)
        # The function alone, in classes of the names that it stands in: to compile the module anew takes far longer.
        try:
            mutated = ast.parse(tree.code_for_node(changed))
        except SyntaxError:
            continue
        original = ast.parse(tree.code_for_node(of))
        if ast.dump(mutated) == ast.dump(original):
            continue
        in_default = _arguments(mutated) != _arguments(original)
        for name_of_class in reversed(function.split(".")[:-1]):
            mutated = ast.Module([_class(name_of_class, mutated.body)], [])
        before, after = (_short(tree, node) for node in (mutation.original_node, mutation.mutated_node))
        code = compile(ast.fix_missing_locations(mutated), str(path), "exec")
        whole = partial(_whole, tree, of, changed)
        yield Mutant(name, function, line, f"{before} -> {after}", code, whole, in_default)


def _arguments(function: ast.Module) -> str:
    [definition] = function.body
    assert isinstance(definition, ast.FunctionDef)
    return ast.dump(definition.args)


def _class(name: str, body: list[ast.stmt]) -> ast.ClassDef:
    return ast.ClassDef(name, [], [], body, [])


def _whole(tree: cst.Module, of: cst.FunctionDef, changed: cst.FunctionDef) -> str:
    module = deep_replace(tree, of, changed)
    assert isinstance(module, cst.Module)
    return module.code


def _short(tree: cst.Module, node: cst.CSTNode) -> str:
    return " ".join(tree.code_for_node(node).split())[:80]


def _codes(code: CodeType) -> dict[str, CodeType]:
    """Functions of a module and of its classes by their names, without those inside of functions."""
    found: dict[str, CodeType] = {}
    for inner in code.co_consts:
        if isinstance(inner, CodeType) and "<" not in inner.co_qualname:
            found.setdefault(inner.co_qualname, inner)
            found.update((name, of) for name, of in _codes(inner).items() if "<" not in name)
    return found


def _function_at(codes: dict[str, CodeType], line: int) -> str:
    """The innermost by its lines. A mutant of a decorator or a default stands before the first line of the body."""
    begun = [(code.co_firstlineno, name) for name, code in codes.items() if code.co_firstlineno <= line]
    functions = [(first, name) for first, name in begun if codes[name].co_flags & 2]  # CO_NEWLOCALS: not a class
    return max(functions)[1] if functions else ""


class _Entered(ast.NodeTransformer):
    """Puts at the beginning of every function that it says its name."""

    def __init__(self, module: str) -> None:
        self._path = [module]

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self._path.append(node.name)
        self.generic_visit(node)
        self._path.pop()
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        said = ast.parse(f"{ENTERED}.add({'.'.join([*self._path, node.name])!r})").body
        node.body = [*said, *node.body]
        return ast.fix_missing_locations(node)


@contextmanager
def watched(module_name: str, functions: Iterable[str], entered: set[str]) -> Iterator[None]:
    """Meanwhile the functions of a module add their names to `entered` when they are called."""
    module = import_module(module_name)
    path = Path(str(module.__file__))
    tree = _Entered(module_name).visit(ast.parse(path.read_text()))
    codes = _codes(compile(tree, str(path), "exec"))
    vars(module)[ENTERED] = entered
    before = {name: loaded(module_name, name).__code__ for name in functions}
    for name in before:
        loaded(module_name, name).__code__ = codes[name]
    yield
    for name, code in before.items():
        loaded(module_name, name).__code__ = code


def put_in(mutant: Mutant) -> None:
    """Puts it into the loaded function. For this process there is no way back."""
    function = loaded(mutant.module, mutant.function)
    code = _codes(mutant.code)[mutant.function]
    if mutant.in_default:
        # It is worked out when the module is loaded.
        other = ModuleType(mutant.module)
        other.__file__ = str(sys.modules[mutant.module].__file__)
        exec(compile(mutant.whole(), str(other.__file__), "exec"), other.__dict__)
        fresh = _function(other, mutant.function)
        function.__defaults__, function.__kwdefaults__ = fresh.__defaults__, fresh.__kwdefaults__
    function.__code__ = code


def loaded(module: str, function: str) -> FunctionType:
    return _function(import_module(module), function)


def _function(module: ModuleType, name: str) -> FunctionType:
    found: Any = module
    for part in name.split("."):
        found = vars(found)[part]
    found = getattr(found, "fget", None) or getattr(found, "__func__", None) or found
    if hasattr(found, "cache_clear"):
        found.cache_clear()
    while hasattr(found, "__wrapped__"):
        found = found.__wrapped__
    assert isinstance(found, FunctionType), name
    return found
