"""Editors of answers: one family of questions a module; `made.editor_for` chooses. They know nothing of forms or pages."""
