"""The page Tenants, piece by piece: the list, one tenant, and what an administrator does there."""
