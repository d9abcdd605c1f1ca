"""Starts the children, keeps them running, stops them: whatever happens, none outlives run_all."""

import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from launcher.children import Child
from launcher.console import Console
from launcher.health import Health
from launcher.logs import last_words, limit
from prepaid.clock import Clock
from prepaid.errors.launch import ChildEnded, ChildSilent
from prepaid.language import _

POLL_S = 0.1
MAX_BACK_OFF_S = 60.0
STEADY_AFTER_S = 300.0


@dataclass(kw_only=True, slots=True)
class Running:
    """A child with its process. `log` holds what it printed (its own log file it writes itself), from `log_from` on
    what it printed since this start."""

    child: Child
    log: Path
    process: subprocess.Popen[bytes]
    log_from: int
    started_s: float
    failures: int = 0
    again_s: float | None = None


@dataclass(kw_only=True, slots=True)
class Supervisor:
    """The children of one run. `start` them all, `look` at them now and then, `stop` them in any case."""

    python: Path
    root: Path
    logs: Path
    environ: Mapping[str, str]
    console: Console
    clock: Clock
    clean_stop_s: float = 15.0
    hard_stop_s: float = 5.0
    running: list[Running] = field(default_factory=list)
    _pause: threading.Event = field(default_factory=threading.Event)

    def start(self, children: Sequence[Child]) -> None:
        """One after the other, each healthy before the next. Raises ChildEnded, ChildSilent."""
        for child in children:
            self.begin([child])
            running = self.running[-1]
            self._await_health(running)
            seconds = self.clock.monotonic() - running.started_s
            self.console.say(_("{name}: healthy after {seconds:.1f} s").format(name=child.name, seconds=seconds))

    def begin(self, children: Sequence[Child]) -> None:
        """Starts them without waiting for their health."""
        for child in children:
            self.running.append(self._launch(child, self.logs / f"{child.name}.out"))

    def end(self, name: str) -> None:
        """Ends a child that must be started anew; the next looks do that."""
        for running in self.running:
            if running.child.name == name and running.process.poll() is None:
                self._end(running.process)

    def look(self) -> dict[str, Health]:
        """The health of each child now. Children that ended are started again: after 2 s, 4 s, ... 60 s."""
        return {running.child.name: self._look_at(running) for running in self.running}

    def stop(self) -> None:
        """Ends the children, the last started first: end of input, then a signal, then a kill. May be interrupted once
        by an impatient person, which kills."""
        try:
            for running in reversed(self.running):
                self._end(running.process)
        except KeyboardInterrupt:
            for running in self.running:
                running.process.kill()
            for running in self.running:
                running.process.wait()
                _close_input(running.process)
        self.running.clear()

    def _launch(self, child: Child, log: Path) -> Running:
        log.parent.mkdir(parents=True, exist_ok=True)
        limit(log)
        with log.open("ab") as stream:
            log_from = stream.tell()
            process = subprocess.Popen(
                [str(self.python), *child.arguments],
                cwd=self.root,
                env={**self.environ, **child.environ},
                stdin=subprocess.PIPE,
                stdout=stream,
                stderr=subprocess.STDOUT,
                # A group of its own: Ctrl+C reaches run_all only, which then stops its children in order.
                start_new_session=os.name != "nt",
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            )
        now_s = self.clock.monotonic()
        return Running(child=child, log=log, process=process, log_from=log_from, started_s=now_s)

    def _await_health(self, running: Running) -> None:
        name, patience_s = running.child.name, running.child.patience_s
        while not running.child.probe.ask().well:
            words = last_words(running.log, running.log_from)
            code = running.process.poll()
            if code is not None:
                raise ChildEnded(name=name, code=code, words=words, log=running.log, python=self.python)
            elapsed_s = self.clock.monotonic() - running.started_s
            if elapsed_s > patience_s:
                raise ChildSilent(name=name, patience_s=f"{patience_s:g}", words=words, log=running.log)
            self.console.live(
                _("{name}: starting, {seconds:.0f} s").format(name=name, seconds=elapsed_s),
                at_s=self.clock.monotonic(),
            )
            self._pause.wait(POLL_S)

    def _look_at(self, running: Running) -> Health:
        now_s = self.clock.monotonic()
        code = running.process.poll()
        limit(running.log)
        if code is None:
            if now_s - running.started_s > STEADY_AFTER_S:
                running.failures = 0
            return running.child.probe.ask()
        if running.again_s is None:
            _close_input(running.process)
            running.failures += 1
            running.again_s = now_s + min(2.0**running.failures, MAX_BACK_OFF_S)
            words = last_words(running.log, running.log_from)
            self.console.say(
                _("{name}: ended (exit code {code}), will be started again. Its last words:{words}").format(
                    name=running.child.name, code=code, words=words
                )
            )
        if now_s >= running.again_s:
            fresh = self._launch(running.child, running.log)
            running.process, running.log_from, running.started_s = fresh.process, fresh.log_from, fresh.started_s
            running.again_s = None
        return Health(well=False, word=_("ended"))

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        _close_input(process)
        if _ended(process, self.clean_stop_s):
            return
        with suppress(OSError):  # a service of Windows has no console through which this signal could go
            process.send_signal(getattr(signal, "CTRL_BREAK_EVENT", signal.SIGTERM))
        if not _ended(process, self.hard_stop_s):
            process.kill()
            process.wait()


def _close_input(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None, "every child has a pipe"
    with suppress(OSError):
        process.stdin.close()


def _ended(process: subprocess.Popen[bytes], patience_s: float) -> bool:
    try:
        process.wait(patience_s)
    except subprocess.TimeoutExpired:
        return False
    return True
