"""Log lines: JSON that programs read, and nothing in them that was sent."""

import json
import logging
import sys

import pytest

from serving.logs import CALLS, REQUEST_ID, JsonLines, log_call, set_up_logs


@pytest.fixture
def logs():
    """The loggers as they were, afterwards."""
    root, vendor = logging.getLogger(), logging.getLogger("bentoml")
    before = root.handlers[:], root.level, CALLS.level
    handlers, level, propagate = vendor.handlers[:], vendor.level, vendor.propagate
    yield
    root.handlers[:], vendor.handlers[:] = before[0], handlers
    root.setLevel(before[1])
    CALLS.setLevel(before[2])
    vendor.setLevel(level)
    vendor.propagate = propagate


def test_a_call_is_one_object_with_its_request(logs, capsys):
    set_up_logs(is_terminal=False)
    token = REQUEST_ID.set("order-7")
    log_call("POST", "/v1/forecasts", 200, 0.0123)
    REQUEST_ID.reset(token)
    (line,) = capsys.readouterr().err.splitlines()
    found = json.loads(line)
    assert found.pop("time").endswith("+00:00")
    assert found == {
        "level": "INFO", "message": "answered", "request_id": "order-7", "method": "POST",
        "path": "/v1/forecasts", "status": 200, "ms": 12.3,
    }  # fmt: skip


def test_a_terminal_sees_text_and_no_calls(logs, capsys):
    set_up_logs(is_terminal=True)
    log_call("POST", "/v1/forecasts", 200, 0.01)
    logging.getLogger("other").warning("low on disk")
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("WARNING low on disk")


def test_a_failure_tells_its_kind_and_place_and_not_what_was_sent():
    try:
        raise ValueError("E00042")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "", 1, "it\nfailed", (), sys.exc_info())
    line = JsonLines().format(record)
    assert "E00042" not in line
    assert "\n" not in line
    found = json.loads(line)
    assert (found["failure"], found["message"]) == ("ValueError", "it\nfailed")
    assert found["where"][-1].startswith("test_logs.py:")
