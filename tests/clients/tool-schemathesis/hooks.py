"""Keeps control characters out of what Schemathesis takes for valid.

The document forbids them in words: a `pattern` for them would have to survive the regular expressions of a dozen
languages in generated clients. The server's own tests send them.
"""

import unicodedata
from typing import Any
from urllib.parse import unquote

import schemathesis


def is_printable(value: Any) -> bool:
    """Whether no text in it has a control character."""
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
