// Lists, inspects and records runs through the client that Kubb generates.
import assert from "node:assert/strict";
import { setConfig } from "@kubb/plugin-client/clients/axios";
import { isAxiosError } from "axios";
import {
  bucketWidthEnum,
  deleteExecution,
  type ErrorResponse,
  getExecution,
  getHistogram,
  listChanges,
  listExecutions,
  type ListExecutionsQueryParams as Query,
  type ListWorkflowRunsResponse as Page,
  listWorkflows,
  recordExecution,
  recordExecutions,
  recordOutcomeEnum,
  type StepExecutionInput as Step,
  stepStatus,
  stepTypeEnum,
  updateExecution,
  type WorkflowRunChange,
  type WorkflowRunInput as Run,
  type WorkflowRunPatch as Facts,
  workflowRunStatusEnum,
  workflowRunStatusFilter,
} from "./generated";

const { RUNLEDGER_URL = "", RUNLEDGER_KEY = "" } = process.env;
const workflow = "workflow_typescript-kubb";
const prefix = crypto.randomUUID();

setConfig({
  baseURL: RUNLEDGER_URL,
  headers: withKey(RUNLEDGER_KEY),
  // Axios writes an array as `statuses[]`, repeated: this writes it with commas.
  paramsSerializer: {
    serialize: (query) => new URLSearchParams(
      Object.entries(query).map(([name, value]) => [name, String(value)]),
    ).toString(),
  },
});

function withKey(key: string) {
  return { Authorization: `Token ${key}` };
}

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

function list(query: Query = {}) {
  return listExecutions(query);
}

// Kubb puts ids into the path as they are.
function get(id: string) {
  return getExecution(encodeURIComponent(id));
}

function record(id: string, run: Run) {
  return recordExecution(encodeURIComponent(id), run);
}

function totals({ total, succeeded, failed }: Page) {
  return [total, succeeded, failed];
}

function newStep(id: string): Step {
  return {
    id,
    step_name: "send_email",
    step_type: stepTypeEnum.PIECE,
    status: stepStatus.STEP_SUCCEEDED,
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
    status: workflowRunStatusEnum.FAILED,
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
  status: workflowRunStatusFilter.FILTER_FAILED,
  page: 1,
  limit: 100,
});
assert.equal(failed.items.length, 30);
for (const run of failed.items) {
  assert.deepEqual([run.status, run.workflow_id], [workflowRunStatusEnum.FAILED,
    "workflow_abc123"]);
}
assert.deepEqual(totals(failed), [30, 0, 30]);
const every = await list({ workflow_id: "workflow_abc123",
  status: workflowRunStatusFilter.FILTER_ALL });
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
assert.equal(newest.status, workflowRunStatusEnum.SUCCEEDED);
assert.equal(newest.duration, 15.5);
assert.equal(newest.created_at, "2025-01-04T12:00:00Z");
assert.equal(newest.started_at, "2025-01-04T12:00:05Z");
assert.equal(newest.finished_at, "2025-01-04T12:00:20Z");
const pending = (await list({ status: workflowRunStatusFilter.FILTER_PENDING })).items[0];
assert.equal(pending?.status, workflowRunStatusEnum.PENDING);
assert.deepEqual([pending.duration, pending.started_at, pending.finished_at], [null, null, null]);
done("nulls");

const documented = await get("run_def456");
assert.deepEqual([documented.steps.length, documented.step_count], [2, 2]);
assert.deepEqual(documented.steps.map((step) => step.step_type),
  [stepTypeEnum.TRIGGER, stepTypeEnum.PIECE]);
assert.deepEqual(documented.steps.map((step) => step.duration), [0.5, 1.2]);
for (const step of documented.steps) {
  assert.deepEqual([step.status, step.attempt, step.error], [stepStatus.STEP_SUCCEEDED, 1, null]);
}
done("steps");

const invalid = await refusal(list({ workflow_id: "a\tb" }), 400);
assert.equal(invalid.code, "VALIDATION_ERROR");
assert.match(invalid.error, /workflow_id/);
done("invalid");

const unauthorized = await refusal(listExecutions({}, { headers: withKey("not-a-key") }), 401);
assert.deepEqual(unauthorized, { error: "Unauthorized: Invalid or expired API key" });
done("unauthorized");

const missing = await refusal(get(`${prefix}-missing`), 404);
assert.deepEqual(missing, { error: "Execution not found or access denied" });
done("missing");

const id = `${prefix}-1`;
const broken: Step = {
  ...newStep("step_2"),
  status: stepStatus.STEP_FAILED,
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

const conflict = await refusal(record(id, { ...run, status: workflowRunStatusEnum.RUNNING }), 409);
assert.match(conflict.error, /RUNNING/);
assert.deepEqual(await get(id), recorded);
done("conflict");

const good = newRun(`${prefix}-2`, [newStep("step_1")]);
const bad = { ...newRun(`${prefix}-3`, [newStep("step_1"), newStep("step_2")]), step_count: 3 };
const batch = await recordExecutions({ items: [good, bad] });
assert.deepEqual(batch.items.map((result) => result.id), [good.id, bad.id]);
assert.deepEqual(batch.items.map((result) => result.outcome),
  [recordOutcomeEnum.RECORDED, recordOutcomeEnum.REJECTED]);
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
  workflow_id: "workflow_abc123",
  created_after: "2025-01-03T00:00:00Z",
  created_before: "2025-01-04T00:00:00Z",
});
assert.deepEqual(totals(day), [48, 31, 5]);
done("range");

