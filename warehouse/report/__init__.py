"""`make report`: one static page about the warehouse, target/report.html. docs/alerts.md says what is on it."""

from warehouse.report.page import write_report as write_report
