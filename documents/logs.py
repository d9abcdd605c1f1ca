"""Log files: one line per fact - `instant level action key=value` - on stderr and in the file of the process."""

import json
import logging
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

import structlog
from structlog.processors import format_exc_info
from structlog.stdlib import BoundLogger, ProcessorFormatter
from structlog.typing import EventDict, WrappedLogger

from documents.log_place import LogPlace
from documents.masking import HIDDEN, MASKED_CHARACTERS, is_secret, masked, without_secrets
from documents.uncaught import hear
from prepaid.errors.start import LogFileUnwritable

FOLDER = Path("logs")
FILE_BYTES = 10 * 1024 * 1024
FILES_KEPT = 5
VALUE_CHARACTERS = 2000
TRACE_CHARACTERS = 8000
KEYS_REMEMBERED = 10_000
QUIET_LIBRARIES = ("alembic", "pymodbus", "sqlalchemy")
_NEEDS_QUOTES = frozenset(" \"'=\\")


def get(name: str) -> BoundLogger:
    """A logger: `log.warning("poll.failed", analyzer="Shop 12", why=why)`. May be made before `configure`."""
    logger: BoundLogger = structlog.wrap_logger(
        logging.getLogger(name),
        processors=[structlog.stdlib.filter_by_level, ProcessorFormatter.wrap_for_formatter],
        wrapper_class=BoundLogger,
    ).bind()
    return logger


def configure(name: str, *, folder: Path = FOLDER, level: int = logging.INFO) -> Callable[[], None]:
    """Sends the facts of this process to stderr and to `<folder>/<name>.log`; answers what takes it back.

    Loggers of libraries come along, and what nobody caught. A file that cannot be written is reported once on stderr,
    which has all facts. Where another process writes this file, it is `<name>-2.log`.
    """
    place = LogPlace(folder, name)
    console = logging.StreamHandler(sys.stderr) if sys.stderr is not None else logging.NullHandler()
    handlers: list[logging.Handler] = [console, LogFile(place.path, console)]
    root = logging.getLogger()
    level_before = root.level
    for handler in handlers:
        handler.setFormatter(ProcessorFormatter(processors=[format_exc_info, _line]))
        root.addHandler(handler)
    root.setLevel(level)
    for library in QUIET_LIBRARIES:
        quiet = logging.getLogger(library)
        quiet.setLevel(max(quiet.level, logging.WARNING))  # one that was silenced further stays so
    hear_no_more = hear(get("process"))

    def take_back() -> None:
        hear_no_more()
        root.setLevel(level_before)
        for handler in handlers:
            root.removeHandler(handler)
            handler.close()
        place.leave()

    return take_back


class Repeats:
    """Of the failures of one key the first is a WARNING, the repeats are DEBUG, and the recovery is an INFO."""

    def __init__(self, log: BoundLogger, failed: str, recovered: str, key_name: str) -> None:
        self._log, self._failed, self._recovered, self._key_name = log, failed, recovered, key_name
        self._failures: dict[str, int] = {}

    def failure(self, key: str, **fields: object) -> None:
        tell = self._log.warning if self.is_first(key) else self._log.debug
        tell(self._failed, **{self._key_name: key}, **fields)

    def is_first(self, key: str) -> bool:
        """Counts a failure that is told in another way, and whether it has to be told."""
        count = self._failures.pop(key, 0) + 1
        # The keys that failed longest ago are forgotten first; at worst one of them is a WARNING again.
        while len(self._failures) >= KEYS_REMEMBERED:
            self._failures.pop(next(iter(self._failures)))
        self._failures[key] = count
        return count == 1

    def success(self, key: str, **fields: object) -> None:
        count = self._failures.pop(key, 0)
        if count:
            self._log.info(self._recovered, **{self._key_name: key}, failures=count, **fields)


class LogFile(RotatingFileHandler):
    """The rotating file of one process. What goes wrong with it never reaches the process."""

    def __init__(self, path: Path, console: logging.Handler, file_bytes: int = FILE_BYTES) -> None:
        super().__init__(path, maxBytes=file_bytes, backupCount=FILES_KEPT, encoding="utf-8", delay=True)
        self._console = console
        self._failing = self._failed_now = False

    def emit(self, record: logging.LogRecord) -> None:
        self._failed_now = False
        super().emit(record)
        if self._failing and not self._failed_now:
            self._failing = False
            self._tell(logging.INFO, "log.file_recovered", path=self.baseFilename)

    def handleError(self, record: logging.LogRecord) -> None:
        """Called by logging inside the `except` of a failed write; the next fact tries the file anew."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            super().handleError(record)
            return
        self._failed_now = True
        self._let_go()
        if not self._failing:
            self._failing = True
            why = error.strerror or str(error)
            self._tell(logging.WARNING, "log.file_failed", text=LogFileUnwritable(path=self.baseFilename, why=why))

    def doRollover(self) -> None:
        """As the base class, but an open file that Windows will not rename is written on, and costs no older file."""
        self._let_go()
        path = Path(self.baseFilename)
        turning = path.with_name(f"{path.name}.turning")
        with suppress(OSError):
            path.replace(turning)
            for number in range(self.backupCount - 1, 0, -1):
                older = path.with_name(f"{path.name}.{number}")
                if older.exists():
                    older.replace(path.with_name(f"{path.name}.{number + 1}"))
            turning.replace(path.with_name(f"{path.name}.1"))
        self.stream = self._open()

    def _open(self) -> TextIOWrapper:
        Path(self.baseFilename).parent.mkdir(parents=True, exist_ok=True)
        return super()._open()

    def _let_go(self) -> None:
        stream, self.stream = self.stream, None
        if stream is not None:
            with suppress(OSError):
                stream.close()

    def _tell(self, level: int, action: str, **fields: object) -> None:
        # Made by hand, since a logger would come back to this handler.
        record = logging.makeLogRecord(
            {
                "name": __name__,
                "levelno": level,
                "levelname": logging.getLevelName(level),
                "msg": {"event": action, **fields},
                "_logger": None,
                "_name": logging.getLevelName(level).lower(),
            }
        )
        self._console.handle(record)


def _line(_logger: WrappedLogger, _method: str, fact: EventDict) -> str:
    """The fact as its line. Facts of libraries have the library's name as action and their message as `text`."""
    record: logging.LogRecord = fact.pop("_record")
    action = str(fact.pop("event"))
    fields: dict[str, object] = {**fact}
    if not fields.pop("_from_structlog"):
        action, fields = record.name, {"text": action, **fields}
    instant = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    shown = (f"{name}={_value(name, value)}" for name, value in fields.items())
    return " ".join([instant, record.levelname, _quoted(masked(action)), *shown])


def _value(name: str, value: object) -> str:
    if is_secret(name):
        return HIDDEN
    if name == "exception":
        return _quoted(masked(str(value)[-MASKED_CHARACTERS:])[-TRACE_CHARACTERS:])
    clean = without_secrets(value)
    if isinstance(clean, Mapping | list):
        clean = json.dumps(clean, ensure_ascii=False)
    return _quoted(str(clean)[:VALUE_CHARACTERS])


def _quoted(text: str) -> str:
    """Bare if that is unmistakable, else in quotes, with everything invisible written out: no value makes a line."""
    if text and text.isprintable() and _NEEDS_QUOTES.isdisjoint(text):
        return text
    return '"' + "".join(map(_visible, text)) + '"'


def _visible(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    return character if character.isprintable() else character.encode("unicode_escape").decode()
