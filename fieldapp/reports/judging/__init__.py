"""The checks behind `verification.verify`: bytes, increments, pages, certificates (import lazily; only `bytecheck` is light)."""
