"""Benchmarks: what docs/benchmarks.md says, measured again by `make bench`."""
