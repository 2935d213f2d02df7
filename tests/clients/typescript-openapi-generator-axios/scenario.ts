// Lists, inspects and records runs through the client that openapi-generator's typescript-axios
// makes.
import assert from "node:assert/strict";
import { isAxiosError } from "axios";
import {
  AnalysisApi,
  BucketWidth,
  ChangesApi,
  Configuration,
  type ErrorResponse,
  ExecutionsApi,
  type ExecutionsApiListExecutionsRequest as Query,
  type ListWorkflowRunsResponse as Page,
  RecordingApi,
  RecordOutcome,
  type StepExecutionInput as Step,
  StepStatus,
  StepType,
  type WorkflowRunChange,
  type WorkflowRunInput as Run,
  type WorkflowRunPatch as Facts,
  WorkflowRunStatus,
  WorkflowRunStatusFilter,
  WorkflowsApi,
} from "./generated";

const { RUNLEDGER_URL = "", RUNLEDGER_KEY = "" } = process.env;
const workflow = "workflow_typescript-openapi-generator-axios";
const prefix = crypto.randomUUID();

function withKey(key: string) {
  return new Configuration({ basePath: RUNLEDGER_URL, apiKey: `Token ${key}` });
}

const executions = new ExecutionsApi(withKey(RUNLEDGER_KEY));
const recording = new RecordingApi(withKey(RUNLEDGER_KEY));
const analysis = new AnalysisApi(withKey(RUNLEDGER_KEY));
const workflows = new WorkflowsApi(withKey(RUNLEDGER_KEY));
const changesApi = new ChangesApi(withKey(RUNLEDGER_KEY));

function done(step: string) {
  console.log("ok", step);
}

async function refusal(call: Promise<unknown>, status: number): Promise<ErrorResponse> {
  try {
    await call;
  } catch (error) {
    if (!isAxiosError<ErrorResponse>(error) || !error.response) throw error;
    assert.equal(error.response.status, status);
    return error.response.data;
  }
  assert.fail(`no ${status} came`);
}

async function list(query: Query = {}) {
  return (await executions.listExecutions(query)).data;
}

async function get(id: string) {
  return (await executions.getExecution({ id })).data;
}

async function record(id: string, workflowRunInput: Run) {
  return (await recording.recordExecution({ id, workflowRunInput })).data;
}

function totals({ total, succeeded, failed }: Page) {
  return [total, succeeded, failed];
}

function newStep(id: string): Step {
  return {
    id,
    step_name: "send_email",
    step_type: StepType.Piece,
    status: StepStatus.STEP_SUCCEEDED,
    attempt: 1,
    error: null,
    duration: 0.5,
    created_at: "2025-03-01T08:00:00.125Z",
    started_at: "2025-03-01T08:00:00.125Z",
    finished_at: "2025-03-01T08:00:00.625Z",
  };
}

function newRun(id: string, steps: Step[]): Run {
  return {
    id,
    workflow_id: workflow,
    version_id: "version_1",
    version_display_name: "First",
    type: "TEST",
    status: WorkflowRunStatus.Failed,
    duration: 1.25,
    created_at: "2025-03-01T08:00:00.125Z",
    started_at: "2025-03-01T08:00:00.126Z",
    finished_at: "2025-03-01T08:00:01.376Z",
    steps,
    step_count: steps.length,
  };
}

const first = await list();
assert.deepEqual([first.page, first.limit, first.items.length], [1, 20, 20]);
assert(first.total >= 250, "too few runs");
done("list");

const failed = await list({
  workflowId: "workflow_abc123",
  status: WorkflowRunStatusFilter.FILTER_FAILED,
  page: 1,
  limit: 100,
});
assert.equal(failed.items.length, 30);
for (const run of failed.items) {
  assert.deepEqual([run.status, run.workflow_id], [WorkflowRunStatus.Failed, "workflow_abc123"]);
}
assert.deepEqual(totals(failed), [30, 0, 30]);
const every = await list({ workflowId: "workflow_abc123",
  status: WorkflowRunStatusFilter.FILTER_ALL });
assert.deepEqual(totals(every), [250, 200, 30]);
const unknown = await list({ workflowId: prefix });
assert.deepEqual([unknown.items, ...totals(unknown)], [[], 0, 0, 0]);
done("filters");

const runs: Page["items"] = [];
for (const [index, size] of [100, 100, 50, 0].entries()) {
  const page = await list({ workflowId: "workflow_abc123", limit: 100, page: index + 1 });
  assert.deepEqual([page.page, page.limit, page.items.length], [index + 1, 100, size]);
  assert.deepEqual(totals(page), [250, 200, 30]);
  runs.push(...page.items);
}
assert.equal(new Set(runs.map((run) => run.id)).size, 250);
const times = runs.map((run) => Date.parse(run.created_at));
assert.deepEqual(times, times.toSorted((a, b) => b - a));
done("pages");

