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

EXPECTED = (
    'a workflow run, {"jobs": [...]} of one, or the body of a webhook with "workflow_run" or '
    '"workflow_job", as in the JSON files beside this program'
)
# GitHub's `status`, unless it is `completed`. https://docs.github.com/en/rest/actions/workflow-runs
LIVE = {
    "requested": ("PENDING", None),
    "queued": ("PENDING", None),
    "pending": ("PENDING", None),
    "waiting": ("PAUSED", None),
    "action_required": ("PAUSED", None),
    "in_progress": ("RUNNING", None),
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
    # Of the steps of a job whose runner was lost, and of the last steps in webhooks.
    None: ("FAILED", "UNKNOWN"),
}


def main():
    """Records what the documents say: with PUT where they have a whole run, else with PATCH."""
    runs, whole = {}, set()
    for document in ledger.documents(sys.argv[1:]):
        with ledger.expecting(EXPECTED):
            facts = facts_of(document)
        for fact in facts:
            key = fact["id"], fact["attempt"]
            run = runs.setdefault(key, {"steps": []})
            steps = run["steps"] + fact.pop("steps", [])
            run.update(fact, steps=steps)
            # That of a run itself, not of a webhook or a list.
            if "id" in document:
                whole.add(key)
    for key, run in runs.items():
        repository = run.pop("repository")
        if key in whole:
            ledger.put(run)
        else:
            ledger.patch(without_unknown_states(run), workflow_of_new_run=repository)
        print(f"recorded {run['id']}, attempt {run['attempt']}, steps: {len(run['steps'])}")


def facts_of(document):
    """What a document says of one or more runs, each with its repository."""
    if "workflow_job" in document:
        repository = document["repository"]["full_name"]
        return [facts_of_job(document["workflow_job"], repository)]
    if "workflow_run" in document:
        return [facts_of_run(document["workflow_run"])]
    if "jobs" in document:
        return [facts_of_job(job) for job in document["jobs"]]
    return [facts_of_run(document)]


def without_unknown_states(run):
    """The run without what a later document says better: states that have ended in a way that is
    not known yet."""
    for part in [run, *run["steps"]]:
        if part.get("outcome") == "UNKNOWN":
            del part["status"], part["outcome"]
    return run


def facts_of_run(run):
    """What a workflow run says. A run that is run again keeps its id."""
    repository = run["repository"]["full_name"]
    status, outcome = status_of(run)
    return set_fields(
        repository=repository,
        id=str(run["id"]),
        attempt=run["run_attempt"],
        workflow_id=ledger.identifier(f"{repository}/{run['name'] or run['path']}"),
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
            url=job.get("html_url"),
            metadata=set_fields(
                runner=job.get("runner_name"), labels=",".join(job.get("labels") or [])
            ),
        )
    ]
    for step in job.get("steps") or []:
        steps.append(step_of(step, id=f"{job_id}.{step['number']}", parent_id=job_id))
    # Null in some webhooks. A run whose workflow is not known yet begins as one of the repository.
    name = job.get("workflow_name")
    return set_fields(
        repository=repository,
        id=str(job["run_id"]),
        attempt=job.get("run_attempt") or 1,
        workflow_id=ledger.identifier(f"{repository}/{name}") if name else None,
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
    status, conclusion = source["status"], source.get("conclusion")
    if status == "completed":
        return CONCLUSIONS.get(conclusion) or ledger.state_of_other_word(conclusion, True)
    return LIVE.get(status) or ledger.state_of_other_word(status, False)


def set_fields(**fields):
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value not in (None, "", {})}


main()
