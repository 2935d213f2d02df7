#!/usr/bin/env bash
# Lists, inspects and records runs through the command line client that openapi-generator makes for
# Bash.
set -euo pipefail

workflow=workflow_bash-openapi-generator
prefix=bash-$(date +%s%N)
never_a_run='Execution not found or access denied'
key=$RUNLEDGER_KEY

fail() {
    echo "not as expected: $1" >&2
    exit 1
}

done_() {
    echo "ok $1"
}

# call <operation> [<parameter>=<value>...] [-]: sets `status` and `body`. A `-` sends what stands
# on the input.
call() {
    local reply
    reply=$(bash generated/client.sh -s -w '%{http_code}' --host "$RUNLEDGER_URL" "$@" \
        "Authorization:Token $key")
    status=${reply: -3}
    body=${reply::-3}
}

# check <status> <filter> <what>: the last call ended with this status, and its response is as the
# filter says.
check() {
    [[ $status == "$1" ]] || fail "$3: status $status for $1: $body"
    jq -e --arg never "$never_a_run" --arg prefix "$prefix" "$2" <<<"$body" >/dev/null ||
        fail "$3: $body"
}

# same <json> <json> <what>
same() {
    [[ $(jq -S . <<<"$1") == "$(jq -S . <<<"$2")" ]] || fail "$3: $1 instead of $2"
}

# The client escapes some characters only: an id is escaped before.
escaped() {
    local id
    id=$(jq -rn --arg id "$1" '$id | @uri')
    echo "${id//\'/%27}"
}

get() {
    call getExecution "id=$(escaped "$1")"
}

# record <id> <run>
record() {
    call recordExecution "id=$(escaped "$1")" - <<<"$2"
}

# new_run <id> <ids of steps, as JSON>
new_run() {
    jq -n --arg id "$1" --arg workflow "$workflow" --argjson steps "$2" '{
        id: $id,
        workflow_id: $workflow,
        version_id: "version_1",
        version_display_name: "First",
        type: "TEST",
        status: "FAILED",
        duration: 1.25,
        created_at: "2025-03-01T08:00:00.125Z",
        started_at: "2025-03-01T08:00:00.126Z",
        finished_at: "2025-03-01T08:00:01.376Z",
        steps: [$steps[] | {
            id: .,
            step_name: "send_email",
            step_type: "PIECE",
            status: "SUCCEEDED",
            attempt: 1,
            error: null,
            duration: 0.5,
            created_at: "2025-03-01T08:00:00.125Z",
            started_at: "2025-03-01T08:00:00.126Z",
            finished_at: "2025-03-01T08:00:00.626Z"
        }],
        step_count: ($steps | length)
    }'
}

call listExecutions
check 200 '.page == 1 and .limit == 20 and (.items | length) == 20 and .total >= 250' \
    'the first page'
done_ list

call listExecutions workflow_id=workflow_abc123 status=FAILED page=1 limit=100
check 200 '(.items | length) == 30' 'the failed runs'
check 200 'all(.items[]; .status == "FAILED" and .workflow_id == "workflow_abc123")' \
    'their status and workflow'
check 200 '[.total, .succeeded, .failed] == [30, 0, 30]' 'their totals'
call listExecutions workflow_id=workflow_abc123 status=all
check 200 '[.total, .succeeded, .failed] == [250, 200, 30]' 'the totals of all'
call listExecutions "workflow_id=$prefix"
check 200 '.items == [] and [.total, .succeeded, .failed] == [0, 0, 0]' 'an unknown workflow'
done_ filters

pages=
for page in 1 2 3 4; do
    call listExecutions workflow_id=workflow_abc123 limit=100 page=$page
    check 200 "[.page, .limit] == [$page, 100]" "page and limit of page $page"
    check 200 '[.total, .succeeded, .failed] == [250, 200, 30]' "the totals of page $page"
    pages+=$body
done
body=$(jq -s . <<<"$pages")
runs=$(jq 'map(.items[])' <<<"$body")
check 200 'map(.items | length) == [100, 100, 50, 0]' "the pages' sizes"
check 200 'map(.items[].id) | unique | length == 250' 'different ids'
check 200 'map(.items[].created_at | sub("\\.\\d+Z$"; "Z") | fromdate) | . == (sort | reverse)' \
    'the newest first'
done_ pages

check 200 '.[0].items[0] | .id == "run_def456" and .status == "SUCCEEDED" and .duration == 15.5' \
    'the newest'
check 200 '.[0].items[0].created_at == "2025-01-04T12:00:00Z"' 'when it was created'
check 200 '.[0].items[0].started_at == "2025-01-04T12:00:05Z"' 'when it was started'
check 200 '.[0].items[0].finished_at == "2025-01-04T12:00:20Z"' 'when it was finished'
call listExecutions status=PENDING
check 200 '.items[0] | .status == "PENDING" and has("duration") and .duration == null' \
    'the pending run'
