"""Languages by the names that their speakers give them."""

from babel import Locale


def own_name(language: str) -> str:
    """English, العربية, ..."""
    name = Locale.parse(language).get_display_name(language) or language
    return name[:1].upper() + name[1:]
