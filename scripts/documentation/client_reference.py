"""The page about the public Python classes, made of their source: signatures as they are written, and docstrings."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from itertools import pairwise
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "tap_daktela"
PUBLIC = {
    "python_client.daktela": ("Daktela",),
    "python_client.conditions": ("FilterLike",),
    "python_client.list_reading": ("RowPage",),
    "python_client.health": ("Health",),
    "python_client.filters": ("F", "FilterField"),
    "daktela.query": ("where", "Joinable", "Condition", "Group"),
    "daktela.http.retry": ("Retry",),
}
"""What the page describes, by module and in its order."""
ERRORS = (
    "TapError", "ConfigError", "UnknownHostError", "AccessError", "NotFoundError", "RemoteError", "UnreachableError",
    "RateLimitError", "ContractError", "ClockError", "IncompleteError",
)  # fmt: skip
"""The errors that a client can raise."""
INNER = {"Retry.within", "Retry.applied", "Retry.pause", "AccessError.is_of_list"}
"""Methods that only the tap itself needs."""

HEAD = """\
# Reference of the Python client

`make docs` writes this page from the docstrings. Do not edit it by hand. [client.md](client.md) is the guide, with an
example of everything.
"""
ERRORS_HEAD = """\
## Errors

All errors are in `tap_daktela.errors`.
"""

OPERATORS = {
    "__getattr__", "__getitem__", "__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__and__", "__or__",
}  # fmt: skip
"""Methods that are written in another way, but belong to what is described."""


class Source:
    """A module of the package: its `text`, its `tree`, and the `values` of its names."""

    def __init__(self, module: str) -> None:
        self.text = (PACKAGE / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8")
        self.tree = ast.parse(self.text)
        self.values = vars(import_module(f"tap_daktela.{module}"))


def reference_page() -> str:
    """Return the text of docs/client-reference.md."""
    parts = [HEAD]
    for module, names in PUBLIC.items():
        parts += _described(Source(module), names)
    errors = Source("errors")
    parts += [ERRORS_HEAD, f"{ast.get_docstring(errors.tree)}\n", *_described(errors, ERRORS)]
    return "\n".join(parts).rstrip("\n") + "\n"


def _described(source: Source, names: tuple[str, ...]) -> Iterator[str]:
    """Yield the parts of the page about functions, classes with what is public in them, and constants."""
    statements = source.tree.body
    documents = dict(pairwise(statements))
    defined = {name: node for node in statements for name in _names(node)}
    for name in names:
        node = defined[name]
        yield f"## {name}\n"
        if isinstance(node, ast.ClassDef):
            yield _code(_class_head(source, node))
            yield f"{ast.get_docstring(node)}\n"
            yield from _methods(source, node)
        elif isinstance(node, ast.FunctionDef):
            yield from _function(source, node)
        else:
            yield _code(ast.get_source_segment(source.text, node) or "")
            yield f"{_text(documents[node])}\n"


def _names(node: ast.stmt) -> list[str]:
    """Return the names that a statement of a module defines."""
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        return [node.name]
    return [ast.unparse(target) for target in node.targets] if isinstance(node, ast.Assign) else []


def _text(node: ast.stmt) -> str:
    """Return the text of a statement that is nothing but a text, as it stands below a constant."""
    return str(ast.literal_eval(node.value)) if isinstance(node, ast.Expr) else ""


def _function(source: Source, node: ast.FunctionDef) -> Iterator[str]:
    yield _code(_signature(source, node))
    yield f"{ast.get_docstring(node)}\n"


def _methods(source: Source, node: ast.ClassDef) -> Iterator[str]:
    """Yield the parts of the page about the methods of a class: a table if one line is enough for each of them."""
    methods = _public_methods(node)
    rows = [(_signature(source, method), ast.get_docstring(method) or "") for method in methods]
    if rows and not any("\n" in text for row in rows for text in row):
        cells = ["| `{}` | {} |".format(*(text.replace("|", "\\|") for text in row)) for row in rows]
        yield "\n".join(["| Method | |", "|---|---|", *cells, ""])
        return
    for method in methods:
        yield f"### {node.name}.{method.name}\n"
        yield from _function(source, method)


def _public_methods(node: ast.ClassDef) -> list[ast.FunctionDef]:
    """Return the methods and operators of a class that its users call."""
    methods = [one for one in node.body if isinstance(one, ast.FunctionDef) and f"{node.name}.{one.name}" not in INNER]
    return [one for one in methods if one.name in OPERATORS or not one.name.startswith("_")]


def _class_head(source: Source, node: ast.ClassDef) -> str:
    """Return how a class is called, or the line with its bases, and then its fields."""
    fields = [f"    {ast.get_source_segment(source.text, one)}" for one in node.body if isinstance(one, ast.AnnAssign)]
    if node.bases:
        return "\n".join([f"class {node.name}({', '.join(map(ast.unparse, node.bases))})", *fields])
    calls = [one for one in node.body if isinstance(one, ast.FunctionDef) and one.name == "__init__"]
    heads = [_signature(source, call).replace("__init__", node.name, 1).removesuffix(" -> None") for call in calls]
    return "\n".join(heads or [f"class {node.name}", *fields])


def _signature(source: Source, node: ast.FunctionDef) -> str:
    """Return the head of a function or method as it is written, without `def` and `self`; a property as a field.

    Where a default is a constant of the module, its value is shown.
    """
    lines = source.text.splitlines()[node.lineno - 1 : node.body[0].lineno - 1]
    text = "\n".join(re.sub(r"  # .*", "", line[node.col_offset :]) for line in lines)
    text = re.sub(r"\((\s*)(?:self|cls)(?:,\s*|(?=\)))", r"(\1", text.removeprefix("def ").removesuffix(":"), count=1)
    text = re.sub(r'(: |-> )"([^"]+)"', r"\1\2", text)  # A name that is defined further down stands in quotes.
    for default in [*node.args.defaults, *node.args.kw_defaults]:
        if isinstance(default, ast.Name | ast.Attribute):
            name = ast.unparse(default)
            text = text.replace(f"= {name}", f"= {eval(name, source.values)!r}")  # noqa: S307 - our own source
    is_property = any(ast.unparse(one) == "property" for one in node.decorator_list)
    return text.replace("() ->", ":", 1) if is_property else text


def _code(text: str) -> str:
    return f"```python\n{text}\n```\n"
