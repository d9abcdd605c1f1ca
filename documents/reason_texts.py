"""The words of every reason for a supply as it is: for the tenant whose supply it is, and for the staff."""

from prepaid.language import later
from prepaid.supply import Reason
from prepaid.switching import Supply

SUPPLY_WORDS = {Supply.ON: later("On"), Supply.CUT: later("Cut"), Supply.UNKNOWN: later("Not known")}

REASON_WORDS = {
    Reason.LOCK: later("Safety lock"),
    Reason.NOT_SWITCHABLE: later("Metered only"),
    Reason.NOT_COMMISSIONED: later("Not commissioned"),
    Reason.COMMISSIONING: later("Being tested"),
    Reason.WISH_CUT: later("Cut by the staff"),
    Reason.WISH_KEEP_ON: later("Kept on by the staff"),
    Reason.WISH_RESTORE: later("Switched on by the staff"),
    Reason.EXEMPT: later("Exempt"),
    Reason.RECHARGED: later("Recharged"),
    Reason.STILL_OUT: later("Credit used up"),
    Reason.CREDIT: later("In credit"),
    Reason.OUT_OF_CREDIT: later("Credit used up"),
    Reason.NOT_ENFORCED: later("Observed only"),
    Reason.PAUSED: later("Enforcement paused"),
    Reason.WINDOW: later("No-cut hours"),
    Reason.HOLD: later("Billing on hold"),
    Reason.NOTICE: later("Notice running"),
    Reason.GUARD: later("Guard against mass cuts"),
    Reason.CLOCK: later("Clocks disagree"),
}
"""A reason in a table or a badge, for the staff."""

CUT_FOR_CREDIT = later("Cut: the credit is used up. It comes back by itself after a recharge that covers the debt.")
FOUND_OFF = later("Off, but not switched off by us. Look at your own breakers, then call the staff.")
FOUND_OFF_STAFF = later("Found off; this product did not cut it and will not switch it on by itself. A person decides.")
LEFT_OFF = later("Off. The device cannot be switched now; ask the staff.")
LEFT_OFF_STAFF = later("Off, not switched: the device that answers has no passed commissioning record.")
NOT_SEEN = later("Not known yet: the meter has not shown whether the electricity is on.")
NOT_SEEN_STAFF = later("Not known yet: the analyzer has not shown its supply.")
ON = later("The electricity is on.")
QUEUED = later(
    "The electricity comes back by itself in about {duration}: supplies are switched on one after the other."
)
QUEUED_STAFF = later("To be switched on: place {place} in the queue, in about {duration}.")
STOPPED = later("The electricity comes back by itself as soon as the supply of the building is steady again.")
STOPPED_STAFF = later("To be switched on: it waits, because the incomer is out of range and nothing is connected.")

