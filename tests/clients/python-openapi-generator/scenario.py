"""Lists, inspects and records runs through the client of openapi-generator's `python`."""

import os
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from runledger_api import (
    AnalysisApi,
    ApiClient,
    BucketWidth,
    ChangesApi,
    Configuration,
    ErrorResponse,
    ExecutionsApi,
    ListWorkflowRunsResponse,
    RecordingApi,
    RecordOutcome,
    StepExecutionInput,
    StepExecutionPatch,
    StepStatus,
    StepType,
    WorkflowRunBatch,
    WorkflowRunChange,
    WorkflowRunDetail,
    WorkflowRunInput,
    WorkflowRunMetadata,
    WorkflowRunPatch,
    WorkflowRunStatus,
    WorkflowRunStatusFilter,
    WorkflowsApi,
)
from runledger_api.exceptions import (
    ApiException,
    BadRequestException,
    ConflictException,
    NotFoundException,
    UnauthorizedException,
)

WORKFLOW = "workflow_python-openapi-generator"
PREFIX = str(uuid.uuid4())
CREATED = datetime(2025, 3, 1, 8, 0, 0, 125_000, tzinfo=UTC)


def connect(key: str) -> ApiClient:
    configuration = Configuration(
        host=os.environ["RUNLEDGER_URL"],
        api_key={"ApiKey": key},
        api_key_prefix={"ApiKey": "Token"},
    )
    # By default a time in a query is sent with an offset that is not RFC 3339.
    configuration.datetime_format = "%Y-%m-%dT%H:%M:%S.%fZ"
    return ApiClient(configuration)


client = connect(os.environ["RUNLEDGER_KEY"])
executions = ExecutionsApi(client)
recording = RecordingApi(client)
analysis = AnalysisApi(client)
workflows = WorkflowsApi(client)
changes_api = ChangesApi(client)


def check(ok: bool, what: str) -> None:
    if not ok:
        raise SystemExit(f"not as expected: {what}")


def done(step: str) -> None:
    print("ok", step, flush=True)


def refusal(kind: type[ApiException], call: Callable[[], object]) -> ErrorResponse:
    """What a call that must be refused is returned."""
    try:
        call()
    except kind as error:
        if isinstance(error.data, ErrorResponse):
            return error.data
        raise SystemExit(f"no ErrorResponse came but {error.body}") from None
    raise SystemExit(f"the call was not refused with {kind.__name__}")


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


listed = executions.list_executions()
check((listed.page, listed.limit, len(listed.items)) == (1, 20, 20), "the first page")
check(listed.total >= 250, "its total")
done("list")

failed = executions.list_executions(
    workflow_id="workflow_abc123", status=WorkflowRunStatusFilter.FILTER_FAILED, page=1, limit=100
)
check(len(failed.items) == 30, "the failed runs")
check(all(run.status == WorkflowRunStatus.FAILED for run in failed.items), "their status")
check(all(run.workflow_id == "workflow_abc123" for run in failed.items), "their workflow")
check(totals(failed) == (30, 0, 30), "their totals")
every = executions.list_executions(
    workflow_id="workflow_abc123", status=WorkflowRunStatusFilter.FILTER_ALL
)
check(totals(every) == (250, 200, 30), "the totals of all")
unknown = executions.list_executions(workflow_id=PREFIX)
check(unknown.items == [] and totals(unknown) == (0, 0, 0), "an unknown workflow")
done("filters")

pages = [
    executions.list_executions(workflow_id="workflow_abc123", limit=100, page=number)
    for number in range(1, 5)
]
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
pending = executions.list_executions(status=WorkflowRunStatusFilter.FILTER_PENDING).items[0]
check(pending.status == WorkflowRunStatus.PENDING, "the pending run's status")
check(pending.duration is None, "the pending run's duration")
check(pending.started_at is None and pending.finished_at is None, "the pending run's times")
done("nulls")

detail = executions.get_execution("run_def456")
check(len(detail.steps) == 2 and detail.step_count == 2, "two steps")
trigger, piece = detail.steps
check(trigger.step_type == StepType.TRIGGER and piece.step_type == StepType.PIECE, "their types")
for step in detail.steps:
    check(step.status == StepStatus.STEP_SUCCEEDED, "a step's status")
    check(step.attempt == 1 and step.error is None, "a step's attempt and error")
check((trigger.duration, piece.duration) == (0.5, 1.2), "their durations")
done("steps")

