// Lists, inspects and records runs through the Zodios client of openapi-zod-client.

import { randomUUID } from "node:crypto";
import { isDeepStrictEqual as same } from "node:util";
import { type ZodiosQueryParamsByAlias } from "@zodios/core";
import { isAxiosError } from "axios";
import type { z } from "zod";
import { api, createApiClient, schemas } from "./generated/runledger";

type ErrorResponse = z.infer<typeof schemas.ErrorResponse>;
type ListWorkflowRunsResponse = z.infer<typeof schemas.ListWorkflowRunsResponse>;
type StepExecutionInput = z.infer<typeof schemas.StepExecutionInput>;
type WorkflowRunInput = z.infer<typeof schemas.WorkflowRunInput>;
type WorkflowRunMetadata = z.infer<typeof schemas.WorkflowRunMetadata>;
type WorkflowRunPatch = z.infer<typeof schemas.WorkflowRunPatch>;

const RecordOutcome = schemas.RecordOutcome.enum;
const StepStatus = schemas.StepStatus.enum;
const StepType = schemas.StepType.enum;
const WorkflowRunStatus = schemas.WorkflowRunStatus.enum;

const WORKFLOW = "workflow_typescript-openapi-zod-client";
const PREFIX = randomUUID();

function check(ok: boolean, what: string): asserts ok {
  if (!ok) throw new Error(`not as expected: ${what}`);
}

function done(step: string): void {
  console.log("ok", step);
}

/** Writes an array with commas; axios writes it as `statuses[]`, repeated. */
function serialize(query: Record<string, unknown>): string {
  const pairs = Object.entries(query).map(([name, value]) => [name, String(value)]);
  return new URLSearchParams(pairs).toString();
}

function connect(key: string) {
  const headers = { Authorization: `Token ${key}` };
  const axiosConfig = { headers, paramsSerializer: { serialize } };
  return createApiClient(process.env["RUNLEDGER_URL"]!, { axiosConfig });
}

const client = connect(process.env["RUNLEDGER_KEY"]!);

type Query = ZodiosQueryParamsByAlias<typeof api.api, "listExecutions">;

const list = (queries: Query = {}, from = client) => from.listExecutions({ queries });
const get = (id: string) => client.getExecution({ params: { id: encodeURIComponent(id) } });
const record = (id: string, run: WorkflowRunInput) =>
  client.recordExecution(run, { params: { id: encodeURIComponent(id) } });
const recordAll = (items: WorkflowRunInput[]) => client.recordExecutions({ items });

/** What a call that must be refused is returned. */
async function refusal(status: number, call: Promise<unknown>): Promise<ErrorResponse> {
  try {
    await call;
  } catch (error) {
    if (!isAxiosError(error) || error.response === undefined) throw error;
    check(error.response.status === status, `${error.response.status} came, not ${status}`);
    return schemas.ErrorResponse.parse(error.response.data);
  }
  throw new Error(`not refused with ${status}`);
}

function totals(page: ListWorkflowRunsResponse): [number, number, number] {
  return [page.total, page.succeeded, page.failed];
}

function newStep(id: string): StepExecutionInput {
  return {
    id,
    step_name: "send_email",
    step_type: StepType.PIECE,
    status: StepStatus.SUCCEEDED,
    attempt: 1,
    error: null,
    duration: 0.5,
    created_at: "2025-03-01T08:00:00.125Z",
    started_at: "2025-03-01T08:00:00.125Z",
    finished_at: "2025-03-01T08:00:00.625Z",
  };
}

