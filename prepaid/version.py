"""The version of the product, as heartbeats, health and exported heads tell it."""

VERSION = "0.1.0"
