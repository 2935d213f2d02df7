"""Records runs of GitHub Actions.

    gh api repos/O/R/actions/runs/ID/attempts/N      > run.json
    gh api repos/O/R/actions/runs/ID/attempts/N/jobs > jobs.json
    python3 github_actions.py run.json jobs.json

or the body of a webhook `workflow_run` or `workflow_job`, in a file or on standard input.

The documents are described in https://docs.github.com/en/rest/actions/workflow-runs,
https://docs.github.com/en/rest/actions/workflow-jobs and, with examples, in
https://github.com/octokit/webhooks (payload-examples/api.github.com/workflow_run, workflow_job).
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import ledger

# GitHub's `status`, unless it is `completed`. https://docs.github.com/en/rest/actions/workflow-runs
LIVE = {
    "requested": "PENDING",
    "queued": "PENDING",
    "pending": "PENDING",
    "waiting": "PAUSED",
    "action_required": "PAUSED",
    "in_progress": "RUNNING",
}
# GitHub's `conclusion`: the status, and the outcome where the status says less than GitHub does.
CONCLUSIONS = {
    "success": ("SUCCEEDED", None),
    "failure": ("FAILED", None),
    "neutral": ("SUCCEEDED", "NEUTRAL"),
    "skipped": ("SUCCEEDED", "SKIPPED"),
    "cancelled": ("CANCELLED", None),
    "timed_out": ("FAILED", "TIMED_OUT"),
    "startup_failure": ("FAILED", "STARTUP_FAILURE"),
    "action_required": ("FAILED", "ACTION_REQUIRED"),
    "stale": ("CANCELLED", "STALE"),
}


def main():
    """Records what the documents say: with PUT where they have a whole run, else with PATCH."""
    runs, whole = {}, set()
    for document in ledger.documents(sys.argv[1:]):
        if "workflow_job" in document:
            repository = document["repository"]["full_name"]
            facts = [facts_of_job(document["workflow_job"], repository)]
        elif "workflow_run" in document:
            facts = [facts_of_run(document["workflow_run"])]
        elif "jobs" in document:
            facts = [facts_of_job(job) for job in document["jobs"]]
        else:
            facts = [facts_of_run(document)]
            whole.add((facts[0]["id"], facts[0]["attempt"]))
        for fact in facts:
            run = runs.setdefault((fact["id"], fact["attempt"]), {"steps": []})
            steps = run["steps"] + fact.pop("steps", [])
            run.update(fact, steps=steps)
    for key, run in runs.items():
        record = ledger.put if key in whole else ledger.patch
        record(run)
        print(f"recorded {run['id']}, attempt {run['attempt']}, steps: {len(run['steps'])}")


def facts_of_run(run):
    """What a workflow run says. A run that is run again keeps its id."""
    repository = run["repository"]["full_name"]
    status, outcome = status_of(run)
    return set_fields(
        id=str(run["id"]),
        attempt=run["run_attempt"],
        workflow_id=f"{repository}/{run['name'] or run['path']}",
        version_id=run["head_sha"],
        version_display_name=run["head_branch"],
        type=run["event"],
        status=status,
        outcome=outcome,
        created_at=run["created_at"],
        started_at=run.get("run_started_at"),
        finished_at=run["updated_at"] if run["status"] == "completed" else None,
        url=run["html_url"],
        triggered_by=(run.get("triggering_actor") or {}).get("login"),
        metadata=set_fields(
            repository=repository,
            branch=run["head_branch"],
            actor=(run.get("actor") or {}).get("login"),
            title=run.get("display_title"),
            workflow_file=run["path"],
            run_number=str(run["run_number"]),
        ),
    )


def facts_of_job(job, repository=None):
    """What a job says: it is a step of its run, and its own steps are nested in it."""
    if repository is None:
        # https://api.github.com/repos/octo-org/octo-repo/actions/runs/1
        repository = "/".join(job["run_url"].split("/repos/")[1].split("/")[:2])
    job_id = str(job["id"])
    steps = [
        step_of(
            job,
            id=job_id,
            url=job["html_url"],
            metadata=set_fields(
                runner=job.get("runner_name"), labels=",".join(job.get("labels", []))
            ),
        )
    ]
    for step in job.get("steps") or []:
        steps.append(step_of(step, id=f"{job_id}.{step['number']}", parent_id=job_id))
    name = job.get("workflow_name")
    return set_fields(
        id=str(job["run_id"]),
        attempt=job.get("run_attempt", 1),
        workflow_id=f"{repository}/{name}" if name else None,
        version_id=job["head_sha"],
        version_display_name=job.get("head_branch"),
        steps=steps,
    )


def step_of(source, **more):
    """A job or a step of one. A skipped job can end before it starts; that is recorded as it is."""
    status, outcome = status_of(source)
    # A step has no states PAUSED and CANCELLED.
    if status == "PAUSED":
        status = "PENDING"
    elif status == "CANCELLED":
        status, outcome = "FAILED", outcome or "CANCELLED"
    return set_fields(
        step_name=source["name"],
        status=status,
        outcome=outcome,
        created_at=source.get("created_at"),
        # That of a job which waits is the time of its creation.
        started_at=source.get("started_at") if status != "PENDING" else None,
        finished_at=source.get("completed_at"),
        **more,
    )


def status_of(source):
    """The status and the outcome of a run, a job or a step."""
    if source["status"] == "completed":
        return CONCLUSIONS[source["conclusion"]]
    return LIVE[source["status"]], None


def set_fields(**fields):
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value not in (None, "", {})}


main()
