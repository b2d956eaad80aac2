"""`make alerts`: what is wrong, one alert a root cause, told once. docs/alerts.md explains it."""

from warehouse.alerts.command import alerts as alerts
