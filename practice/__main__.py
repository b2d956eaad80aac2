from practice.cli import run

run()