error = refusal(BadRequestException, lambda: executions.list_executions(workflow_id="a\tb"))
check(error.code == "VALIDATION_ERROR" and "workflow_id" in error.error, "the validation error")
done("invalid")

stranger = ExecutionsApi(connect("not-a-key"))
error = refusal(UnauthorizedException, stranger.list_executions)
check(error.error == "Unauthorized: Invalid or expired API key", "the message of the 401")
check(error.code is None, "no code in the 401")
done("unauthorized")

error = refusal(NotFoundException, lambda: executions.get_execution(f"{PREFIX}-missing"))
check(error.error == "Execution not found or access denied", "the message of the 404")
check(error.code is None, "no code in the 404")
done("missing")

run_id = f"{PREFIX}-1"
broken = new_step("step_2")
broken.status = StepStatus.STEP_FAILED
broken.attempt = 2
broken.error = "SMTP 451\ntry again later"
run = new_run(run_id, [new_step("step_1"), broken])
recorded = recording.record_execution(run_id, run)
check(as_input(recorded) == run, "the response equals the request")
check(executions.get_execution(run_id) == recorded, "getExecution returns the same")
done("record")

again = recording.record_execution(run_id, as_input(executions.get_execution(run_id)))
check(again == recorded and executions.get_execution(run_id) == recorded, "put back")
done("put back")

run.status = WorkflowRunStatus.RUNNING
error = refusal(ConflictException, lambda: recording.record_execution(run_id, run))
check("RUNNING" in error.error, "the message of the 409")
check(executions.get_execution(run_id) == recorded, "the 409 changed nothing")
done("conflict")

good = new_run(f"{PREFIX}-2", [])
bad = new_run(f"{PREFIX}-3", [new_step("step_1"), new_step("step_2")])
bad.step_count = 3
batch = recording.record_executions(WorkflowRunBatch(items=[good, bad]))
check([result.id for result in batch.items] == [good.id, bad.id], "the ids of the batch")
first, second = batch.items
check(first.outcome == RecordOutcome.RECORDED, "the first was recorded")
check(first.error is None, "the first has no error")
check(second.outcome == RecordOutcome.REJECTED, "the second was rejected")
check(second.error is not None and "step_count" in second.error.error, "why it was rejected")
refusal(NotFoundException, lambda: executions.get_execution(f"{PREFIX}-3"))
done("batch")

escaped = f"{PREFIX}/50% of Zoë's 日本"
check(
    recording.record_execution(escaped, new_run(escaped, [])).id == escaped
    and executions.get_execution(escaped).id == escaped,
    "the escaped id",
)
done("escaped id")

step_ids = [f"step_{number}" for number in range(500)]
recording.record_execution(
    f"{PREFIX}-500", new_run(f"{PREFIX}-500", [new_step(step_id) for step_id in step_ids])
)
long = executions.get_execution(f"{PREFIX}-500")
check([step.id for step in long.steps] == step_ids and long.step_count == 500, "500 steps")
done("500 steps")

day = executions.list_executions(
    workflow_id="workflow_abc123",
    created_after=noon - timedelta(hours=36),
    created_before=noon - timedelta(hours=12),
)
check(totals(day) == (48, 31, 5), "the totals of a day")
done("range")

ended = executions.list_executions(
    workflow_id="workflow_abc123",
    statuses=[WorkflowRunStatus.FAILED, WorkflowRunStatus.CANCELLED],
)
check(totals(ended) == (35, 0, 30), "the totals of two states")
done("statuses")

walked: list[WorkflowRunMetadata] = []
cursor: str | None = ""
while cursor is not None:
    page = executions.list_executions(workflow_id="workflow_abc123", limit=100, cursor=cursor)
    walked += page.items
    cursor = page.next_cursor
check(walked == runs, "the walk lists the runs of the pages")
done("walk")

histogram = analysis.get_histogram(bucket=BucketWidth.DAY, workflow_id="workflow_abc123")
buckets = histogram.buckets
check(len(buckets) == 6 and buckets[4].start == noon - timedelta(hours=36), "six days")
check((buckets[4].total, buckets[4].failed) == (48, 5), "the counts of a day")
done("histogram")

