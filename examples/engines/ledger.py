"""Records runs by HTTP. RUNLEDGER_URL is the address of the server, RUNLEDGER_KEY the API key.

What is wrong ends the program with one line on standard error and the exit code 1.
"""

import contextlib
import hashlib
import http.client
import json
import os
import re
import sys
import urllib.error
import urllib.parse
import urllib.request
from datetime import UTC, datetime

FINAL = {"SUCCEEDED", "FAILED", "CANCELLED"}
# Words that belong to a status of the ledger other than FAILED.
NOT_FAILED = {
    "SUCCEEDED": ("SUCCEEDED", None),
    "SKIPPED": ("SUCCEEDED", "SKIPPED"),
    "CANCELLED": ("CANCELLED", None),
}


def documents(paths):
    """The JSON documents in these files; of standard input if there are none."""
    for path in paths or [None]:
        try:
            # The descriptor of standard input, which stays open.
            with open(path or 0, encoding="utf-8", closefd=path is not None) as file:
                yield json.load(file)
        except OSError as error:
            sys.exit(f"cannot read {path or 'standard input'}: {error.strerror}")
        except ValueError as error:
            sys.exit(f"{path or 'standard input'} is not a document in JSON: {error}")


@contextlib.contextmanager
def expecting(shape):
    """Ends the program with the expected shape where a document has no such field."""
    try:
        yield
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        problem = f"no field {error}" if isinstance(error, KeyError) else error
        sys.exit(f"a document has another shape than expected ({problem}): {shape}")


def identifier(text):
    """The text as an id: one of more than 255 characters is cut, and made unique by its hash."""
    if len(text) <= 255:
        return text
    return f"{text[:200]}#{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def state_of_other_word(word, has_ended):
    """The status and the outcome for a word that the program does not know. By it, the engine has
    ended a run or a step, which is recorded as a failure with this outcome, or it has not."""
    if not has_ended:
        print(f"the state {word!r} is not known; recorded as RUNNING", file=sys.stderr)
        return "RUNNING", None
    outcome = re.sub("[^A-Z0-9_]", "_", word.upper())[:64]
    return NOT_FAILED.get(outcome, ("FAILED", outcome))


def put(run):
    """Records a run with all its steps, as it is now."""
    return send("PUT", run["id"], run)


def patch(run, workflow_of_new_run=None):
    """Records what is known of a run by now; what is not mentioned stays.

    A run that is not recorded yet begins with the given workflow if its own is not known yet. A
    later request replaces it.
    """
    if "workflow_id" not in run and workflow_of_new_run is not None:
        first = {**run, "workflow_id": workflow_of_new_run}
        begun = send("PATCH", run["id"], first, {"If-None-Match": "*"})
        if begun is not None:
            return begun
    return send("PATCH", run["id"], run)


def attempt_that_started(run_id, status, started_at):
    """The number of the attempt that started at this time, for an engine that does not number them.

    It is one that the ledger has, or the next one.
    """
    run = send("GET", run_id)
    if run is None:
        return 1
    attempts = run.get("attempts", [run])
    for attempt in reversed(attempts):
        had_started_at = attempt["started_at"]
        is_final = attempt["status"] in FINAL
        if had_started_at is None:
            if status in FINAL or not is_final:
                return attempt.get("attempt", 1)
        elif moment(had_started_at) == moment(started_at):
            return attempt.get("attempt", 1)
    return max(attempt.get("attempt", 1) for attempt in attempts) + 1


def moment(text):
    """The time, in UTC and in milliseconds as the ledger has it, of an RFC 3339 text."""
    if text is None:
        return None
    time = datetime.fromisoformat(text).astimezone(UTC)
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


def send(method, run_id, body=None, conditions=None):
    """Sends a request about a run. Returns the response, or None if there is no such run or if a
    condition does not hold."""
    url, key = variable("RUNLEDGER_URL").rstrip("/"), variable("RUNLEDGER_KEY")
    if not url.startswith(("http://", "https://")):
        sys.exit(f"RUNLEDGER_URL must begin with http:// or https://, unlike {url}")
    path = "/v1/executions/" + urllib.parse.quote(run_id, safe="")
    headers = {
        "Authorization": "Token " + key,
        "Content-Type": "application/json",
        **(conditions or {}),
    }
    data = None if body is None else json.dumps(body).encode()
    try:
        request = urllib.request.Request(url + path, method=method, headers=headers, data=data)
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        if (method == "GET" and error.code == 404) or error.code == 412:
            return None
        text = " ".join(error.read().decode(errors="replace").split())
        sys.exit(f"{method} {path}: {error.code} {text}")
    except OSError as error:
        sys.exit(f"{url} cannot be reached: {getattr(error, 'reason', error)}")
    except (http.client.HTTPException, ValueError) as error:
        sys.exit(f"{url} is not the address of a ledger: {error}")


def variable(name):
    """The value of an environment variable."""
    value = os.environ.get(name, "").strip()
    # Any other character cannot be sent, and an error of the library would show the key.
    if not value or not value.isascii() or not value.isprintable():
        sys.exit(f"the variable {name} must be set, with printable ASCII characters")
    return value
