"""What a process may ask of each table, read from the source: from its entry points through the functions of sql/.

A node is a top-level name of a module (a function, a class with all its methods, a statement that was built once).
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import NamedTuple

import sqlalchemy as sa

from sql import tables
from tests.house.source import Source, sources

READ = "SELECT"
VERBS = {"insert": "INSERT", "update": "UPDATE", "delete": "DELETE"}
MANY_ROWS, MANY_ROWS_MODULE = ("Bulk", "Hot"), "sql.hot"
TABLES = "sql.tables"
NOT_OF_A_PROCESS = ("sql/migrations/", "sql/tables/")


class Node(NamedTuple):
    """A top-level name of a module of sql/."""

    module: str
    name: str


class Use(NamedTuple):
    """A table and what is asked of it."""

    table: str
    verb: str


def uses_of(room: str, without: str) -> set[Use]:
    """What a room asks of tables, by what it imports from sql/ and what that refers to in turn."""
    modules = _modules()
    waiting = [
        node
        for source in sources()
        if source.room == room and not source.is_in(without)
        for node in _Scope(source).nodes_in(source.tree)
    ]
    seen: set[Node] = set()
    found: set[Use] = set()
    while waiting:
        node = waiting.pop()
        if node in seen or node.module not in modules:
            continue
        seen.add(node)
        scope = modules[node.module]
        for tree in scope.defined.get(node.name, ()):
            found |= set(_uses_in(tree, scope))
            waiting += scope.nodes_in(tree)
        if node.name not in scope.defined and node.name in scope.imported:
            waiting.append(scope.imported[node.name])
    return found


@cache
def _modules() -> Mapping[str, "_Scope"]:
    found = [source for source in sources() if source.room == "sql" and not source.is_in(*NOT_OF_A_PROCESS)]
    return {_module_of(source.path): _Scope(source) for source in found}


@cache
def _tables() -> Mapping[str, str]:
    """The names of the tables in the code, with their names in the database."""
    return {name: each.fullname for name, each in vars(tables).items() if isinstance(each, sa.Table)}


def _module_of(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


class _Scope:
    """What the names of one file mean: defined in it, or imported from sql/."""

    def __init__(self, source: Source) -> None:
        self.module = _module_of(source.path)
        self.defined: dict[str, list[ast.stmt]] = {}
        for statement in source.tree.body:
            for name in _names_of(statement):
                self.defined.setdefault(name, []).append(statement)
        self.imported: dict[str, Node] = {}
        self.modules: dict[str, str] = {}
        known = {_module_of(each.path) for each in sources()}
        for each in ast.walk(source.tree):
            if isinstance(each, ast.ImportFrom) and (each.module or "").split(".")[0] == "sql":
                for alias in each.names:
                    whole = f"{each.module}.{alias.name}"
                    if whole in known and each.module != TABLES:  # a table may have the name of its file
                        self.modules[alias.asname or alias.name] = whole
                    else:
                        self.imported[alias.asname or alias.name] = Node(each.module or "", alias.name)

    def nodes_in(self, tree: ast.AST) -> list[Node]:
        """The names of sql/ that are referred to in a part of this file."""
        found = []
        for each in ast.walk(tree):
            if isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name) and each.value.id in self.modules:
                found.append(Node(self.modules[each.value.id], each.attr))
            elif isinstance(each, ast.Name) and each.id in self.imported:
                found.append(self.imported[each.id])
            elif isinstance(each, ast.Name) and each.id in self.defined:
                found.append(Node(self.module, each.id))
        return found

    def table(self, tree: ast.AST) -> str | None:
        """The table that an expression is, if it is one by its name."""
        if isinstance(tree, ast.Name) and tree.id in self.imported and self.imported[tree.id].module == TABLES:
            return _tables().get(self.imported[tree.id].name)
        return None


def _names_of(statement: ast.stmt) -> Iterable[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [statement.name]
    if isinstance(statement, ast.Assign):
        return [each.id for target in statement.targets for each in ast.walk(target) if isinstance(each, ast.Name)]
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return [statement.target.id]
    return []


def _uses_in(tree: ast.AST, scope: _Scope) -> Iterator[Use]:
    """Every table that is named is read (a row that is changed is looked for; one that is added answers its id)."""
    for each in ast.walk(tree):
        table = scope.table(each)
        if table is not None:
            yield Use(table, READ)
        if isinstance(each, ast.Call):
            yield from _writes(each, scope)


def _writes(call: ast.Call, scope: _Scope) -> Iterator[Use]:
    """`table.update()`, `act.insert(table, ...)`; `Bulk(table, names)` appends, `Bulk(table, names, of=key)` changes,
    or removes where no names are given."""
    if isinstance(call.func, ast.Name) and call.func.id in MANY_ROWS and scope.module != MANY_ROWS_MODULE:
        table = scope.table(call.args[0])
        assert table is not None, f"{scope.module} writes rows of a table that its source does not name"
        changes = any(each.arg == "of" for each in call.keywords)
        nothing = isinstance(call.args[1], ast.Tuple) and not call.args[1].elts
        yield Use(table, "INSERT" if not changes else "DELETE" if nothing else "UPDATE")
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in VERBS:
        return
    for written in [call.func.value, *call.args[:2]]:
        table = scope.table(written)
        if table is not None:
            yield Use(table, VERBS[call.func.attr])