const ended = await list({ workflow_id: "workflow_abc123",
  statuses: [workflowRunStatusEnum.FAILED, workflowRunStatusEnum.CANCELLED] });
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

const { buckets } = await getHistogram({
  workflow_id: "workflow_abc123",
  bucket: bucketWidthEnum.day,
});
const bucket = buckets[4];
assert.equal(buckets.length, 6);
assert.equal(bucket?.start, "2025-01-03T00:00:00Z");
assert.deepEqual([bucket?.total, bucket?.failed], [48, 5]);
done("histogram");

const found = await listWorkflows({ q: "workflow_abc1" });
assert.deepEqual([found.total, found.items.length], [1, 1]);
const summary = found.items[0];
assert.equal(summary?.workflow_id, "workflow_abc123");
assert.deepEqual([summary.total, summary.succeeded, summary.failed], [250, 200, 30]);
assert.deepEqual(summary.newest_run, newest);
assert.deepEqual([summary.median_duration, summary.p95_duration], [15.5, 15.5]);
done("workflows");

for (let time = 1; time <= 2; time += 1) {
  await deleteExecution(encodeURIComponent(id));
  await refusal(get(id), 404);
}
done("delete");

const changed = new Map<string, WorkflowRunChange>();
let changes = await listChanges({ after: 0, limit: 1000 });
while (changes.items.length > 0) {
  for (const change of changes.items) changed.set(change.id, change);
  changes = await listChanges({ after: changes.next_after, limit: 1000 });
}
assert.equal(changed.get(id)?.deleted, true);
assert.equal(changed.get(id)?.run, undefined);
assert.equal(changed.get(`${prefix}-2`)?.run?.workflow_id, workflow);
done("changes");

const live = `${prefix}-live`;

function update(facts: Facts) {
  return updateExecution(live, facts);
}

let updated = await update({ workflow_id: workflow, status: workflowRunStatusEnum.RUNNING,
  heartbeat_timeout: 3600, steps: [{ id: "step_1", status: stepStatus.STEP_RUNNING }] });
assert.equal(updated.status, "RUNNING");
updated = await update({ status: workflowRunStatusEnum.FAILED, outcome: "TIMED_OUT",
  steps: [{ id: "step_1", status: stepStatus.STEP_FAILED }] });
assert.deepEqual([updated.status, updated.outcome], ["FAILED", "TIMED_OUT"]);
assert.deepEqual([updated.workflow_id, updated.heartbeat_timeout], [workflow, 3600]);
const finished = await get(live);
assert.equal(finished.status, "FAILED");
assert.deepEqual(finished.steps.map((step) => step.status), ["FAILED"]);
done("update");

const again = `${prefix}-again`;
const facts = { url: "https://engine.example/1", metadata: { batch: prefix } };
const failing: Step = { ...newStep("step_1"), ...facts, status: stepStatus.STEP_FAILED,
  outcome: "TIMED_OUT", parent_id: "loop", iteration: 2 };
const optional: Run = { ...newRun(again, [failing]), ...facts, outcome: "CRASHED",
  parent_id: id, triggered_by: "schedule", error: "The worker is gone" };
assert.deepEqual(await record(again, optional), optional);
assert.deepEqual(await get(again), optional);
done("optional fields");

await record(again,
  { ...newRun(again, []), ...facts, status: workflowRunStatusEnum.RUNNING, attempt: 2 });
const second = await get(again);
assert.deepEqual([second.status, second.attempt], ["RUNNING", 2]);
assert.deepEqual(second.attempts?.map((one) => [one.attempt, one.status, one.outcome]),
  [[1, "FAILED", "CRASHED"], [2, "RUNNING", undefined]]);
const former = await getExecution(again, { attempt: 1 });
assert.deepEqual([former.status, former.outcome, former.steps.length], ["FAILED", "CRASHED", 1]);
done("attempts");

const labeled = await list({ metadata: [`batch:${prefix}`] });
assert.deepEqual([labeled.total, labeled.items.length], [1, 1]);
assert.equal(labeled.items[0]?.id, again);
assert.deepEqual([labeled.items[0].status, labeled.items[0].attempt], ["RUNNING", 2]);
done("metadata");

function deleteIf(tag: string) {
  return deleteExecution(again, { "If-Match": tag });
}

const stale = await refusal(deleteIf('"another"'), 412);
assert.match(stale.error, /If-Match/);
// The client returns no header fields, so there is no ETag here.
await deleteIf("*");
await refusal(get(again), 404);
done("conditions");
