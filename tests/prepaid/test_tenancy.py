"""What is written down of a tenant is checked: texts, contacts, and a policy whose supply comes back above the cut."""

from decimal import Decimal

import pytest

from prepaid.errors.mail import MailAddressInvalid
from prepaid.errors.numbers import AmountInvalid
from prepaid.errors.tenants import (
    ContactUnreachable,
    DebtFloorInvalid,
    EmergencyCreditInvalid,
    ExemptWithoutWhy,
    RestoreBelowCut,
    StageBackwards,
    TextInvalid,
)
from prepaid.records import Stage
from prepaid.tenancy import (
    ContactFacts,
    Policy,
    TenantFacts,
    check_step,
    checked_contact,
    checked_number,
    checked_policy,
    checked_tenant,
    differences,
    stages_from,
    stages_reached,
)

OBSERVED = Policy(stage=Stage.OBSERVED)


def test_a_tenant_is_trimmed_and_what_is_empty_is_nothing() -> None:
    written = TenantFacts(name="  Corner   Bakery ", unit="", phone=" +964 1 ", language="en", note="\n two\nlines \n")

    assert checked_tenant(written) == TenantFacts(
        name="Corner Bakery", unit=None, phone="+964 1", language="en", note="two\nlines"
    )


@pytest.mark.parametrize(
    "written",
    [
        TenantFacts(name="  "),
        TenantFacts(name="x" * 121),
        TenantFacts(name="Bakery", unit="x" * 61),
        TenantFacts(name="Bake\x00ry"),
        TenantFacts(name="Bakery", language="english"),
    ],
)
def test_a_tenant_that_cannot_be_kept_is_refused(written: TenantFacts) -> None:
    with pytest.raises(TextInvalid):
        checked_tenant(written)


def test_names_in_any_script_are_kept() -> None:
    assert checked_tenant(TenantFacts(name="نانەوایی \u200cگۆشە")).name == "نانەوایی \u200cگۆشە"


def test_a_contact_can_be_reached_by_mail_or_by_phone() -> None:
    assert checked_contact(ContactFacts(name="Sara", email=" sara@example.com ")).email == "sara@example.com"
    assert checked_contact(ContactFacts(name="Sara", email="", phone="07")).email is None
    with pytest.raises(ContactUnreachable):
        checked_contact(ContactFacts(name="Sara", email=" ", phone=None))


@pytest.mark.parametrize(
    "address", ["sara", "sara@", "@example.com", "a b@example.com", "a@b@c.example", "sara@example"]
)
def test_what_is_no_mail_address_is_refused(address: str) -> None:
    with pytest.raises(MailAddressInvalid):
        checked_contact(ContactFacts(name="Sara", email=address))


def test_the_supply_never_comes_back_below_where_it_is_cut() -> None:
    fine = Policy(stage=Stage.OBSERVED, emergency_credit=Decimal(50), restore_threshold=Decimal(-50))

    assert checked_policy(fine) == fine
    with pytest.raises(RestoreBelowCut):
        checked_policy(Policy(stage=Stage.OBSERVED, emergency_credit=Decimal(50), restore_threshold=Decimal(-51)))
    with pytest.raises(EmergencyCreditInvalid):
        checked_policy(Policy(stage=Stage.OBSERVED, emergency_credit=Decimal(-1)))
    with pytest.raises(AmountInvalid):
        checked_policy(Policy(stage=Stage.OBSERVED, emergency_credit=Decimal("0.00000001")))


def test_an_exempt_account_needs_a_reason_and_another_keeps_none() -> None:
    with pytest.raises(ExemptWithoutWhy):
        checked_policy(Policy(stage=Stage.OBSERVED, exempt=True, exempt_why=" "))

    assert checked_policy(Policy(stage=Stage.OBSERVED, exempt=False, exempt_why="hospital")).exempt_why is None


def test_a_stage_goes_forward_only() -> None:
    check_step("A-1", Stage.OBSERVED, Stage.OBSERVED)
    check_step("A-1", Stage.OBSERVED, Stage.ENFORCED)

    for before, wanted in (
        (Stage.ENFORCED, Stage.WARNED),
        (Stage.OBSERVED, Stage.CLOSED),
        (Stage.CLOSED, Stage.WARNED),
    ):
        with pytest.raises(StageBackwards):
            check_step("A-1", before, wanted)
    assert stages_from(Stage.WARNED) == (Stage.WARNED, Stage.ENFORCED)
    assert stages_from(Stage.CLOSED) == ()


def test_every_stage_up_to_the_new_one_is_reached_with_it() -> None:
    assert stages_reached(Stage.DRAFT, Stage.ENFORCED) == (Stage.OBSERVED, Stage.WARNED, Stage.ENFORCED)
    assert stages_reached(Stage.OBSERVED, Stage.WARNED) == (Stage.WARNED,)
    assert stages_reached(Stage.WARNED, Stage.WARNED) == ()
    assert stages_reached(Stage.DRAFT, Stage.DRAFT) == ()


def test_an_account_number_is_short_and_plain() -> None:
    assert checked_number(" A-0001 ") == "A-0001"
    for number in ("", "A 1", "٣", "x" * 25):
        with pytest.raises(TextInvalid):
            checked_number(number)


def test_only_what_differs_is_told() -> None:
    after = Policy(stage=Stage.WARNED, emergency_credit=Decimal(5))

    assert differences(OBSERVED, after) == (
        {"stage": Stage.OBSERVED, "emergency_credit": Decimal(0)},
        {"stage": Stage.WARNED, "emergency_credit": Decimal(5)},
    )
    assert differences(after, after) == ({}, {})


def test_a_debt_floor_is_nothing_or_more() -> None:
    fine = Policy(stage=Stage.ENFORCED, debt_floor=Decimal("2.50"))

    assert checked_policy(fine).debt_floor == Decimal("2.5")
    assert checked_policy(Policy(stage=Stage.ENFORCED)).debt_floor is None
    with pytest.raises(DebtFloorInvalid):
        checked_policy(Policy(stage=Stage.ENFORCED, debt_floor=Decimal("-0.0000001")))
