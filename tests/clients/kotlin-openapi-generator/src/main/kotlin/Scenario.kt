import com.fasterxml.jackson.module.kotlin.convertValue
import com.fasterxml.jackson.module.kotlin.readValue
import org.openapitools.client.apis.AnalysisApi
import org.openapitools.client.apis.ChangesApi
import org.openapitools.client.apis.ExecutionsApi
import org.openapitools.client.apis.RecordingApi
import org.openapitools.client.apis.WorkflowsApi
import org.openapitools.client.infrastructure.ApiClient
import org.openapitools.client.infrastructure.ClientError
import org.openapitools.client.infrastructure.ClientException
import org.openapitools.client.infrastructure.Serializer.jacksonObjectMapper
import org.openapitools.client.models.BucketWidth
import org.openapitools.client.models.ErrorResponse
import org.openapitools.client.models.ListWorkflowRunsResponse
import org.openapitools.client.models.RecordOutcome
import org.openapitools.client.models.StepExecutionInput
import org.openapitools.client.models.StepExecutionPatch
import org.openapitools.client.models.StepStatus
import org.openapitools.client.models.StepType
import org.openapitools.client.models.WorkflowRunBatch
import org.openapitools.client.models.WorkflowRunChange
import org.openapitools.client.models.WorkflowRunDetail
import org.openapitools.client.models.WorkflowRunInput
import org.openapitools.client.models.WorkflowRunMetadata
import org.openapitools.client.models.WorkflowRunPatch
import org.openapitools.client.models.WorkflowRunStatus
import org.openapitools.client.models.WorkflowRunStatusFilter
import java.time.OffsetDateTime
import java.util.UUID

// Lists, inspects and records runs, and ends with an exception at the first response that is not as
// expected.

private const val WORKFLOW = "workflow_kotlin-openapi-generator"
private const val DOCUMENTED = "workflow_abc123"

private val created = OffsetDateTime.parse("2025-03-01T10:00:00.125Z")
private val prefix = UUID.randomUUID().toString()
private val url = System.getenv("RUNLEDGER_URL")
private val executions = ExecutionsApi(url)
private val recording = RecordingApi(url)
private val analysis = AnalysisApi(url)
private val workflows = WorkflowsApi(url)
private val changes = ChangesApi(url)

fun main() {
    useKey(System.getenv("RUNLEDGER_KEY"))
    read()
    fail()
    record()
    analyze()
    delete()
    update()
    attempt()
}

private fun read() {
    val all = executions.listExecutions()
    check(all.page == 1 && all.limit == 20) { "wanted page 1 and limit 20" }
    check(all.items.size == 20 && all.total >= 250) { "wanted 20 items of at least 250" }
    ok("list")

    val failed = executions.listExecutions(1, 100, DOCUMENTED,
      WorkflowRunStatusFilter.FILTER_FAILED)
    check(failed.items.size == 30) { "wanted 30 failed runs" }
    check(failed.items.all { it.status == WorkflowRunStatus.FAILED }) {
        "wanted each of them FAILED"
    }
    check(failed.items.all { it.workflowId == DOCUMENTED }) { "wanted each of that workflow" }
    checkCounts(failed, 30, 0, 30)
    checkCounts(executions.listExecutions(1, 100, DOCUMENTED, WorkflowRunStatusFilter.FILTER_ALL),
      250, 200, 30)
    val none = executions.listExecutions(workflowId = prefix)
    check(none.items.isEmpty()) { "wanted no runs of an unknown workflow" }
    checkCounts(none, 0, 0, 0)
    ok("filters")

    val pages = (1..4).map { executions.listExecutions(page = it, limit = 100,
      workflowId = DOCUMENTED) }
    check(pages.map { it.items.size } == listOf(100, 100, 50,
      0)) { "wanted pages of 100, 100, 50 and 0" }
    check(pages.map { it.page } == listOf(1, 2, 3, 4)) { "wanted the pages as asked" }
    check(pages.all { it.limit == 100 }) { "wanted the limit as asked" }
    pages.forEach { checkCounts(it, 250, 200, 30) }
    val runs = pages.flatMap { it.items }
    check(runs.map { it.id }.toSet().size == 250) { "wanted 250 different ids" }
    check(runs.zipWithNext().all { (a,
      b) -> a.createdAt >= b.createdAt }) { "wanted the newest first" }
    ok("pages")

    val first = executions.listExecutions(workflowId = DOCUMENTED).items.first()
    check(first.id == "run_def456" &&
      first.status == WorkflowRunStatus.SUCCEEDED) { "wanted run_def456 first: $first" }
    check(first.duration == 15.5) { "wanted 15.5 s" }
    check(first.createdAt.isEqual(OffsetDateTime.parse("2025-01-04T12:00:00Z"))) {
        "wanted another created_at"
    }
    check(first.startedAt!!.isEqual(OffsetDateTime.parse("2025-01-04T12:00:05Z"))) {
        "wanted another started_at"
    }
    check(first.finishedAt!!.isEqual(OffsetDateTime.parse("2025-01-04T12:00:20Z"))) {
        "wanted another finished_at"
    }
    val pending =
        executions.listExecutions(status = WorkflowRunStatusFilter.FILTER_PENDING).items.first()
    check(pending.status == WorkflowRunStatus.PENDING) { "wanted a pending run" }
    check(pending.duration == null && pending.startedAt == null &&
      pending.finishedAt == null) { "wanted nulls: $pending" }
    ok("nulls")

    val detail = executions.getExecution("run_def456")
    check(detail.steps.size == 2 && detail.stepCount == 2) { "wanted two steps" }
    check(detail.steps.map { it.stepType } == listOf(StepType.TRIGGER,
      StepType.PIECE)) { "wanted a trigger and a piece" }
    check(detail.steps.map { it.duration } == listOf(0.5, 1.2)) { "wanted 0.5 and 1.2 s" }
    check(detail.steps.all { it.status == StepStatus.STEP_SUCCEEDED &&
      it.attempt == 1 }) { "wanted success at once" }
    check(detail.steps.all { it.error == null }) { "wanted no error" }
    ok("steps")
}

