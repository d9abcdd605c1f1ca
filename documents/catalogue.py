"""The texts of the product in the languages of its readers: gettext catalogues, compiled when first used."""

from functools import lru_cache
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from prepaid.language import Translator

FOLDER = Path(__file__).parent / "catalogues"
SOURCE_LANGUAGE = "en"


def translator(language: str, folder: Path = FOLDER) -> Translator:
    """What `prepaid.language.use` installs. Without a catalogue, texts stay as written: English."""
    return _translator(_language_of(readable(language, folder)), folder)


def readable(language: str, folder: Path = FOLDER) -> str:
    """The locale in which a reader of `language` can be served completely.

    "ar-IQ" is "ar_IQ" if there is an Arabic catalogue, else "en": no page or mail mixes the words of one
    language with the numbers and the direction of another.
    """
    try:
        locale = str(Locale.parse(language.replace("-", "_")))
    except (ValueError, UnknownLocaleError):
        return SOURCE_LANGUAGE
    return locale if _language_of(locale) in languages(folder) else SOURCE_LANGUAGE


@lru_cache(maxsize=8)
def languages(folder: Path = FOLDER) -> tuple[str, ...]:
    """The languages that have a catalogue."""
    return tuple(sorted(path.parent.parent.name for path in folder.glob("*/LC_MESSAGES/prepaid.po")))


def path_of(language: str, folder: Path = FOLDER) -> Path:
    """Where the catalogue of a language is kept."""
    return folder / language / "LC_MESSAGES" / "prepaid.po"


def read(path: Path) -> Catalog:
    """A catalogue (or the template) as committed; a damaged file raises babel's PoFileError."""
    language = None if path.suffix == ".pot" else path.parent.parent.name
    with path.open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def forget() -> None:
    """Reads the catalogues again at the next question, because their files changed."""
    languages.cache_clear()
    _translator.cache_clear()


@lru_cache(maxsize=64)
def _translator(language: str, folder: Path) -> Translator:
    compiled = BytesIO()
    write_mo(compiled, read(path_of(language, folder)))
    compiled.seek(0)
    texts = GNUTranslations(compiled)
    # gettext keeps the header of the file under the empty text.
    return lambda text: texts.gettext(text) if text else text


def _language_of(locale: str) -> str:
    return locale.partition("_")[0]
