"""Lists, inspects and records runs through the client that openapi-python-client generates."""

import os
import uuid
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, TypeVar

from generated import AuthenticatedClient
from generated.api.analysis import get_histogram
from generated.api.changes import list_changes
from generated.api.executions import get_execution, list_executions
from generated.api.recording import (
    delete_execution,
    record_execution,
    record_executions,
    update_execution,
)
from generated.api.workflows import list_workflows
from generated.models import (
    BucketWidth,
    ErrorResponse,
    Histogram,
    ListWorkflowRunsResponse,
    RecordOutcome,
    StepExecutionInput,
    StepExecutionInputMetadataType0,
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
    WorkflowRunInputMetadataType0,
    WorkflowRunMetadata,
    WorkflowRunPatch,
    WorkflowRunStatus,
    WorkflowRunStatusFilter,
)
from generated.types import UNSET, Response, Unset

T = TypeVar("T")

WORKFLOW = "workflow_python-openapi-python-client"
PREFIX = str(uuid.uuid4())
CREATED = datetime(2025, 3, 1, 8, 0, 0, 125_000, tzinfo=UTC)


def connect(key: str) -> AuthenticatedClient:
    return AuthenticatedClient(base_url=os.environ["RUNLEDGER_URL"], token=key, prefix="Token")


client = connect(os.environ["RUNLEDGER_KEY"])


def check(ok: bool, what: str) -> None:
    if not ok:
        raise SystemExit(f"not as expected: {what}")


def done(step: str) -> None:
    print("ok", step, flush=True)


def expect(kind: type[T], parsed: object) -> T:
    """The response, if it is of this kind."""
    if not isinstance(parsed, kind):
        raise SystemExit(f"no {kind.__name__} came but {parsed!r}")
    return parsed


def refusal(response: Response[Any], status: HTTPStatus) -> ErrorResponse:
    check(response.status_code == status, f"status {response.status_code} for {status}")
    return expect(ErrorResponse, response.parsed)


def page_of(
    *,
    workflow_id: str | Unset = UNSET,
    status: WorkflowRunStatusFilter | Unset = UNSET,
    statuses: list[WorkflowRunStatus] | Unset = UNSET,
    created_after: datetime | Unset = UNSET,
    created_before: datetime | Unset = UNSET,
    page: int | Unset = UNSET,
    limit: int | Unset = UNSET,
    cursor: str | Unset = UNSET,
    metadata: list[str] | Unset = UNSET,
) -> ListWorkflowRunsResponse:
    listed = list_executions.sync(
        client=client,
        workflow_id=workflow_id,
        status=status,
        statuses=statuses,
        created_after=created_after,
        created_before=created_before,
        page=page,
        limit=limit,
        cursor=cursor,
        metadata=metadata,
    )
    return expect(ListWorkflowRunsResponse, listed)


def changes_after(number: int) -> WorkflowRunChanges:
    changes = list_changes.sync(client=client, after=number, limit=1000)
    return expect(WorkflowRunChanges, changes)


def get(run_id: str) -> WorkflowRunDetail:
    return expect(WorkflowRunDetail, get_execution.sync(run_id, client=client))


def record(run_id: str, run: WorkflowRunInput) -> WorkflowRunDetail:
    return expect(WorkflowRunDetail, record_execution.sync(run_id, client=client, body=run))


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
        type_="TEST",
        status=WorkflowRunStatus.FAILED,
        duration=1.25,
        created_at=CREATED,
        started_at=CREATED + timedelta(milliseconds=1),
        finished_at=CREATED + timedelta(milliseconds=1251),
        steps=steps,
        step_count=len(steps),
    )


listed = page_of()
check((listed.page, listed.limit, len(listed.items)) == (1, 20, 20), "the first page")
check(listed.total >= 250, "its total")
done("list")

failed = page_of(
    workflow_id="workflow_abc123", status=WorkflowRunStatusFilter.FILTER_FAILED, page=1, limit=100
)
check(len(failed.items) == 30, "the failed runs")
check(all(run.status == WorkflowRunStatus.FAILED for run in failed.items), "their status")
check(all(run.workflow_id == "workflow_abc123" for run in failed.items), "their workflow")
check(totals(failed) == (30, 0, 30), "their totals")
every = page_of(workflow_id="workflow_abc123", status=WorkflowRunStatusFilter.FILTER_ALL)
check(totals(every) == (250, 200, 30), "the totals of all")
unknown = page_of(workflow_id=PREFIX)
check(unknown.items == [] and totals(unknown) == (0, 0, 0), "an unknown workflow")
done("filters")

