"""What concerns this laptop itself: its safety copy, and ways back when PIN or keys are gone."""
