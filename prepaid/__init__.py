"""The rules of prepaid energy: pure functions and frozen records. No input or output; the clock is an argument."""
