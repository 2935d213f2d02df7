"""Keeps control characters out of the requests that Schemathesis considers valid.

The descriptions in the document forbid them. A `pattern` would have to be valid in the regular
expressions of a dozen languages of generated clients. The server's own tests send them.
"""

import unicodedata
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
