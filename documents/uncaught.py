"""What nobody caught reaches the log: of the main thread, of other threads, of finalizers. (Tasks of asyncio do anyway,
through the logger of that library.)"""

import sys
import threading
from collections.abc import Callable
from types import TracebackType

from structlog.stdlib import BoundLogger


def hear(log: BoundLogger) -> Callable[[], None]:
    """From now on; answers what takes it back. Ctrl+C and a wanted end are no faults."""
    before = sys.excepthook, threading.excepthook, sys.unraisablehook

    def of_main(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, Exception):
            log.critical("process.uncaught", thread="main", exc_info=(kind, error, trace))
        else:
            before[0](kind, error, trace)

    def of_thread(told: threading.ExceptHookArgs) -> None:
        if issubclass(told.exc_type, Exception) and told.exc_value is not None:
            name = "?" if told.thread is None else told.thread.name
            trace = (told.exc_type, told.exc_value, told.exc_traceback)
            log.critical("thread.uncaught", thread=name, exc_info=trace)
        else:
            before[1](told)

    def of_finalizer(told: "sys.UnraisableHookArgs") -> None:
        if told.exc_value is None:
            before[2](told)
        else:
            trace = (told.exc_type, told.exc_value, told.exc_traceback)
            log.error("object.uncaught", where=repr(told.object)[:200], text=told.err_msg or "", exc_info=trace)

    sys.excepthook, threading.excepthook, sys.unraisablehook = of_main, of_thread, of_finalizer

    def take_back() -> None:
        sys.excepthook, threading.excepthook, sys.unraisablehook = before

    return take_back
