from warehouse.cli import run

run()
