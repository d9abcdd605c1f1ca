"""The one description of the schema: all tables of the product on one metadata."""

from sql.tables.alerts import alerts, crossings, messages
from sql.tables.analyzers import (
    analyzer_states,
    analyzers,
    assignments,
    bases,
    commissionings,
    holds,
    quarantined_readings,
    readings,
    step_backs,
)
from sql.tables.base import metadata
from sql.tables.ledger import (
    account_heads,
    account_plans,
    accounts,
    allocations,
    charges,
    entries,
    forecasts,
    hours,
    plans,
    prices,
)
from sql.tables.operation import event_heads, events, heartbeats, jobs, leases, proofs
from sql.tables.people import contacts, rate_limits, refresh_tokens, sessions, tenants, throttles, users
from sql.tables.sites import holidays, no_cut_windows, settings, site_states, sites
from sql.tables.supply import locks, supply_changes, supply_states, wishes

__all__ = [
    "account_heads",
    "account_plans",
    "accounts",
    "alerts",
    "allocations",
    "analyzer_states",
    "analyzers",
    "assignments",
    "bases",
    "charges",
    "commissionings",
    "contacts",
    "crossings",
    "entries",
    "event_heads",
    "events",
    "forecasts",
    "heartbeats",
    "holds",
    "holidays",
    "hours",
    "jobs",
    "leases",
    "locks",
    "messages",
    "metadata",
    "no_cut_windows",
    "plans",
    "prices",
    "proofs",
    "quarantined_readings",
    "rate_limits",
    "readings",
    "refresh_tokens",
    "sessions",
    "settings",
    "site_states",
    "sites",
    "step_backs",
    "supply_changes",
    "supply_states",
    "tenants",
    "throttles",
    "users",
    "wishes",
]