CUT_FOR_TENANT = {
    Reason.LOCK: later("Cut: a safety lock keeps it off. A recharge does not end it; ask the staff."),
    Reason.COMMISSIONING: later("Off for a test of the supply. It comes back by itself within a minute."),
    Reason.WISH_CUT: later("Cut: the staff had it switched off. It stays off until they have it switched on again."),
    Reason.STILL_OUT: CUT_FOR_CREDIT,
    Reason.OUT_OF_CREDIT: CUT_FOR_CREDIT,
}
CUT_FOR_STAFF = {
    Reason.LOCK: later("Cut by a safety lock. Only its owner or an admin ends it; no recharge does."),
    Reason.COMMISSIONING: later("Cut by a supervised test. It comes back by itself."),
    Reason.WISH_CUT: later("Cut because a person asked for it. It stays cut until that wish ends."),
    Reason.STILL_OUT: CUT_FOR_CREDIT,
    Reason.OUT_OF_CREDIT: CUT_FOR_CREDIT,
}
COMING_FOR_TENANT = {
    Reason.COMMISSIONING: later("The test is over. The electricity is being switched on now."),
    Reason.RECHARGED: later("Recharged. The electricity is being switched on now."),
    Reason.CREDIT: later("There is credit. The electricity is being switched on now."),
    Reason.WISH_RESTORE: later("The staff are having the electricity switched on now."),
    Reason.WISH_KEEP_ON: later("The staff are having the electricity switched on now."),
    Reason.EXEMPT: later("The electricity is being switched on now."),
}
COMING_FOR_STAFF = {
    Reason.COMMISSIONING: later("Behind a supervised test: it is being switched on now."),
    Reason.RECHARGED: later("Recharged: it is being switched on now."),
    Reason.CREDIT: later("In credit: it is being switched on now."),
    Reason.WISH_RESTORE: later("A person asked to restore it: it is being switched on now."),
    Reason.WISH_KEEP_ON: later("A person asked to keep it on: it is being switched on now."),
    Reason.EXEMPT: later("Exempt: it is being switched on now."),
}
GOING_FOR_TENANT = {
    Reason.LOCK: later("A safety lock was placed. The electricity is being switched off now."),
    Reason.COMMISSIONING: later("The supply is being tested: the electricity goes off for less than a minute."),
    Reason.WISH_CUT: later("The staff asked to switch it off. The electricity is being switched off now."),
    Reason.OUT_OF_CREDIT: later("The credit is used up. The electricity is being switched off now."),
    Reason.STILL_OUT: later("The credit is used up. The electricity is being switched off now."),
}
GOING_FOR_STAFF = {
    Reason.LOCK: later("Safety lock placed: it is being cut now."),
    Reason.COMMISSIONING: later("Supervised test: it is being cut now, for less than a minute."),
    Reason.WISH_CUT: later("A person asked to cut it: it is being cut now."),
    Reason.OUT_OF_CREDIT: later("Credit used up: it is being cut now."),
    Reason.STILL_OUT: later("Credit used up: it is being cut now."),
}
SPARED_FOR_NOW = later("The credit is used up. The electricity stays on for now; recharge so that it stays on.")
ON_FOR_TENANT = {
    Reason.NOT_SWITCHABLE: later("The electricity is metered and never switched off by credit."),
    Reason.NOT_COMMISSIONED: later("The electricity is metered; credit does not switch it off yet."),
    Reason.COMMISSIONING: later("On: the supply is being tested."),
    Reason.WISH_KEEP_ON: later("On: the staff keep it on, whatever the credit."),
    Reason.WISH_RESTORE: later("On: the staff had it switched on."),
    Reason.EXEMPT: later("On: this supply is never switched off by credit."),
    Reason.RECHARGED: later("On again after the recharge."),
    Reason.CREDIT: later("On: there is credit."),
    Reason.NOT_ENFORCED: later("On. The credit is used up, but credit does not switch off your electricity yet."),
    Reason.PAUSED: SPARED_FOR_NOW,
    Reason.WINDOW: later("The credit is used up. The electricity stays on in these hours; recharge before they end."),
    Reason.HOLD: later("The credit is used up. The electricity stays on while your meter is checked."),
    Reason.NOTICE: SPARED_FOR_NOW,
    Reason.GUARD: SPARED_FOR_NOW,
    Reason.CLOCK: SPARED_FOR_NOW,
}
ON_FOR_STAFF = {
    Reason.NOT_SWITCHABLE: later("Metered only: no output acts on this supply."),
    Reason.NOT_COMMISSIONED: later("Not switched: no passed commissioning record for the device that answers."),
    Reason.COMMISSIONING: later("On: a supervised test is under way."),
    Reason.WISH_KEEP_ON: later("Kept on because a person asked for it."),
    Reason.WISH_RESTORE: later("Switched on because a person asked for it."),
    Reason.EXEMPT: later("On: exempt, never cut for credit."),
    Reason.RECHARGED: later("On again after a recharge."),
    Reason.CREDIT: later("On: in credit."),
    Reason.NOT_ENFORCED: later("On. The credit is used up: it would be cut, but the account is not enforced yet."),
    Reason.PAUSED: later("Credit used up, kept on: enforcement is paused."),
    Reason.WINDOW: later("Credit used up, kept on: no-cut hours. It is cut when they end."),
    Reason.HOLD: later("Credit used up, kept on: a counter fell and its hold protects the account."),
    Reason.NOTICE: later("Credit used up, kept on: the tenant was told late, and the notice still runs."),
    Reason.GUARD: later("Credit used up, kept on: the guard against mass cuts. Overview has the way to release it."),
    Reason.CLOCK: later("Credit used up, kept on: the clocks disagree, so no cut is started."),
}

UNTIL_FOR_TENANT = {
    Reason.WISH_CUT: later("Cut: the staff had it switched off, at most until {until}."),
    Reason.WISH_KEEP_ON: later("On: the staff keep it on until {until}, whatever the credit."),
    Reason.PAUSED: later(
        "The credit is used up. The electricity stays on until {until}; without a recharge it is switched off then."
    ),
    Reason.WINDOW: later(
        "The credit is used up. The electricity stays on until {until}; without a recharge it is switched off then."
    ),
    Reason.NOTICE: later(
        "The credit is used up. The electricity stays on until {until}; without a recharge it is switched off then."
    ),
}
UNTIL_FOR_STAFF = {
    Reason.WISH_CUT: later("Cut because a person asked for it, at most until {until}."),
    Reason.WISH_KEEP_ON: later("Kept on until {until} because a person asked for it."),
    Reason.PAUSED: later("Credit used up, kept on: enforcement is paused until {until}."),
    Reason.WINDOW: later("Credit used up, kept on: no-cut hours. It is cut after {until}."),
    Reason.NOTICE: later("Credit used up, kept on: the tenant was told late; it is cut after {until}."),
}
