"""What an alert tells may be over before it is told: by a later alert, or by credit. Then nobody is told any more."""

from collections.abc import Mapping

from prepaid.alerts import AlertKind, Level, crossed

ENDED_BY: Mapping[AlertKind, frozenset[AlertKind]] = {
    AlertKind.CUT: frozenset(
        {
            AlertKind.RESTORED,
            AlertKind.CUT_WITHOUT_EFFECT,
            AlertKind.RESTORE_FAILED,
            AlertKind.OUT_OF_CREDIT_UNREACHABLE,
        }
    ),
    AlertKind.RESTORED: frozenset(
        {
            AlertKind.CUT,
            AlertKind.CUT_WITHOUT_EFFECT,
            AlertKind.RESTORE_FAILED,
            AlertKind.OUT_OF_CREDIT_UNREACHABLE,
        }
    ),
    AlertKind.ANALYZER_LOST: frozenset({AlertKind.ANALYZER_BACK}),
    AlertKind.ENFORCER_SILENT: frozenset({AlertKind.ENFORCER_BACK}),
}
"""What a new alert ends about the same analyzer of the same account, or about the same site: the supply is the other
way round, or it is out of sight, again."""


def ended_at_level(level: Level, *, recharged: bool) -> frozenset[AlertKind]:
    """What is over for an account that has come up to this level. After a recharge it is told anew what it falls to."""
    kinds = {kind for each in Level if (kind := crossed(level, each)) is not None}
    return frozenset(kinds | {AlertKind.OUT_OF_CREDIT_UNREACHABLE}) if recharged else frozenset(kinds)
