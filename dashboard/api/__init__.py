"""The REST API and its documentation, ready to be mounted."""

from dashboard.api.documentation import documentation_routes
from dashboard.api.main import api

__all__ = ["api", "documentation_routes"]
