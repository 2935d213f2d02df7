# frozen_string_literal: true

# Lists, inspects and records runs through the client that openapi-generator generates for Ruby.

require 'securerandom'
require 'active_support/all' # a Time as JSON is RFC 3339 with it, and not without
require 'openapi_client'

include OpenapiClient

WORKFLOW = 'workflow_ruby-openapi-generator'
PREFIX = SecureRandom.uuid
NEVER_A_RUN = 'Execution not found or access denied'

# The generated code writes a space in a path as `+`, which is a plus there.
class Client < ApiClient
  def build_request_url(path, opts = {})
    super(path.gsub('+', '%20'), opts)
  end
end

def check(ok, what)
  abort "not as expected: #{what}" unless ok
end

def done(step)
  puts "ok #{step}"
end

def client(key)
  server = URI(ENV.fetch('RUNLEDGER_URL'))
  Client.new(
    Configuration.new do |config|
      config.scheme = server.scheme
      config.host = "#{server.host}:#{server.port}"
      config.api_key['Authorization'] = key
      config.api_key_prefix['Authorization'] = 'Token'
      # A repeated parameter is written with brackets otherwise.
      config.params_encoding = :multi
    end
  )
end

# The error of a call that must be refused with this status.
def refusal(status)
  yield
rescue ApiError => e
  check e.code == status, "status #{e.code} for #{status}: #{e.message}"
  ErrorResponse.build_from_hash(JSON.parse(e.response_body))
else
  abort "not as expected: no refusal with status #{status}"
end

def totals(page)
  [page.total, page.succeeded, page.failed]
end

def new_step(id)
  StepExecutionInput.new(
    id: id,
    step_name: 'send_email',
    step_type: StepType::PIECE,
    status: StepStatus::STEP_SUCCEEDED,
    attempt: 1,
    error: nil,
    duration: 0.5,
    created_at: Time.parse('2025-03-01T08:00:00.125Z'),
    started_at: Time.parse('2025-03-01T08:00:00.250Z'),
    finished_at: Time.parse('2025-03-01T08:00:00.750Z')
  )
end

def new_run(id, steps)
  WorkflowRunInput.new(
    id: id,
    workflow_id: WORKFLOW,
    version_id: 'version_1',
    version_display_name: 'First',
    type: 'TEST',
    status: WorkflowRunStatus::FAILED,
    duration: 1.25,
    created_at: Time.parse('2025-03-01T08:00:00.125Z'),
    started_at: Time.parse('2025-03-01T08:00:00.126Z'),
    finished_at: Time.parse('2025-03-01T08:00:01.376Z'),
    steps: steps,
    step_count: steps.size
  )
end

api_client = client(ENV.fetch('RUNLEDGER_KEY'))
executions = ExecutionsApi.new(api_client)
recording = RecordingApi.new(api_client)
analysis = AnalysisApi.new(api_client)
workflows = WorkflowsApi.new(api_client)
changes = ChangesApi.new(api_client)

listed = executions.list_executions
check [listed.page, listed.limit, listed.items.size] == [1, 20, 20], 'the first page'
check listed.total >= 250, 'its total'
done 'list'

failed = executions.list_executions(
  workflow_id: 'workflow_abc123', status: WorkflowRunStatusFilter::FILTER_FAILED,
  page: 1, limit: 100
)
check failed.items.size == 30, 'the failed runs'
check failed.items.all? { |run| run.status == WorkflowRunStatus::FAILED }, 'their status'
check failed.items.all? { |run| run.workflow_id == 'workflow_abc123' }, 'their workflow'
check totals(failed) == [30, 0, 30], 'their totals'
every = executions.list_executions(workflow_id: 'workflow_abc123',
  status: WorkflowRunStatusFilter::FILTER_ALL)
check totals(every) == [250, 200, 30], 'the totals of all'
unknown = executions.list_executions(workflow_id: PREFIX)
check unknown.items == [] && totals(unknown) == [0, 0, 0], 'an unknown workflow'
done 'filters'

pages = (1..4).map do |number|
  executions.list_executions(workflow_id: 'workflow_abc123', limit: 100, page: number)
end
check pages.map { |page| page.items.size } == [100, 100, 50, 0], "the pages' sizes"
check pages.all? { |page| totals(page) == [250, 200, 30] }, 'the totals of each page'
check pages.map(&:page) == [1, 2, 3, 4] && pages.all? { |page| page.limit == 100 }, 'page and limit'
runs = pages.flat_map(&:items)
check runs.map(&:id).uniq.size == 250, 'different ids'
check runs.each_cons(2).all? { |newer,
  older| newer.created_at >= older.created_at }, 'the newest first'
done 'pages'

