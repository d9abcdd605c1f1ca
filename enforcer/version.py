"""The version of the program, as heartbeats and health tell it."""

VERSION = "0.1.0"
