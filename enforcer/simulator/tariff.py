"""Which tariff an analyzer counts: chosen by the contact on DI 0.0 or by command, at once or at the end of a period."""

from math import inf

from enforcer.simulator.settings import DEMAND_SYNCHRONISATION, INPUT_0_USE, TARIFF_SWITCHING, Settings

DEMAND_PERIOD_S = 900
"""With demand synchronisation a tariff changes only at the end of such a period."""


class Tariff:
    """0 is tariff 1, 1 is tariff 2. After every change of a wish or a setting, `follow`."""

    def __init__(self) -> None:
        self.active = 0
        self.chosen = 0
        """What 60006 asked for last; without effect while DI 0.0 chooses."""
        self.generator_runs = False
        """The contact on DI 0.0."""
        self.due = inf
        """When a postponed change happens."""

    def follow(self, settings: Settings, now: float, operating_s: float) -> None:
        """Takes the wanted tariff, or notes when it will be taken."""
        if settings[DEMAND_SYNCHRONISATION] and self._wanted(settings) != self.active:
            self.due = now + DEMAND_PERIOD_S - operating_s % DEMAND_PERIOD_S
        else:
            self.take(settings)

    def take(self, settings: Settings) -> None:
        """The wanted tariff becomes the active one."""
        self.due = inf
        self.active = self._wanted(settings)

    def _wanted(self, settings: Settings) -> int:
        return int(self.generator_runs) if settings[INPUT_0_USE] == TARIFF_SWITCHING else self.chosen
