"""The screens: what admins, cashiers, managers and tenants see, and the API for programs."""
