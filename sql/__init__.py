"""The database room: the only place that knows SQLAlchemy, SQL and T-SQL."""
