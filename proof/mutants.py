"""What is changed, one change at a time, and how a change is put into the running program.

The operators are those of the field (replace a comparison, a constant, an arithmetic operator; leave out a statement, an operand, an
argument, a case; force a condition) and one of our own: take another member of an enumeration, so that STOP becomes EASE.
A changed function gets the changed code object in place, so properties and cached functions are mutated like any other, nothing is
imported anew and nothing else runs slower. A constant is set in every module that imported it.
"""

from __future__ import annotations

import ast
import copy
import enum
import importlib
import operator
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import CodeType, FunctionType, ModuleType, UnionType
from typing import Any, Final

LEFT_OUT: Final = "(left out)"
_SWAPS: Final[dict[type[ast.AST], type[ast.AST]]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Div, ast.Mod: ast.Div,
}
_CALLS: Final = {"min": "max", "max": "min", "any": "all", "all": "any"}
_BODIES: Final = ("body", "orelse", "finalbody", "handlers", "cases")


@dataclass(frozen=True)
class Mutant:
    """One change of one statement."""

    module: str
    where: str
    """The function or method that is changed, or the name of the constant."""
    change: str
    """The statement before and after, as one line."""
    lines: tuple[int, int]
    """The first and the last line of the statement."""
    block: tuple[int, int]
    """The lines of the block that is never entered any more, so that whoever enters it is the first to notice; else those of the statement."""
    text: str
    """The source of what is changed, whole: a verdict holds as long as it does not change."""
    apply: Callable[[], Callable[[], None]] = field(compare=False, repr=False)
    """Put it into the running program; what comes back takes it out again."""

    @property
    def key(self) -> str:
        """What an argument is kept under; line numbers and other functions do not change it."""
        return f"{self.module}.{self.where}: {self.change}"


@dataclass(frozen=True)
class _Edit:
    """One part of the tree that is to be another one."""

    holder: ast.AST
    name: str
    index: int | None
    new: Any

    def swap(self, new: Any) -> Any:
        """Put `new` there; what was there before."""
        if self.index is None:
            old = getattr(self.holder, self.name)
            setattr(self.holder, self.name, new)
        else:
            old = getattr(self.holder, self.name)[self.index]
            getattr(self.holder, self.name)[self.index] = new
        return old


def _source(name: str) -> str:
    """The text of a module."""
    return Path(str(importlib.import_module(name).__file__)).read_text(encoding="utf-8")


def mutants(name: str) -> list[Mutant]:
    """Every change of the module called `name`, in the order of its source."""
    module, source = importlib.import_module(name), _source(name)
    tree = ast.parse(source)
    found: list[Mutant] = []
    for statement, where in _scopes(tree):
        text = ast.get_source_segment(source, statement) or ""
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            for target, edit in _of_function(statement, module):
                found.append(_mutant(module, where, target, edit, text, _function_setter(tree, statement, where, module, edit)))
        else:
            found += [_mutant(module, where, statement, edit, text, _constant_setter(tree, statement, where, module, edit))
                      for edit in _of_constant(statement, where, module)]
    return _numbered(found)


def _numbered(found: list[Mutant]) -> list[Mutant]:
    """The same change of the same line twice in one function gets a number."""
    seen: Counter[str] = Counter()
    named: list[Mutant] = []
    for mutant in found:
        seen[mutant.key] += 1
        again = f" #{seen[mutant.key]}" if seen[mutant.key] > 1 else ""
        named.append(replace(mutant, change=mutant.change + again))
    return named


def _mutant(module: ModuleType, where: str, statement: ast.AST, edit: _Edit, text: str, apply: Callable[[], Callable[[], None]]) -> Mutant:
    if edit.name == "cases":
        statement = next(case for case in getattr(edit.holder, edit.name) if case not in edit.new)
        before, after = _header(statement), LEFT_OUT
    elif isinstance(edit.new, ast.Pass):
        before, after = _header(statement), LEFT_OUT
    else:
        before, old = _header(statement), edit.swap(edit.new)
        after = _header(statement)
        edit.swap(old)
    return Mutant(module.__name__, where, f"{before} -> {after}", _lines(statement), _block(statement, edit), text, apply)


