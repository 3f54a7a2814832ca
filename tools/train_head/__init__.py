"""Training of the release head, see docs/models/release-head.md: `make train-head`."""
