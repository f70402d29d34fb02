"""Checklists being filled: frozen views of their questions, how they come about, and the findings that hang on them."""