def _block(statement: ast.AST, edit: _Edit) -> tuple[int, int]:
    never = edit.name == "cases" or (edit.holder is statement and edit.name == "test" and isinstance(edit.new, ast.Constant) and edit.new.value is False)
    return _lines(statement.body[0]) if never and isinstance(statement, ast.If | ast.While | ast.match_case) else _lines(statement)


def _lines(statement: ast.AST) -> tuple[int, int]:
    """The first and the last line of a statement without its blocks."""
    if isinstance(statement, ast.match_case):  # it has no place of its own
        return statement.pattern.lineno, statement.pattern.end_lineno or statement.pattern.lineno
    assert isinstance(statement, ast.stmt)  # noqa: S101 - nothing else is changed
    blocks = [block[0] for name in _BODIES if isinstance(block := getattr(statement, name, None), list) and block]
    ends = [part.end_lineno or part.lineno for name, part in ast.iter_fields(statement) if name not in _BODIES and isinstance(part, ast.expr)]
    return statement.lineno, max([statement.lineno, *ends]) if blocks else statement.end_lineno or statement.lineno


def _header(statement: ast.AST) -> str:
    """A statement as one line, without its body."""
    shallow = copy.copy(statement)
    for name in _BODIES:
        if isinstance(getattr(shallow, name, None), list):
            setattr(shallow, name, [])
    return " ".join(ast.unparse(shallow).split())


# --- where changes are made ---


def _scopes(tree: ast.Module) -> Iterator[tuple[ast.stmt, str]]:
    """Functions, methods and constants with their names."""
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef):
            yield statement, statement.name
        elif isinstance(statement, ast.Assign | ast.AnnAssign) and (name := _constant_name(statement)):
            yield statement, name
        elif isinstance(statement, ast.ClassDef):
            frozen = bool(statement.decorator_list) or any(isinstance(base, ast.Name) and base.id in {"Enum", "IntEnum", "NamedTuple", "Protocol"} for base in statement.bases)
            for inner in statement.body:
                if isinstance(inner, ast.FunctionDef):
                    yield inner, f"{statement.name}.{inner.name}"
                elif not frozen and isinstance(inner, ast.Assign) and (name := _constant_name(inner)):
                    yield inner, f"{statement.name}.{name}"


def _constant_name(statement: ast.Assign | ast.AnnAssign) -> str:
    target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
    return target.id if isinstance(target, ast.Name) and statement.value is not None and not target.id.startswith("__") else ""


def _of_function(function: ast.FunctionDef | ast.AsyncFunctionDef, module: ModuleType) -> Iterator[tuple[ast.AST, _Edit]]:
    """The changes of a function's body, each with its statement."""
    returns_truth = isinstance(function.returns, ast.Name) and function.returns.id == "bool"
    yield from _of_block(function, "body", module, returns_truth=returns_truth)


def _of_block(holder: ast.AST, name: str, module: ModuleType, *, returns_truth: bool) -> Iterator[tuple[ast.AST, _Edit]]:
    for index, statement in enumerate(getattr(holder, name)):
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            continue
        for edit in _of_statement(holder, name, index, returns_truth=returns_truth):
            yield statement, edit
        if not isinstance(statement, ast.Raise | ast.FunctionDef):
            for edit in _of_expressions(statement, module):
                yield statement, edit
        for inner in ("body", "orelse", "finalbody"):
            if isinstance(getattr(statement, inner, None), list):
                yield from _of_block(statement, inner, module, returns_truth=returns_truth)
        for handler in getattr(statement, "handlers", []):
            yield from _of_block(handler, "body", module, returns_truth=returns_truth)
        if isinstance(statement, ast.Match):
            yield from _of_cases(statement, module, returns_truth=returns_truth)


