"""The archive: raw readings as Parquet files, one for each site and day, that any engine reads."""
