"""The command line behind the Makefile: builds, checks and shows the commerce warehouse."""
