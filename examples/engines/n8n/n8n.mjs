// Records executions of n8n.
//
//     curl -H "X-N8N-API-KEY: …" '…/api/v1/executions/ID?includeData=true' > execution.json
//     node n8n.mjs execution.json
//
// or a list of them (`…/api/v1/executions?includeData=true`), in a file or on standard input.
// N8N_URL, if it is set, is the address of n8n's pages, for the links of the runs.
//
// The documents are described in https://docs.n8n.io/connect/n8n-api/execution.md and in
// https://github.com/n8n-io/n8n, packages/workflow/src: `data` in run-execution-data, the states in
// execution-status.ts, the tasks of nodes in interfaces.ts (ITaskData), the errors in errors.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

// ExecutionStatus: the status, and the outcome where the status says less than n8n does.
const RUN_STATUS = {
  new: ['PENDING'],
  running: ['RUNNING'],
  waiting: ['PAUSED'],
  success: ['SUCCEEDED'],
  error: ['FAILED'],
  canceled: ['CANCELLED'],
  crashed: ['FAILED', 'CRASHED'],
  unknown: ['FAILED', 'UNKNOWN'],
};
// A step has no states PAUSED and CANCELLED.
const STEP_STATUS = {
  ...RUN_STATUS,
  waiting: ['RUNNING', 'WAITING'],
  canceled: ['FAILED', 'CANCELLED'],
};
const FINAL = ['SUCCEEDED', 'FAILED', 'CANCELLED'];
// Words that belong to a status of the ledger other than FAILED.
const NOT_FAILED = {
  SUCCEEDED: ['SUCCEEDED'],
  SKIPPED: ['SUCCEEDED', 'SKIPPED'],
  CANCELLED: ['CANCELLED'],
};
const EXPECTED =
  'an execution with its `id`, `status`, `workflowId` and `startedAt`, or {"data": [...]} with ' +
  'several, as in the JSON files beside this program';

/** Ends the program with this message. */
class Failure extends Error {}

async function main() {
  const paths = process.argv.slice(2);
  const executions = (paths.length ? paths : [0]).flatMap((path) => {
    const document = documentIn(path);
    const found = Array.isArray(document.data) ? document.data : [document];
    for (const execution of found) {
      const missing = ['id', 'status', 'workflowId'].find((name) => execution?.[name] == null);
      const name = path || 'standard input';
      if (missing) throw new Failure(`${name} has no ${missing}: expected is ${EXPECTED}`);
    }
    return found;
  });
  // The oldest first, so that attempts are numbered in their order.
  executions.sort((a, b) => Number(a.id) - Number(b.id));
  const retryOf = new Map(executions.map(({ id, retryOf }) => [String(id), retryOf]));
  for (const execution of executions) {
    const run = await runOf(execution, firstOf(String(execution.id), retryOf));
    await send('PUT', run.id, run);
    console.log(`recorded ${run.id}, attempt ${run.attempt}, steps: ${run.steps.length}`);
  }
}

/** The JSON document in a file; in standard input for 0. */
function documentIn(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const problem = error instanceof SyntaxError ? 'is not a document in JSON' : 'cannot be read';
    throw new Failure(`${path || 'standard input'} ${problem}: ${error.message}`);
  }
}

/** The execution that was retried, perhaps several times, until there was this one. */
function firstOf(id, retryOf) {
  for (let next; (next = retryOf.get(id)); ) id = String(next);
  return id;
}

/** An execution as a run. A retry, which has an id of its own, is an attempt of the first. */
async function runOf(execution, first) {
  const { data = {}, workflowData = {} } = execution;
  const { resultData = {}, parentExecution } = data;
  const [status, outcome] =
    RUN_STATUS[execution.status] ?? stateOfOtherWord(execution.status, execution.stoppedAt);
  const attempt =
    first === String(execution.id) ? 1 : await attemptThatStarted(first, execution.startedAt);
  return {
    id: first,
    attempt,
    workflow_id: String(execution.workflowId),
    version_id: workflowData.versionId,
    version_display_name: workflowData.name,
    type: execution.mode,
    status,
    outcome,
    created_at: execution.createdAt ?? execution.startedAt,
    started_at: execution.startedAt,
    finished_at: FINAL.includes(status) ? execution.stoppedAt : null,
    error: errorText(resultData.error),
    url: urlOf(execution),
    parent_id: parentExecution?.executionId,
    metadata: { ...texts(execution.customData), execution_id: String(execution.id) },
    steps: stepsOf(resultData.runData ?? {}, workflowData.nodes ?? []),
  };
}

