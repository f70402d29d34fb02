"""From records to the pages of a report: its plain data, what could not be put on them, the engineer's seal."""
