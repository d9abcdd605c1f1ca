"""The import of tenants, analyzers and opening balances."""
