"""The rules of prepaid energy: pure functions and frozen records. No input or output, no framework; the clock is an argument."""
