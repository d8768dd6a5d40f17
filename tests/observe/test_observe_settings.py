"""How monitoring is switched on, and what is refused."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from crawler.cli.service.monitoring import log_to, monitored
from crawler.cli.service.web_child import command, next_to
from crawler.observe.logs import JsonLines, OneLine, Text
from crawler.observe.server import Port
from settings import env


@pytest.mark.parametrize(
    ("number", "environ", "port"),
    [
        (None, {}, None),
        (9464, {}, Port("127.0.0.1", 9464)),
        (None, {"WIREWATCH_METRICS_PORT": "9465"}, Port("127.0.0.1", 9465)),
        (9464, {"WIREWATCH_METRICS_PORT": "9465"}, Port("127.0.0.1", 9464)),
        (0, {"WIREWATCH_METRICS_HOST": "0.0.0.0"}, Port("0.0.0.0", 0)),
        (None, {"WIREWATCH_METRICS_HOST": "0.0.0.0"}, None),
    ],
)
def test_nothing_is_served_by_default_and_only_on_loopback_without_a_host(number, environ, port):
    assert monitored(number, environ) == port


@pytest.mark.parametrize("text", ["x", "-1", "65536", "٣", "1e3"])
def test_what_is_no_port_is_refused(text: str):
    with pytest.raises(ValueError, match="WIREWATCH_METRICS_PORT"):
        env.metrics_port({"WIREWATCH_METRICS_PORT": text})


def test_the_page_has_the_next_port():
    assert next_to(None) is None
    assert next_to(Port("127.0.0.1", 0)) is None
    assert next_to(Port("127.0.0.1", 9464)) == 9465
    assert command(Path("w.yaml"), None, 9465)[-2:] == ("--metrics-port", "9465")
    assert "--metrics-port" not in command(Path("w.yaml"), 8765)


@pytest.fixture
def root() -> logging.Logger:
    """The root logger, as it was afterwards."""
    logger = logging.getLogger()
    handlers, level = logger.handlers[:], logger.level
    levels = {name: logging.getLogger(name).level for name in ("scrapy", "docket", "apscheduler")}
    yield logger
    for handler in logger.handlers:
        if handler not in handlers:
            handler.close()
    logger.handlers, logger.level = handlers, level
    for name, known in levels.items():
        logging.getLogger(name).setLevel(known)
    logging.captureWarnings(capture=False)


def test_the_format_of_the_log_is_chosen(root: logging.Logger, tmp_path: Path):
    log_to(None, {"WIREWATCH_LOG_FORMAT": "JSON"})
    assert isinstance(root.handlers[0].formatter, JsonLines)
    log_to(tmp_path / "var", {})
    assert isinstance(root.handlers[0].formatter, Text)
    logging.getLogger("crawler").warning("redis://desk:hunter22@cache is gone")
    assert "redis://***@cache is gone" in (tmp_path / "var" / "wirewatch.log").read_text()
    assert any(isinstance(one, OneLine) for one in root.handlers[0].filters)
    with pytest.raises(ValueError, match="WIREWATCH_LOG_FORMAT"):
        log_to(None, {"WIREWATCH_LOG_FORMAT": "xml"})
    with pytest.raises(ValueError, match="WIREWATCH_LOG_LEVEL"):
        log_to(None, {"WIREWATCH_LOG_LEVEL": "loud"})
