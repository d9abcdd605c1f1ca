"""What a tenant's program is told: its own credit, prices and supply, and nothing of its neighbours."""

from prepaid.records import Source
from prepaid.supply import Answer, Reason
from prepaid.switching import Supply
from sql.tables import supply_states
from tests.building import Person
from tests.dashboard.api.calls import Calls


def test_the_credit_is_told_to_the_last_watt_hour(calls: Calls) -> None:
    meter = calls.house.analyzer("Shop, ground floor", calls.shop)
    bases = calls.house.begin(meter)
    calls.house.use(bases.of(Source.GRID), 10_000)
    calls.house.use(bases.of(Source.GENERATOR), 1)

    answer = calls.get("/api/user/dashboard", calls.tenant(calls.shop)).json()

    assert (answer["site"], answer["tenant"], answer["time_zone"]) == ("Corner House", "Shop", "Asia/Baghdad")
    (account,) = answer["accounts"]
    assert (account["balance"], account["live_balance"], account["left"]) == ("100", "98.4996", "98.4996")
    assert (account["used_today_wh"], account["charged_today"]) == (10_001, "1.5004")
    assert {price["source"]: price["price_per_kwh"] for price in account["prices"]} == {
        "grid": "0.15",
        "generator": "0.4",
    }


def test_a_cut_is_told_with_its_reason(calls: Calls) -> None:
    meter = calls.house.analyzer("Shop, ground floor", calls.shop)
    calls.house.begin(meter)
    with calls.database.writing() as conn:
        conn.execute(
            supply_states.insert().values(
                analyzer_id=meter,
                supply=Supply.CUT,
                seen=Supply.CUT,
                reason=Reason.OUT_OF_CREDIT,
                answer=Answer.CUT,
                answer_reason=Reason.STILL_OUT,
                since_at=calls.clock.now(),
            )
        )

    (account,) = calls.get("/api/user/dashboard", calls.tenant(calls.shop)).json()["accounts"]
    (supply,) = account["supplies"]

    assert (account["state"], supply["state"], supply["reason"]) == ("cut", "cut", "out_of_credit")
    assert "recharge" in supply["sentence"].lower()
    assert supply["since_at"] == "2026-01-05T08:00:00Z"
    assert supply["power_w"] is None


def test_each_tenant_is_told_its_own_and_nothing_of_another(calls: Calls) -> None:
    neighbour = calls.house.tenant("Neighbour", opening="7")

    def told(person: Person) -> str:
        return calls.get("/api/user/dashboard", calls.tenant(person)).text

    assert calls.shop.number in told(calls.shop)
    assert calls.shop.number not in told(neighbour)
    assert '"balance":"7"' in told(neighbour)
    assert calls.stranger.number in told(calls.stranger)
