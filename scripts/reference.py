"""The page about the public Python classes, made of their source: signatures as they are written, and docstrings."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "tap_daktela"
CLASSES: dict[str, tuple[str, ...]] = {}
"""Which classes and functions of which modules the page describes, in its order."""
ERRORS = (
    "TapError", "ConfigError", "UnknownHostError", "AccessError", "RemoteError", "UnreachableError", "ContractError",
    "ClockError", "IncompleteError",
)  # fmt: skip
"""The errors that a client can raise."""

HEAD = """\
# Reference of the Python client

`make docs` writes this page from the docstrings. Do not edit it by hand.
"""
ERRORS_HEAD = """\
## Errors

All errors are in `tap_daktela.errors`.
"""

Described = ast.ClassDef | ast.FunctionDef


def reference_page() -> str:
    """Return the text of docs/client-reference.md."""
    parts = [HEAD]
    for path, names in CLASSES.items():
        parts += _described(PACKAGE / path, names)
    parts += [ERRORS_HEAD, _docstring(ast.parse((PACKAGE / "errors.py").read_text(encoding="utf-8")))]
    parts += _described(PACKAGE / "errors.py", ERRORS)
    return "\n".join(parts).rstrip("\n") + "\n"


def _described(path: Path, names: tuple[str, ...]) -> Iterator[str]:
    """Yield the parts of the page about functions, and about classes with what is public in them."""
    source = path.read_text(encoding="utf-8")
    defined = {node.name: node for node in ast.parse(source).body if isinstance(node, Described)}
    for name in names:
        node = defined[name]
        yield f"## {name}\n"
        yield _code(_class_head(source, node) if isinstance(node, ast.ClassDef) else _signature(source, node))
        yield _docstring(node)
        for method in node.body if isinstance(node, ast.ClassDef) else ():
            if isinstance(method, ast.FunctionDef) and not method.name.startswith("_"):
                yield f"### {name}.{method.name}\n"
                yield _code(_signature(source, method))
                yield _docstring(method)


def _class_head(source: str, node: ast.ClassDef) -> str:
    """Return how a class is called, or the line with its bases, and then its fields."""
    fields = [f"    {ast.get_source_segment(source, one)}" for one in node.body if isinstance(one, ast.AnnAssign)]
    if node.bases:
        return "\n".join([f"class {node.name}({', '.join(map(ast.unparse, node.bases))})", *fields])
    calls = [one for one in node.body if isinstance(one, ast.FunctionDef) and one.name == "__init__"]
    heads = [_signature(source, call).replace("__init__", node.name, 1).removesuffix(" -> None") for call in calls]
    return "\n".join(heads or [f"class {node.name}", *fields])


def _signature(source: str, function: ast.FunctionDef) -> str:
    """Return the head of a function or method as it is written, without `def` and `self`; a property as a field."""
    first, last = function.lineno, function.body[0].lineno - 1
    lines = [line[function.col_offset :] for line in source.splitlines()[first - 1 : last]]
    text = "\n".join(lines).removeprefix("def ").removesuffix(":")
    text = re.sub(r"\((\s*)self(?:,\s*|(?=\)))", r"(\1", text, count=1)
    is_property = any(ast.unparse(one) == "property" for one in function.decorator_list)
    return text.replace("() ->", ":", 1) if is_property else text


def _code(text: str) -> str:
    return f"```python\n{text}\n```\n"


def _docstring(node: Described | ast.Module) -> str:
    return f"{ast.get_docstring(node)}\n"