private fun fail() {
    val invalid = failure(400) { executions.listExecutions(workflowId = "a\tb") }
    check(invalid.code == "VALIDATION_ERROR" &&
      "workflow_id" in invalid.error) { "wanted a validation error: $invalid" }
    ok("invalid")

    useKey("not-a-key")
    val unauthorized = failure(401) { executions.listExecutions() }
    check(unauthorized == ErrorResponse("Unauthorized: Invalid or expired API key")) {
        "wanted another error: $unauthorized"
    }
    useKey(System.getenv("RUNLEDGER_KEY"))
    ok("unauthorized")

    checkMissing("$prefix-unknown")
    ok("missing")
}

private fun record() {
    val steps = listOf(
        newStep("step-1"),
        newStep("step-2").copy(
            stepType = StepType.PIECE,
            status = StepStatus.STEP_FAILED,
            attempt = 2,
            error = "first line\nsecond line",
        ),
    )
    val sent = newRun("$prefix-1").copy(status = WorkflowRunStatus.FAILED, duration = 1.25,
      steps = steps)
    val result = recording.recordExecution("$prefix-1", sent)
    check(result.stepCount == 2 &&
      result.asInput() == sent.copy(stepCount = 2)) { "wanted what was sent: $result" }
    val read = executions.getExecution("$prefix-1")
    check(read == result) { "wanted the same from getExecution: $read" }
    ok("record")

    check(recording.recordExecution(read.id,
      read.asInput()) == read) { "wanted the same when it is put back" }
    check(executions.getExecution(read.id) == read) { "wanted the same after it was put back" }
    ok("put back")

    val running = read.asInput().copy(status = WorkflowRunStatus.RUNNING)
    val conflict = failure(409) { recording.recordExecution(read.id, running) }
    check("RUNNING" in conflict.error) { "wanted a message that speaks of RUNNING: $conflict" }
    check(executions.getExecution(read.id) == read) { "wanted the same after the conflict" }
    ok("conflict")

    val good = newRun("$prefix-2")
    val bad = newRun("$prefix-3").copy(steps = listOf(newStep("step-1"), newStep("step-2")),
      stepCount = 3)
    val results = recording.recordExecutions(WorkflowRunBatch(listOf(good, bad))).items
    check(results.map { it.id } == listOf(good.id, bad.id)) { "wanted the ids of both" }
    check(results.map { it.outcome } == listOf(RecordOutcome.RECORDED,
      RecordOutcome.REJECTED)) { "wanted other outcomes" }
    check(results[0].error == null) { "wanted no error for the first" }
    check("step_count" in results[1].error?.error.orEmpty()) {
        "wanted an error that speaks of step_count"
    }
    checkMissing("$prefix-3")
    ok("batch")

    val escaped = "$prefix/50% of Zoë's 日本"
    check(recording.recordExecution(escaped,
      newRun(escaped)).id == escaped) { "wanted the escaped id when recorded" }
    check(executions.getExecution(escaped).id == escaped) { "wanted the escaped id when read" }
    ok("escaped id")

    val large = newRun("$prefix-500").copy(steps = (1..500).map { newStep("step-$it") })
    for (run in listOf(recording.recordExecution("$prefix-500", large),
      executions.getExecution("$prefix-500"))) {
        check(run.stepCount == 500) { "wanted a step_count of 500" }
        check(run.steps.map { it.id } == large.steps?.map { it.id }) {
            "wanted 500 steps in the same order"
        }
    }
    ok("500 steps")
}

