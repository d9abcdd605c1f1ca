"""What all errors have in common: the docstring of each class is the sentence a person reads, with what to do.

`{names}` in a docstring are filled from the keyword arguments the error was raised with.
"""

import inspect

from prepaid.language import _


class PrepaidError(Exception):
    """Something went wrong. Look into the log for the reason."""

    def __init__(self, **fields: object) -> None:
        super().__init__(fields)
        self.fields = fields

    @classmethod
    def text(cls) -> str:
        """The sentence as written, on one line: the message id of the catalogue."""
        return " ".join(inspect.cleandoc(cls.__doc__ or "").split())

    def __str__(self) -> str:
        return _(self.text()).format(**self.fields)