def _of_cases(match: ast.Match, module: ModuleType, *, returns_truth: bool) -> Iterator[tuple[ast.AST, _Edit]]:
    for index, case in enumerate(match.cases):
        if len(match.cases) > 1:
            yield match, _Edit(match, "cases", None, [other for other in match.cases if other is not case])
        if case.guard is not None:
            yield case, _Edit(case, "guard", None, None)
            for edit in _of_expressions_in(case, "guard", None, module):
                yield case, edit
        for edit in _of_expressions_in(case, "pattern", None, module):
            yield case, edit
        yield from _of_block(match.cases[index], "body", module, returns_truth=returns_truth)


def _of_statement(holder: ast.AST, name: str, index: int, *, returns_truth: bool) -> Iterator[_Edit]:
    """Leave a statement out, or turn what it decides."""
    statement = getattr(holder, name)[index]
    gone = _Edit(holder, name, index, ast.copy_location(ast.Pass(), statement))
    match statement:
        case ast.Expr() | ast.Raise() | ast.Break() | ast.Continue() | ast.AugAssign():
            yield gone
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript(), *_]) | ast.AnnAssign(target=ast.Attribute() | ast.Subscript(), value=ast.expr()):
            yield gone
        case ast.Assign(value=value) if not _is_none(value):
            if isinstance(value, ast.Tuple) and isinstance(statement.targets[0], ast.Tuple):
                for place, one in enumerate(value.elts):
                    if not _is_none(one):
                        yield _Edit(value, "elts", place, _none(one))
            else:
                yield _Edit(statement, "value", None, _none(value))
        case ast.If() | ast.While():
            if isinstance(statement, ast.If):
                yield _Edit(statement, "test", None, _truth(statement.test, value=True))
            yield _Edit(statement, "test", None, _truth(statement.test, value=False))
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant | ast.Name):
            yield _Edit(statement, "value", None, _located(ast.UnaryOp(ast.Not(), value), value) if returns_truth else _none(value))
        case _:
            pass


def _of_expressions(statement: ast.stmt, module: ModuleType) -> Iterator[_Edit]:
    """The changes of the expressions of a statement, without its blocks and its annotation."""
    for name, value in ast.iter_fields(statement):
        if name in {*_BODIES, "annotation", "decorator_list"}:
            continue
        places: list[int | None] = [None] if isinstance(value, ast.AST) else [*range(len(value))] if isinstance(value, list) else []
        for index in places:
            yield from _of_expressions_in(statement, name, index, module)


def _of_expressions_in(holder: ast.AST, name: str, index: int | None, module: ModuleType) -> Iterator[_Edit]:
    """The changes of one expression and of all that is in it."""
    node = getattr(holder, name) if index is None else getattr(holder, name)[index]
    if isinstance(node, ast.operator | ast.cmpop) and type(node) in _SWAPS:
        yield _Edit(holder, name, index, _SWAPS[type(node)]())
    for new in _others(node, module):
        yield _Edit(holder, name, index, new)
    if isinstance(node, ast.comprehension):
        for place in range(len(node.ifs)):
            yield _Edit(node, "ifs", None, [one for other, one in enumerate(node.ifs) if other != place])
    for inner, where in _children(node):
        yield from _of_expressions_in(node, inner, where, module)


def _children(node: ast.AST) -> Iterator[tuple[str, int | None]]:
    """Where the parts of an expression hang; of a formatted text only what is put into it."""
    for name, value in ast.iter_fields(node):
        if isinstance(value, ast.AST) and not isinstance(value, ast.expr_context):
            yield name, None
        elif isinstance(value, list):
            for place, one in enumerate(value):
                if isinstance(one, ast.FormattedValue if isinstance(node, ast.JoinedStr) else ast.AST):
                    yield name, place


