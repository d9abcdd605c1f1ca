"""The non-volatile memory of all simulated devices: one JSON file, replaced as a whole, that outlives the process."""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from enforcer.simulator.counters import Counters
from enforcer.simulator.device import SimulatedAnalyzer
from enforcer.simulator.saved import Saved
from prepaid.errors.simulator import SimulatorMemoryUnreadable, SimulatorMemoryUnwritable
from sql.demo.site import Start

FORMAT = 1
SAVE_EVERY_S = 300
"""As the real device: a loss of power costs up to 5 minutes of energy."""
NEW = Start(0.0, 0.0)
"""A device as delivered."""


class Memory:
    """Between `load` and `save(clean=True)` the file says that the devices run: found so, they lost their power."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._others: dict[str, Any] = {}

    def load(self, analyzers: Iterable[SimulatedAnalyzer], start_counters: Mapping[str, Start]) -> None:
        """Gives every device its memory; one without begins at its start counters, or at zero."""
        clean, saved = self._read()
        for analyzer in analyzers:
            known = saved.pop(analyzer.serial_number, None)
            if known is None:
                analyzer.begin_at(*start_counters.get(analyzer.serial_number, NEW))
                continue
            analyzer.recall(known)
            if not clean:
                analyzer.lose_power()
        self._others = {serial_number: _to_json(each) for serial_number, each in saved.items()}

    def save(self, analyzers: Iterable[SimulatedAnalyzer], *, clean: bool = False) -> None:
        """Saves all devices. `clean` at the very end: the next start continues without a gap."""
        devices = {analyzer.serial_number: _to_json(analyzer.save()) for analyzer in analyzers}
        if self.path is None:
            return
        text = json.dumps({"format": FORMAT, "clean": clean, "devices": self._others | devices})
        try:
            _replace(self.path, text)
        except OSError as error:
            raise SimulatorMemoryUnwritable(path=self.path, why=error.strerror or error) from error

    def _read(self) -> tuple[bool, dict[str, Saved]]:
        if self.path is None or not self.path.exists():
            return True, {}
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
            if content["format"] != FORMAT:
                raise ValueError(f"format {content['format']}")
            return bool(content["clean"]), {
                serial_number: _from_json(device) for serial_number, device in content["devices"].items()
            }
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise SimulatorMemoryUnreadable(path=self.path, why=f"{type(error).__name__} {error}") from error


def _replace(path: Path, text: str) -> None:
    """The file holds the old text or the new one, whenever the power goes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _to_json(saved: Saved) -> dict[str, Any]:
    return saved._asdict()


def _from_json(device: Mapping[str, Any]) -> Saved:
    settings = {int(offset): int(value) for offset, value in device["settings"].items()}
    counters = tuple(float(value) for value in device["counters"])
    if len(counters) != len(Counters().values):
        raise ValueError(f"{len(counters)} counters")
    return Saved(**{**device, "settings": settings, "counters": counters})
