"""One module for each revision; written once and never changed after its release."""
