"""Pages of spares and of planned changes, with their parts."""
