// Lists, inspects and records runs through the client that orval generates.
import assert from "node:assert/strict";
import {
  BucketWidth,
  deleteExecution,
  type ErrorResponse,
  getExecution,
  getHistogram,
  listChanges,
  listExecutions,
  type ListExecutionsParams as Query,
  type ListWorkflowRunsResponse as Page,
  listWorkflows,
  recordExecution,
  recordExecutions,
  RecordOutcome,
  type StepExecutionInput as Step,
  StepStatus,
  StepType,
  updateExecution,
  type WorkflowRunChange,
  type WorkflowRunInput as Run,
  type WorkflowRunPatch as Facts,
  WorkflowRunStatus,
  WorkflowRunStatusFilter,
} from "./generated/client";

type Outcome<T> = { data: T | ErrorResponse; status: number };

const workflow = "workflow_typescript-orval";
const prefix = crypto.randomUUID();
const options = withKey(process.env.RUNLEDGER_KEY);

function withKey(key = "") {
  return { headers: { Authorization: `Token ${key}` } };
}

function done(step: string) {
  console.log("ok", step);
}

function isError(data: object): data is ErrorResponse {
  // A run may have an `error`, too.
  return "error" in data && !("id" in data);
}

function expect<T extends object>({ data, status }: Outcome<T>): T {
  assert(!isError(data), `${status} came`);
  return data;
}

function refusal({ data, status }: Outcome<object | void>, wanted: number): ErrorResponse {
  assert.equal(status, wanted);
  assert(typeof data === "object" && isError(data), "no ErrorResponse came");
  return data;
}

async function list(query: Query = {}) {
  return expect(await listExecutions(query, options));
}

function tryGet(id: string) {
  return getExecution(id, {}, options);
}

async function get(id: string) {
  return expect(await tryGet(id));
}

function tryRecord(id: string, run: Run) {
  return recordExecution(id, run, options);
}

async function record(id: string, run: Run) {
  return expect(await tryRecord(id, run));
}

function totals({ total, succeeded, failed }: Page) {
  return [total, succeeded, failed];
}

function newStep(id: string): Step {
  return {
    id,
    step_name: "send_email",
    step_type: StepType.PIECE,
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
    status: WorkflowRunStatus.FAILED,
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
  workflow_id: "workflow_abc123",
  status: WorkflowRunStatusFilter.FILTER_FAILED,
  page: 1,
  limit: 100,
});
assert.equal(failed.items.length, 30);
for (const run of failed.items) {
  assert.deepEqual([run.status, run.workflow_id], [WorkflowRunStatus.FAILED, "workflow_abc123"]);
}
assert.deepEqual(totals(failed), [30, 0, 30]);
const every = await list({ workflow_id: "workflow_abc123",
  status: WorkflowRunStatusFilter.FILTER_ALL });
assert.deepEqual(totals(every), [250, 200, 30]);
const unknown = await list({ workflow_id: prefix });
assert.deepEqual([unknown.items, ...totals(unknown)], [[], 0, 0, 0]);
done("filters");

const runs: Page["items"] = [];
for (const [index, size] of [100, 100, 50, 0].entries()) {
  const page = await list({ workflow_id: "workflow_abc123", limit: 100, page: index + 1 });
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
assert.equal(newest.status, WorkflowRunStatus.SUCCEEDED);
assert.equal(newest.duration, 15.5);
assert.equal(newest.created_at, "2025-01-04T12:00:00Z");
assert.equal(newest.started_at, "2025-01-04T12:00:05Z");
assert.equal(newest.finished_at, "2025-01-04T12:00:20Z");
const pending = (await list({ status: WorkflowRunStatusFilter.FILTER_PENDING })).items[0];
assert.equal(pending?.status, WorkflowRunStatus.PENDING);
assert.deepEqual([pending.duration, pending.started_at, pending.finished_at], [null, null, null]);
done("nulls");

const documented = await get("run_def456");
assert.deepEqual([documented.steps.length, documented.step_count], [2, 2]);
assert.deepEqual(documented.steps.map((step) => step.step_type),
  [StepType.TRIGGER, StepType.PIECE]);
assert.deepEqual(documented.steps.map((step) => step.duration), [0.5, 1.2]);
for (const step of documented.steps) {
  assert.deepEqual([step.status, step.attempt, step.error], [StepStatus.STEP_SUCCEEDED, 1, null]);
}
done("steps");

const invalid = refusal(await listExecutions({ workflow_id: "a\tb" }, options), 400);
assert.equal(invalid.code, "VALIDATION_ERROR");
assert.match(invalid.error, /workflow_id/);
done("invalid");

const unauthorized = refusal(await listExecutions({}, withKey("not-a-key")), 401);
assert.deepEqual(unauthorized, { error: "Unauthorized: Invalid or expired API key" });
done("unauthorized");

const missing = refusal(await tryGet(`${prefix}-missing`), 404);
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

const conflict = refusal(await tryRecord(id, { ...run, status: WorkflowRunStatus.RUNNING }), 409);
assert.match(conflict.error, /RUNNING/);
assert.deepEqual(await get(id), recorded);
done("conflict");

const good = newRun(`${prefix}-2`, [newStep("step_1")]);
const bad = { ...newRun(`${prefix}-3`, [newStep("step_1"), newStep("step_2")]), step_count: 3 };
const batch = expect(await recordExecutions({ items: [good, bad] }, options));
assert.deepEqual(batch.items.map((result) => result.id), [good.id, bad.id]);
assert.deepEqual(batch.items.map((result) => result.outcome),
  [RecordOutcome.RECORDED, RecordOutcome.REJECTED]);
assert.equal(batch.items[0]?.error, undefined);
assert.match(batch.items[1]?.error?.error ?? "", /step_count/);
refusal(await tryGet(`${prefix}-3`), 404);
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
  workflow_id: "workflow_abc123",
  created_after: "2025-01-03T00:00:00Z",
  created_before: "2025-01-04T00:00:00Z",
});
assert.deepEqual(totals(day), [48, 31, 5]);
done("range");

