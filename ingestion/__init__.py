"""Extraction: brings records of the sources in `sources.yml` into the folder that `make build RAW=landing` reads."""
