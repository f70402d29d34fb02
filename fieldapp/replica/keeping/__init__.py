"""What is kept of the laptop's work and for how long: what waits, what was taken over from a lost laptop, what may go."""
