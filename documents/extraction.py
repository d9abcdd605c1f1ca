"""Collects every text that people read from the tree, and keeps the catalogues up to date with it."""

import ast
from collections.abc import Iterator
from importlib import import_module
from io import BytesIO
from pathlib import Path
from pkgutil import iter_modules
from string import Formatter

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

import prepaid.errors
from documents.catalogue import FOLDER, SOURCE_LANGUAGE, forget, path_of, read
from prepaid.clock import Clock
from prepaid.errors.base import PrepaidError

TREE = Path(__file__).parent.parent
ROOMS = ("prepaid", "sql", "documents", "enforcer", "dashboard", "launcher")
MARKS = ("_", "later")
TEMPLATES = (("templates/**", "jinja2.ext:babel_extract"),)
HEADER = "# Texts of prepaid-energy. Made by: python -m documents catalogue\n#"


def update(clock: Clock, folder: Path = FOLDER, tree: Path = TREE) -> list[Path]:
    """Writes the template and brings every catalogue up to date with it; answers the files that changed.

    Translations are kept; what is no longer written in the tree is dropped. Dates move only when a text does.
    """
    template = extract(tree)
    path = folder / "prepaid.pot"
    before = read(path) if path.exists() else None
    same = before is not None and ids(before) == ids(template)
    template.creation_date = before.creation_date if before is not None and same else clock.now()
    changed = _write(path, template)
    for path in sorted({path_of(SOURCE_LANGUAGE, folder), *folder.glob("*/LC_MESSAGES/prepaid.po")}):
        catalogue = read(path) if path.exists() else _empty(path.parent.parent.name)
        catalogue.update(template, no_fuzzy_matching=True)
        if not same:
            catalogue.revision_date = template.creation_date
        changed += _write(path, catalogue)
    forget()
    return changed


def extract(tree: Path = TREE) -> Catalog:
    """The template: every `_()` and `later()` of the tree, and the sentences of all errors."""
    template = _empty(None)
    for path, text in _written(tree):
        template.add(text, locations=[(path, 0)])
    for error in error_classes():
        path = f"{error.__module__.replace('.', '/')}.py"
        template.add(error.text(), locations=[(path, 0)], auto_comments=[error.__name__])
    return template


def ids(catalogue: Catalog) -> set[str]:
    """The texts of a catalogue as they are written in the tree."""
    return {message.id for message in catalogue if isinstance(message.id, str) and message.id}


def placeholder_faults(catalogue: Catalog) -> list[str]:
    """One sentence for each translation whose `{placeholders}` are not those of its text."""
    return [
        f'"{message.id}" and "{message.string}" have different placeholders'
        for message in catalogue
        if isinstance(message.id, str) and isinstance(message.string, str)
        if message.id and message.string and _placeholders(message.id) != _placeholders(message.string)
    ]


def error_classes() -> list[type[PrepaidError]]:
    """All errors of the product, PrepaidError included, by name."""
    folder = prepaid.errors
    modules = [import_module(f"{folder.__name__}.{each.name}") for each in iter_modules(folder.__path__)]
    named = {name: value for module in modules for name, value in vars(module).items() if isinstance(value, type)}
    return [named[name] for name in sorted(named) if issubclass(named[name], PrepaidError)]


def _written(tree: Path) -> Iterator[tuple[str, str]]:
    """(path, text) of every marked text in order; without line numbers, so that moved code changes no catalogue."""
    for room in ROOMS:
        found = extract_from_dir(tree / room, TEMPLATES, keywords=dict.fromkeys(MARKS))
        for path, _line, text, _comments, _context in sorted(found, key=lambda one: (one[0], one[1])):
            if isinstance(text, str) and text:
                yield f"{room}/{Path(path).as_posix()}", text
        for module in sorted((tree / room).rglob("*.py")):
            yield from _marked(module, tree)
    for script in sorted(tree.glob("*.py")):
        yield from _marked(script, tree)


def _marked(module: Path, tree: Path) -> Iterator[tuple[str, str]]:
    """(path, text) of what a module marks, also inside f-strings: before Python 3.12 babel does not look into them."""
    marked = [
        (call.lineno, call.col_offset, text.value)
        for call in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in MARKS
        for text in call.args[:1]
        if isinstance(text, ast.Constant) and isinstance(text.value, str) and text.value
    ]
    for _line, _column, text in sorted(marked):
        yield module.relative_to(tree).as_posix(), text


def _placeholders(text: str) -> set[str]:
    return {name for _literal, name, _format, _conversion in Formatter().parse(text) if name is not None}


def _empty(language: str | None) -> Catalog:
    return Catalog(
        locale=language,
        header_comment=HEADER,
        project="prepaid-energy",
        version="1",
        msgid_bugs_address="see README.md",
        last_translator="see the history of this file",
        language_team=language or "all",
        charset="utf-8",
        fuzzy=False,
    )


def _write(path: Path, catalogue: Catalog) -> list[Path]:
    """The path, if its content changed."""
    written = BytesIO()
    write_po(written, catalogue, width=110, sort_by_file=True, ignore_obsolete=True)
    if path.exists() and path.read_bytes() == written.getvalue():
        return []
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(written.getvalue())
    return [path]
