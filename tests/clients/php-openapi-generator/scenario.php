<?php

// Lists, inspects and records runs through the client that openapi-generator generates for PHP.

declare(strict_types=1);

// Debian's Guzzle. With Composer's guzzlehttp/guzzle, the next line loads both.
require 'GuzzleHttp/autoload.php';
require 'vendor/autoload.php';

use OpenAPI\Client\Api\AnalysisApi;
use OpenAPI\Client\Api\ChangesApi;
use OpenAPI\Client\Api\ExecutionsApi;
use OpenAPI\Client\Api\RecordingApi;
use OpenAPI\Client\Api\WorkflowsApi;
use OpenAPI\Client\ApiException;
use OpenAPI\Client\Configuration;
use OpenAPI\Client\Model\BucketWidth;
use OpenAPI\Client\Model\ErrorResponse;
use OpenAPI\Client\Model\ListWorkflowRunsResponse;
use OpenAPI\Client\Model\RecordOutcome;
use OpenAPI\Client\Model\StepExecution;
use OpenAPI\Client\Model\StepExecutionInput;
use OpenAPI\Client\Model\StepExecutionPatch;
use OpenAPI\Client\Model\StepStatus;
use OpenAPI\Client\Model\StepType;
use OpenAPI\Client\Model\WorkflowRunBatch;
use OpenAPI\Client\Model\WorkflowRunDetail;
use OpenAPI\Client\Model\WorkflowRunInput;
use OpenAPI\Client\Model\WorkflowRunMetadata;
use OpenAPI\Client\Model\WorkflowRunPatch;
use OpenAPI\Client\Model\WorkflowRunStatus;
use OpenAPI\Client\Model\WorkflowRunStatusFilter;
use OpenAPI\Client\ObjectSerializer;

const WORKFLOW = 'workflow_php-openapi-generator';
const NEVER_A_RUN = 'Execution not found or access denied';

// By default times are sent without their fractions of a second.
ObjectSerializer::setDateTimeFormat(DateTimeInterface::RFC3339_EXTENDED);

/** A time that can stand in a query. */
final class Time extends DateTime
{
    public function __toString(): string
    {
        return $this->format(DateTimeInterface::RFC3339_EXTENDED);
    }
}

function check(bool $ok, string $what): void
{
    if (!$ok) {
        throw new RuntimeException("not as expected: $what");
    }
}

function done(string $step): void
{
    echo "ok $step\n";
}

function configuration(string $key): Configuration
{
    return (new Configuration())
        ->setHost(getenv('RUNLEDGER_URL'))
        ->setApiKey('Authorization', $key)
        ->setApiKeyPrefix('Authorization', 'Token');
}

/** The error of a call that must be refused with this status. */
function refusal(int $status, callable $call): ErrorResponse
{
    try {
        $call();
    } catch (ApiException $e) {
        check($e->getCode() === $status, "status {$e->getCode()} for $status: {$e->getMessage()}");
        $error = $e->getResponseObject();
        check($error instanceof ErrorResponse, 'an ErrorResponse');

        return $error;
    }
    throw new RuntimeException("not as expected: no refusal with status $status");
}

/** What a model holds, whatever its class. */
function plain(WorkflowRunInput|WorkflowRunDetail $run): array
{
    return json_decode(json_encode($run), true);
}

/** @return int[] */
function totals(ListWorkflowRunsResponse $page): array
{
    return [$page->getTotal(), $page->getSucceeded(), $page->getFailed()];
}

function newStep(string $id): StepExecutionInput
{
    return new StepExecutionInput([
        'id' => $id,
        'step_name' => 'send_email',
        'step_type' => StepType::PIECE,
        'status' => StepStatus::STEP_SUCCEEDED,
        'attempt' => 1,
        'error' => null,
        'duration' => 0.5,
        'created_at' => new DateTime('2025-03-01T08:00:00.125Z'),
        'started_at' => new DateTime('2025-03-01T08:00:00.250Z'),
        'finished_at' => new DateTime('2025-03-01T08:00:00.750Z'),
    ]);
}

/** @param StepExecutionInput[] $steps */
function newRun(string $id, array $steps): WorkflowRunInput
{
    return new WorkflowRunInput([
        'id' => $id,
        'workflow_id' => WORKFLOW,
        'version_id' => 'version_1',
        'version_display_name' => 'First',
        'type' => 'TEST',
        'status' => WorkflowRunStatus::FAILED,
        'duration' => 1.25,
        'created_at' => new DateTime('2025-03-01T08:00:00.125Z'),
        'started_at' => new DateTime('2025-03-01T08:00:00.126Z'),
        'finished_at' => new DateTime('2025-03-01T08:00:01.376Z'),
        'steps' => $steps,
        'step_count' => count($steps),
    ]);
}

