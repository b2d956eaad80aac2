from ingestion.cli import run

run()
