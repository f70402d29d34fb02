"""This laptop and its line to the centre: enrolling it, syncing it, what it tells about itself."""
