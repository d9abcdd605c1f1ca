"""Traces of a hand at a device are told once a change, with before and after; export is never consumption."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from prepaid.records import Purpose
from prepaid.tamper import Fingerprint, Trace, compare

EIGHT = datetime(2026, 1, 5, 8, tzinfo=UTC)
KNOWN = Fingerprint(
    serial_number="LQN/1",
    parameter_changes=5,
    setting_changes=9,
    export_wh=100,
    settings={"current_primary_a": 250, "output_0_use": 2},
)


def test_a_change_of_the_device_s_own_counters_is_told_with_before_and_after_and_only_once() -> None:
    seen = replace(KNOWN, parameter_changes=6, setting_changes=11)

    kept, [found] = compare(KNOWN, seen, Purpose.TENANT, EIGHT, parameters_changed=True)
    again = compare(kept, seen, Purpose.TENANT, EIGHT, parameters_changed=False)[1]

    assert (found.trace, found.before, found.after) == (Trace.CHANGES, {"217": 5, "219": 9}, {"217": 6, "219": 11})
    assert again == []


def test_the_bit_alone_is_told_too() -> None:
    [found] = compare(KNOWN, KNOWN, Purpose.TENANT, EIGHT, parameters_changed=True)[1]

    assert (found.trace, found.before, found.after) == (Trace.CHANGES, {}, {})


def test_a_changed_transformer_ratio_is_named_and_what_was_never_read_is_no_change() -> None:
    seen = replace(KNOWN, settings={"current_primary_a": 100, "output_0_use": 2})

    kept, [found] = compare(KNOWN, seen, Purpose.TENANT, EIGHT, parameters_changed=False)
    never_read = compare(replace(KNOWN, settings=None), seen, Purpose.TENANT, EIGHT, parameters_changed=False)
    unread = compare(KNOWN, replace(KNOWN, settings=None), Purpose.TENANT, EIGHT, parameters_changed=False)

    assert (found.trace, found.before, found.after) == (
        Trace.SETTINGS,
        {"current_primary_a": 250},
        {"current_primary_a": 100},
    )
    assert kept.settings == seen.settings
    assert never_read == (replace(KNOWN, settings=seen.settings), [])
    assert unread == (KNOWN, [])


def test_export_that_grows_at_a_tenant_is_told_once_a_day_with_all_that_grew() -> None:
    known, told = KNOWN, []
    for hours in range(50):
        now = EIGHT + timedelta(hours=hours)
        seen = replace(KNOWN, export_wh=101 + hours)
        known, found = compare(known, seen, Purpose.TENANT, now, parameters_changed=False)
        told += [(each.before["export_wh"], each.after["export_wh"]) for each in found]

    assert told == [(100, 101), (101, 125), (125, 149)]


def test_export_elsewhere_and_a_counter_of_export_that_was_reset_are_no_tampering() -> None:
    elsewhere = compare(KNOWN, replace(KNOWN, export_wh=500), Purpose.COMMON, EIGHT, parameters_changed=False)
    fallen = compare(KNOWN, replace(KNOWN, export_wh=0), Purpose.TENANT, EIGHT, parameters_changed=False)

    assert (elsewhere[0].export_wh, elsewhere[1]) == (500, [])
    assert (fallen[0].export_wh, fallen[1]) == (0, [])


@given(
    shown=st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 9), st.sampled_from([None, 100, 250])),
        max_size=30,
    )
)
def test_whatever_a_device_shows_what_stays_as_it_is_is_told_no_more(
    shown: list[tuple[int, int, int, int | None]],
) -> None:
    known = KNOWN
    for parameters, changes, export_wh, primary_a in shown:
        settings = None if primary_a is None else {"current_primary_a": primary_a, "output_0_use": 2}
        seen = replace(
            known, parameter_changes=parameters, setting_changes=changes, export_wh=export_wh, settings=settings
        )
        known, _found = compare(known, seen, Purpose.TENANT, EIGHT, parameters_changed=False)

        again = compare(known, seen, Purpose.TENANT, EIGHT, parameters_changed=False)[1]
        assert again == []
