"""Whoever breaks a rule of the product is caught: by a seed of the simulation, or by a test."""

from pathlib import Path

import pytest

from tests.simulation.mutations import MUTATIONS, Mutation, broken, caught, mutated


@pytest.mark.slow
@pytest.mark.parametrize("mutation", MUTATIONS, ids=str)
def test_a_broken_rule_is_noticed(mutation: Mutation, tmp_path: Path) -> None:
    said = caught(mutated(mutation, tmp_path), mutation.seed, mutation.test)

    assert "FAILED" in said


@pytest.mark.parametrize("mutation", MUTATIONS, ids=str)
def test_what_a_mutation_replaces_is_still_there(mutation: Mutation) -> None:
    assert mutation.after in broken(mutation)
