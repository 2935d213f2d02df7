"""Lists, inspects and records runs with httpx and the models of datamodel-code-generator."""

import os
import uuid
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from generated.models import (
    BucketWidth,
    ErrorResponse,
    Histogram,
    ListWorkflowRunsResponse,
    RecordOutcome,
    StepExecutionInput,
    StepExecutionPatch,
    StepStatus,
    StepType,
    WorkflowList,
    WorkflowRunBatch,
    WorkflowRunBatchResult,
    WorkflowRunChange,
    WorkflowRunChanges,
    WorkflowRunDetail,
    WorkflowRunInput,
    WorkflowRunMetadata,
    WorkflowRunPatch,
    WorkflowRunStatus,
    WorkflowRunStatusFilter,
)
from pydantic import BaseModel

M = TypeVar("M", bound=BaseModel)

WORKFLOW = "workflow_python-datamodel-code-generator"
PREFIX = str(uuid.uuid4())
CREATED = datetime(2025, 3, 1, 8, 0, 0, 125_000, tzinfo=UTC)


def connect(key: str) -> httpx.Client:
    headers = {"Authorization": f"Token {key}"}
    return httpx.Client(base_url=os.environ["RUNLEDGER_URL"], headers=headers)


client = connect(os.environ["RUNLEDGER_KEY"])


def check(ok: bool, what: str) -> None:
    if not ok:
        raise SystemExit(f"not as expected: {what}")


def done(step: str) -> None:
    print("ok", step, flush=True)


def expect(kind: type[M], response: httpx.Response) -> M:
    check(response.is_success, f"{response} {response.text}")
    return kind.model_validate_json(response.content)


def refusal(status: int, response: httpx.Response) -> ErrorResponse:
    check(response.status_code == status, f"{response} for {status}")
    return ErrorResponse.model_validate_json(response.content)


def url(run_id: str) -> str:
    return "/v1/executions/" + quote(run_id, safe="")


def list_runs(**parameters: str | int) -> ListWorkflowRunsResponse:
    return expect(ListWorkflowRunsResponse, client.get("/v1/executions", params=parameters))


def list_changes(after: int) -> WorkflowRunChanges:
    response = client.get("/v1/changes", params={"after": after, "limit": 1000})
    return expect(WorkflowRunChanges, response)


def get(run_id: str) -> WorkflowRunDetail:
    return expect(WorkflowRunDetail, client.get(url(run_id)))


def body(model: BaseModel) -> Any:
    return model.model_dump(mode="json", exclude_unset=True)


def record(run_id: str, run: WorkflowRunInput) -> WorkflowRunDetail:
    return expect(WorkflowRunDetail, client.put(url(run_id), json=body(run)))


def as_input(run: WorkflowRunDetail) -> WorkflowRunInput:
    """A response as a request."""
    return WorkflowRunInput.model_validate(run.model_dump())


def totals(page: ListWorkflowRunsResponse) -> tuple[int, int, int]:
    return page.total, page.succeeded, page.failed


def new_step(step_id: str) -> StepExecutionInput:
    return StepExecutionInput(
        id=step_id,
        step_name="send_email",
        step_type=StepType.PIECE,
        status=StepStatus.STEP_SUCCEEDED,
        created_at=CREATED,
        attempt=1,
        error=None,
        duration=0.5,
        started_at=CREATED,
        finished_at=CREATED + timedelta(seconds=0.5),
    )


def new_run(run_id: str, steps: list[StepExecutionInput]) -> WorkflowRunInput:
    return WorkflowRunInput(
        id=run_id,
        workflow_id=WORKFLOW,
        version_id="version_1",
        version_display_name="First",
        type="TEST",
        status=WorkflowRunStatus.FAILED,
        duration=1.25,
        created_at=CREATED,
        started_at=CREATED + timedelta(milliseconds=1),
        finished_at=CREATED + timedelta(milliseconds=1251),
        steps=steps,
        step_count=len(steps),
    )


