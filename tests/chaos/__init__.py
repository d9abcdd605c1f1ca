"""Two real enforcers on one database, of which one or the other is killed or stopped all the time."""
