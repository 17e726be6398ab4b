"""Small mistakes that somebody could make in a module: each one place in its text, and what stands there instead.

Not mutated are docstrings, texts, log lines, annotations, imports, the words of errors, and constants of modules: to
make one of those 1 larger only shows whether a test repeats its number.
"""

from __future__ import annotations

import ast
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr, ast.RShift: ast.LShift, ast.Mod: ast.Mult,
}  # fmt: skip
_FUNCTIONS = {"min": "max", "max": "min", "any": "all", "all": "any"}
_TESTS = (ast.Compare, ast.BoolOp, ast.UnaryOp)


class Mutation(NamedTuple):
    """One mistake: what the module's text becomes by it.

    `name` says which, and stays the same while other lines of the module change. `line` is where it is (from 1), and
    `function` the dotted name of the function, which begins in the line `begin` (with its decorators).
    """

    name: str
    function: str
    begin: int
    line: int
    before: str
    after: str
    text: str


def mutations(path: Path, module: str) -> list[Mutation]:
    """Return all mutations of the file at `path`, which messages call `module`, in the order of its lines."""
    text = path.read_text(encoding="utf-8")
    seen: Counter[str] = Counter()
    made = []
    for where, begin, node, after in _in_module(ast.parse(text)):
        before = ast.get_source_segment(text, node) or ""
        short = " ".join(ast.unparse(node).split())
        name = f"{module} {where}: {short} -> {' '.join(after.split())}"
        seen[name] += 1
        name += f" ({seen[name]})" if seen[name] > 1 else ""
        made.append(Mutation(name, where, begin, node.lineno, before, after, _replaced(text, node, after)))
    return sorted(made, key=lambda one: one.line)


def _replaced(text: str, node: ast.expr | ast.stmt, after: str) -> str:
    """Return the text with `after` in the place of a node; positions are in bytes."""
    lines = text.encode().splitlines(keepends=True)
    begin = sum(map(len, lines[: node.lineno - 1])) + node.col_offset
    end = sum(map(len, lines[: (node.end_lineno or 0) - 1])) + (node.end_col_offset or 0)
    whole = text.encode()
    return (whole[:begin] + after.encode() + whole[end:]).decode()


def _in_module(module: ast.Module) -> Iterator[tuple[str, int, ast.expr | ast.stmt, str]]:
    """Yield the function and its first line, the node, and what stands in its place."""
    for function, where in _functions(module, ""):
        again = _assigned_again(function)
        begin = min([function.lineno, *(decorator.lineno for decorator in function.decorator_list)])
        defaults = [*function.args.defaults, *(one for one in function.args.kw_defaults if one is not None)]
        for node in [*defaults, *function.body]:
            for inner, after in _below(node, again):
                yield where, begin, inner, after


def _functions(node: ast.AST, inside: str) -> Iterator[tuple[ast.FunctionDef, str]]:
    """Yield the functions with their dotted names; one inside another belongs to that."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef):
            yield child, f"{inside}{child.name}"
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child, f"{inside}{child.name}.")


def _assigned_again(function: ast.FunctionDef) -> set[str]:
    """Return the names that have a value before one of their assignments: without that the code still runs."""
    stored = Counter(
        node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    )
    arguments = {argument.arg for argument in [*function.args.args, *function.args.kwonlyargs]}
    return {name for name, times in stored.items() if times > 1 or name in arguments}


def _below(node: ast.AST, again: set[str]) -> Iterator[tuple[ast.expr | ast.stmt, str]]:
    """Yield the mutations of a node and of what it holds."""
    if _is_left_alone(node):
        return
    if isinstance(node, ast.stmt):
        yield from _of_statement(node, again)
    if isinstance(node, ast.expr):
        yield from ((node, after) for after in _of_expression(node))
    for test in _tests(node):
        if not isinstance(test, _TESTS):
            yield test, f"(not {ast.unparse(test)})"
    if not isinstance(node, ast.Raise):  # What it holds is a message.
        for child in _children(node):
            yield from _below(child, again)


def _is_left_alone(node: ast.AST) -> bool:
    """Tell whether a node is text, a line of the log, a signature, `strict=True`, or a call of `super()`."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return ast.unparse(node.value.func).startswith(("LOGGER.", "super()"))
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    if isinstance(node, ast.keyword) and node.arg == "strict":
        return True  # It guards against our own mistakes alone.
    return isinstance(node, (ast.JoinedStr, ast.arguments))


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes below, without annotations."""
    for name, value in ast.iter_fields(node):
        if name not in {"annotation", "returns"}:
            yield from (one for one in (value if isinstance(value, list) else [value]) if isinstance(one, ast.AST))


def _tests(node: ast.AST) -> list[ast.expr]:
    """Return the conditions that a node asks."""
    if isinstance(node, (ast.If, ast.While, ast.IfExp)):
        return [node.test]
    return node.ifs if isinstance(node, ast.comprehension) else []


def _of_statement(node: ast.stmt, again: set[str]) -> Iterator[tuple[ast.stmt, str]]:
    """Yield a statement that is left out, where the code may still run without it."""
    if isinstance(node, (ast.Expr, ast.AugAssign, ast.Raise, ast.Break, ast.Continue)):
        yield node, "pass"
    elif isinstance(node, (ast.Assign, ast.AnnAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = [name for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)]
        inner = all(isinstance(target, (ast.Attribute, ast.Subscript)) for target in targets)
        if node.value is not None and (inner or all(name.id in again for name in names)):
            yield node, "pass"
    elif isinstance(node, ast.Return):
        if node.value is None:
            yield node, "pass"
        elif not (isinstance(node.value, ast.Constant) and not node.value.value):
            yield node, "return None"


def _of_expression(node: ast.expr) -> Iterator[str]:
    """Yield what stands in the place of an expression."""
    if isinstance(node, ast.Compare):
        for index, sign in enumerate(node.ops):
            ops = [*node.ops[:index], _COMPARISONS[type(sign)](), *node.ops[index + 1 :]]
            yield f"({ast.unparse(ast.Compare(node.left, ops, node.comparators))})"
    elif isinstance(node, ast.BoolOp):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield f"({ast.unparse(ast.BoolOp(other, node.values))})"
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield f"({ast.unparse(node.operand)})"
    elif isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        yield f"({ast.unparse(ast.BinOp(node.left, _ARITHMETIC[type(node.op)](), node.right))})"
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield str(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        yield from (f"({node.value + 1})", f"({node.value - 1})")
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _FUNCTIONS:
        yield ast.unparse(ast.Call(ast.Name(_FUNCTIONS[node.func.id]), node.args, node.keywords))
