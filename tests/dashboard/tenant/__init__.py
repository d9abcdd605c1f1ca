"""The pages of tenants, as a tenant sees them."""