newest = runs.first
check newest.id == 'run_def456' && newest.status == WorkflowRunStatus::SUCCEEDED, 'the newest'
check newest.duration == 15.5, 'its duration'
check newest.created_at == Time.utc(2025, 1, 4, 12, 0, 0), 'when it was created'
check newest.started_at == Time.utc(2025, 1, 4, 12, 0, 5), 'when it was started'
check newest.finished_at == Time.utc(2025, 1, 4, 12, 0, 20), 'when it was finished'
pending = executions.list_executions(status: WorkflowRunStatusFilter::FILTER_PENDING).items.first
check pending.status == WorkflowRunStatus::PENDING, "the pending run's status"
check pending.duration.nil?, 'no duration'
check pending.started_at.nil? && pending.finished_at.nil?, 'neither started nor finished'
done 'nulls'

detail = executions.get_execution('run_def456')
check detail.steps.size == 2 && detail.step_count == 2, 'two steps'
check detail.steps.map(&:step_type) == [StepType::TRIGGER, StepType::PIECE], 'their types'
check detail.steps.all? { |step| step.status == StepStatus::STEP_SUCCEEDED }, 'their status'
check detail.steps.all? { |step| step.attempt == 1 && step.error.nil? }, 'their attempts and errors'
check detail.steps.map(&:duration) == [0.5, 1.2], 'their durations'
done 'steps'

error = refusal(400) { executions.list_executions(workflow_id: "a\tb") }
check error.code == 'VALIDATION_ERROR' && error.error.include?('workflow_id'), 'the 400'
done 'invalid'

error = refusal(401) { ExecutionsApi.new(client('not-a-key')).list_executions }
check error.code.nil? && error.error == 'Unauthorized: Invalid or expired API key', 'the 401'
done 'unauthorized'

error = refusal(404) { executions.get_execution("#{PREFIX}-missing") }
check error.code.nil? && error.error == NEVER_A_RUN, 'the 404'
done 'missing'

broken = new_step('step_2')
broken.status = StepStatus::STEP_FAILED
broken.attempt = 2
broken.error = "SMTP 451\ntry again later"
run = new_run("#{PREFIX}-1", [new_step('step_1'), broken])
recorded = recording.record_execution(run.id, run)
check recorded.to_hash == run.to_hash, 'the response equals the request'
check executions.get_execution(run.id) == recorded, 'get_execution returns the same'
done 'record'

read = JSON.parse(executions.get_execution(run.id).to_hash.to_json)
back = WorkflowRunInput.build_from_hash(read)
check recording.record_execution(run.id, back) == recorded, 'the response to putting it back'
check executions.get_execution(run.id) == recorded, 'what was put back'
done 'put back'

run.status = WorkflowRunStatus::RUNNING
error = refusal(409) { recording.record_execution(run.id, run) }
check error.error.include?('RUNNING'), 'the message of the 409'
check executions.get_execution(run.id) == recorded, 'the 409 changed nothing'
done 'conflict'

good = new_run("#{PREFIX}-2", [])
bad = new_run("#{PREFIX}-3", [new_step('step_1'), new_step('step_2')])
bad.step_count = 3
results = recording.record_executions(WorkflowRunBatch.new(items: [good, bad])).items
check results.map(&:id) == [good.id, bad.id], 'the ids of the batch'
check results[0].outcome == RecordOutcome::RECORDED && results[0].error.nil?,
      'the first was recorded'
check results[1].outcome == RecordOutcome::REJECTED, 'the second was rejected'
check results[1].error.error.include?('step_count'), 'why it was rejected'
error = refusal(404) { executions.get_execution(bad.id) }
check error.error == NEVER_A_RUN, 'the rejected run is not there'
done 'batch'

escaped = "#{PREFIX}/50% of Zoë's 日本"
check recording.record_execution(escaped, new_run(escaped,
  [])).id == escaped, 'the escaped id, recorded'
check executions.get_execution(escaped).id == escaped, 'the escaped id, read'
done 'escaped id'

step_ids = (1..500).map { |number| "step_#{number}" }
recording.record_execution("#{PREFIX}-500", new_run("#{PREFIX}-500",
  step_ids.map { |id| new_step(id) }))
long = executions.get_execution("#{PREFIX}-500")
check long.steps.map(&:id) == step_ids && long.step_count == 500, '500 steps in order'
done '500 steps'

day = executions.list_executions(
  workflow_id: 'workflow_abc123',
  created_after: Time.utc(2025, 1, 3).iso8601, created_before: Time.utc(2025, 1, 4).iso8601
)
check totals(day) == [48, 31, 5], 'the totals of a day'
done 'range'

ended = executions.list_executions(
  workflow_id: 'workflow_abc123',
  statuses: [WorkflowRunStatus::FAILED, WorkflowRunStatus::CANCELLED]
)
check totals(ended) == [35, 0, 30], 'the totals of two states'
done 'statuses'

walked = []
cursor = ''
while cursor
  page = executions.list_executions(workflow_id: 'workflow_abc123', limit: 100, cursor: cursor)
  walked.concat(page.items)
  cursor = page.next_cursor
