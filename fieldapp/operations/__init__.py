"""Each thing an engineer can do: verbs that take a FieldSession and return frozen views; the only door for ui and cli."""
