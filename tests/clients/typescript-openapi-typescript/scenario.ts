// Lists, inspects and records runs through openapi-fetch, with the types that openapi-typescript
// makes.
import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, operations, paths } from "./generated/schema";

type ErrorResponse = components["schemas"]["ErrorResponse"];
type Page = components["schemas"]["ListWorkflowRunsResponse"];
type Run = components["schemas"]["WorkflowRunInput"];
type Step = components["schemas"]["StepExecutionInput"];
type Query = NonNullable<operations["listExecutions"]["parameters"]["query"]>;
type Outcome<T> = { data?: T; error?: ErrorResponse; response: Response };

const { RUNLEDGER_URL = "", RUNLEDGER_KEY = "" } = process.env;
const workflow = "workflow_typescript-openapi-typescript";
const prefix = crypto.randomUUID();

function connect(key: string) {
  return createClient<paths>({ baseUrl: RUNLEDGER_URL,
    headers: { Authorization: `Token ${key}` },
    // By default an array becomes a repeated parameter.
    querySerializer: { array: { style: "form", explode: false } } });
}

const client = connect(RUNLEDGER_KEY);

function done(step: string) {
  console.log("ok", step);
}

function expect<T>({ data, error, response }: Outcome<T>): T {
  assert(data, `${response.status} came: ${error?.error}`);
  return data;
}

function refusal({ error, response }: Outcome<unknown>, status: number): ErrorResponse {
  assert.equal(response.status, status);
  assert(error, "no ErrorResponse came");
  return error;
}

async function list(query: Query = {}) {
  return expect(await client.GET("/v1/executions", { params: { query } }));
}

async function listChanges(after: number) {
  return expect(await client.GET("/v1/changes", { params: { query: { after, limit: 1000 } } }));
}

function tryGet(id: string) {
  return client.GET("/v1/executions/{id}", { params: { path: { id } } });
}

async function get(id: string) {
  return expect(await tryGet(id));
}

function tryRecord(id: string, body: Run) {
  return client.PUT("/v1/executions/{id}", { params: { path: { id } }, body });
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
    step_type: "PIECE",
    status: "SUCCEEDED",
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
    status: "FAILED",
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

const failed = await list({ workflow_id: "workflow_abc123", status: "FAILED", page: 1,
  limit: 100 });
assert.equal(failed.items.length, 30);
for (const run of failed.items) {
  assert.deepEqual([run.status, run.workflow_id], ["FAILED", "workflow_abc123"]);
}
assert.deepEqual(totals(failed), [30, 0, 30]);
const every = await list({ workflow_id: "workflow_abc123", status: "all" });
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
assert.equal(newest.status, "SUCCEEDED");
assert.equal(newest.duration, 15.5);
assert.equal(newest.created_at, "2025-01-04T12:00:00Z");
assert.equal(newest.started_at, "2025-01-04T12:00:05Z");
assert.equal(newest.finished_at, "2025-01-04T12:00:20Z");
const pending = (await list({ status: "PENDING" })).items[0];
assert.equal(pending?.status, "PENDING");
assert.deepEqual([pending.duration, pending.started_at, pending.finished_at], [null, null, null]);
done("nulls");

const documented = await get("run_def456");
assert.deepEqual([documented.steps.length, documented.step_count], [2, 2]);
assert.deepEqual(documented.steps.map((step) => step.step_type), ["TRIGGER", "PIECE"]);
assert.deepEqual(documented.steps.map((step) => step.duration), [0.5, 1.2]);
for (const step of documented.steps) {
  assert.deepEqual([step.status, step.attempt, step.error], ["SUCCEEDED", 1, null]);
}
done("steps");

const invalid = refusal(await client.GET("/v1/executions",
  { params: { query: { workflow_id: "a\tb" } } }), 400);
assert.equal(invalid.code, "VALIDATION_ERROR");
assert.match(invalid.error, /workflow_id/);
done("invalid");

const unauthorized = refusal(await connect("not-a-key").GET("/v1/executions"), 401);
assert.deepEqual(unauthorized, { error: "Unauthorized: Invalid or expired API key" });
done("unauthorized");

const missing = refusal(await tryGet(`${prefix}-missing`), 404);
assert.deepEqual(missing, { error: "Execution not found or access denied" });
done("missing");

const id = `${prefix}-1`;
const broken: Step = { ...newStep("step_2"), status: "FAILED", attempt: 2,
  error: "SMTP 451\ntry again later" };
const run = newRun(id, [newStep("step_1"), broken]);
const recorded = await record(id, run);
assert.deepEqual(recorded, run);
assert.deepEqual(await get(id), recorded);
done("record");

assert.deepEqual(await record(id, await get(id)), recorded);
assert.deepEqual(await get(id), recorded);
done("put back");

const conflict = refusal(await tryRecord(id, { ...run, status: "RUNNING" }), 409);
assert.match(conflict.error, /RUNNING/);
assert.deepEqual(await get(id), recorded);
done("conflict");

const good = newRun(`${prefix}-2`, [newStep("step_1")]);
const bad = { ...newRun(`${prefix}-3`, [newStep("step_1"), newStep("step_2")]), step_count: 3 };
const batch = expect(await client.POST("/v1/executions/batch", { body: { items: [good, bad] } }));
assert.deepEqual(batch.items.map((result) => result.id), [good.id, bad.id]);
assert.deepEqual(batch.items.map((result) => result.outcome), ["RECORDED", "REJECTED"]);
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
  statuses: ["FAILED", "CANCELLED"] });
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

