"""Moving a site, or everything, from one database to another: an export that either engine writes and reads."""
