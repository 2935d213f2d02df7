import io.circe.parser
import io.circe.syntax._
import java.time.OffsetDateTime
import java.util.UUID
import org.openapitools.client.api.{AnalysisApi, ChangesApi, ExecutionsApi}
import org.openapitools.client.api.{RecordingApi, WorkflowsApi}
import org.openapitools.client.model._
import sttp.client3.{HttpClientSyncBackend, HttpError, Request, ResponseException}

/**
 * Lists, inspects and records runs, and ends with an exception at the first response that is not
 * as expected.
 */
object Scenario {
  private type Call[T] = Request[Either[ResponseException[String, Exception], T], Any]

  private val Workflow = "workflow_scala-openapi-generator"
  private val Documented = "workflow_abc123"
  private val Created = OffsetDateTime.parse("2025-03-01T10:00:00.125Z")

  private val prefix = UUID.randomUUID().toString
  private val backend = HttpClientSyncBackend()
  private val key = s"Token ${sys.env("RUNLEDGER_KEY")}"
  private val executions = ExecutionsApi(sys.env("RUNLEDGER_URL"))
  private val recording = RecordingApi(sys.env("RUNLEDGER_URL"))
  private val analysis = AnalysisApi(sys.env("RUNLEDGER_URL"))
  private val workflows = WorkflowsApi(sys.env("RUNLEDGER_URL"))
  private val changes = ChangesApi(sys.env("RUNLEDGER_URL"))

  def main(args: Array[String]): Unit = {
    read()
    fail()
    record()
    analyze()
    delete()
    update()
    attempt()
  }

  private def read(): Unit = {
    val all = success(list())
    check(all.page == 1 && all.limit == 20, "page 1 and limit 20")
    check(all.items.size == 20 && all.total >= 250, "20 items of at least 250")
    ok("list")

    val failed = success(list(Some(1), Some(100), Some(Documented),
      Some(WorkflowRunStatusFilter.FAILED)))
    check(failed.items.size == 30, "30 failed runs")
    check(failed.items.forall(_.status == WorkflowRunStatus.FAILED), "each of them FAILED")
    check(failed.items.forall(_.workflowId == Documented), "each of that workflow")
    checkCounts(failed, 30, 0, 30)
    val every = success(list(Some(1), Some(100), Some(Documented),
      Some(WorkflowRunStatusFilter.All)))
    checkCounts(every, 250, 200, 30)
    val none = success(list(workflowId = Some(prefix)))
    check(none.items.isEmpty, "no runs of an unknown workflow")
    checkCounts(none, 0, 0, 0)
    ok("filters")

    val pages = (1 to 4).map(page => success(list(Some(page), Some(100), Some(Documented))))
    check(pages.map(_.items.size) == Seq(100, 100, 50, 0), "pages of 100, 100, 50 and 0")
    check(pages.map(_.page) == Seq(1, 2, 3, 4) && pages.forall(_.limit == 100),
      "page and limit as asked")
    pages.foreach(checkCounts(_, 250, 200, 30))
    val runs = pages.flatMap(_.items)
    check(runs.map(_.id).toSet.size == 250, "250 different ids")
    check(runs.zip(runs.drop(1)).forall { case (a, b) => !a.createdAt.isBefore(b.createdAt) },
      "the newest first")
    ok("pages")

    val first = success(list(workflowId = Some(Documented))).items.head
    check(first.id == "run_def456" && first.status == WorkflowRunStatus.SUCCEEDED,
      s"run_def456 first and not $first")
    check(first.duration.contains(15.5), "15.5 s")
    check(first.createdAt == OffsetDateTime.parse("2025-01-04T12:00:00Z"), "its created_at")
    check(first.startedAt.contains(OffsetDateTime.parse("2025-01-04T12:00:05Z")), "its started_at")
    check(first.finishedAt.contains(OffsetDateTime.parse("2025-01-04T12:00:20Z")),
      "its finished_at")
    val pending = success(list(status = Some(WorkflowRunStatusFilter.PENDING))).items.head
    check(pending.status == WorkflowRunStatus.PENDING, "a pending run")
    check(pending.duration.isEmpty && pending.startedAt.isEmpty && pending.finishedAt.isEmpty,
      "nothing while pending")
    ok("nulls")

    val detail = success(executions.getExecution(key)("run_def456"))
    check(detail.steps.size == 2 && detail.stepCount == 2, "two steps")
    check(detail.steps.map(_.stepType) == Seq(StepType.TRIGGER, StepType.PIECE),
      "a trigger and a piece")
    check(detail.steps.map(_.duration) == Seq(0.5, 1.2), "0.5 s and 1.2 s")
    check(detail.steps.forall(s => s.status == StepStatus.SUCCEEDED && s.attempt == 1),
      "success at once")
    check(detail.steps.forall(_.error.isEmpty), "no error")
    ok("steps")
  }

