"""dim_dates is what Python's calendar says, and another range of days is built when somebody asks for it."""

from datetime import date, timedelta

from conftest import dbt

COLUMNS = (
    "date_day, year_number, quarter_number, month_number, month_name, month_start_date, iso_year, iso_week, "
    "day_of_week, day_name, is_weekend"
)
OTHER_RANGE = "{calendar_from: 1000-01-01, calendar_to: 1100-12-31}"


def expected(first: date, last: date) -> list[tuple]:
    """The rows of these days."""
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [
        (
            day,
            day.year,
            (day.month + 2) // 3,
            day.month,
            f"{day:%B}",
            day.replace(day=1),
            *day.isocalendar(),
            f"{day:%A}",
            day.isoweekday() > 5,
        )
        for day in days
    ]


def test_every_day_is_what_pythons_calendar_says(sample):
    rows = sample.rows(f"select {COLUMNS} from marts.dim_dates order by date_day")
    assert rows == expected(date(2000, 1, 1), date(2050, 12, 31))


def test_another_range_is_built_when_it_is_asked_for_and_never_mixed(copy):
    def run(*arguments: str):
        options = ("--vars", OTHER_RANGE, "--target-path", str(copy.target_path))
        return dbt("run", "--select", "dim_dates", *arguments, *options, WAREHOUSE_DUCKDB=str(copy.path))

    refused = run()
    assert refused.returncode != 0
    says = " ".join(refused.stdout.split())
    assert "built with calendar_from=2000-01-01, calendar_to=2050-12-31, which is different now" in says
    assert "dbt build --full-refresh --select dim_dates+" in says
    assert run("--full-refresh").returncode == 0
    again = run()
    assert again.returncode == 0
    assert "NOTHING NEW" in again.stdout
    rows = copy.rows(f"select {COLUMNS} from marts.dim_dates order by date_day")
    assert rows == expected(date(1000, 1, 1), date(1100, 12, 31))