check 200 '.items[0] | has("started_at") and .started_at == null' 'not started'
check 200 '.items[0] | has("finished_at") and .finished_at == null' 'not finished'
done_ nulls

get run_def456
check 200 '(.steps | length) == 2 and .step_count == 2' 'two steps'
check 200 '[.steps[].step_type] == ["TRIGGER", "PIECE"]' 'their types'
check 200 'all(.steps[]; .status == "SUCCEEDED" and .attempt == 1 and .error == null)' \
    'their status'
check 200 '[.steps[].duration] == [0.5, 1.2]' 'their durations'
done_ steps

call listExecutions workflow_id=a%09b
check 400 '.code == "VALIDATION_ERROR" and (.error | contains("workflow_id"))' 'the 400'
done_ invalid

key=not-a-key call listExecutions
check 401 '(has("code") | not) and .error == "Unauthorized: Invalid or expired API key"' 'the 401'
done_ unauthorized

get "$prefix-missing"
check 404 '(has("code") | not) and .error == $never' 'the 404'
done_ missing

id=$prefix-1
run=$(new_run "$id" '["step_1", "step_2"]' |
    jq '.steps[1] += {status: "FAILED", attempt: 2, error: "SMTP 451\ntry again later"}')
record "$id" "$run"
check 201 '.status == "FAILED"' 'the new run'
recorded=$body
same "$recorded" "$run" 'the response equals the request'
get "$id"
same "$body" "$recorded" 'getExecution returns the same'
done_ record

record "$id" "$body"
check 200 '.status == "FAILED"' 'the run that was put back'
same "$body" "$recorded" 'the response to putting it back'
get "$id"
same "$body" "$recorded" 'what was put back'
done_ 'put back'

record "$id" "$(jq '.status = "RUNNING"' <<<"$run")"
check 409 '.error | contains("RUNNING")' 'the 409'
get "$id"
same "$body" "$recorded" 'the 409 changed nothing'
done_ conflict

good=$(new_run "$prefix-2" '[]')
bad=$(new_run "$prefix-3" '["step_1", "step_2"]' | jq '.step_count = 3')
call recordExecutions - <<<"{\"items\": [$good, $bad]}"
check 200 '[.items[].id] == [$prefix + "-2", $prefix + "-3"]' 'the ids of the batch'
check 200 '.items[0] | .outcome == "RECORDED" and (has("error") | not)' 'the first was recorded'
check 200 '.items[1] | .outcome == "REJECTED" and (.error.error | contains("step_count"))' \
    'the second was rejected'
get "$prefix-3"
check 404 '.error == $never' 'the rejected run is not there'
done_ batch

escaped="$prefix/50% of Zoë's 日本"
record "$escaped" "$(new_run "$escaped" '[]')"
check 201 '.id == $prefix + "/50% of Zoë'\''s 日本"' 'the escaped id, recorded'
get "$escaped"
check 200 '.id == $prefix + "/50% of Zoë'\''s 日本"' 'the escaped id, read'
done_ 'escaped id'

step_ids=$(jq -nc '[range(500) | "step_\(.)"]')
record "$prefix-500" "$(new_run "$prefix-500" "$step_ids")"
get "$prefix-500"
check 200 ".step_count == 500 and [.steps[].id] == $step_ids" '500 steps in order'
done_ '500 steps'

call listExecutions workflow_id=workflow_abc123 created_after=2025-01-03T00:00:00Z \
    created_before=2025-01-04T00:00:00Z
check 200 '[.total, .succeeded, .failed] == [48, 31, 5]' 'the totals of a day'
done_ range

call listExecutions workflow_id=workflow_abc123 statuses=FAILED,CANCELLED
check 200 '[.total, .succeeded, .failed] == [35, 0, 30]' 'the totals of two states'
done_ statuses

walked=
cursor=newest
while [[ $cursor != null ]]; do
    call listExecutions workflow_id=workflow_abc123 limit=100 "cursor=$cursor"
    check 200 'has("next_cursor")' 'a cursor'
    walked+=$(jq -c '.items[]' <<<"$body")
    cursor=$(jq -r .next_cursor <<<"$body")
done
same "$(jq -s . <<<"$walked")" "$runs" 'the walk lists the runs of the pages'
done_ walk

call getHistogram workflow_id=workflow_abc123 bucket=day
check 200 '(.buckets | length) == 6 and .buckets[4].start == "2025-01-03T00:00:00Z"' 'six days'
check 200 '.buckets[4] | .total == 48 and .failed == 5' 'the counts of a day'
done_ histogram