  private def fail(): Unit = {
    val invalid = failure(400, list(workflowId = Some("a\tb")))
    check(invalid.code.contains("VALIDATION_ERROR"), "the code of a validation error")
    check(invalid.error.contains("workflow_id"), "a message that names workflow_id")
    ok("invalid")

    val unauthorized = failure(401, list(token = "Token not-a-key"))
    check(unauthorized == ErrorResponse("Unauthorized: Invalid or expired API key"),
      s"no $unauthorized")
    ok("unauthorized")

    checkMissing(s"$prefix-unknown")
    ok("missing")
  }

  private def record(): Unit = {
    val steps = Seq(
      newStep("step-1"),
      newStep("step-2").copy(
        stepType = Some(StepType.PIECE),
        status = StepStatus.FAILED,
        attempt = Some(2),
        error = Some("first line\nsecond line")
      )
    )
    val id = s"$prefix-1"
    val sent = newRun(id).copy(status = WorkflowRunStatus.FAILED, duration = Some(1.25),
      steps = Some(steps))
    val result = success(recording.recordExecution(key)(id, sent))
    check(asInput(result) == sent.copy(stepCount = Some(2)), s"what was sent and not $result")
    val read = success(executions.getExecution(key)(id))
    check(read == result, "the same from getExecution")
    ok("record")

    check(success(recording.recordExecution(key)(id, asInput(read))) == read,
      "the same when it is put back")
    check(success(executions.getExecution(key)(id)) == read, "the same after it was put back")
    ok("put back")

    val running = asInput(read).copy(status = WorkflowRunStatus.RUNNING)
    val conflict = failure(409, recording.recordExecution(key)(id, running))
    check(conflict.error.contains("RUNNING"), "a message that speaks of RUNNING")
    check(success(executions.getExecution(key)(id)) == read, "the same after the conflict")
    ok("conflict")

    val good = newRun(s"$prefix-2")
    val bad = newRun(s"$prefix-3").copy(steps = Some(Seq(newStep("step-1"), newStep("step-2"))),
      stepCount = Some(3))
    val results = success(recording.recordExecutions(key)(WorkflowRunBatch(Seq(good, bad)))).items
    check(results.map(_.id) == Seq(good.id, bad.id), "the ids of both")
    check(results.map(_.outcome) == Seq(RecordOutcome.RECORDED, RecordOutcome.REJECTED),
      "RECORDED, then REJECTED")
    check(results.head.error.isEmpty, "no error for the first")
    check(results(1).error.exists(_.error.contains("step_count")),
      "an error that speaks of step_count")
    checkMissing(s"$prefix-3")
    ok("batch")

    val escaped = s"$prefix/50% of Zoë's 日本"
    check(success(recording.recordExecution(key)(escaped, newRun(escaped))).id == escaped,
      "the escaped id when recorded")
    check(success(executions.getExecution(key)(escaped)).id == escaped, "the escaped id when read")
    ok("escaped id")

    val many = (1 to 500).map(i => newStep(s"step-$i"))
    val large = s"$prefix-500"
    val recorded = success(recording.recordExecution(key)(large,
      newRun(large).copy(steps = Some(many))))
    for (run <- Seq(recorded, success(executions.getExecution(key)(large)))) {
      check(run.stepCount == 500, "a step_count of 500")
      check(run.steps.map(_.id) == many.map(_.id), "500 steps in the same order")
    }
    ok("500 steps")
  }

