"""Sample data: a made-up quarter of one engineer, seeded, written through the desk of the centre."""