const newest = runs[0];
assert.equal(newest?.id, "run_def456");
assert.equal(newest.status, WorkflowRunStatus.Succeeded);
assert.equal(newest.duration, 15.5);
assert.equal(newest.created_at, "2025-01-04T12:00:00Z");
assert.equal(newest.started_at, "2025-01-04T12:00:05Z");
assert.equal(newest.finished_at, "2025-01-04T12:00:20Z");
const pending = (await list({ status: WorkflowRunStatusFilter.FILTER_PENDING })).items[0];
assert.equal(pending?.status, WorkflowRunStatus.Pending);
assert.deepEqual([pending.duration, pending.started_at, pending.finished_at], [null, null, null]);
done("nulls");

const documented = await get("run_def456");
assert.deepEqual([documented.steps.length, documented.step_count], [2, 2]);
assert.deepEqual(documented.steps.map((step) => step.step_type),
  [StepType.Trigger, StepType.Piece]);
assert.deepEqual(documented.steps.map((step) => step.duration), [0.5, 1.2]);
for (const step of documented.steps) {
  assert.deepEqual([step.status, step.attempt, step.error], [StepStatus.STEP_SUCCEEDED, 1, null]);
}
done("steps");

const invalid = await refusal(list({ workflowId: "a\tb" }), 400);
assert.equal(invalid.code, "VALIDATION_ERROR");
assert.match(invalid.error, /workflow_id/);
done("invalid");

const unauthorized = await refusal(new ExecutionsApi(withKey("not-a-key")).listExecutions(), 401);
assert.deepEqual(unauthorized, { error: "Unauthorized: Invalid or expired API key" });
done("unauthorized");

const missing = await refusal(get(`${prefix}-missing`), 404);
assert.deepEqual(missing, { error: "Execution not found or access denied" });
done("missing");

const id = `${prefix}-1`;
const broken: Step = {
  ...newStep("step_2"),
  status: StepStatus.STEP_FAILED,
  attempt: 2,
  error: "SMTP 451\ntry again later",
};
const run = newRun(id, [newStep("step_1"), broken]);
const recorded = await record(id, run);
assert.deepEqual(recorded, run);
assert.deepEqual(await get(id), recorded);
done("record");

assert.deepEqual(await record(id, await get(id)), recorded);
assert.deepEqual(await get(id), recorded);
done("put back");

const conflict = await refusal(record(id, { ...run, status: WorkflowRunStatus.Running }), 409);
assert.match(conflict.error, /RUNNING/);
assert.deepEqual(await get(id), recorded);
done("conflict");

const good = newRun(`${prefix}-2`, [newStep("step_1")]);
const bad = { ...newRun(`${prefix}-3`, [newStep("step_1"), newStep("step_2")]), step_count: 3 };
const batch = (
  await recording.recordExecutions({ workflowRunBatch: { items: [good, bad] } })
).data;
assert.deepEqual(batch.items.map((result) => result.id), [good.id, bad.id]);
assert.deepEqual(batch.items.map((result) => result.outcome),
  [RecordOutcome.Recorded, RecordOutcome.Rejected]);
assert.equal(batch.items[0]?.error, undefined);
assert.match(batch.items[1]?.error?.error ?? "", /step_count/);
await refusal(get(`${prefix}-3`), 404);
done("batch");

const escaped = `${prefix}/50% of Zoë's 日本`;
assert.equal((await record(escaped, newRun(escaped, []))).id, escaped);
assert.equal((await get(escaped)).id, escaped);
done("escaped id");

const steps = Array.from({ length: 500 }, (_, index) => newStep(`step_${index}`));
await record(`${prefix}-500`, newRun(`${prefix}-500`, steps));
const long = await get(`${prefix}-500`);
assert.deepEqual(long.steps.map((step) => step.id), steps.map((step) => step.id));
assert.equal(long.step_count, 500);
done("500 steps");

const day = await list({
  workflowId: "workflow_abc123",
  createdAfter: "2025-01-03T00:00:00Z",
  createdBefore: "2025-01-04T00:00:00Z",
});
assert.deepEqual(totals(day), [48, 31, 5]);
done("range");

const ended = await list({ workflowId: "workflow_abc123",
  statuses: [WorkflowRunStatus.Failed, WorkflowRunStatus.Cancelled] });
assert.deepEqual(totals(ended), [35, 0, 30]);
done("statuses");

const walked: Page["items"] = [];
let cursor: string | null | undefined = "";
while (typeof cursor === "string") {
  const page: Page = await list({ workflowId: "workflow_abc123", limit: 100, cursor });
  walked.push(...page.items);
  cursor = page.next_cursor;
}
assert.equal(cursor, null);
assert.deepEqual(walked, runs);
done("walk");

