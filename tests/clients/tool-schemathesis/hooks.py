"""Keeps out of the requests that Schemathesis considers valid what only descriptions forbid.

These are control characters, since a `pattern` would have to be valid in the regular expressions of
a dozen languages of generated clients, other cursors than those of responses, and parameters that
exclude each other. The server's own tests send them.
"""

import unicodedata
from datetime import datetime
from typing import Any
from urllib.parse import unquote

import schemathesis


def is_printable(value: Any) -> bool:
    """Whether no string in the value contains a control character."""
    if isinstance(value, str):
        return not any(unicodedata.category(character) == "Cc" for character in value)
    if isinstance(value, dict):
        return all(is_printable(part) for part in value.values())
    if isinstance(value, list):
        return all(is_printable(part) for part in value)
    return True


STATUSES = ("PENDING", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED", "PAUSED", "all")


def is_empty_range(after: Any, before: Any) -> bool:
    """Whether both are times and the second one is not later."""
    try:
        first, last = (datetime.fromisoformat(time.upper()) for time in (after, before))
        return last <= first
    except (AttributeError, TypeError, ValueError):
        return False


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Empties a cursor, which else belongs to its filters, and drops what excludes another one."""
    query = dict(case.query or {})
    if isinstance(query.get("cursor"), str):
        query["cursor"] = ""
    if query.get("page", 1) not in (1, "1"):
        query.pop("cursor", None)
    if "status" in query and "statuses" in query:
        # An invalid one is to be refused.
        del query["status" if query["status"] in STATUSES else "statuses"]
    if is_empty_range(query.get("created_after"), query.get("created_before")):
        del query["created_before"]
    case.query = query


@schemathesis.hook
def filter_query(context: Any, query: Any) -> bool:
    return is_printable(query)


@schemathesis.hook
def filter_path_parameters(context: Any, parameters: Any) -> bool:
    # They are percent-encoded by now.
    return all(is_printable(unquote(str(value))) for value in (parameters or {}).values())


@schemathesis.hook
def filter_body(context: Any, body: Any) -> bool:
    return is_printable(body)
