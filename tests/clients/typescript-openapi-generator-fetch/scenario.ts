// Lists, inspects and records runs through the client that openapi-generator's typescript-fetch
// makes.
import assert from "node:assert/strict";
import {
  AnalysisApi,
  BucketWidth,
  ChangesApi,
  Configuration,
  type ErrorResponse,
  ErrorResponseFromJSON,
  ExecutionsApi,
  type ListExecutionsRequest as Query,
  type ListWorkflowRunsResponse as Page,
  RecordingApi,
  RecordOutcome,
  ResponseError,
  type StepExecutionInput as Step,
  StepStatus,
  StepType,
  type WorkflowRunChange,
  type WorkflowRunDetail,
  type WorkflowRunInput as Run,
  type WorkflowRunPatch as Facts,
  WorkflowRunStatus,
  WorkflowRunStatusFilter,
  WorkflowsApi,
} from "./generated";

const { RUNLEDGER_URL = "", RUNLEDGER_KEY = "" } = process.env;
const workflow = "workflow_typescript-openapi-generator-fetch";
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
    if (!(error instanceof ResponseError)) throw error;
    assert.equal(error.response.status, status);
    return ErrorResponseFromJSON(await error.response.json());
  }
  assert.fail(`no ${status} came`);
}

function list(query: Query = {}) {
  return executions.listExecutions(query);
}

function get(id: string) {
  return executions.getExecution({ id });
}

function record(id: string, workflowRunInput: Run) {
  return recording.recordExecution({ id, workflowRunInput });
}

// Without the keys of fields that are left out, which the generated code sets to undefined.
function given(run: Run | WorkflowRunDetail): unknown {
  return JSON.parse(JSON.stringify(run));
}

function totals({ total, succeeded, failed }: Page) {
  return [total, succeeded, failed];
}

function newStep(id: string): Step {
  return {
    id,
    stepName: "send_email",
    stepType: StepType.Piece,
    status: StepStatus.STEP_SUCCEEDED,
    attempt: 1,
    error: null,
    duration: 0.5,
    createdAt: new Date("2025-03-01T08:00:00.125Z"),
    startedAt: new Date("2025-03-01T08:00:00.125Z"),
    finishedAt: new Date("2025-03-01T08:00:00.625Z"),
  };
}

