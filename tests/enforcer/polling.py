"""A site of simulated analyzers on real sockets, with a poller that reads them at a quick pace."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from enforcer.poll import LinkState, Poller, Target
from prepaid.clock import Clock, SystemClock
from prepaid.records import Reading
from tests.enforcer.scripted import LoopThread, Script, ScriptedAnalyzer

PERIOD_S = 0.1
TIMEOUT_S = 0.2
BACK_OFF_S = 0.1


@dataclass(kw_only=True)
class Site:
    """Analyzers on one loop, a poller on another, and a test in between that waits for what it expects."""

    loop: LoopThread
    analyzers: list[ScriptedAnalyzer]
    poller: Poller
    readings: list[Reading] = field(default_factory=list)

    def collect(self, count: int, analyzer_id: int = 1) -> list[Reading]:
        """Waits until so many readings of the analyzer have come; returns them."""

        def of_the_analyzer() -> list[Reading]:
            return [reading for reading in self.readings if reading.analyzer_id == analyzer_id]

        def enough() -> bool:
            self.readings += self.poller.take()
            return len(of_the_analyzer()) >= count

        wait_until(enough)
        return of_the_analyzer()

    def link(self, number: int = 1) -> LinkState:
        return self.poller.links()[number]

    def script(self, script: Script, number: int = 1) -> None:
        self.analyzers[number - 1].script = script


@contextmanager
def site(
    *analyzers: ScriptedAnalyzer,
    period_s: float = PERIOD_S,
    timeout_s: float = TIMEOUT_S,
    history_s: float = 60.0,
    back_off_s: float = BACK_OFF_S,
    clock: Clock | None = None,
    readings_kept: int = 1000,
    settings_after_s: float = 20.0,
) -> Iterator[Site]:
    with ExitStack() as stack:
        loop = stack.enter_context(LoopThread())
        for analyzer in analyzers:
            loop.run(analyzer.__aenter__())
            stack.callback(leave, loop, analyzer)
        poller = Poller(
            targets_of(analyzers),
            clock or SystemClock(),
            period_s=period_s,
            timeout_s=timeout_s,
            history_s=history_s,
            back_off_s=back_off_s,
            readings_kept=readings_kept,
            settings_after_s=settings_after_s,
        )
        poller.start()
        stack.callback(poller.stop)
        yield Site(loop=loop, analyzers=list(analyzers), poller=poller)


def leave(loop: LoopThread, analyzer: ScriptedAnalyzer) -> None:
    loop.run(analyzer.__aexit__(None, None, None))


def targets_of(analyzers: tuple[ScriptedAnalyzer, ...]) -> list[Target]:
    return [
        Target(analyzer_id=number, host="127.0.0.1", port=analyzer.port)
        for number, analyzer in enumerate(analyzers, start=1)
    ]


def wait_until(condition: Callable[[], bool], within_s: float = 20.0) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)
