"""Conflicts on the laptop: shown field by field, settled by a person, told where nothing is to be decided."""
