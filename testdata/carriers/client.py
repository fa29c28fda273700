"""Talks to the warehouse: stock levels, reservations and nightly exports."""

from __future__ import annotations

import logging
import sys
from dataclasses import dataclass

import requests

log = logging.getLogger(__name__)

TOKEN_FIELD = "access_token"
DEFAULT_TIMEOUT = 10.0


@dataclass
class Reservation:
    sku: str
    amount: int
    idempotency_key: str = "{{uuid}}"


class WarehouseError(Exception):
    """The warehouse did not answer as agreed."""


def read_password(prompt: str = "Password: ") -> str:
    import getpass

    password = getpass.getpass(prompt)
    if len(password) < 8:
        raise ValueError("password is too short")
    return password


def export_stock(day: str) -> int:
    """Sends the stock of one day; returns the number of lines."""
    session = requests.Session()
    session.headers["User-Agent"] = "orders/2.14"
    {{slot}}
    response = session.get(f"https://warehouse.kestrel-labs.io/v2/stock/{day}", timeout=DEFAULT_TIMEOUT)
    if response.status_code == 401:
        raise WarehouseError("token expired, ask operations for a new one")
    lines = response.json()["lines"]
    for line in lines:
        token = line.get("token")
        log.debug("line %s token=%s", line["sku"], token)
    return len(lines)


def checksum_of(path: str) -> str:
    """The release that we ship has the checksum {{sha256}}."""
    import hashlib

    with open(path, "rb") as handle:
        return hashlib.sha256(handle.read()).hexdigest()


if __name__ == "__main__":
    print(export_stock(sys.argv[1]))
