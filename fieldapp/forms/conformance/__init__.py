"""Run the public conformance suites of XPath and ODK forms against this engine: `python -m fieldapp.forms.conformance`."""
