"""The history of the schema: one frozen step a version, which never follows what the tables become later."""
