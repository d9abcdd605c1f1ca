"""What docs/kepware.md tells of options, figures and addresses is so."""

import argparse
import re
from pathlib import Path

import pytest

from enforcer.kepserver.command import add_arguments as add_project_arguments
from enforcer.kepserver.project import LogSettings
from enforcer.kepserver.tags import HISTORY_TAGS, METERING_TAGS
from enforcer.simulator.command import add_arguments as add_simulator_arguments
from prepaid.kepware.tags import REQUIRED

PAGE = (Path(__file__).parents[3] / "docs" / "kepware.md").read_text(encoding="utf-8")
LARGEST_INT = 2**31 - 1


def rows_a_second(analyzers: int) -> float:
    usual = LogSettings()
    fast, slow = len(METERING_TAGS) / usual.interval_ms, len(HISTORY_TAGS) / usual.history_interval_ms
    return analyzers * (fast + slow) * 1000


def test_every_option_of_the_page_is_one_of_a_command() -> None:
    simulator, project = argparse.ArgumentParser(), argparse.ArgumentParser()
    add_simulator_arguments(simulator)
    add_project_arguments(project)
    known = simulator.format_help() + project.format_help()

    for option in set(re.findall(r"--[a-z]+(?:-[a-z]+)*", PAGE)) - {"--check"}:
        assert f"{option} " in known or f"{option}\n" in known or f"{option}]" in known, option


@pytest.mark.parametrize(("analyzers", "a_day"), [(33, "8.4 million"), (100, "25 million"), (800, "203 million")])
def test_the_figures_are_those_of_the_project(analyzers: int, a_day: str) -> None:
    rows = rows_a_second(analyzers)

    assert f"| {analyzers} | {rows:,.0f} | {a_day} |".replace(",", " ") in PAGE
    assert float(a_day.removesuffix(" million")) == pytest.approx(rows * 86_400 / 1e6, rel=0.02)


def test_an_identity_of_32_bits_ends_as_soon_as_the_page_says() -> None:
    assert "fill that in 10 days, 33 analyzers in eight months" in " ".join(PAGE.split())
    assert LARGEST_INT / rows_a_second(800) / 86_400 == pytest.approx(10.6, abs=0.1)
    assert LARGEST_INT / rows_a_second(33) / 86_400 / 30.4 == pytest.approx(8.4, abs=0.1)


def test_the_metering_tags_are_all_without_which_an_analyzer_is_not_read() -> None:
    assert set(REQUIRED) <= {tag.name for tag in METERING_TAGS}
