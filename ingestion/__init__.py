"""Extraction: brings records of the sources in `sources.yml` into a landing folder, which `make build RAW=landing` reads."""