const { buckets } = (await analysis.getHistogram({
  workflowId: "workflow_abc123",
  bucket: BucketWidth.Day,
})).data;
const bucket = buckets[4];
assert.equal(buckets.length, 6);
assert.equal(bucket?.start, "2025-01-03T00:00:00Z");
assert.deepEqual([bucket?.total, bucket?.failed], [48, 5]);
done("histogram");

const found = (await workflows.listWorkflows({ q: "workflow_abc1" })).data;
assert.deepEqual([found.total, found.items.length], [1, 1]);
const summary = found.items[0];
assert.equal(summary?.workflow_id, "workflow_abc123");
assert.deepEqual([summary.total, summary.succeeded, summary.failed], [250, 200, 30]);
assert.deepEqual(summary.newest_run, newest);
assert.deepEqual([summary.median_duration, summary.p95_duration], [15.5, 15.5]);
done("workflows");

for (let time = 1; time <= 2; time += 1) {
  await recording.deleteExecution({ id });
  await refusal(get(id), 404);
}
done("delete");

const changed = new Map<string, WorkflowRunChange>();
let changes = (await changesApi.listChanges({ after: 0, limit: 1000 })).data;
while (changes.items.length > 0) {
  for (const change of changes.items) changed.set(change.id, change);
  changes = (await changesApi.listChanges({ after: changes.next_after, limit: 1000 })).data;
}
assert.equal(changed.get(id)?.deleted, true);
assert.equal(changed.get(id)?.run, undefined);
assert.equal(changed.get(`${prefix}-2`)?.run?.workflow_id, workflow);
done("changes");

const live = `${prefix}-live`;

async function update(workflowRunPatch: Facts) {
  return (await recording.updateExecution({ id: live, workflowRunPatch })).data;
}

let updated = await update({ workflow_id: workflow, status: WorkflowRunStatus.Running,
  heartbeat_timeout: 3600, steps: [{ id: "step_1", status: StepStatus.STEP_RUNNING }] });
assert.equal(updated.status, "RUNNING");
updated = await update({ status: WorkflowRunStatus.Failed, outcome: "TIMED_OUT",
  steps: [{ id: "step_1", status: StepStatus.STEP_FAILED }] });
assert.deepEqual([updated.status, updated.outcome], ["FAILED", "TIMED_OUT"]);
assert.deepEqual([updated.workflow_id, updated.heartbeat_timeout], [workflow, 3600]);
const finished = await get(live);
assert.equal(finished.status, "FAILED");
assert.deepEqual(finished.steps.map((step) => step.status), ["FAILED"]);
done("update");

const again = `${prefix}-again`;
const facts = { url: "https://engine.example/1", metadata: { batch: prefix } };
const failing: Step = { ...newStep("step_1"), ...facts, status: StepStatus.STEP_FAILED,
  outcome: "TIMED_OUT", parent_id: "loop", iteration: 2 };
const optional: Run = { ...newRun(again, [failing]), ...facts, outcome: "CRASHED",
  parent_id: id, triggered_by: "schedule", error: "The worker is gone" };
assert.deepEqual(await record(again, optional), optional);
assert.deepEqual(await get(again), optional);
done("optional fields");

await record(again,
  { ...newRun(again, []), ...facts, status: WorkflowRunStatus.Running, attempt: 2 });
const second = await get(again);
assert.deepEqual([second.status, second.attempt], ["RUNNING", 2]);
assert.deepEqual(second.attempts?.map((one) => [one.attempt, one.status, one.outcome]),
  [[1, "FAILED", "CRASHED"], [2, "RUNNING", undefined]]);
const former = (await executions.getExecution({ id: again, attempt: 1 })).data;
assert.deepEqual([former.status, former.outcome, former.steps.length], ["FAILED", "CRASHED", 1]);
done("attempts");

const labeled = await list({ metadata: [`batch:${prefix}`] });
assert.deepEqual([labeled.total, labeled.items.length], [1, 1]);
assert.equal(labeled.items[0]?.id, again);
assert.deepEqual([labeled.items[0].status, labeled.items[0].attempt], ["RUNNING", 2]);
done("metadata");

function deleteIf(ifMatch: string) {
  return recording.deleteExecution({ id: again, ifMatch });
}

const stale = await refusal(deleteIf('"another"'), 412);
assert.match(stale.error, /If-Match/);
const tag: unknown = (await executions.getExecution({ id: again })).headers["etag"];
assert(typeof tag === "string", "no ETag came");
await deleteIf(tag);
await refusal(get(again), 404);
done("conditions");
