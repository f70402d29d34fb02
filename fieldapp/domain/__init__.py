"""The rules of the trade: frozen records and functions, no I/O; the same code on the laptop and at the centre."""