function newRun(id: string, steps: Step[]): Run {
  return {
    id,
    workflowId: workflow,
    versionId: "version_1",
    versionDisplayName: "First",
    type: "TEST",
    status: WorkflowRunStatus.Failed,
    duration: 1.25,
    createdAt: new Date("2025-03-01T08:00:00.125Z"),
    startedAt: new Date("2025-03-01T08:00:00.126Z"),
    finishedAt: new Date("2025-03-01T08:00:01.376Z"),
    steps,
    stepCount: steps.length,
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
  assert.deepEqual([run.status, run.workflowId], [WorkflowRunStatus.Failed, "workflow_abc123"]);
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
const times = runs.map((run) => run.createdAt.getTime());
assert.deepEqual(times, times.toSorted((a, b) => b - a));
done("pages");

const newest = runs[0];
assert.equal(newest?.id, "run_def456");
assert.equal(newest.status, WorkflowRunStatus.Succeeded);
assert.equal(newest.duration, 15.5);
assert.deepEqual(newest.createdAt, new Date("2025-01-04T12:00:00Z"));
assert.deepEqual(newest.startedAt, new Date("2025-01-04T12:00:05Z"));
assert.deepEqual(newest.finishedAt, new Date("2025-01-04T12:00:20Z"));
const pending = (await list({ status: WorkflowRunStatusFilter.FILTER_PENDING })).items[0];
assert.equal(pending?.status, WorkflowRunStatus.Pending);
assert.deepEqual([pending.duration, pending.startedAt, pending.finishedAt], [null, null, null]);
done("nulls");

const documented = await get("run_def456");
assert.deepEqual([documented.steps.length, documented.stepCount], [2, 2]);
assert.deepEqual(documented.steps.map((step) => step.stepType), [StepType.Trigger, StepType.Piece]);
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
assert.deepEqual([unauthorized.error, unauthorized.code],
  ["Unauthorized: Invalid or expired API key", undefined]);
done("unauthorized");

const missing = await refusal(get(`${prefix}-missing`), 404);
assert.deepEqual([missing.error, missing.code], ["Execution not found or access denied",
  undefined]);
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
assert.deepEqual(given(recorded), given(run));
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
const bad = { ...newRun(`${prefix}-3`, [newStep("step_1"), newStep("step_2")]), stepCount: 3 };
const batch = await recording.recordExecutions({ workflowRunBatch: { items: [good, bad] } });
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
assert.equal(long.stepCount, 500);
done("500 steps");

const day = await list({
  workflowId: "workflow_abc123",
  createdAfter: new Date("2025-01-03T00:00:00Z"),
  createdBefore: new Date("2025-01-04T00:00:00Z"),
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
  cursor = page.nextCursor;
}
assert.equal(cursor, null);
assert.deepEqual(walked, runs);
done("walk");

const { buckets } = await analysis.getHistogram({
  workflowId: "workflow_abc123",
  bucket: BucketWidth.Day,
});
const bucket = buckets[4];
assert.equal(buckets.length, 6);
assert.deepEqual(bucket?.start, new Date("2025-01-03T00:00:00Z"));
assert.deepEqual([bucket?.total, bucket?.failed], [48, 5]);
done("histogram");

const found = await workflows.listWorkflows({ q: "workflow_abc1" });
assert.deepEqual([found.total, found.items.length], [1, 1]);
const summary = found.items[0];
assert.equal(summary?.workflowId, "workflow_abc123");
assert.deepEqual([summary.total, summary.succeeded, summary.failed], [250, 200, 30]);
assert.deepEqual(summary.newestRun, newest);
assert.deepEqual([summary.medianDuration, summary.p95Duration], [15.5, 15.5]);
done("workflows");

for (let time = 1; time <= 2; time += 1) {
  await recording.deleteExecution({ id });
  await refusal(get(id), 404);
}
done("delete");

const changed = new Map<string, WorkflowRunChange>();
let changes = await changesApi.listChanges({ after: 0, limit: 1000 });
while (changes.items.length > 0) {
  for (const change of changes.items) changed.set(change.id, change);
  changes = await changesApi.listChanges({ after: changes.nextAfter, limit: 1000 });
}
assert.equal(changed.get(id)?.deleted, true);
assert.equal(changed.get(id)?.run, undefined);
assert.equal(changed.get(`${prefix}-2`)?.run?.workflowId, workflow);
done("changes");

const live = `${prefix}-live`;

function update(workflowRunPatch: Facts) {
  return recording.updateExecution({ id: live, workflowRunPatch });
}

let updated = await update({ workflowId: workflow, status: WorkflowRunStatus.Running,
  heartbeatTimeout: 3600, steps: [{ id: "step_1", status: StepStatus.STEP_RUNNING }] });
assert.equal(updated.status, "RUNNING");
updated = await update({ status: WorkflowRunStatus.Failed, outcome: "TIMED_OUT",
  steps: [{ id: "step_1", status: StepStatus.STEP_FAILED }] });
assert.deepEqual([updated.status, updated.outcome], ["FAILED", "TIMED_OUT"]);
assert.deepEqual([updated.workflowId, updated.heartbeatTimeout], [workflow, 3600]);
const finished = await get(live);
assert.equal(finished.status, "FAILED");
assert.deepEqual(finished.steps.map((step) => step.status), ["FAILED"]);
done("update");

const again = `${prefix}-again`;
const facts = { url: "https://engine.example/1", metadata: { batch: prefix } };
const failing: Step = { ...newStep("step_1"), ...facts, status: StepStatus.STEP_FAILED,
  outcome: "TIMED_OUT", parentId: "loop", iteration: 2 };
const optional: Run = { ...newRun(again, [failing]), ...facts, outcome: "CRASHED",
  parentId: id, triggeredBy: "schedule", error: "The worker is gone" };
assert.deepEqual(given(await record(again, optional)), given(optional));
assert.deepEqual(given(await get(again)), given(optional));
done("optional fields");

await record(again,
  { ...newRun(again, []), ...facts, status: WorkflowRunStatus.Running, attempt: 2 });
const second = await get(again);
assert.deepEqual([second.status, second.attempt], ["RUNNING", 2]);
assert.deepEqual(second.attempts?.map((one) => [one.attempt, one.status, one.outcome]),
  [[1, "FAILED", "CRASHED"], [2, "RUNNING", undefined]]);
const former = await executions.getExecution({ id: again, attempt: 1 });
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
const tag = (await executions.getExecutionRaw({ id: again })).raw.headers.get("ETag");
assert(tag, "no ETag came");
await deleteIf(tag);
await refusal(get(again), 404);
done("conditions");
