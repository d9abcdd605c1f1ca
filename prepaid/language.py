"""The one door for words that people read: every visible string passes `_()`.

The rules know no catalogue; an entry point installs a translator for its thread or request (`use`). Without one,
texts stay English, the language they are written in.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Translator = Callable[[str], str]


def _as_written(text: str) -> str:
    return text


_translator: ContextVar[Translator] = ContextVar("translator", default=_as_written)


def _(text: str) -> str:
    """The text in the language of whoever reads it now. `text` is a literal, so that the catalogue can be extracted."""
    return _translator.get()(text)


def later(text: str) -> str:
    """Marks a text for the catalogue where it is defined; it is translated by `_()` where it is shown."""
    return text


@contextmanager
def use(translator: Translator) -> Iterator[None]:
    """Inside the block `_()` answers through `translator`; afterwards as before."""
    token = _translator.set(translator)
    try:
        yield
    finally:
        _translator.reset(token)
