"""What questions and choices of a form are called, without filling it in."""
