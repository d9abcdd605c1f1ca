"""Moving a site, or everything, from one database to another: an archive that either engine writes and reads."""