private fun analyze() {
    val from = OffsetDateTime.parse("2025-01-03T00:00:00Z")
    checkCounts(executions.listExecutions(workflowId = DOCUMENTED, createdAfter = from,
      createdBefore = from.plusDays(1)), 48, 31, 5)
    ok("range")

    checkCounts(executions.listExecutions(workflowId = DOCUMENTED,
      statuses = listOf(WorkflowRunStatus.FAILED, WorkflowRunStatus.CANCELLED)), 35, 0, 30)
    ok("statuses")

    val runs = (1..3).flatMap {
        executions.listExecutions(page = it, limit = 100, workflowId = DOCUMENTED).items
    }
    val walked = mutableListOf<WorkflowRunMetadata>()
    var cursor: String? = ""
    while (cursor != null) {
        val page = executions.listExecutions(limit = 100, workflowId = DOCUMENTED, cursor = cursor)
        walked += page.items
        cursor = page.nextCursor
    }
    check(walked == runs) { "wanted the runs of the pages" }
    ok("walk")

    val buckets = analysis.getHistogram(BucketWidth.day, DOCUMENTED).buckets
    check(buckets.size == 6 && buckets[4].start.isEqual(from)) { "wanted six days" }
    check(buckets[4].total == 48L && buckets[4].failed == 5L) { "wanted the counts of a day" }
    ok("histogram")

    val found = workflows.listWorkflows(q = "workflow_abc1")
    check(found.total == 1L && found.items.size == 1) { "wanted one workflow" }
    val summary = found.items.single()
    check(summary.workflowId == DOCUMENTED) { "wanted its UID" }
    check(listOf(summary.total, summary.succeeded, summary.failed) == listOf(250L, 200L, 30L)) {
        "wanted its totals"
    }
    check(summary.newestRun == runs.first()) { "wanted its newest run" }
    check(summary.medianDuration == 15.5 && summary.p95Duration == 15.5) { "wanted its durations" }
    ok("workflows")
}

private fun delete() {
    repeat(2) {
        recording.deleteExecution("$prefix-1")
        checkMissing("$prefix-1")
    }
    ok("delete")

    val changed = mutableMapOf<String, WorkflowRunChange>()
    var page = changes.listChanges(0, 1000)
    while (page.items.isNotEmpty()) {
        page.items.associateByTo(changed) { it.id }
        page = changes.listChanges(page.nextAfter, 1000)
    }
    val deletion = changed.getValue("$prefix-1")
    check(deletion.deleted && deletion.run == null) { "wanted the deletion and not $deletion" }
    check(changed.getValue("$prefix-2").run?.workflowId == WORKFLOW) { "wanted a new run" }
    ok("changes")
}

private fun update() {
    val id = "$prefix-live"
    fun steps(status: StepStatus) = listOf(StepExecutionPatch("step-1", status = status))
    val begun = recording.updateExecution(id, WorkflowRunPatch(workflowId = WORKFLOW,
      status = WorkflowRunStatus.RUNNING, heartbeatTimeout = 3600,
      steps = steps(StepStatus.STEP_RUNNING)))
    check(begun.status == WorkflowRunStatus.RUNNING) { "wanted a run that has begun: $begun" }
    val ended = recording.updateExecution(id, WorkflowRunPatch(status = WorkflowRunStatus.FAILED,
      outcome = "TIMED_OUT", steps = steps(StepStatus.STEP_FAILED)))
    check(ended.status == WorkflowRunStatus.FAILED && ended.outcome == "TIMED_OUT") {
        "wanted its end: $ended"
    }
    check(ended.workflowId == WORKFLOW && ended.heartbeatTimeout == 3600) {
        "wanted what was sent first: $ended"
    }
    val detail = executions.getExecution(id)
    check(detail.status == WorkflowRunStatus.FAILED) { "wanted the same from getExecution" }
    check(detail.steps.map { it.status } == listOf(StepStatus.STEP_FAILED)) {
        "wanted one failed step: $detail"
    }
    ok("update")
}

