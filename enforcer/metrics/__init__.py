"""The numbers of the enforcer for Prometheus: what /metrics and /metrics/analyzers answer."""