listed = list_runs()
check((listed.page, listed.limit, len(listed.items)) == (1, 20, 20), "the first page")
check(listed.total >= 250, "its total")
done("list")

failed = list_runs(
    workflow_id="workflow_abc123", status=WorkflowRunStatusFilter.FILTER_FAILED, page=1, limit=100
)
check(len(failed.items) == 30, "the failed runs")
check(all(run.status == WorkflowRunStatus.FAILED for run in failed.items), "their status")
check(all(run.workflow_id == "workflow_abc123" for run in failed.items), "their workflow")
check(totals(failed) == (30, 0, 30), "their totals")
every = list_runs(workflow_id="workflow_abc123", status=WorkflowRunStatusFilter.FILTER_ALL)
check(totals(every) == (250, 200, 30), "the totals of all")
unknown = list_runs(workflow_id=PREFIX)
check(unknown.items == [] and totals(unknown) == (0, 0, 0), "an unknown workflow")
done("filters")

pages = [list_runs(workflow_id="workflow_abc123", limit=100, page=number) for number in range(1, 5)]
check([len(page.items) for page in pages] == [100, 100, 50, 0], "the pages' sizes")
check(all(totals(page) == (250, 200, 30) for page in pages), "the totals of each page")
check([(page.page, page.limit) for page in pages] == [(n, 100) for n in range(1, 5)], "the pages")
runs = [run for page in pages for run in page.items]
check(len({run.id for run in runs}) == 250, "different ids")
times = [run.created_at for run in runs]
check(times == sorted(times, reverse=True), "the newest first")
done("pages")

newest = runs[0]
noon = datetime(2025, 1, 4, 12, tzinfo=UTC)
check(newest.id == "run_def456" and newest.status == WorkflowRunStatus.SUCCEEDED, "the newest")
check(newest.duration == 15.5 and newest.created_at == noon, "when the newest was created")
check(newest.started_at == noon + timedelta(seconds=5), "when the newest was started")
check(newest.finished_at == noon + timedelta(seconds=20), "when the newest was finished")
pending = list_runs(status=WorkflowRunStatusFilter.FILTER_PENDING).items[0]
check(pending.status == WorkflowRunStatus.PENDING, "the pending run's status")
check(pending.duration is None, "the pending run's duration")
check(pending.started_at is None and pending.finished_at is None, "the pending run's times")
done("nulls")

detail = get("run_def456")
check(len(detail.steps) == 2 and detail.step_count == 2, "two steps")
trigger, piece = detail.steps
check(trigger.step_type == StepType.TRIGGER and piece.step_type == StepType.PIECE, "their types")
for step in detail.steps:
    check(step.status == StepStatus.STEP_SUCCEEDED, "a step's status")
    check(step.attempt == 1 and step.error is None, "a step's attempt and error")
check((trigger.duration, piece.duration) == (0.5, 1.2), "their durations")
done("steps")

error = refusal(400, client.get("/v1/executions", params={"workflow_id": "a\tb"}))
check(error.code == "VALIDATION_ERROR" and "workflow_id" in error.error, "the validation error")
done("invalid")

error = refusal(401, connect("not-a-key").get("/v1/executions"))
check(error.error == "Unauthorized: Invalid or expired API key", "the message of the 401")
check(error.code is None, "no code in the 401")
done("unauthorized")

error = refusal(404, client.get(url(f"{PREFIX}-missing")))
check(error.error == "Execution not found or access denied", "the message of the 404")
check(error.code is None, "no code in the 404")
done("missing")

run_id = f"{PREFIX}-1"
broken = new_step("step_2")
broken.status = StepStatus.STEP_FAILED
broken.attempt = 2
broken.error = "SMTP 451\ntry again later"
run = new_run(run_id, [new_step("step_1"), broken])
recorded = record(run_id, run)
check(as_input(recorded) == run, "the response equals the request")
check(get(run_id) == recorded, "getExecution returns the same")
done("record")

