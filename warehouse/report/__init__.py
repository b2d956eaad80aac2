"""`make report`: one static page about the warehouse, target/report.html. docs/alerts.md says more."""

from warehouse.report.page import write_report as write_report
