"""The live line: how the site is, in the words of its children."""

from collections.abc import Mapping

from launcher.health import Health
from prepaid.language import _


def status_line(healths: Mapping[str, Health], uptime_s: float) -> str:
    """One line, the most important first."""
    minutes, seconds = divmod(int(uptime_s), 60)
    parts = [f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"]
    parts += [f"{name} {health.word}" for name, health in healths.items()]
    told = {name: _facts(health.facts) for name, health in healths.items()}
    several = sum(bool(texts) for texts in told.values()) > 1
    parts += [f"{name}: {text}" if several else text for name, texts in told.items() for text in texts]
    return " | ".join(parts)


def _facts(facts: Mapping[str, object]) -> list[str]:
    """What the enforcer's page tells; what it leaves out is left out."""
    texts = []
    reads = facts.get("reads")
    if isinstance(reads, dict):
        given = {"due": "?", "on_time": "?", "late": "?", "missed": "?", **reads}
        texts.append(_("{on_time}/{due} reads, {late} late, {missed} missed").format(**given))
    if "accounts" in facts:
        texts.append(_("{accounts} accounts, {cut} cut").format(accounts=facts["accounts"], cut=facts.get("cut", "?")))
    if "passes" in facts:
        texts.append(_("pass {passes}").format(passes=facts["passes"]))
    cpu_ms = facts.get("cpu_ms_per_pass")
    if isinstance(cpu_ms, int | float):
        texts.append(_("{cpu_ms:.0f} ms CPU").format(cpu_ms=cpu_ms))
    return texts
