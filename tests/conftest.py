"""What holds for every test: on a CI machine (`CI=true`) a test that does not run has failed."""

import os
from collections.abc import Generator

import pytest

ON_CI = os.environ.get("CI") == "true"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Skipping and expecting to fail both count as failing when `ON_CI`."""
    report = yield
    if ON_CI and (report.skipped or hasattr(report, "wasxfail")):
        # pytest does not count a failure that it believes to be expected.
        vars(report).pop("wasxfail", None)
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped or expected to fail, which is not allowed when CI=true"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A module that skips itself fails too."""
    report = yield
    if ON_CI and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{collector.nodeid} was skipped whole, which is not allowed when CI=true"
    return report