const { buckets } = expect(await client.GET("/v1/histogram", {
  params: { query: { workflow_id: "workflow_abc123", bucket: "day" } },
}));
const bucket = buckets[4];
assert.equal(buckets.length, 6);
assert.equal(bucket?.start, "2025-01-03T00:00:00Z");
assert.deepEqual([bucket?.total, bucket?.failed], [48, 5]);
done("histogram");

const found = expect(await client.GET("/v1/workflows", {
  params: { query: { q: "workflow_abc1" } },
}));
assert.deepEqual([found.total, found.items.length], [1, 1]);
const summary = found.items[0];
assert.equal(summary?.workflow_id, "workflow_abc123");
assert.deepEqual([summary.total, summary.succeeded, summary.failed], [250, 200, 30]);
assert.deepEqual(summary.newest_run, newest);
assert.deepEqual([summary.median_duration, summary.p95_duration], [15.5, 15.5]);
done("workflows");

for (let time = 1; time <= 2; time += 1) {
  const { response } = await client.DELETE("/v1/executions/{id}", { params: { path: { id } } });
  assert.equal(response.status, 204);
  refusal(await tryGet(id), 404);
}
done("delete");

const changed = new Map<string, components["schemas"]["WorkflowRunChange"]>();
let changes = await listChanges(0);
while (changes.items.length > 0) {
  for (const change of changes.items) changed.set(change.id, change);
  changes = await listChanges(changes.next_after);
}
assert.equal(changed.get(id)?.deleted, true);
assert.equal(changed.get(id)?.run, undefined);
assert.equal(changed.get(`${prefix}-2`)?.run?.workflow_id, workflow);
done("changes");

const live = `${prefix}-live`;

async function update(body: components["schemas"]["WorkflowRunPatch"]) {
  return expect(await client.PATCH("/v1/executions/{id}",
    { params: { path: { id: live } }, body }));
}

let updated = await update({ workflow_id: workflow, status: "RUNNING", heartbeat_timeout: 3600,
  steps: [{ id: "step_1", status: "RUNNING" }] });
assert.equal(updated.status, "RUNNING");
updated = await update({ status: "FAILED", outcome: "TIMED_OUT",
  steps: [{ id: "step_1", status: "FAILED" }] });
assert.deepEqual([updated.status, updated.outcome], ["FAILED", "TIMED_OUT"]);
assert.deepEqual([updated.workflow_id, updated.heartbeat_timeout], [workflow, 3600]);
const { status, steps: liveSteps } = await get(live);
assert.deepEqual([status, liveSteps.map((step) => step.status)], ["FAILED", ["FAILED"]]);
done("update");

const again = `${prefix}-again`;
const facts = { url: "https://engine.example/1", metadata: { batch: prefix } };
const optional: Run = { ...newRun(again, []), ...facts, outcome: "CRASHED", parent_id: id,
  triggered_by: "schedule", error: "The worker is gone", step_count: 1,
  steps: [{ ...newStep("step_1"), ...facts, status: "FAILED", outcome: "TIMED_OUT",
    parent_id: "loop", iteration: 2 }] };
assert.deepEqual(await record(again, optional), optional);
assert.deepEqual(await get(again), optional);
done("optional fields");

await record(again, { ...newRun(again, []), ...facts, status: "RUNNING", attempt: 2 });
const second = await get(again);
assert.deepEqual([second.status, second.attempt], ["RUNNING", 2]);
assert.deepEqual(second.attempts?.map((one) => [one.attempt, one.status, one.outcome]),
  [[1, "FAILED", "CRASHED"], [2, "RUNNING", undefined]]);
const path = { id: again };
const former = expect(await client.GET("/v1/executions/{id}",
  { params: { path, query: { attempt: 1 } } }));
assert.deepEqual([former.status, former.outcome, former.steps.length], ["FAILED", "CRASHED", 1]);
done("attempts");

const labeled = await list({ metadata: [`batch:${prefix}`] });
assert.deepEqual([labeled.total, labeled.items.length], [1, 1]);
assert.equal(labeled.items[0]?.id, again);
assert.deepEqual([labeled.items[0].status, labeled.items[0].attempt], ["RUNNING", 2]);
done("metadata");

function deleteIf(tag: string) {
  return client.DELETE("/v1/executions/{id}",
    { params: { path, header: { "If-Match": tag } } });
}

const stale = refusal(await deleteIf('"another"'), 412);
assert.match(stale.error, /If-Match/);
const tag = (await tryGet(again)).response.headers.get("ETag");
assert(tag, "no ETag came");
assert.equal((await deleteIf(tag)).response.status, 204);
refusal(await tryGet(again), 404);
done("conditions");