const ended = await list({ workflow_id: "workflow_abc123",
  statuses: [WorkflowRunStatus.FAILED, WorkflowRunStatus.CANCELLED] });
assert.deepEqual(totals(ended), [35, 0, 30]);
done("statuses");

const walked: Page["items"] = [];
let cursor: string | null | undefined = "";
while (typeof cursor === "string") {
  const page: Page = await list({ workflow_id: "workflow_abc123", limit: 100, cursor });
  walked.push(...page.items);
  cursor = page.next_cursor;
}
assert.equal(cursor, null);
assert.deepEqual(walked, runs);
done("walk");

const { buckets } = expect(await getHistogram(
  { workflow_id: "workflow_abc123", bucket: BucketWidth.day },
  options,
));
const bucket = buckets[4];
assert.equal(buckets.length, 6);
assert.equal(bucket?.start, "2025-01-03T00:00:00Z");
assert.deepEqual([bucket?.total, bucket?.failed], [48, 5]);
done("histogram");

const found = expect(await listWorkflows({ q: "workflow_abc1" }, options));
assert.deepEqual([found.total, found.items.length], [1, 1]);
const summary = found.items[0];
assert.equal(summary?.workflow_id, "workflow_abc123");
assert.deepEqual([summary.total, summary.succeeded, summary.failed], [250, 200, 30]);
assert.deepEqual(summary.newest_run, newest);
assert.deepEqual([summary.median_duration, summary.p95_duration], [15.5, 15.5]);
done("workflows");

for (let time = 1; time <= 2; time += 1) {
  assert.equal((await deleteExecution(id, options)).status, 204);
  refusal(await tryGet(id), 404);
}
done("delete");

const changed = new Map<string, WorkflowRunChange>();
let changes = expect(await listChanges({ after: 0, limit: 1000 }, options));
while (changes.items.length > 0) {
  for (const change of changes.items) changed.set(change.id, change);
  changes = expect(await listChanges({ after: changes.next_after, limit: 1000 }, options));
}
assert.equal(changed.get(id)?.deleted, true);
assert.equal(changed.get(id)?.run, undefined);
assert.equal(changed.get(`${prefix}-2`)?.run?.workflow_id, workflow);
done("changes");

const live = `${prefix}-live`;

async function update(facts: Facts) {
  return expect(await updateExecution(live, facts, options));
}

let updated = await update({ workflow_id: workflow, status: WorkflowRunStatus.RUNNING,
  heartbeat_timeout: 3600, steps: [{ id: "step_1", status: StepStatus.STEP_RUNNING }] });
assert.equal(updated.status, "RUNNING");
updated = await update({ status: WorkflowRunStatus.FAILED, outcome: "TIMED_OUT",
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
  { ...newRun(again, []), ...facts, status: WorkflowRunStatus.RUNNING, attempt: 2 });
const second = await get(again);
assert.deepEqual([second.status, second.attempt], ["RUNNING", 2]);
assert.deepEqual(second.attempts?.map((one) => [one.attempt, one.status, one.outcome]),
  [[1, "FAILED", "CRASHED"], [2, "RUNNING", undefined]]);
const former = expect(await getExecution(again, { attempt: 1 }, options));
assert.deepEqual([former.status, former.outcome, former.steps.length], ["FAILED", "CRASHED", 1]);
done("attempts");

const labeled = await list({ metadata: [`batch:${prefix}`] });
assert.deepEqual([labeled.total, labeled.items.length], [1, 1]);
assert.equal(labeled.items[0]?.id, again);
assert.deepEqual([labeled.items[0].status, labeled.items[0].attempt], ["RUNNING", 2]);
done("metadata");

function deleteIf(tag: string) {
  return deleteExecution(again, { headers: { ...options.headers, "If-Match": tag } });
}

const stale = refusal(await deleteIf('"another"'), 412);
assert.match(stale.error, /If-Match/);
const tag = (await tryGet(again)).headers.get("ETag");
assert(tag, "no ETag came");
assert.equal((await deleteIf(tag)).status, 204);
refusal(await tryGet(again), 404);
done("conditions");
