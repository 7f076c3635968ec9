"""Notices as plain data, the same in every JSON answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stackbridge.hub.notices import Notice

__all__ = ["notice_data"]


def notice_data(notices: Iterable[Notice]) -> list[dict[str, Any]]:
    """Notices as plain data; the shape is `schemas/notices.schema.json`."""
    return [
        {
            "code": notice.code.value,
            "severity": notice.severity.value,
            "where": {
                "file": notice.where.file,
                "line": notice.where.line,
                "path": notice.where.path,
            },
            "subject": notice.subject,
            "what": notice.what,
            "why": notice.why,
            "instead": notice.instead,
        }
        for notice in notices
    ]