$configuration = configuration(getenv('RUNLEDGER_KEY'));
$executions = new ExecutionsApi(config: $configuration);
$recording = new RecordingApi(config: $configuration);
$analysis = new AnalysisApi(config: $configuration);
$workflows = new WorkflowsApi(config: $configuration);
$changes = new ChangesApi(config: $configuration);
$prefix = bin2hex(random_bytes(8));

$listed = $executions->listExecutions();
check($listed->getPage() === 1 && $listed->getLimit() === 20, 'the first page');
check(count($listed->getItems()) === 20 && $listed->getTotal() >= 250, 'its items and total');
done('list');

$failed = $executions->listExecutions(
    page: 1,
    limit: 100,
    workflow_id: 'workflow_abc123',
    status: WorkflowRunStatusFilter::FILTER_FAILED,
);
check(count($failed->getItems()) === 30, 'the failed runs');
foreach ($failed->getItems() as $run) {
    check($run->getStatus() === WorkflowRunStatus::FAILED, "a failed run's status");
    check($run->getWorkflowId() === 'workflow_abc123', "a failed run's workflow");
}
check(totals($failed) === [30, 0, 30], 'the totals of the failed');
$all = $executions->listExecutions(workflow_id: 'workflow_abc123',
    status: WorkflowRunStatusFilter::FILTER_ALL);
check(totals($all) === [250, 200, 30], 'the totals of all');
$unknown = $executions->listExecutions(workflow_id: $prefix);
check($unknown->getItems() === [] && totals($unknown) === [0, 0, 0], 'an unknown workflow');
done('filters');

$runs = [];
foreach ([1 => 100, 2 => 100, 3 => 50, 4 => 0] as $number => $size) {
    $page = $executions->listExecutions(page: $number, limit: 100, workflow_id: 'workflow_abc123');
    check(count($page->getItems()) === $size, "the size of page $number");
    check(totals($page) === [250, 200, 30], "the totals of page $number");
    check($page->getPage() === $number && $page->getLimit() === 100,
        "page and limit of page $number");
    array_push($runs, ...$page->getItems());
}
$ids = array_map(fn (WorkflowRunMetadata $run) => $run->getId(), $runs);
check(count(array_unique($ids)) === 250, '250 different ids');
for ($i = 1; $i < count($runs); $i++) {
    check($runs[$i]->getCreatedAt() <= $runs[$i - 1]->getCreatedAt(), 'the newest first');
}
done('pages');

$newest = $runs[0];
check($newest->getId() === 'run_def456', 'the newest');
check($newest->getStatus() === WorkflowRunStatus::SUCCEEDED, 'its status');
check($newest->getDuration() === 15.5, 'its duration');
check($newest->getCreatedAt() == new DateTime('2025-01-04T12:00:00Z'), 'when it was created');
check($newest->getStartedAt() == new DateTime('2025-01-04T12:00:05Z'), 'when it was started');
check($newest->getFinishedAt() == new DateTime('2025-01-04T12:00:20Z'), 'when it was finished');
$pending = $executions->listExecutions(status: WorkflowRunStatusFilter::FILTER_PENDING)
    ->getItems()[0];
check($pending->getStatus() === WorkflowRunStatus::PENDING, "the pending run's status");
check($pending->getDuration() === null, 'no duration');
check($pending->getStartedAt() === null && $pending->getFinishedAt() === null,
    'neither started nor finished');
done('nulls');

$detail = $executions->getExecution('run_def456');
check(count($detail->getSteps()) === 2 && $detail->getStepCount() === 2, 'two steps');
[$trigger, $piece] = $detail->getSteps();
check($trigger->getStepType() === StepType::TRIGGER, 'the first is a trigger');
check($piece->getStepType() === StepType::PIECE, 'the second is a piece');
foreach ($detail->getSteps() as $step) {
    check($step->getStatus() === StepStatus::STEP_SUCCEEDED, "a step's status");
    check($step->getAttempt() === 1 && $step->getError() === null, "a step's attempt and error");
}
check($trigger->getDuration() === 0.5 && $piece->getDuration() === 1.2, 'their durations');
done('steps');

$error = refusal(400, fn () => $executions->listExecutions(workflow_id: "a\tb"));
check($error->getCode() === 'VALIDATION_ERROR', 'the code of the 400');
check(str_contains($error->getError(), 'workflow_id'), 'the message of the 400');
done('invalid');

$stranger = new ExecutionsApi(config: configuration('not-a-key'));
$error = refusal(401, fn () => $stranger->listExecutions());
check($error->getCode() === null, 'no code in the 401');
check($error->getError() === 'Unauthorized: Invalid or expired API key', 'the message of the 401');
done('unauthorized');