again = record(run_id, as_input(get(run_id)))
check(again == recorded and get(run_id) == recorded, "put back")
done("put back")

run.status = WorkflowRunStatus.RUNNING
error = refusal(409, client.put(url(run_id), json=body(run)))
check("RUNNING" in error.error, "the message of the 409")
check(get(run_id) == recorded, "the 409 changed nothing")
done("conflict")

good = new_run(f"{PREFIX}-2", [])
bad = new_run(f"{PREFIX}-3", [new_step("step_1"), new_step("step_2")])
bad.step_count = 3
batch = expect(
    WorkflowRunBatchResult,
    client.post("/v1/executions/batch", json=body(WorkflowRunBatch(items=[good, bad]))),
)
check([result.id for result in batch.items] == [good.id, bad.id], "the ids of the batch")
first, second = batch.items
check(first.outcome == RecordOutcome.RECORDED, "the first was recorded")
check(first.error is None, "the first has no error")
check(second.outcome == RecordOutcome.REJECTED, "the second was rejected")
check(second.error is not None and "step_count" in second.error.error, "why it was rejected")
refusal(404, client.get(url(f"{PREFIX}-3")))
done("batch")

escaped = f"{PREFIX}/50% of Zoë's 日本"
check(
    record(escaped, new_run(escaped, [])).id == escaped and get(escaped).id == escaped,
    "the escaped id",
)
done("escaped id")

step_ids = [f"step_{number}" for number in range(500)]
record(f"{PREFIX}-500", new_run(f"{PREFIX}-500", [new_step(step_id) for step_id in step_ids]))
long = get(f"{PREFIX}-500")
check([step.id for step in long.steps] == step_ids and long.step_count == 500, "500 steps")
done("500 steps")

day = list_runs(
    workflow_id="workflow_abc123",
    created_after=(noon - timedelta(hours=36)).isoformat(),
    created_before=(noon - timedelta(hours=12)).isoformat(),
)
check(totals(day) == (48, 31, 5), "the totals of a day")
done("range")

ended = list_runs(
    workflow_id="workflow_abc123",
    statuses=f"{WorkflowRunStatus.FAILED},{WorkflowRunStatus.CANCELLED}",
)
check(totals(ended) == (35, 0, 30), "the totals of two states")
done("statuses")

walked: list[WorkflowRunMetadata] = []
cursor: str | None = ""
while cursor is not None:
    page = list_runs(workflow_id="workflow_abc123", limit=100, cursor=cursor)
    walked += page.items
    cursor = page.next_cursor
check(walked == runs, "the walk lists the runs of the pages")
done("walk")

by_day = {"workflow_id": "workflow_abc123", "bucket": BucketWidth.DAY}
buckets = expect(Histogram, client.get("/v1/histogram", params=by_day)).buckets
check(len(buckets) == 6 and buckets[4].start == noon - timedelta(hours=36), "six days")
check((buckets[4].total, buckets[4].failed) == (48, 5), "the counts of a day")
done("histogram")

found = expect(WorkflowList, client.get("/v1/workflows", params={"q": "workflow_abc1"}))
check(found.total == 1 and len(found.items) == 1, "one workflow")
summary = found.items[0]
check(summary.workflow_id == "workflow_abc123", "its UID")
check((summary.total, summary.succeeded, summary.failed) == (250, 200, 30), "its totals")
check(summary.newest_run == newest, "its newest run")
check((summary.median_duration, summary.p95_duration) == (15.5, 15.5), "its durations")
done("workflows")

for _ in range(2):
    check(client.delete(url(run_id)).status_code == HTTPStatus.NO_CONTENT, "a 204")
    refusal(404, client.get(url(run_id)))
done("delete")

changed: dict[str, WorkflowRunChange] = {}
changes = list_changes(0)
while changes.items:
    changed |= {change.id: change for change in changes.items}
    changes = list_changes(changes.next_after)
