"""Every colour, size, radius, font and icon of the screens is decided here."""