$error = refusal(404, fn () => $executions->getExecution("$prefix-missing"));
check($error->getCode() === null && $error->getError() === NEVER_A_RUN, 'the 404');
done('missing');

$broken = newStep('step_2')
    ->setStatus(StepStatus::STEP_FAILED)
    ->setAttempt(2)
    ->setError("SMTP 451\ntry again later");
$run = newRun("$prefix-1", [newStep('step_1'), $broken]);
$recorded = $recording->recordExecution($run->getId(), $run);
check(plain($recorded) == plain($run), 'the response equals the request');
check($executions->getExecution($run->getId()) == $recorded, 'getExecution returns the same');
done('record');

$back = ObjectSerializer::deserialize(
    json_encode($executions->getExecution($run->getId())),
    WorkflowRunInput::class,
);
check($recording->recordExecution($run->getId(), $back) == $recorded,
    'the response to putting it back');
check($executions->getExecution($run->getId()) == $recorded, 'what was put back');
done('put back');

$run->setStatus(WorkflowRunStatus::RUNNING);
$error = refusal(409, fn () => $recording->recordExecution($run->getId(), $run));
check(str_contains($error->getError(), 'RUNNING'), 'the message of the 409');
check($executions->getExecution($run->getId()) == $recorded, 'the 409 changed nothing');
done('conflict');

$good = newRun("$prefix-2", []);
$bad = newRun("$prefix-3", [newStep('step_1'), newStep('step_2')])->setStepCount(3);
$results = $recording->recordExecutions(new WorkflowRunBatch(['items' => [$good,
    $bad]]))->getItems();
check(count($results) === 2, 'two results');
check($results[0]->getId() === $good->getId() && $results[1]->getId() === $bad->getId(),
    'their ids');
check($results[0]->getOutcome() === RecordOutcome::RECORDED, 'the first was recorded');
check($results[0]->getError() === null, 'the first has no error');
check($results[1]->getOutcome() === RecordOutcome::REJECTED, 'the second was rejected');
check(str_contains($results[1]->getError()->getError(), 'step_count'), 'why it was rejected');
$error = refusal(404, fn () => $executions->getExecution($bad->getId()));
check($error->getError() === NEVER_A_RUN, 'the rejected run is not there');
done('batch');

$escaped = "$prefix/50% of Zoë's 日本";
check($recording->recordExecution($escaped, newRun($escaped, []))->getId() === $escaped,
    'the escaped id, recorded');
check($executions->getExecution($escaped)->getId() === $escaped, 'the escaped id, read');
done('escaped id');

$stepIds = array_map(fn (int $number) => "step_$number", range(1, 500));
$recording->recordExecution("$prefix-500", newRun("$prefix-500", array_map(newStep(...),
    $stepIds)));
$long = $executions->getExecution("$prefix-500");
check(array_map(fn (StepExecution $step) => $step->getId(), $long->getSteps()) === $stepIds,
    '500 steps in order');
check($long->getStepCount() === 500, 'their number');
done('500 steps');

$day = $executions->listExecutions(
    workflow_id: 'workflow_abc123',
    created_after: new Time('2025-01-03T00:00:00Z'),
    created_before: new Time('2025-01-04T00:00:00Z'),
);
check(totals($day) === [48, 31, 5], 'the totals of a day');
done('range');

$ended = $executions->listExecutions(
    workflow_id: 'workflow_abc123',
    statuses: [WorkflowRunStatus::FAILED, WorkflowRunStatus::CANCELLED],
);
check(totals($ended) === [35, 0, 30], 'the totals of two states');
done('statuses');

$walked = [];
for ($cursor = 'newest'; $cursor !== null; $cursor = $page->getNextCursor()) {
    $page = $executions->listExecutions(limit: 100, workflow_id: 'workflow_abc123',
        cursor: $cursor);
    array_push($walked, ...$page->getItems());
}
check($walked == $runs, 'the walk lists the runs of the pages');
done('walk');

$buckets = $analysis->getHistogram(bucket: BucketWidth::DAY, workflow_id: 'workflow_abc123')
    ->getBuckets();
check(count($buckets) === 6, 'six days');
check($buckets[4]->getStart() == new DateTime('2025-01-03T00:00:00Z'), 'the start of a day');
check($buckets[4]->getTotal() === 48 && $buckets[4]->getFailed() === 5, 'its counts');
done('histogram');

$found = $workflows->listWorkflows(q: 'workflow_abc1');
check($found->getTotal() === 1 && count($found->getItems()) === 1, 'one workflow');
$summary = $found->getItems()[0];
check($summary->getWorkflowId() === 'workflow_abc123', 'its UID');
check($summary->getTotal() === 250 && $summary->getSucceeded() === 200, 'its totals');
check($summary->getFailed() === 30, 'its failed runs');
check($summary->getNewestRun() == $newest, 'its newest run');
check($summary->getMedianDuration() === 15.5 && $summary->getP95Duration() === 15.5,
    'its durations');