def _others(node: ast.AST, module: ModuleType) -> Iterator[ast.AST]:  # noqa: C901, PLR0912 - one case for each operator
    """What an expression may be instead."""
    match node:
        case ast.BoolOp(values=values):
            for index in range(len(values)):
                kept = [one for place, one in enumerate(values) if place != index]
                yield kept[0] if len(kept) == 1 else _located(ast.BoolOp(node.op, kept), node)
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield operand
        case ast.Constant(value=bool() as value):
            yield _truth(node, value=not value)
        case ast.Constant(value=int() | float() as number):
            yield _located(ast.Constant(number + 1), node)
        case ast.Constant(value=str() as text):
            yield _located(ast.Constant(f"XX{text}"), node)
        case ast.Attribute(value=ast.Name(id=owner), attr=attribute, ctx=ast.Load()) if isinstance(kind := getattr(module, owner, None), enum.EnumMeta) and attribute in kind.__members__:
            names = list(kind.__members__)
            yield _located(ast.Attribute(ast.Name(owner, ast.Load()), names[(names.index(attribute) + 1) % len(names)], ast.Load()), node)
        case ast.BinOp(op=ast.BitOr() | ast.BitAnd(), left=left, right=right):
            yield left
            yield right
        case ast.IfExp(body=body, orelse=orelse):
            yield body
            yield orelse
        case ast.Call():
            yield from _other_calls(node)
        case ast.Set(elts=elements) | ast.List(elts=elements, ctx=ast.Load()) | ast.Tuple(elts=elements, ctx=ast.Load()):
            for index in range(len(elements)):
                new = copy.copy(node)
                new.elts = [one for place, one in enumerate(elements) if place != index]
                if new.elts or not isinstance(new, ast.Set):
                    yield new
        case ast.Dict(keys=keys, values=values):
            for index in range(len(keys)):
                yield _located(ast.Dict([one for place, one in enumerate(keys) if place != index], [one for place, one in enumerate(values) if place != index]), node)
        case _:
            return


def _other_calls(call: ast.Call) -> Iterator[ast.AST]:
    if isinstance(call.func, ast.Name) and call.func.id in _CALLS:
        yield _located(ast.Call(ast.copy_location(ast.Name(_CALLS[call.func.id], ast.Load()), call.func), call.args, call.keywords), call)
    if isinstance(call.func, ast.Name) and call.func.id in {"isinstance", "len", "frozenset", "round", "cast"}:
        return
    for index, one in enumerate(call.args):
        # A constant and a member of an enumeration are changed themselves.
        if not isinstance(one, ast.Starred | ast.GeneratorExp | ast.Constant):
            yield _located(ast.Call(call.func, [*call.args[:index], _none(one), *call.args[index + 1:]], call.keywords), call)
    for index in range(len(call.keywords)):
        yield _located(ast.Call(call.func, call.args, [*call.keywords[:index], *call.keywords[index + 1:]]), call)


def _located(new: ast.AST, old: ast.AST) -> Any:
    return ast.fix_missing_locations(ast.copy_location(new, old))


def _is_none(value: ast.AST) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _none(old: ast.AST) -> Any:
    return _located(ast.Constant(None), old)


def _truth(old: ast.AST, *, value: bool) -> Any:
    return _located(ast.Constant(value), old)


# --- how they are put in place ---


def _function_setter(tree: ast.Module, function: ast.FunctionDef | ast.AsyncFunctionDef, where: str, module: ModuleType, edit: _Edit) -> Callable[[], Callable[[], None]]:
    def apply() -> Callable[[], None]:
        live = _live(module, where, _first_line(function))
        before, old, body = live.__code__, edit.swap(edit.new), list(function.body)
        if before.co_freevars:
            # A call of super() that was left out must not change what the code closes over.
            function.body.append(_located(ast.parse("if 0: __class__").body[0], body[-1]))
        try:
            live.__code__ = _find_code(compile(ast.fix_missing_locations(_alone(tree, function)), str(module.__file__), "exec"), where, _first_line(function))
        finally:
            function.body = body
            edit.swap(old)
        return lambda: setattr(live, "__code__", before)
    return apply