end
check walked == runs, 'the walk lists the runs of the pages'
done 'walk'

histogram = analysis.get_histogram(workflow_id: 'workflow_abc123', bucket: BucketWidth::DAY)
check histogram.buckets.size == 6, 'six days'
bucket = histogram.buckets[4]
check bucket.start == Time.utc(2025, 1, 3), 'the start of a day'
check bucket.total == 48 && bucket.failed == 5, 'its counts'
done 'histogram'

found = workflows.list_workflows(q: 'workflow_abc1')
check found.total == 1 && found.items.size == 1, 'one workflow'
summary = found.items.first
check summary.workflow_id == 'workflow_abc123', 'its UID'
check totals(summary) == [250, 200, 30], 'its totals'
check summary.newest_run == newest, 'its newest run'
check [summary.median_duration, summary.p95_duration] == [15.5, 15.5], 'its durations'
done 'workflows'

2.times do
  recording.delete_execution("#{PREFIX}-1")
  error = refusal(404) { executions.get_execution("#{PREFIX}-1") }
  check error.error == NEVER_A_RUN, 'the deleted run is not there'
end
done 'delete'

changed = {}
page = changes.list_changes(after: 0, limit: 1000)
until page.items.empty?
  page.items.each { |change| changed[change.id] = change }
  page = changes.list_changes(after: page.next_after, limit: 1000)
end
deletion = changed["#{PREFIX}-1"]
check deletion.deleted && deletion.run.nil?, 'the deletion'
check changed["#{PREFIX}-2"].run.workflow_id == WORKFLOW, 'a new run'
done 'changes'

def facts_of_step(status)
  [StepExecutionPatch.new(id: 'step_1', status: status)]
end

live = "#{PREFIX}-live"
updated = recording.update_execution(
  live,
  WorkflowRunPatch.new(
    workflow_id: WORKFLOW, status: WorkflowRunStatus::RUNNING, heartbeat_timeout: 3600,
    steps: facts_of_step(StepStatus::STEP_RUNNING)
  )
)
check updated.status == WorkflowRunStatus::RUNNING, 'a run that has begun'
updated = recording.update_execution(
  live,
  WorkflowRunPatch.new(
    status: WorkflowRunStatus::FAILED, outcome: 'TIMED_OUT',
    steps: facts_of_step(StepStatus::STEP_FAILED)
  )
)
check updated.status == WorkflowRunStatus::FAILED && updated.outcome == 'TIMED_OUT', 'its end'
check [updated.workflow_id, updated.heartbeat_timeout] == [WORKFLOW, 3600], 'what stays'
detail = executions.get_execution(live)
check detail.status == WorkflowRunStatus::FAILED, 'its end in get_execution'
check detail.steps.map(&:status) == [StepStatus::STEP_FAILED], 'the end of its step'
done 'update'

facts = { url: 'https://engine.example/1', metadata: { 'batch' => PREFIX } }
step = new_step('step_1').to_hash.merge(
  facts, status: StepStatus::STEP_FAILED, outcome: 'TIMED_OUT', parent_id: 'loop', iteration: 2
)
again = new_run("#{PREFIX}-again", [StepExecutionInput.new(step)])
again.url, again.metadata = facts.values
again.outcome = 'CRASHED'
again.parent_id = PREFIX
again.triggered_by = 'schedule'
again.error = 'The worker is gone'
recorded = recording.record_execution(again.id, again)
check recorded.to_hash == again.to_hash, 'the response equals the request'
check executions.get_execution(again.id) == recorded, 'get_execution returns the same'
done 'optional fields'

again.status = WorkflowRunStatus::RUNNING
again.attempt = 2
again.outcome = nil
recording.record_execution(again.id, again)
second = executions.get_execution(again.id)
check second.status == WorkflowRunStatus::RUNNING && second.attempt == 2, 'the second attempt'
check second.attempts.map { |one| [one.attempt, one.status, one.outcome] } ==
      [[1, WorkflowRunStatus::FAILED, 'CRASHED'], [2, WorkflowRunStatus::RUNNING, nil]],
      'both attempts'
first = executions.get_execution(again.id, attempt: 1)
check first.status == WorkflowRunStatus::FAILED && first.outcome == 'CRASHED', 'the first attempt'
done 'attempts'

labeled = executions.list_executions(metadata: ["batch:#{PREFIX}"])
check labeled.total == 1 && labeled.items.map(&:id) == [again.id], 'the run of the pair'
check labeled.items.first.attempt == 2, 'its newest attempt'
done 'metadata'

error = refusal(412) { recording.delete_execution(again.id, if_match: '"another"') }
check error.error.include?('If-Match'), 'the 412'
_, _, headers = executions.get_execution_with_http_info(again.id)
recording.delete_execution(again.id, if_match: headers['ETag'])
error = refusal(404) { executions.get_execution(again.id) }
check error.error == NEVER_A_RUN, 'the deleted run is not there'
done 'conditions'