function newRun(id: string, steps: StepExecutionInput[]): WorkflowRunInput {
  return {
    id,
    workflow_id: WORKFLOW,
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

const listed = await list();
check(listed.page === 1 && listed.limit === 20 && listed.items.length === 20, "the first page");
check(listed.total >= 250, "its total");
done("list");

const failed = await list({
  workflow_id: "workflow_abc123",
  status: schemas.WorkflowRunStatusFilter.enum.FAILED,
  page: 1,
  limit: 100,
});
check(failed.items.length === 30, "the failed runs");
check(failed.items.every((run) => run.status === WorkflowRunStatus.FAILED), "their status");
check(failed.items.every((run) => run.workflow_id === "workflow_abc123"), "their workflow");
check(same(totals(failed), [30, 0, 30]), "their totals");
const every = await list({ workflow_id: "workflow_abc123",
  status: schemas.WorkflowRunStatusFilter.enum.all });
check(same(totals(every), [250, 200, 30]), "the totals of all");
const unknown = await list({ workflow_id: PREFIX });
check(unknown.items.length === 0 && same(totals(unknown), [0, 0, 0]), "an unknown workflow");
done("filters");

const runs: WorkflowRunMetadata[] = [];
for (const [index, size] of [100, 100, 50, 0].entries()) {
  const page = await list({ workflow_id: "workflow_abc123", limit: 100, page: index + 1 });
  check(page.items.length === size, `the size of page ${index + 1}`);
  check(page.page === index + 1 && page.limit === 100, "page and limit as asked");
  check(same(totals(page), [250, 200, 30]), "the totals of each page");
  runs.push(...page.items);
}
check(new Set(runs.map((run) => run.id)).size === 250, "different ids");
const times = runs.map((run) => Date.parse(run.created_at));
check(times.every((time, index) => index === 0 || time <= times[index - 1]!), "the newest first");
done("pages");

const newest = runs[0]!;
check(newest.id === "run_def456" && newest.status === WorkflowRunStatus.SUCCEEDED, "the newest");
check(newest.duration === 15.5, "the newest's duration");
check(newest.created_at === "2025-01-04T12:00:00Z", "when the newest was created");
check(newest.started_at === "2025-01-04T12:00:05Z", "when the newest was started");
check(newest.finished_at === "2025-01-04T12:00:20Z", "when the newest was finished");
const pending = (await list({ status: schemas.WorkflowRunStatusFilter.enum.PENDING })).items[0]!;
check(pending.status === WorkflowRunStatus.PENDING, "the pending run's status");
check(pending.duration === null, "the pending run's duration");
check(pending.started_at === null && pending.finished_at === null, "the pending run's times");
done("nulls");

const detail = await get("run_def456");
check(detail.steps.length === 2 && detail.step_count === 2, "two steps");
const stepTypes = detail.steps.map((step) => step.step_type);
check(same(stepTypes, [StepType.TRIGGER, StepType.PIECE]), "their types");
check(detail.steps.every((step) => step.status === StepStatus.SUCCEEDED), "their status");
check(detail.steps.every((step) => step.attempt === 1 && step.error === null), "their attempts");
check(same(detail.steps.map((step) => step.duration), [0.5, 1.2]), "their durations");
done("steps");

const invalid = await refusal(400, list({ workflow_id: "a\tb" }));
check(invalid.code === "VALIDATION_ERROR", "the code of the 400");
check(invalid.error.includes("workflow_id"), "the message of the 400");
done("invalid");

const unauthorized = await refusal(401, list({}, connect("not-a-key")));
check(unauthorized.error === "Unauthorized: Invalid or expired API key", "the message of the 401");
check(unauthorized.code === undefined, "no code in the 401");
done("unauthorized");

const missing = await refusal(404, get(`${PREFIX}-missing`));
check(missing.error === "Execution not found or access denied", "the message of the 404");
check(missing.code === undefined, "no code in the 404");
done("missing");

const id = `${PREFIX}-1`;
const broken: StepExecutionInput = {
  ...newStep("step_2"),
  status: StepStatus.FAILED,
  attempt: 2,
  error: "SMTP 451\ntry again later",
};
const run = newRun(id, [newStep("step_1"), broken]);
check(same(await record(id, run), run), "the response equals the request");
const recorded = await get(id);
check(same(recorded, run), "getExecution returns the same");
done("record");

check(same(await record(id, recorded), recorded), "the returned is what was put back");
check(same(await get(id), recorded), "getExecution returns what was put back");
done("put back");

const conflict = await refusal(409, record(id, { ...run, status: WorkflowRunStatus.RUNNING }));
check(conflict.error.includes("RUNNING"), "the message of the 409");
check(same(await get(id), recorded), "the 409 changed nothing");
done("conflict");

const good = newRun(`${PREFIX}-2`, []);
const bad = { ...newRun(`${PREFIX}-3`, [newStep("step_1"), newStep("step_2")]), step_count: 3 };
const results = (await recordAll([good, bad])).items;
check(same(results.map((result) => result.id), [good.id, bad.id]), "the ids of the batch");
const [first, second] = results;
check(first !== undefined && second !== undefined, "two results");
check(first.outcome === RecordOutcome.RECORDED, "the first was recorded");
check(first.error === undefined, "the first has no error");
check(second.outcome === RecordOutcome.REJECTED, "the second was rejected");
check(second.error?.error.includes("step_count") === true, "why it was rejected");
await refusal(404, get(`${PREFIX}-3`));
done("batch");

const escaped = `${PREFIX}/50% of Zoë's 日本`;
check((await record(escaped, newRun(escaped, []))).id === escaped,
  "the escaped id, as it was recorded");
check((await get(escaped)).id === escaped, "the escaped id, as it is read");
done("escaped id");

const steps = Array.from({ length: 500 }, (_, index) => newStep(`step_${index}`));
await record(`${PREFIX}-500`, newRun(`${PREFIX}-500`, steps));
const long = await get(`${PREFIX}-500`);
check(same(long.steps.map((step) => step.id), steps.map((step) => step.id)), "the 500 steps");
check(long.step_count === 500, "their number");
done("500 steps");

const day = await list({
  workflow_id: "workflow_abc123",
  created_after: "2025-01-03T00:00:00Z",
  created_before: "2025-01-04T00:00:00Z",
});
check(same(totals(day), [48, 31, 5]), "the totals of a day");
done("range");

const ended = await list({ workflow_id: "workflow_abc123",
  statuses: [WorkflowRunStatus.FAILED, WorkflowRunStatus.CANCELLED] });
check(same(totals(ended), [35, 0, 30]), "the totals of two states");
done("statuses");

const walked: WorkflowRunMetadata[] = [];
let cursor: string | null | undefined = "";
while (typeof cursor === "string") {
  const page: ListWorkflowRunsResponse =
    await list({ workflow_id: "workflow_abc123", limit: 100, cursor });
  walked.push(...page.items);
  cursor = page.next_cursor;
}
check(cursor === null && same(walked, runs), "the walk lists the runs of the pages");
done("walk");

const { buckets } = await client.getHistogram({
  queries: { workflow_id: "workflow_abc123", bucket: schemas.BucketWidth.enum.day },
});
check(buckets.length === 6 && buckets[4]!.start === "2025-01-03T00:00:00Z", "six days");
check(buckets[4]!.total === 48 && buckets[4]!.failed === 5, "the counts of a day");
done("histogram");

const found = await client.listWorkflows({ queries: { q: "workflow_abc1" } });
check(found.total === 1 && found.items.length === 1, "one workflow");
const summary = found.items[0]!;
check(summary.workflow_id === "workflow_abc123", "its UID");
check(same([summary.total, summary.succeeded, summary.failed], [250, 200, 30]), "its totals");
check(same(summary.newest_run, newest), "its newest run");
check(summary.median_duration === 15.5 && summary.p95_duration === 15.5, "its durations");
done("workflows");

for (let time = 1; time <= 2; time += 1) {
  await client.deleteExecution(undefined, { params: { id } });
  await refusal(404, get(id));
}
done("delete");

const changed = new Map<string, z.infer<typeof schemas.WorkflowRunChange>>();
let changes = await client.listChanges({ queries: { after: 0, limit: 1000 } });
while (changes.items.length > 0) {
  for (const change of changes.items) changed.set(change.id, change);
  changes = await client.listChanges({ queries: { after: changes.next_after, limit: 1000 } });
}
check(changed.get(id)!.deleted && changed.get(id)!.run === undefined, "the deletion");
check(changed.get(`${PREFIX}-2`)!.run?.workflow_id === WORKFLOW, "a new run");
done("changes");

const live = `${PREFIX}-live`;

function update(facts: WorkflowRunPatch) {
  return client.updateExecution(facts, { params: { id: live } });
}

let updated = await update({ workflow_id: WORKFLOW, status: WorkflowRunStatus.RUNNING,
  heartbeat_timeout: 3600, steps: [{ id: "step_1", status: StepStatus.RUNNING }] });
check(updated.status === WorkflowRunStatus.RUNNING, "a run that has begun");
updated = await update({ status: WorkflowRunStatus.FAILED, outcome: "TIMED_OUT",
  steps: [{ id: "step_1", status: StepStatus.FAILED }] });
check(updated.status === WorkflowRunStatus.FAILED && updated.outcome === "TIMED_OUT", "its end");
check(updated.workflow_id === WORKFLOW && updated.heartbeat_timeout === 3600, "what stays");
const finished = await get(live);
check(same([finished.status, finished.steps.map((step) => step.status)], ["FAILED", ["FAILED"]]),
  "its end and that of its step");
done("update");

const again = `${PREFIX}-again`;
const facts = { url: "https://engine.example/1", metadata: { batch: PREFIX } };
const optional: WorkflowRunInput = { ...newRun(again, []), ...facts, outcome: "CRASHED",
  parent_id: id, triggered_by: "schedule", error: "The worker is gone", step_count: 1,
  steps: [{ ...newStep("step_1"), ...facts, status: StepStatus.FAILED,
    outcome: "TIMED_OUT", parent_id: "loop", iteration: 2 }] };
check(same(await record(again, optional), optional), "the response equals the request");
check(same(await get(again), optional), "getExecution returns the same");
done("optional fields");

await record(again,
  { ...newRun(again, []), ...facts, status: WorkflowRunStatus.RUNNING, attempt: 2 });
const rerun = await get(again);
check(rerun.status === WorkflowRunStatus.RUNNING && rerun.attempt === 2, "the second attempt");
check(same(rerun.attempts?.map((one) => [one.attempt, one.status, one.outcome]),
  [[1, "FAILED", "CRASHED"], [2, "RUNNING", undefined]]), "both attempts");
const former = await client.getExecution({ params: { id: again }, queries: { attempt: 1 } });
check(former.status === WorkflowRunStatus.FAILED && former.outcome === "CRASHED",
  "the first attempt");
done("attempts");

const labeled = await list({ metadata: [`batch:${PREFIX}`] });
check(labeled.total === 1 && labeled.items[0]!.id === again, "the run of the pair");
check(labeled.items[0]!.attempt === 2, "its newest attempt");
done("metadata");

function deleteIf(tag: string) {
  return client.deleteExecution(undefined,
    { params: { id: again }, headers: { "If-Match": tag } });
}

const stale = await refusal(412, deleteIf('"another"'));
check(stale.error.includes("If-Match"), "the 412");
// The client returns no header fields, so there is no ETag here.
await deleteIf("*");
await refusal(404, get(again));
done("conditions");