found = workflows.list_workflows(q="workflow_abc1")
check(found.total == 1 and len(found.items) == 1, "one workflow")
summary = found.items[0]
check(summary.workflow_id == "workflow_abc123", "its UID")
check((summary.total, summary.succeeded, summary.failed) == (250, 200, 30), "its totals")
check(summary.newest_run == newest, "its newest run")
check((summary.median_duration, summary.p95_duration) == (15.5, 15.5), "its durations")
done("workflows")

for _ in range(2):
    recording.delete_execution(run_id)
    refusal(NotFoundException, lambda: executions.get_execution(run_id))
done("delete")

changed: dict[str, WorkflowRunChange] = {}
changes = changes_api.list_changes(after=0, limit=1000)
while changes.items:
    changed |= {change.id: change for change in changes.items}
    changes = changes_api.list_changes(after=changes.next_after, limit=1000)
check(changed[run_id].deleted and changed[run_id].run is None, "the deletion")
new = changed[f"{PREFIX}-2"].run
check(new is not None and new.workflow_id == WORKFLOW, "a new run")
done("changes")

live = f"{PREFIX}-live"


def step_is(status: StepStatus) -> list[StepExecutionPatch]:
    return [StepExecutionPatch(id="step_1", status=status)]


updated = recording.update_execution(
    live,
    WorkflowRunPatch(
        workflow_id=WORKFLOW,
        status=WorkflowRunStatus.RUNNING,
        heartbeat_timeout=3600,
        steps=step_is(StepStatus.STEP_RUNNING),
    ),
)
check(updated.status == WorkflowRunStatus.RUNNING, "a run that has begun")
updated = recording.update_execution(
    live,
    WorkflowRunPatch(
        status=WorkflowRunStatus.FAILED,
        outcome="TIMED_OUT",
        steps=step_is(StepStatus.STEP_FAILED),
    ),
)
check(updated.status == WorkflowRunStatus.FAILED and updated.outcome == "TIMED_OUT", "its end")
check((updated.workflow_id, updated.heartbeat_timeout) == (WORKFLOW, 3600), "what stays")
finished = executions.get_execution(live)
check(finished.status == WorkflowRunStatus.FAILED, "its end in getExecution")
check([step.status for step in finished.steps] == [StepStatus.STEP_FAILED], "the end of its step")
done("update")

rerun_id = f"{PREFIX}-again"
url, labels = "https://engine.example/1", {"batch": PREFIX}
failing = new_step("step_1")
failing.status, failing.outcome, failing.iteration = StepStatus.STEP_FAILED, "TIMED_OUT", 2
failing.url, failing.metadata, failing.parent_id = url, labels, "loop"
full = new_run(rerun_id, [failing])
full.outcome, full.url, full.metadata, full.parent_id = "CRASHED", url, labels, run_id
full.triggered_by, full.error = "schedule", "The worker is gone"
recorded = recording.record_execution(rerun_id, full)
check(as_input(recorded) == full, "the response equals the request")
check(executions.get_execution(rerun_id) == recorded, "getExecution returns the same")
done("optional fields")

full.status, full.attempt, full.outcome = WorkflowRunStatus.RUNNING, 2, None
recording.record_execution(rerun_id, full)
rerun = executions.get_execution(rerun_id)
check((rerun.status, rerun.attempt) == (WorkflowRunStatus.RUNNING, 2), "the second attempt")
attempts = [(one.attempt, one.status, one.outcome) for one in rerun.attempts or []]
check(
    attempts == [(1, WorkflowRunStatus.FAILED, "CRASHED"), (2, WorkflowRunStatus.RUNNING, None)],
    "both attempts",
)
former = executions.get_execution(rerun_id, attempt=1)
check((former.status, former.outcome) == (WorkflowRunStatus.FAILED, "CRASHED"), "the first attempt")
done("attempts")

labeled = executions.list_executions(metadata=[f"batch:{PREFIX}"])
check(labeled.total == 1 and labeled.items[0].id == rerun_id, "the run of the pair")
check(labeled.items[0].attempt == 2, "its newest attempt")
done("metadata")

# The generator has an exception of its own for the most frequent statuses only.
error = refusal(
    ApiException, lambda: recording.delete_execution(rerun_id, if_match='"another"')
)
check("If-Match" in error.error, "the 412")
headers = executions.get_execution_with_http_info(rerun_id).headers or {}
tag = {name.lower(): value for name, value in headers.items()}["etag"]
recording.delete_execution(rerun_id, if_match=tag)
refusal(NotFoundException, lambda: executions.get_execution(rerun_id))
done("conditions")