def _alone(tree: ast.Module, function: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.Module:
    """The module with nothing but this function, in its class."""
    future = [ast.parse("from __future__ import annotations").body[0]]
    for statement in tree.body:
        if statement is function:
            return ast.Module([*future, statement], [])
        if isinstance(statement, ast.ClassDef) and function in statement.body:
            shell = copy.copy(statement)
            shell.body, shell.decorator_list = [function], []
            return ast.Module([*future, shell], [])
    raise LookupError(function.name)


def _first_line(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return min([function.lineno, *(decorator.lineno for decorator in function.decorator_list)])


def _find_code(code: CodeType, where: str, line: int) -> CodeType:
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            if inner.co_qualname == where and inner.co_firstlineno == line:
                return inner
            if where.startswith(inner.co_qualname + "."):
                return _find_code(inner, where, line)
    raise LookupError(where)


def _live(module: ModuleType, where: str, line: int) -> FunctionType:
    """The function that runs under that name, whatever is wrapped around it."""
    found: Any = module
    for name in where.split("."):
        found = vars(found)[name]
    waiting = [found]
    while waiting:
        one = waiting.pop()
        if isinstance(one, FunctionType) and one.__code__.co_firstlineno == line:
            return one
        waiting += [inner for name in ("fget", "fset", "__func__", "__wrapped__", "func") if (inner := getattr(one, name, None)) is not None]
    raise LookupError(where)


def _of_constant(statement: ast.stmt, where: str, module: ModuleType) -> Iterator[_Edit]:
    """The changes of a constant's value; a name for a type has none."""
    found: Any = module
    for name in where.split("."):
        found = vars(found).get(name)
    if not isinstance(found, UnionType | type):
        yield from _of_expressions_in(statement, "value", None, module)


def _constant_setter(tree: ast.Module, statement: ast.stmt, where: str, module: ModuleType, edit: _Edit) -> Callable[[], Callable[[], None]]:
    def apply() -> Callable[[], None]:
        old = edit.swap(edit.new)
        try:
            new = _value(statement, module)
        finally:
            edit.swap(old)
        owner, _, name = where.rpartition(".")
        if owner:
            held = getattr(module, owner)
            before = vars(held)[name]
            setattr(held, name, new)
            return lambda: setattr(held, name, before)
        undo = [_set_everywhere(name, vars(module)[name], new)]
        undo += [_set_everywhere(made, vars(module)[made], _value(later, module)) for later, made in _made_of(tree, name)]
        return lambda: _all_back(undo)
    return apply


def made_of(module: str, constant: str) -> list[str]:
    """The constants of a module that are made of this one, in the order of its source."""
    return [made for _, made in _made_of(ast.parse(_source(module)), constant)]


def _made_of(tree: ast.Module, constant: str) -> Iterator[tuple[ast.stmt, str]]:
    """The constants further down in the module whose value names this one, or one that does: they follow it."""
    named = {constant}
    for later in tree.body:
        if isinstance(later, ast.Assign | ast.AnnAssign) and later.value and any(isinstance(node, ast.Name) and node.id in named for node in ast.walk(later.value)):
            named.add(_constant_name(later))
            yield later, _constant_name(later)


def _all_back(undo: list[Callable[[], None]]) -> None:
    for back in undo:
        back()


def _value(statement: ast.stmt, module: ModuleType) -> Any:
    """What a constant's statement is worth now."""
    value = statement.value  # type: ignore[attr-defined]
    return eval(compile(ast.fix_missing_locations(ast.Expression(value)), "<mutant>", "eval"), vars(module))  # noqa: S307 - our own source


def _set_everywhere(name: str, old: object, new: object) -> Callable[[], None]:
    """In every module that holds the constant under its name; what comes back undoes it."""
    holders = [held for other in list(sys.modules.values()) if isinstance(held := getattr(other, "__dict__", None), dict) and name in held and held[name] is old]
    for held in holders:
        held[name] = new
    return lambda: _all_back([partial(operator.setitem, held, name, old) for held in holders])