pages = [page_of(workflow_id="workflow_abc123", limit=100, page=number) for number in range(1, 5)]
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
pending = page_of(status=WorkflowRunStatusFilter.FILTER_PENDING).items[0]
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

error = refusal(
    list_executions.sync_detailed(client=client, workflow_id="a\tb"), HTTPStatus.BAD_REQUEST
)
check(error.code == "VALIDATION_ERROR" and "workflow_id" in error.error, "the validation error")
done("invalid")

error = refusal(list_executions.sync_detailed(client=connect("not-a-key")), HTTPStatus.UNAUTHORIZED)
check(error.error == "Unauthorized: Invalid or expired API key", "the message of the 401")
check(isinstance(error.code, Unset), "no code in the 401")
done("unauthorized")

error = refusal(
    get_execution.sync_detailed(f"{PREFIX}-missing", client=client), HTTPStatus.NOT_FOUND
)
check(error.error == "Execution not found or access denied", "the message of the 404")
check(isinstance(error.code, Unset), "no code in the 404")
done("missing")

run_id = f"{PREFIX}-1"
broken = new_step("step_2")
broken.status = StepStatus.STEP_FAILED
broken.attempt = 2
broken.error = "SMTP 451\ntry again later"
run = new_run(run_id, [new_step("step_1"), broken])
recorded = record(run_id, run)
check(recorded.to_dict() == run.to_dict(), "the response equals the request")
check(get(run_id) == recorded, "getExecution returns the same")
done("record")

again = record(run_id, WorkflowRunInput.from_dict(get(run_id).to_dict()))
check(again == recorded and get(run_id) == recorded, "put back")
done("put back")

run.status = WorkflowRunStatus.RUNNING
error = refusal(
    record_execution.sync_detailed(run_id, client=client, body=run), HTTPStatus.CONFLICT
)
check("RUNNING" in error.error, "the message of the 409")
check(get(run_id) == recorded, "the 409 changed nothing")
done("conflict")

good = new_run(f"{PREFIX}-2", [])
bad = new_run(f"{PREFIX}-3", [new_step("step_1"), new_step("step_2")])
bad.step_count = 3
batch = expect(
    WorkflowRunBatchResult,
    record_executions.sync(client=client, body=WorkflowRunBatch(items=[good, bad])),
)
check([result.id for result in batch.items] == [good.id, bad.id], "the ids of the batch")
first, second = batch.items
check(first.outcome == RecordOutcome.RECORDED, "the first was recorded")
check(isinstance(first.error, Unset), "the first has no error")
check(second.outcome == RecordOutcome.REJECTED, "the second was rejected")
check("step_count" in expect(ErrorResponse, second.error).error, "why it was rejected")
refusal(get_execution.sync_detailed(f"{PREFIX}-3", client=client), HTTPStatus.NOT_FOUND)
done("batch")

escaped = f"{PREFIX}/50% of Zoë's 日本"
check(record(escaped, new_run(escaped, [])).id == escaped and get(escaped).id == escaped,
    "the escaped id")
done("escaped id")

step_ids = [f"step_{number}" for number in range(500)]
record(f"{PREFIX}-500", new_run(f"{PREFIX}-500", [new_step(step_id) for step_id in step_ids]))
long = get(f"{PREFIX}-500")
check([step.id for step in long.steps] == step_ids and long.step_count == 500, "500 steps")
done("500 steps")

day = page_of(
    workflow_id="workflow_abc123",
    created_after=noon - timedelta(hours=36),
    created_before=noon - timedelta(hours=12),
)
check(totals(day) == (48, 31, 5), "the totals of a day")
done("range")

# Several would become a repeated parameter.
ended = page_of(workflow_id="workflow_abc123", statuses=[WorkflowRunStatus.FAILED])
check(totals(ended) == (30, 0, 30), "the totals of a state")
done("statuses")

walked: list[WorkflowRunMetadata] = []
cursor: str | Unset | None = ""
while isinstance(cursor, str):
    page = page_of(workflow_id="workflow_abc123", limit=100, cursor=cursor)
    walked += page.items
    cursor = page.next_cursor
check(cursor is None and walked == runs, "the walk lists the runs of the pages")
done("walk")

