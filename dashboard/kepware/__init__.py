"""Reading analyzers from Kepware: the log is looked at, its tags are mapped, and all of it is saved together."""
