"""Plans: which inspections are due when, from contracts, policy rows and the calendar of holidays (requirements 2.L)."""