/** Each run of each node, in the order in which they ran. A node in a loop runs several times. */
function stepsOf(runData, nodes) {
  const types = new Map(nodes.map((node) => [node.name, node.type]));
  const isTrigger = (name) => /(trigger|webhook)$/i.test(types.get(name) ?? '');
  const runs = Object.entries(runData).flatMap(([name, tasks]) =>
    tasks.map((task, index) => ({ name, task, index, count: tasks.length })),
  );
  runs.sort((a, b) => (a.task.executionIndex ?? 0) - (b.task.executionIndex ?? 0));
  return runs.map(({ name, task, index, count }) => {
    const ended = task.error ? 'error' : 'success';
    const word = task.executionStatus ?? ended;
    const [status, outcome] = STEP_STATUS[word] ?? stepState(stateOfOtherWord(word, true));
    const time = (after) => new Date(task.startTime + after).toISOString();
    return {
      id: identifier(count > 1 ? `${name}[${index}]` : name),
      step_name: name,
      step_type: isTrigger(name) ? 'TRIGGER' : 'PIECE',
      status,
      outcome,
      iteration: count > 1 ? index : undefined,
      error: errorText(task.error),
      created_at: time(0),
      started_at: time(0),
      finished_at: ['SUCCEEDED', 'FAILED'].includes(status) ? time(task.executionTime) : null,
      duration: task.executionTime / 1000,
      metadata: types.has(name) ? { node_type: types.get(name) } : undefined,
    };
  });
}

/** The state for a word that is not known: a failure with this outcome, if something has ended. */
function stateOfOtherWord(word, hasEnded) {
  if (!hasEnded) {
    console.error(`the state ${word} is not known; recorded as RUNNING`);
    return ['RUNNING'];
  }
  const outcome = word.toUpperCase().replace(/[^A-Z0-9_]/g, '_').slice(0, 64);
  return NOT_FAILED[outcome] ?? ['FAILED', outcome];
}

/** As a state of a step, which has no CANCELLED. */
function stepState([status, outcome]) {
  return status === 'CANCELLED' ? ['FAILED', 'CANCELLED'] : [status, outcome];
}

/** The text as an id: one of more than 255 characters is cut, and made unique by its hash. */
function identifier(text) {
  const characters = [...text];
  if (characters.length <= 255) return text;
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 32);
  return `${characters.slice(0, 200).join('')}#${hash}`;
}

/** The text of an error: n8n has objects of several classes, and texts. */
function errorText(error) {
  if (error === undefined || error === null) return undefined;
  if (typeof error !== 'object') return String(error);
  const { name, message, description, httpCode, stack } = error;
  const code = httpCode && `HTTP status ${httpCode}`;
  // The stack begins with the name and the message.
  const text = [stack || [name, message].filter(Boolean).join(': '), description, code];
  return text.filter(Boolean).join('\n') || JSON.stringify(error);
}

/** The number of the retry that started then: one that the ledger has, or the next one. */
async function attemptThatStarted(id, startedAt) {
  const run = await send('GET', id);
  // The first execution is attempt 1, also where the ledger does not have it yet.
  if (run === null) return 2;
  const attempts = run.attempts ?? [run];
  const found = attempts.find((it) => Date.parse(it.started_at) === Date.parse(startedAt));
  if (found) return found.attempt ?? 1;
  return Math.max(...attempts.map((it) => it.attempt ?? 1)) + 1;
}

function texts(object) {
  return Object.fromEntries(Object.entries(object ?? {}).map(([key, it]) => [key, String(it)]));
}

function urlOf({ id, workflowId }) {
  const base = process.env.N8N_URL?.replace(/\/$/, '');
  return base && `${base}/workflow/${workflowId}/executions/${id}`;
}

/** Sends a request about a run. Returns the response; null if there is no such run. */
async function send(method, id, body) {
  const url = variable('RUNLEDGER_URL').replace(/\/$/, '');
  const headers = {
    Authorization: `Token ${variable('RUNLEDGER_KEY')}`,
    'Content-Type': 'application/json',
  };
  const path = `/v1/executions/${encodeURIComponent(id)}`;
  const request = { method, headers, body: body && JSON.stringify(body) };
  const response = await fetch(url + path, request).catch((error) => {
    throw new Failure(`${url} cannot be reached: ${error.cause?.message || error.message}`);
  });
  if (method === 'GET' && response.status === 404) return null;
  if (response.ok) {
    return response.json().catch((error) => {
      throw new Failure(`${url} is not the address of a ledger: ${error.message}`);
    });
  }
  throw new Failure(`${method} ${path}: ${response.status} ${await response.text()}`);
}

/** The value of an environment variable. */
function variable(name) {
  const value = (process.env[name] ?? '').trim();
  // Any other character cannot be sent, and an error of the library would show the key.
  if (/^[!-~]+$/.test(value)) return value;
  throw new Failure(`the variable ${name} must be set, with printable ASCII characters`);
}

try {
  await main();
} catch (error) {
  // Anything else is about the shape of a document.
  const isFailure = error instanceof Failure;
  const shape = `a document has another shape than expected (${error.message}): ${EXPECTED}`;
  console.error((isFailure ? error.message : shape).split(/\s+/).join(' '));
  process.exitCode = 1;
}