histogram = get_histogram.sync(
    client=client, workflow_id="workflow_abc123", bucket=BucketWidth.DAY
)
buckets = expect(Histogram, histogram).buckets
check(len(buckets) == 6 and buckets[4].start == noon - timedelta(hours=36), "six days")
check((buckets[4].total, buckets[4].failed) == (48, 5), "the counts of a day")
done("histogram")

found = expect(WorkflowList, list_workflows.sync(client=client, q="workflow_abc1"))
check(found.total == 1 and len(found.items) == 1, "one workflow")
summary = found.items[0]
check(summary.workflow_id == "workflow_abc123", "its UID")
check((summary.total, summary.succeeded, summary.failed) == (250, 200, 30), "its totals")
check(summary.newest_run == newest, "its newest run")
check((summary.median_duration, summary.p95_duration) == (15.5, 15.5), "its durations")
done("workflows")

for _ in range(2):
    deleted = delete_execution.sync_detailed(run_id, client=client)
    check(deleted.status_code == HTTPStatus.NO_CONTENT, f"status {deleted.status_code} for 204")
    refusal(get_execution.sync_detailed(run_id, client=client), HTTPStatus.NOT_FOUND)
done("delete")

changed: dict[str, WorkflowRunChange] = {}
changes = changes_after(0)
while changes.items:
    changed |= {change.id: change for change in changes.items}
    changes = changes_after(changes.next_after)
check(changed[run_id].deleted and isinstance(changed[run_id].run, Unset), "the deletion")
new = expect(WorkflowRunMetadata, changed[f"{PREFIX}-2"].run)
check(new.workflow_id == WORKFLOW, "a new run")
done("changes")

live = f"{PREFIX}-live"


def update(patch: WorkflowRunPatch) -> WorkflowRunMetadata:
    return expect(WorkflowRunMetadata, update_execution.sync(live, client=client, body=patch))


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
detail = get(live)
check(detail.status == WorkflowRunStatus.FAILED, "its end in getExecution")
check([step.status for step in detail.steps] == [StepStatus.STEP_FAILED], "the end of its step")
done("update")

again_id = f"{PREFIX}-again_id"
url = "https://engine.example/1"
failed_step = new_step("step_1")
failed_step.status, failed_step.outcome = StepStatus.STEP_FAILED, "TIMED_OUT"
failed_step.url, failed_step.parent_id, failed_step.iteration = url, "loop", 2
failed_step.metadata = StepExecutionInputMetadataType0.from_dict({"batch": PREFIX})
run = new_run(again_id, [failed_step])
run.outcome, run.url, run.parent_id = "CRASHED", url, run_id
run.triggered_by, run.error = "schedule", "The worker is gone"
run.metadata = WorkflowRunInputMetadataType0.from_dict({"batch": PREFIX})
recorded = record(again_id, run)
check(recorded.to_dict() == run.to_dict() and get(again_id) == recorded, "the same run")
done("optional fields")

run.status, run.attempt, run.outcome = WorkflowRunStatus.RUNNING, 2, None
record(again_id, run)
rerun = get(again_id)
check((rerun.status, rerun.attempt) == (WorkflowRunStatus.RUNNING, 2), "the second attempt")
one, two = [] if isinstance(rerun.attempts, Unset) else rerun.attempts
check((one.attempt, one.status) == (1, WorkflowRunStatus.FAILED), "the first of the attempts")
check((one.outcome, two.attempt, two.outcome) == ("CRASHED", 2, UNSET), "the second of them")
former = expect(WorkflowRunDetail, get_execution.sync(again_id, client=client, attempt=1))
check((former.status, former.outcome) == (WorkflowRunStatus.FAILED, "CRASHED"), "the first attempt")
done("attempts")

labeled = page_of(metadata=[f"batch:{PREFIX}"])
check(labeled.total == 1 and [run.id for run in labeled.items] == [again_id], "the run of the pair")
check(labeled.items[0].attempt == 2, "its newest attempt")
done("metadata")

stale = delete_execution.sync_detailed(again_id, client=client, if_match='"another"')
check("If-Match" in refusal(stale, HTTPStatus.PRECONDITION_FAILED).error, "the 412")
tag = get_execution.sync_detailed(again_id, client=client).headers["ETag"]
deleted = delete_execution.sync_detailed(again_id, client=client, if_match=tag)
check(deleted.status_code == HTTPStatus.NO_CONTENT, f"status {deleted.status_code} for 204")
refusal(get_execution.sync_detailed(again_id, client=client), HTTPStatus.NOT_FOUND)
done("conditions")
