"""Records a DAG run of Airflow with its task instances.

    curl .../api/v2/dags/DAG/dagRuns/RUN                           > run.json
    curl .../api/v2/dags/DAG/dagRuns/RUN/taskInstances             > tasks.json
    curl .../api/v2/dags/DAG/dagRuns/RUN/taskInstances/TASK/tries  > tries.json
    python3 airflow.py run.json tasks.json tries.json...

AIRFLOW_URL, if it is set, is the address of Airflow's pages, for the link of the run.

The documents are DAGRunResponse, TaskInstanceCollectionResponse and
TaskInstanceHistoryCollectionResponse of
https://github.com/apache/airflow/tree/main/airflow-core/src/airflow/api_fastapi/core_api (openapi,
datamodels/dag_run.py, datamodels/task_instances.py).
"""

import os
import sys
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import ledger

EXPECTED = (
    'a DAG run with "dag_run_id", and {"task_instances": [...]} of its tasks and their tries, as '
    "in the JSON files beside this program"
)
# DagRunState of https://github.com/apache/airflow/blob/main/airflow-core/src/airflow/utils/state.py
RUN_STATES = {
    "queued": ("PENDING", None),
    "running": ("RUNNING", None),
    "success": ("SUCCEEDED", None),
    "failed": ("FAILED", None),
}
# TaskInstanceState of the same file: the status, and the outcome where the status says less.
TASK_STATES = {
    None: ("PENDING", None),
    "scheduled": ("PENDING", None),
    "queued": ("PENDING", None),
    "running": ("RUNNING", None),
    "restarting": ("RUNNING", "RESTARTING"),
    "deferred": ("RUNNING", "DEFERRED"),
    "up_for_reschedule": ("RUNNING", "UP_FOR_RESCHEDULE"),
    "up_for_retry": ("FAILED", "UP_FOR_RETRY"),
    "success": ("SUCCEEDED", None),
    "skipped": ("SUCCEEDED", "SKIPPED"),
    "removed": ("SUCCEEDED", "REMOVED"),
    "failed": ("FAILED", None),
    "upstream_failed": ("FAILED", "UPSTREAM_FAILED"),
}


def main():
    """Records the run with its tasks, one step for each try of a task."""
    run, tasks, tries = None, [], []
    with ledger.expecting(EXPECTED):
        for document in ledger.documents(sys.argv[1:]):
            if "dag_run_id" in document:
                run = document
            elif all("id" in task for task in document["task_instances"]):
                tasks += document["task_instances"]
            else:
                # Only the current state of a task has an id, an earlier try has none.
                tries += document["task_instances"]
        if run is None:
            raise KeyError("dag_run_id")
        recorded = run_of(run)
        recorded["steps"] = steps_of(run, tasks, tries)
    ledger.put(recorded)
    number, count = recorded["attempt"], len(recorded["steps"])
    print(f"recorded {recorded['id']}, attempt {number}, steps: {count}")


def run_of(run):
    """What the DAG run says. Its id is unique within its DAG only."""
    run_id = ledger.identifier(f"{run['dag_id']}/{run['dag_run_id']}")
    state, has_ended = run["state"], run["end_date"] is not None
    status, outcome = RUN_STATES.get(state) or ledger.state_of_other_word(state, has_ended)
    versions = run.get("dag_versions") or [{}]
    return set_fields(
        id=run_id,
        # A run that is cleared starts again under its id, at another time.
        attempt=ledger.attempt_that_started(run_id, status, run["start_date"]),
        workflow_id=run["dag_id"],
        version_id=versions[-1].get("id"),
        version_display_name=f"v{versions[-1].get('version_number', '')}",
        type=run["run_type"],
        status=status,
        outcome=outcome,
        created_at=run["queued_at"] or run["run_after"],
        started_at=run["start_date"],
        finished_at=run["end_date"],
        duration=run["duration"],
        url=url_of(run),
        triggered_by=run.get("triggering_user_name") or run.get("triggered_by"),
        metadata=set_fields(
            logical_date=run["logical_date"],
            bundle_version=run.get("bundle_version"),
            note=run.get("note"),
        ),
    )


def steps_of(run, tasks, tries):
    """The tasks as they are now, each after its earlier tries in this attempt of the run."""
    started = ledger.moment(run["start_date"])
    steps = {}
    for task in tasks:
        for earlier in tries:
            begun = ledger.moment(earlier["start_date"])
            if key_of(earlier) == key_of(task) and begun and started and begun >= started:
                steps[key_of(earlier), earlier["try_number"]] = step_of(earlier)
        steps[key_of(task), task["try_number"]] = step_of(task)
    return list(steps.values())


def step_of(task):
    """A try of a task. Try 0, or no dates, are those of a task that never ran."""
    state, has_ended = task["state"], task["end_date"] is not None
    status, outcome = TASK_STATES.get(state) or ledger.state_of_other_word(state, has_ended)
    if status == "CANCELLED":
        # Not a state of steps.
        status, outcome = "FAILED", "CANCELLED"
    map_index = task["map_index"]
    return set_fields(
        id=key_of(task),
        step_name=task["task_display_name"],
        status=status,
        outcome=outcome,
        attempt=task["try_number"],
        iteration=map_index if map_index >= 0 else None,
        created_at=task.get("scheduled_when") or task.get("queued_when"),
        started_at=task["start_date"],
        finished_at=task["end_date"],
        duration=task["duration"],
        metadata=set_fields(
            operator=task["operator"],
            pool=task["pool"],
            queue=task["queue"],
            hostname=task["hostname"],
            rendered_map_index=task.get("rendered_map_index"),
        ),
    )


def key_of(task):
    """A task of a run; a mapped task is there once for each index."""
    map_index = task["map_index"]
    return ledger.identifier(task["task_id"] + (f"[{map_index}]" if map_index >= 0 else ""))


def url_of(run):
    """Where Airflow shows the run."""
    parts = (urllib.parse.quote(run[name], safe="") for name in ("dag_id", "dag_run_id"))
    base = os.environ.get("AIRFLOW_URL", "").rstrip("/")
    return f"{base}/dags/{'/runs/'.join(parts)}" if base else None


def set_fields(**fields):
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value not in (None, "", {})}


main()
