"""What editors are made of: spellings of answers, and widgets that hold one value."""
