"""Names and notes of people inside Markdown: they stand as they were written."""

SIGNS = frozenset("\\`*_{}[]()<>#+!|~:$")


def plain(text: str) -> str:
    """The text without what Markdown would make of it."""
    return "".join(f"\\{sign}" if sign in SIGNS else sign for sign in text)
