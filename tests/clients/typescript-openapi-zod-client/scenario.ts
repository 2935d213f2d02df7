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

function connect(key: string) {
  const headers = { Authorization: `Token ${key}` };
  return createApiClient(process.env["RUNLEDGER_URL"]!, { axiosConfig: { headers } });
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