private fun attempt() {
    val id = "$prefix-again"
    val step = newStep("step-1").copy(status = StepStatus.STEP_FAILED, outcome = "TIMED_OUT",
      url = "https://engine.example/1/step-1", metadata = mapOf("batch" to prefix),
      parentId = "loop", iteration = 2)
    val sent = newRun(id).copy(status = WorkflowRunStatus.FAILED, outcome = "CRASHED",
      duration = 1.25, url = "https://engine.example/1", metadata = mapOf("batch" to prefix),
      parentId = prefix, triggeredBy = "schedule", error = "The worker is gone",
      steps = listOf(step), stepCount = 1)
    val recorded = recording.recordExecution(id, sent)
    check(recorded.asInput() == sent) { "wanted what was sent: $recorded" }
    check(executions.getExecution(id) == recorded) { "wanted the same from getExecution" }
    ok("optional fields")

    recording.recordExecution(id,
      sent.copy(status = WorkflowRunStatus.RUNNING, attempt = 2, outcome = null))
    val second = executions.getExecution(id)
    check(second.status == WorkflowRunStatus.RUNNING && second.attempt == 2) {
        "wanted the second attempt: $second"
    }
    check(second.attempts?.map { Triple(it.attempt, it.status, it.outcome) } == listOf(
      Triple(1, WorkflowRunStatus.FAILED, "CRASHED"), Triple(2, WorkflowRunStatus.RUNNING, null),
    )) { "wanted both attempts: $second" }
    val first = executions.getExecution(id, 1)
    check(first.status == WorkflowRunStatus.FAILED && first.outcome == "CRASHED") {
        "wanted the first attempt: $first"
    }
    ok("attempts")

    val labeled = executions.listExecutions(metadata = listOf("batch:$prefix"))
    check(labeled.total == 1L && labeled.items.single().id == id) { "wanted the run of the pair" }
    check(labeled.items.single().attempt == 2) { "wanted its newest attempt" }
    ok("metadata")

    val stale = failure(412) { recording.deleteExecution(id, "\"another\"") }
    check("If-Match" in stale.error) { "wanted a message that speaks of If-Match: $stale" }
    val tag = executions.getExecutionWithHttpInfo(id, null).headers.entries
        .first { it.key.equals("ETag", ignoreCase = true) }.value.single()
    recording.deleteExecution(id, tag)
    checkMissing(id)
    ok("conditions")
}

private fun useKey(key: String) {
    ApiClient.apiKeyPrefix["Authorization"] = "Token"
    ApiClient.apiKey["Authorization"] = key
}

private fun newRun(id: String) = WorkflowRunInput(
    id = id,
    workflowId = WORKFLOW,
    versionId = "version_1",
    versionDisplayName = "Version 1",
    type = "PRODUCTION",
    status = WorkflowRunStatus.SUCCEEDED,
    createdAt = created,
    startedAt = created.plusNanos(250_000_000),
    finishedAt = created.plusNanos(1_500_000_000),
)

private fun newStep(id: String) = StepExecutionInput(
    id = id,
    stepName = "Step $id",
    stepType = StepType.TRIGGER,
    status = StepStatus.STEP_SUCCEEDED,
    attempt = 1,
    duration = 0.5,
    createdAt = created,
    startedAt = created.plusNanos(1_000_000),
    finishedAt = created.plusNanos(501_000_000),
)

/** A response as a request. */
private fun WorkflowRunDetail.asInput(): WorkflowRunInput = jacksonObjectMapper.convertValue(this)

private fun checkCounts(result: ListWorkflowRunsResponse, total: Long, succeeded: Long,
  failed: Long) {
    val counts = listOf(result.total, result.succeeded, result.failed)
    check(counts == listOf(total, succeeded,
      failed)) { "wanted $total, $succeeded, $failed and not $counts" }
}

private fun checkMissing(id: String) {
    val missing = failure(404) { executions.getExecution(id) }
    check(missing == ErrorResponse("Execution not found or access denied")) {
        "wanted another error: $missing"
    }
}

/** The error that a call must end with. */
private fun failure(status: Int, call: () -> Any): ErrorResponse {
    try {
        call()
    } catch (e: ClientException) {
        check(e.statusCode == status) { "wanted status $status and not ${e.statusCode}" }
        return jacksonObjectMapper.readValue((e.response as ClientError<*>).body as String)
    }
    error("wanted status $status, and the call succeeded")
}

private fun ok(step: String) = println("ok $step")