  private def analyze(): Unit = {
    val from = OffsetDateTime.parse("2025-01-03T00:00:00Z")
    // The client leaves out seconds that are 0, which is not RFC 3339.
    val before = from.minusNanos(1_000_000)
    val day = success(executions.listExecutions(key)(None, None, Some(Documented), None, Nil,
      Some(before), Some(before.plusDays(1)), Nil))
    checkCounts(day, 48, 31, 5)
    ok("range")

    // Several would become a repeated parameter.
    val failed = success(executions.listExecutions(key)(None, None, Some(Documented), None,
      Seq(WorkflowRunStatus.FAILED), metadata = Nil))
    checkCounts(failed, 30, 0, 30)
    ok("statuses")

    val runs = (1 to 3).flatMap { page =>
      success(list(Some(page), Some(100), Some(Documented))).items
    }
    def walk(cursor: String): Seq[WorkflowRunMetadata] = {
      val page = success(executions.listExecutions(key)(None, Some(100), Some(Documented), None,
        Nil, None, None, Nil, Some(cursor)))
      page.items ++ page.nextCursor.toSeq.flatMap(walk)
    }
    check(walk("") == runs, "the runs of the pages")
    ok("walk")

    val buckets = success(analysis.getHistogram(key)(Some(BucketWidth.Day), Some(Documented), None,
      Nil, metadata = Nil)).buckets
    check(buckets.size == 6 && buckets(4).start.isEqual(from), "six days")
    check(buckets(4).total == 48 && buckets(4).failed == 5, "the counts of a day")
    ok("histogram")

    val found = success(workflows.listWorkflows(key)(q = Some("workflow_abc1")))
    check(found.total == 1 && found.items.size == 1, "one workflow")
    val summary = found.items.head
    check(summary.workflowId == Documented, "its UID")
    check((summary.total, summary.succeeded, summary.failed) == ((250, 200, 30)), "its totals")
    check(summary.newestRun == runs.head, "its newest run")
    check(summary.medianDuration.contains(15.5) && summary.p95Duration.contains(15.5),
      "its durations")
    ok("workflows")
  }

  private def delete(): Unit = {
    for (_ <- 1 to 2) {
      success(recording.deleteExecution(key)(s"$prefix-1"))
      checkMissing(s"$prefix-1")
    }
    ok("delete")

    def changesAfter(number: Long): Seq[WorkflowRunChange] = {
      val page = success(changes.listChanges(key)(Some(number), Some(1000)))
      if (page.items.isEmpty) Nil else page.items ++ changesAfter(page.nextAfter)
    }
    val changed = changesAfter(0).map(change => change.id -> change).toMap
    val deletion = changed(s"$prefix-1")
    check(deletion.deleted && deletion.run.isEmpty, s"the deletion and not $deletion")
    check(changed(s"$prefix-2").run.exists(_.workflowId == Workflow), "a new run")
    ok("changes")
  }

  private def update(): Unit = {
    val id = s"$prefix-live"
    def facts(run: WorkflowRunStatus.Value, step: StepStatus.Value) = WorkflowRunPatch(
      // The client sends null for what is left out, which takes a timeout away.
      heartbeatTimeout = Some(3600),
      status = Some(run),
      steps = Some(Seq(StepExecutionPatch("step-1", status = Some(step))))
    )
    val begun = success(recording.updateExecution(key)(id,
      facts(WorkflowRunStatus.RUNNING, StepStatus.RUNNING).copy(workflowId = Some(Workflow))))
    check(begun.status == WorkflowRunStatus.RUNNING, s"a run that has begun and not $begun")
    val ended = success(recording.updateExecution(key)(id,
      facts(WorkflowRunStatus.FAILED, StepStatus.FAILED).copy(outcome = Some("TIMED_OUT"))))
    check(ended.status == WorkflowRunStatus.FAILED, s"its end and not $ended")
    check(ended.outcome.contains("TIMED_OUT"), s"its outcome and not $ended")
    check(ended.workflowId == Workflow && ended.heartbeatTimeout.contains(3600), "what was sent")
    val detail = success(executions.getExecution(key)(id))
    check(detail.status == WorkflowRunStatus.FAILED, "the same from getExecution")
    check(detail.steps.map(_.status) == Seq(StepStatus.FAILED), s"one failed step, not $detail")
    ok("update")
  }