done('workflows');

for ($time = 1; $time <= 2; $time++) {
    $recording->deleteExecution("$prefix-1");
    $error = refusal(404, fn () => $executions->getExecution("$prefix-1"));
    check($error->getError() === NEVER_A_RUN, 'the deleted run is not there');
}
done('delete');

$changed = [];
$page = $changes->listChanges(after: 0, limit: 1000);
while ($page->getItems() !== []) {
    foreach ($page->getItems() as $change) {
        $changed[$change->getId()] = $change;
    }
    $page = $changes->listChanges(after: $page->getNextAfter(), limit: 1000);
}
$deletion = $changed["$prefix-1"];
check($deletion->getDeleted() && $deletion->getRun() === null, 'the deletion');
check($changed["$prefix-2"]->getRun()?->getWorkflowId() === WORKFLOW, 'a new run');
done('changes');

/** @return StepExecutionPatch[] */
function factsOfStep(string $status): array
{
    return [new StepExecutionPatch(['id' => 'step_1', 'status' => $status])];
}

$live = "$prefix-live";
$updated = $recording->updateExecution($live, new WorkflowRunPatch(['workflow_id' => WORKFLOW,
    'status' => WorkflowRunStatus::RUNNING, 'heartbeat_timeout' => 3600,
    'steps' => factsOfStep(StepStatus::STEP_RUNNING)]));
check($updated->getStatus() === WorkflowRunStatus::RUNNING, 'a run that has begun');
$updated = $recording->updateExecution($live, new WorkflowRunPatch(['outcome' => 'TIMED_OUT',
    'status' => WorkflowRunStatus::FAILED, 'steps' => factsOfStep(StepStatus::STEP_FAILED)]));
check($updated->getStatus() === WorkflowRunStatus::FAILED && $updated->getOutcome() === 'TIMED_OUT',
    'its end');
check($updated->getWorkflowId() === WORKFLOW && $updated->getHeartbeatTimeout() === 3600,
    'what stays');
$ended = $executions->getExecution($live);
check($ended->getStatus() === WorkflowRunStatus::FAILED && count($ended->getSteps()) === 1,
    'its end in getExecution');
check($ended->getSteps()[0]->getStatus() === StepStatus::STEP_FAILED, 'the end of its step');
done('update');

$again = "$prefix-again";
$failing = newStep('step_1')->setStatus(StepStatus::STEP_FAILED)->setOutcome('TIMED_OUT')
    ->setUrl('https://engine.example/1/step_1')->setMetadata(['batch' => $prefix])
    ->setParentId('loop')->setIteration(2);
$run = newRun($again, [$failing])->setOutcome('CRASHED')->setError('The worker is gone')
    ->setUrl('https://engine.example/1')->setMetadata(['batch' => $prefix])
    ->setParentId($prefix)->setTriggeredBy('schedule');
$recorded = $recording->recordExecution($again, $run);
check(plain($recorded) == plain($run), 'the response equals the request');
check($executions->getExecution($again) == $recorded, 'getExecution returns the same');
done('optional fields');

$run->setStatus(WorkflowRunStatus::RUNNING)->setAttempt(2)->setOutcome(null);
$recording->recordExecution($again, $run);
$second = $executions->getExecution($again);
check($second->getStatus() === WorkflowRunStatus::RUNNING && $second->getAttempt() === 2,
    'the second attempt');
[$one, $two] = $second->getAttempts();
check($one->getAttempt() === 1 && $one->getStatus() === WorkflowRunStatus::FAILED, 'the first');
check($two->getAttempt() === 2 && $two->getOutcome() === null, 'the second');
$first = $executions->getExecution($again, attempt: 1);
check($first->getStatus() === WorkflowRunStatus::FAILED && $first->getOutcome() === 'CRASHED',
    'the first attempt');
done('attempts');

$labeled = $executions->listExecutions(metadata: ["batch:$prefix"]);
check($labeled->getTotal() === 1 && $labeled->getItems()[0]->getId() === $again, 'the run');
check($labeled->getItems()[0]->getAttempt() === 2, 'its newest attempt');
done('metadata');

$error = refusal(412, fn () => $recording->deleteExecution($again, if_match: '"another"'));
check(str_contains($error->getError(), 'If-Match'), 'the 412');
[, , $headers] = $executions->getExecutionWithHttpInfo($again);
$recording->deleteExecution($again, if_match: $headers['ETag'][0]);
$error = refusal(404, fn () => $executions->getExecution($again));
check($error->getError() === NEVER_A_RUN, 'the deleted run is not there');
done('conditions');
