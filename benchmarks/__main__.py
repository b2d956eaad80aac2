from benchmarks.cli import run

run()
