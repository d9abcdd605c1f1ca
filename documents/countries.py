"""Countries by their names in the language of the reader."""

from documents.formats import Formats


def country_name(code: str, formats: Formats) -> str:
    """The name; the code itself where the language has no name for it."""
    return str(formats.locale.territories.get(code, code))
