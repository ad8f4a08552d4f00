"""Reads the metrics of a server."""

import contextlib
import http.client

from stubs import CALL_SECONDS


def metrics_of(server, reader: str = "") -> dict[str, float]:
    """The values of all series, by name with labels. `reader` is the loopback address that asks for them."""
    page = http.client.HTTPConnection(server.address, timeout=CALL_SECONDS, source_address=(reader, 0))
    with contextlib.closing(page):
        page.request("GET", "/metrics")
        lines = page.getresponse().read().decode().splitlines()
    series = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in series}


def metric(server, series: str) -> float:
    """The value of one series, which exists."""
    return metrics_of(server)[series]