  private def attempt(): Unit = {
    val id = s"$prefix-again"
    val metadata = Some(Map("batch" -> prefix))
    val step = newStep("step-1").copy(status = StepStatus.FAILED, outcome = Some("TIMED_OUT"),
      url = Some("https://engine.example/1/step-1"), metadata = metadata,
      parentId = Some("loop"), iteration = Some(2))
    val sent = newRun(id).copy(status = WorkflowRunStatus.FAILED, outcome = Some("CRASHED"),
      duration = Some(1.25), url = Some("https://engine.example/1"), metadata = metadata,
      parentId = Some(prefix), triggeredBy = Some("schedule"),
      error = Some("The worker is gone"), steps = Some(Seq(step)), stepCount = Some(1))
    val recorded = success(recording.recordExecution(key)(id, sent))
    check(asInput(recorded) == sent, s"what was sent and not $recorded")
    check(success(executions.getExecution(key)(id)) == recorded, "the same from getExecution")
    ok("optional fields")

    success(recording.recordExecution(key)(id,
      sent.copy(status = WorkflowRunStatus.RUNNING, attempt = Some(2), outcome = None)))
    val second = success(executions.getExecution(key)(id))
    check(second.status == WorkflowRunStatus.RUNNING && second.attempt.contains(2),
      s"the second attempt and not $second")
    val attempts = second.attempts.toSeq.flatten.map(it => (it.attempt, it.status, it.outcome))
    check(attempts == Seq((1, WorkflowRunStatus.FAILED, Some("CRASHED")),
      (2, WorkflowRunStatus.RUNNING, None)), s"both attempts and not $attempts")
    val first = success(executions.getExecution(key)(id, Some(1)))
    check(first.status == WorkflowRunStatus.FAILED && first.outcome.contains("CRASHED"),
      s"the first attempt and not $first")
    ok("attempts")

    val labeled = success(executions.listExecutions(key)(statuses = Nil,
      metadata = Seq(s"batch:$prefix")))
    check(labeled.total == 1 && labeled.items.map(_.id) == Seq(id), "the run of the pair")
    check(labeled.items.head.attempt.contains(2), "its newest attempt")
    ok("metadata")

    val stale = failure(412, recording.deleteExecution(key)(id, Some("\"another\"")))
    check(stale.error.contains("If-Match"), "a message that speaks of If-Match")
    val tag = executions.getExecution(key)(id).send(backend).header("ETag")
    check(tag.isDefined, "an ETag")
    success(recording.deleteExecution(key)(id, tag))
    checkMissing(id)
    ok("conditions")
  }

  private def list(
      page: Option[Int] = None,
      limit: Option[Int] = None,
      workflowId: Option[String] = None,
      status: Option[WorkflowRunStatusFilter.Value] = None,
      token: String = key
  ): Call[ListWorkflowRunsResponse] =
    executions.listExecutions(token)(page, limit, workflowId, status, statuses = Nil,
      metadata = Nil)

  private def newRun(id: String) = WorkflowRunInput(
    id = Some(id),
    workflowId = Workflow,
    versionId = Some("version_1"),
    versionDisplayName = Some("Version 1"),
    `type` = Some("PRODUCTION"),
    status = WorkflowRunStatus.SUCCEEDED,
    createdAt = Some(Created),
    startedAt = Some(Created.plusNanos(250_000_000)),
    finishedAt = Some(Created.plusNanos(1_500_000_000))
  )

  private def newStep(id: String) = StepExecutionInput(
    id = id,
    stepName = s"Step $id",
    stepType = Some(StepType.TRIGGER),
    status = StepStatus.SUCCEEDED,
    attempt = Some(1),
    duration = Some(0.5),
    createdAt = Some(Created),
    startedAt = Some(Created.plusNanos(1_000_000)),
    finishedAt = Some(Created.plusNanos(501_000_000))
  )

  /** A response as a request. */
  private def asInput(run: WorkflowRunDetail): WorkflowRunInput =
    run.asJson.as[WorkflowRunInput].fold(throw _, identity)

  private def success[T](call: Call[T]): T = call.send(backend).body.fold(throw _, identity)

  /** The error that a call must end with. */
  private def failure(status: Int, call: Call[_]): ErrorResponse =
    call.send(backend).body match {
      case Left(HttpError(body, code)) =>
        check(code.code == status, s"status $status and not $code")
        parser.decode[ErrorResponse](body).fold(throw _, identity)
      case other => throw new IllegalStateException(s"wanted status $status and not $other")
    }

  private def checkMissing(id: String): Unit = {
    val missing = failure(404, executions.getExecution(key)(id))
    check(missing == ErrorResponse("Execution not found or access denied"), s"no $missing")
  }

  private def checkCounts(result: ListWorkflowRunsResponse, total: Long, succeeded: Long,
    failed: Long): Unit = {
    val counts = (result.total, result.succeeded, result.failed)
    check(counts == ((total, succeeded, failed)), s"$total, $succeeded, $failed and not $counts")
  }

  private def check(right: Boolean, what: String): Unit =
    if (!right) throw new IllegalStateException(s"wanted $what")

  private def ok(step: String): Unit = println(s"ok $step")
}
