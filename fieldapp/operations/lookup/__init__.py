"""What an engineer looks up: the shift, a text, a piece of equipment; nothing is changed here."""