call listWorkflows q=workflow_abc1
check 200 '.total == 1 and [.items[].workflow_id] == ["workflow_abc123"]' 'one workflow'
check 200 '.items[0] | [.total, .succeeded, .failed] == [250, 200, 30]' 'its totals'
check 200 '.items[0] | [.median_duration, .p95_duration] == [15.5, 15.5]' 'its durations'
same "$(jq '.items[0].newest_run' <<<"$body")" "$(jq '.[0]' <<<"$runs")" 'its newest run'
done_ workflows

for _ in 1 2; do
    call deleteExecution "id=$(escaped "$id")"
    [[ $status == 204 && -z $body ]] || fail "the deletion: status $status: $body"
    get "$id"
    check 404 '.error == $never' 'the deleted run is not there'
done
done_ delete

changed='{}'
call listChanges after=0 limit=1000
while jq -e '.items != []' <<<"$body" >/dev/null; do
    changed=$(jq --slurpfile known <(echo "$changed") \
        '$known[0] + (.items | map({(.id): .}) | add)' <<<"$body")
    call listChanges "after=$(jq .next_after <<<"$body")" limit=1000
done
body=$changed
check 200 '.[$prefix + "-1"] | .deleted and (has("run") | not)' 'the deletion'
check 200 '.[$prefix + "-2"] | .run.id == .id and (.deleted | not)' 'a new run'
done_ changes

# update <facts>
update() {
    call updateExecution "id=$prefix-live" - <<<"$1"
}

update "{\"workflow_id\": \"$workflow\", \"status\": \"RUNNING\", \"heartbeat_timeout\": 3600,
    \"steps\": [{\"id\": \"step_1\", \"status\": \"RUNNING\"}]}"
check 201 '.status == "RUNNING" and (has("steps") | not)' 'a run that has begun'
update '{"status": "FAILED", "outcome": "TIMED_OUT",
    "steps": [{"id": "step_1", "status": "FAILED"}]}'
check 200 '.status == "FAILED" and .outcome == "TIMED_OUT"' 'its end'
check 200 '.workflow_id == "workflow_bash-openapi-generator" and .heartbeat_timeout == 3600' \
    'what stays'
get "$prefix-live"
check 200 '.status == "FAILED" and [.steps[].status] == ["FAILED"]' 'its end and that of its step'
done_ update

again=$prefix-again
run=$(new_run "$again" '["step_1"]' | jq --arg prefix "$prefix" '
    {url: "https://engine.example/1", metadata: {batch: $prefix}} as $facts |
    . + $facts + {outcome: "CRASHED", parent_id: $prefix, triggered_by: "schedule",
        error: "The worker is gone"} |
    .steps[0] += $facts + {status: "FAILED", outcome: "TIMED_OUT", parent_id: "loop",
        iteration: 2}')
record "$again" "$run"
check 201 '.status == "FAILED"' 'a run with all optional fields'
same "$body" "$run" 'the response equals the request'
get "$again"
same "$body" "$run" 'getExecution returns the same'
done_ 'optional fields'

record "$again" "$(jq 'del(.outcome, .error) + {status: "RUNNING", attempt: 2}' <<<"$run")"
get "$again"
check 200 '.status == "RUNNING" and .attempt == 2' 'the second attempt'
check 200 '[.attempts[] | [.attempt, .status, .outcome]] ==
    [[1, "FAILED", "CRASHED"], [2, "RUNNING", null]]' 'both attempts'
call getExecution "id=$again" attempt=1
check 200 '.status == "FAILED" and .outcome == "CRASHED"' 'the first attempt'
done_ attempts

call listExecutions "metadata=batch:$prefix"
check 200 '.total == 1 and [.items[].id] == [$prefix + "-again"]' 'the run of the pair'
check 200 '.items[0] | .status == "RUNNING" and .attempt == 2' 'its newest attempt'
done_ metadata

call deleteExecution "id=$again" 'If-Match:\"another\"'
check 412 '.error | contains("If-Match")' 'the 412'
tag=$(bash generated/client.sh -s -i --host "$RUNLEDGER_URL" getExecution "id=$again" \
    "Authorization:Token $key" | sed -n 's/^etag: \(".*"\).*/\1/Ip')
[[ -n $tag ]] || fail 'an ETag'
# The client writes header fields in quotes: those of a tag are escaped.
call deleteExecution "id=$again" "If-Match:${tag//\"/\\\"}"
[[ $status == 204 && -z $body ]] || fail "the deletion: status $status: $body"
get "$again"
check 404 '.error == $never' 'the deleted run is not there'
done_ conditions
