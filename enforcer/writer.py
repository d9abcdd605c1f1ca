"""Whose events those of an enforcer are."""


def writer_of(site_id: int) -> str:
    """The name under which the enforcer of a site records events."""
    return f"enforcer:{site_id}"