check(changed[run_id].deleted and changed[run_id].run is None, "the deletion")
new = changed[f"{PREFIX}-2"].run
check(new is not None and new.workflow_id == WORKFLOW, "a new run")
done("changes")

live = f"{PREFIX}-live"


def update(facts: WorkflowRunPatch) -> WorkflowRunMetadata:
    return expect(WorkflowRunMetadata, client.patch(url(live), json=body(facts)))


def step_is(status: StepStatus) -> list[StepExecutionPatch]:
    return [StepExecutionPatch(id="step_1", status=status)]


updated = update(
    WorkflowRunPatch(
        workflow_id=WORKFLOW,
        status=WorkflowRunStatus.RUNNING,
        heartbeat_timeout=3600,
        steps=step_is(StepStatus.STEP_RUNNING),
    )
)
check(updated.status == WorkflowRunStatus.RUNNING, "a run that has begun")
updated = update(
    WorkflowRunPatch(
        status=WorkflowRunStatus.FAILED,
        outcome="TIMED_OUT",
        steps=step_is(StepStatus.STEP_FAILED),
    )
)
check(updated.status == WorkflowRunStatus.FAILED and updated.outcome == "TIMED_OUT", "its end")
check((updated.workflow_id, updated.heartbeat_timeout) == (WORKFLOW, 3600), "what stays")
finished = get(live)
check(finished.status == WorkflowRunStatus.FAILED, "its end in getExecution")
check([step.status for step in finished.steps] == [StepStatus.STEP_FAILED], "the end of its step")
done("update")

rerun_id = f"{PREFIX}-again"
link, labels = "https://engine.example/1", {"batch": PREFIX}
failing = new_step("step_1")
failing.status, failing.outcome, failing.iteration = StepStatus.STEP_FAILED, "TIMED_OUT", 2
failing.url, failing.metadata, failing.parent_id = link, labels, "loop"
full = new_run(rerun_id, [failing])
full.outcome, full.url, full.metadata, full.parent_id = "CRASHED", link, labels, run_id
full.triggered_by, full.error = "schedule", "The worker is gone"
recorded = record(rerun_id, full)
check(as_input(recorded) == full, "the response equals the request")
check(get(rerun_id) == recorded, "getExecution returns the same")
done("optional fields")

full.status, full.attempt, full.outcome = WorkflowRunStatus.RUNNING, 2, None
record(rerun_id, full)
rerun = get(rerun_id)
check((rerun.status, rerun.attempt) == (WorkflowRunStatus.RUNNING, 2), "the second attempt")
attempts = [(one.attempt, one.status, one.outcome) for one in rerun.attempts or []]
check(
    attempts == [(1, WorkflowRunStatus.FAILED, "CRASHED"), (2, WorkflowRunStatus.RUNNING, None)],
    "both attempts",
)
former = expect(WorkflowRunDetail, client.get(url(rerun_id), params={"attempt": 1}))
check((former.status, former.outcome) == (WorkflowRunStatus.FAILED, "CRASHED"), "the first attempt")
done("attempts")

labeled = list_runs(metadata=f"batch:{PREFIX}")
check(labeled.total == 1 and labeled.items[0].id == rerun_id, "the run of the pair")
check(labeled.items[0].attempt == 2, "its newest attempt")
done("metadata")

stale = client.delete(url(rerun_id), headers={"If-Match": '"another"'})
check("If-Match" in refusal(HTTPStatus.PRECONDITION_FAILED, stale).error, "the 412")
tag = client.get(url(rerun_id)).headers["ETag"]
deleted = client.delete(url(rerun_id), headers={"If-Match": tag})
check(deleted.status_code == HTTPStatus.NO_CONTENT, f"{deleted} for 204")
refusal(HTTPStatus.NOT_FOUND, client.get(url(rerun_id)))
done("conditions")
