"""What stock and swaps look like: frozen views, and what a swap refuses; the verbs stand in `spares`."""
