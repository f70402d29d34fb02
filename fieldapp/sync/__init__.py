"""The field's end of a sync: rounds and the ways to the centre."""
