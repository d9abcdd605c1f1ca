"""What a test found, in words: a sentence for everything that can be found, with what to do where it prevents."""

import pytest

from documents.commissioning_texts import OUTCOMES, PHASES, SENTENCES, sentence, verdict
from prepaid.commissioning import Fact, Finding, Found, Outcome, Phase, Weight, ok, prevents, remark

ANY: dict[str, Fact] = {
    "order_number": "7KM3220",
    "firmware": "V3.2.0",
    "manufacturer_id": 42,
    "serial_number": "LQN/1",
    "expected": "LQN/2",
    "analyzer": "Oven",
    "why": "exception 2",
    "primary": 100,
    "secondary": 5,
    "kind": 4,
    "transformer": 1,
    "a": 230.1,
    "b": 230.2,
    "c": 230.3,
    "phases": "L1",
    "use": 0,
    "value": 1,
    "tariff": 1,
    "source": "generator",
    "before": 1,
    "after": 2,
    "output": 0,
    "register": 51712,
    "group": 3,
    "seconds": 60,
    "most": 30,
    "least": 30,
    "code": 2,
    "evidence": "current",
}


@pytest.mark.parametrize("found", list(Found))
def test_everything_that_can_be_found_has_a_whole_sentence(found: Found) -> None:
    said = sentence(Finding(found=found, weight=Weight.OK, facts=ANY))

    assert said.endswith(".") or found in (Found.PART_REFUSED, Found.BROKEN_OFF, Found.CUT_REFUSED)
    assert "{" not in said
    assert set(SENTENCES) == set(Found)


def test_words_of_the_device_are_told_as_people_read_them() -> None:
    assert sentence(ok(Found.CONNECTION, kind=4, transformer=0)) == "Connection type 1P2W, voltage transformers: no."
    assert "the generator" in sentence(Finding(found=Found.TARIFF_WRONG, weight=Weight.PREVENTS, facts=ANY))


def test_a_verdict_names_the_device_and_what_is_in_the_way() -> None:
    failing = prevents(Found.WRITE_REFUSED, code=2)

    assert verdict(Outcome.PASSED, "LQN/1", [ok(Found.RESTORED)]) == "Passed for LQN/1."
    assert verdict(Outcome.FAILED, "LQN/1", [ok(Found.RESTORED), failing]).startswith("Failed for LQN/1. The device")
    assert "The cut was not tried" in verdict(Outcome.UNPROVEN, "LQN/1", [remark(Found.CUT_NOT_TRIED)])


def test_every_outcome_and_phase_has_words() -> None:
    assert set(OUTCOMES) == set(Outcome)
    assert set(PHASES) == set(Phase)
