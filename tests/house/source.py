"""What the architecture test knows of a source file: its imports, calls, handlers and comments."""

import ast
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import PurePosixPath
from typing import NamedTuple

from tests.house.lock import ROOT

ROOMS = ("prepaid", "sql", "documents", "enforcer", "dashboard", "launcher", "tests")


class Import(NamedTuple):
    """One imported module, with full path; `from a import b` counts as `a` and `a.b`."""

    name: str
    line: int
    at_module_level: bool

    @property
    def top(self) -> str:
        return self.name.partition(".")[0]


@dataclass(frozen=True)
class Source:
    """A file of ours: its path from the root, with slashes, and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def room(self) -> str:
        return self.path.partition("/")[0]

    @cached_property
    def imports(self) -> list[Import]:
        return list(_imports(self.tree, at_module_level=True))

    @property
    def comments(self) -> Iterator[tuple[int, str]]:
        if "#" not in self.text:
            return
        for token in tokenize.generate_tokens(io.StringIO(self.text).readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string

    @cached_property
    def calls(self) -> list[tuple[int, str]]:
        """The dotted name of every call: `datetime.now`, `open`."""
        return [(node.lineno, ast.unparse(node.func)) for node in ast.walk(self.tree) if isinstance(node, ast.Call)]

    @property
    def broad_handlers(self) -> Iterator[int]:
        """Lines of handlers for everything that do not pass it on (end with a bare `raise`)."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ExceptHandler) and _is_broad(node.type):
                last = node.body[-1]
                if not (isinstance(last, ast.Raise) and last.exc is None):
                    yield node.lineno

    def is_in(self, *places: str) -> bool:
        """Whether the file is one of these, or below one of these folders (which end with a slash)."""
        return any(self.path == place or (place.endswith("/") and self.path.startswith(place)) for place in places)


@cache
def sources() -> tuple[Source, ...]:
    """Every Python file of the product and its tests; migrations too."""
    paths = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    return tuple(_source(PurePosixPath(path.relative_to(ROOT)).as_posix()) for path in [*paths, ROOT / "run_all.py"])


def _source(path: str) -> Source:
    return Source(path, (ROOT / path).read_text(encoding="utf-8"))


def _imports(node: ast.AST, *, at_module_level: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(alias.name, child.lineno, at_module_level)
        elif isinstance(child, ast.ImportFrom):
            module = "." * child.level + (child.module or "")
            yield Import(module, child.lineno, at_module_level)
            for alias in child.names:
                yield Import(f"{module}.{alias.name}", child.lineno, at_module_level)
        else:
            inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from _imports(child, at_module_level=at_module_level and not inside)


def _is_broad(kind: ast.expr | None) -> bool:
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(each is None or ast.unparse(each) in ("Exception", "BaseException") for each in kinds)
