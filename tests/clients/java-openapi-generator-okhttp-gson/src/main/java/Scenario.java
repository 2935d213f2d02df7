import java.io.IOException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.api.AnalysisApi;
import org.openapitools.client.api.ChangesApi;
import org.openapitools.client.api.ExecutionsApi;
import org.openapitools.client.api.RecordingApi;
import org.openapitools.client.api.WorkflowsApi;
import org.openapitools.client.model.BucketWidth;
import org.openapitools.client.model.ErrorResponse;
import org.openapitools.client.model.ListWorkflowRunsResponse;
import org.openapitools.client.model.RecordOutcome;
import org.openapitools.client.model.StepExecution;
import org.openapitools.client.model.StepExecutionInput;
import org.openapitools.client.model.StepStatus;
import org.openapitools.client.model.StepType;
import org.openapitools.client.model.WorkflowRunBatch;
import org.openapitools.client.model.WorkflowRunChange;
import org.openapitools.client.model.WorkflowRunDetail;
import org.openapitools.client.model.WorkflowRunInput;
import org.openapitools.client.model.WorkflowRunMetadata;
import org.openapitools.client.model.WorkflowRunStatus;
import org.openapitools.client.model.WorkflowRunStatusFilter;

/**
 * Lists, inspects and records runs, and ends with an exception at the first response that is not
 * as expected.
 */
public final class Scenario {
  static final String WORKFLOW = "workflow_java-openapi-generator-okhttp-gson";
  private static final String DOCUMENTED = "workflow_abc123";
  private static final OffsetDateTime CREATED = OffsetDateTime.parse("2025-03-01T10:00:00.125Z");

  final String prefix = UUID.randomUUID().toString();
  private final ApiClient client = client(System.getenv("RUNLEDGER_KEY"));
  final ExecutionsApi executions = new ExecutionsApi(client);
  final RecordingApi recording = new RecordingApi(client);
  private final AnalysisApi analysis = new AnalysisApi(client);
  private final WorkflowsApi workflows = new WorkflowsApi(client);
  private final ChangesApi changes = new ChangesApi(client);

  private Scenario() {}

  public static void main(String[] args) throws Exception {
    new Scenario().run();
  }

  private void run() throws Exception {
    reading();
    failures();
    recording();
    analysis();
    deletion();
    var liveRuns = new LiveRuns(this);
    liveRuns.update();
    liveRuns.attempts();
    liveRuns.conditions();
  }

  private void reading() throws ApiException {
    var all = list(null, null, null, null);
    check(all.getPage() == 1 && all.getLimit() == 20, "the default page and limit");
    check(all.getItems().size() == 20 && all.getTotal() >= 250, "the size of the first page");
    ok("list");

    var failed = list(1, 100, DOCUMENTED, WorkflowRunStatusFilter.FILTER_FAILED);
    check(failed.getItems().size() == 30, "30 failed runs");
    for (var run : failed.getItems()) {
      check(run.getStatus() == WorkflowRunStatus.FAILED, "each of them FAILED");
      check(run.getWorkflowId().equals(DOCUMENTED), "each of that workflow");
    }
    checkCounts(failed, 30, 0, 30);
    checkCounts(list(1, 100, DOCUMENTED, WorkflowRunStatusFilter.FILTER_ALL), 250, 200, 30);
    var none = list(null, null, prefix, null);
    check(none.getItems().isEmpty(), "no runs of an unknown workflow");
    checkCounts(none, 0, 0, 0);
    ok("filters");

    int[] sizes = {100, 100, 50, 0};
    var ids = new HashSet<String>();
    OffsetDateTime last = OffsetDateTime.MAX;
    for (int page = 1; page <= sizes.length; page++) {
      var result = list(page, 100, DOCUMENTED, null);
      check(result.getPage() == page && result.getLimit() == 100, "page and limit as asked");
      check(result.getItems().size() == sizes[page - 1], "the size of page " + page);
      checkCounts(result, 250, 200, 30);
      for (var run : result.getItems()) {
        check(!run.getCreatedAt().isAfter(last), "the newest first");
        last = run.getCreatedAt();
        ids.add(run.getId());
      }
    }
    check(ids.size() == 250, "250 different ids");
    ok("pages");

    var first = list(null, null, DOCUMENTED, null).getItems().get(0);
    check(first.getId().equals("run_def456"), "run_def456 first");
    check(first.getStatus() == WorkflowRunStatus.SUCCEEDED && first.getDuration() == 15.5,
        "its status and duration");
    check(first.getCreatedAt().isEqual(OffsetDateTime.parse("2025-01-04T12:00:00Z")),
        "its creation");
    check(first.getStartedAt().isEqual(OffsetDateTime.parse("2025-01-04T12:00:05Z")), "its start");
    check(first.getFinishedAt().isEqual(OffsetDateTime.parse("2025-01-04T12:00:20Z")), "its end");
    var pending = list(null, null, null, WorkflowRunStatusFilter.FILTER_PENDING)
        .getItems().get(0);
    check(pending.getStatus() == WorkflowRunStatus.PENDING, "a pending run");
    check(pending.getDuration() == null, "no duration while pending");
    check(pending.getStartedAt() == null && pending.getFinishedAt() == null,
        "no times while pending");
    ok("nulls");

    var detail = executions.getExecution("run_def456", null);
    check(detail.getSteps().size() == 2 && detail.getStepCount() == 2, "two steps");
    var trigger = detail.getSteps().get(0);
    var piece = detail.getSteps().get(1);
    check(trigger.getStepType() == StepType.TRIGGER && trigger.getDuration() == 0.5, "the trigger");
    check(piece.getStepType() == StepType.PIECE && piece.getDuration() == 1.2, "the piece");
    for (var step : detail.getSteps()) {
      check(step.getStatus() == StepStatus.STEP_SUCCEEDED && step.getAttempt() == 1,
          "a success at the first attempt");
      check(step.getError() == null, "no error");
    }
    ok("steps");
  }

  private ListWorkflowRunsResponse list(Integer page, Integer limit, String workflowId,
      WorkflowRunStatusFilter status) throws ApiException {
    return list(executions, page, limit, workflowId, status);
  }

  private static ListWorkflowRunsResponse list(ExecutionsApi executions, Integer page,
      Integer limit, String workflowId, WorkflowRunStatusFilter status) throws ApiException {
    return executions.listExecutions(page, limit, workflowId, status, null, null, null, null, null);
  }

  private void failures() throws Exception {
    var invalid = failure(400, () -> list(null, null, "a\tb", null));
    check("VALIDATION_ERROR".equals(invalid.getCode()), "the code of a validation error");
    check(invalid.getError().contains("workflow_id"), "a message that names workflow_id");
    ok("invalid");

    var stranger = new ExecutionsApi(client("not-a-key"));
    var unauthorized = failure(401, () -> list(stranger, null, null, null, null));
    check(unauthorized.getCode() == null, "no code with 401");
    check(unauthorized.getError().equals("Unauthorized: Invalid or expired API key"),
        "the message of 401");
    ok("unauthorized");

    checkMissing(prefix + "-unknown");
    ok("missing");
  }

  private void recording() throws Exception {
    var sent = newRun(prefix + "-1")
        .status(WorkflowRunStatus.FAILED)
        .duration(1.25)
        .steps(List.of(
            newStep("step-1"),
            newStep("step-2")
                .stepType(StepType.PIECE)
                .status(StepStatus.STEP_FAILED)
                .attempt(2)
                .error("first line\nsecond line")));
    var result = recording.recordExecution(sent.getId(), sent, null, null, null);
    checkSame(sent, result);
    var read = executions.getExecution(sent.getId(), null);
    check(read.equals(result), "the same from getExecution");
    ok("record");

    var again = recording.recordExecution(read.getId(), asInput(read), null, null, null);
    check(again.equals(read), "the same response to putting it back");
    check(executions.getExecution(read.getId(), null).equals(read),
        "the same run after it was put back");
    ok("put back");

    var running = asInput(read).status(WorkflowRunStatus.RUNNING);
    var conflict = failure(409,
        () -> recording.recordExecution(read.getId(), running, null, null, null));
    check(conflict.getError().contains("RUNNING"), "a message that speaks of RUNNING");
    check(executions.getExecution(read.getId(), null).equals(read),
        "the same run after the conflict");
    ok("conflict");

    var good = newRun(prefix + "-2");
    var bad = newRun(prefix + "-3").steps(List.of(newStep("step-1"),
        newStep("step-2"))).stepCount(3);
    var results = recording.recordExecutions(new WorkflowRunBatch().items(List.of(good,
        bad)), null).getItems();
    check(results.size() == 2, "two results");
    var recorded = results.get(0);
    check(recorded.getOutcome() == RecordOutcome.RECORDED && recorded.getError() == null,
        "the first recorded");
    check(good.getId().equals(recorded.getId()), "the first one's id");
    var rejected = results.get(1);
    check(rejected.getOutcome() == RecordOutcome.REJECTED, "the second rejected");
    check(bad.getId().equals(rejected.getId()), "the second one's id");
    check(rejected.getError() != null && rejected.getError().getError().contains("step_count"),
        "why");
    checkMissing(bad.getId());
    ok("batch");

    var escaped = newRun(prefix + "/50% of Zoë's 日本");
    result = recording.recordExecution(escaped.getId(), escaped, null, null, null);
    check(result.getId().equals(escaped.getId()),
        "the escaped id when recorded");
    check(executions.getExecution(escaped.getId(), null).getId().equals(escaped.getId()),
        "the escaped id when read");
    ok("escaped id");

    var steps = new ArrayList<StepExecutionInput>();
    for (int i = 0; i < 500; i++) {
      steps.add(newStep("step-" + i));
    }
    var large = newRun(prefix + "-500").steps(steps);
    var names = steps.stream().map(StepExecutionInput::getId).toList();
    for (var run : List.of(recording.recordExecution(large.getId(), large, null, null, null),
        executions.getExecution(large.getId(), null))) {
      check(run.getStepCount() == 500, "a step_count of 500");
      check(run.getSteps().stream().map(StepExecution::getId).toList().equals(names),
          "500 steps in the same order");
    }
    ok("500 steps");
  }

  private void analysis() throws ApiException {
    var from = OffsetDateTime.parse("2025-01-03T00:00:00Z");
    var day = executions.listExecutions(null, null, DOCUMENTED, null, null, from,
        from.plusDays(1), null, null);
    checkCounts(day, 48, 31, 5);
    ok("range");

    var statuses = List.of(WorkflowRunStatus.FAILED, WorkflowRunStatus.CANCELLED);
    var ended = executions.listExecutions(null, null, DOCUMENTED, null, statuses, null, null,
        null, null);
    checkCounts(ended, 35, 0, 30);
    ok("statuses");

    var runs = new ArrayList<WorkflowRunMetadata>();
    for (int page = 1; page <= 3; page++) {
      runs.addAll(list(page, 100, DOCUMENTED, null).getItems());
    }
    var walked = new ArrayList<WorkflowRunMetadata>();
    for (var cursor = ""; cursor != null; ) {
      var page = executions.listExecutions(null, 100, DOCUMENTED, null, null, null, null, null,
          cursor);
      walked.addAll(page.getItems());
      cursor = page.getNextCursor();
    }
    check(walked.equals(runs), "the runs of the pages");
    ok("walk");

    var buckets = analysis.getHistogram(BucketWidth.DAY, DOCUMENTED, null, null, null, null,
        null).getBuckets();
    check(buckets.size() == 6 && buckets.get(4).getStart().isEqual(from), "six days");
    check(buckets.get(4).getTotal() == 48 && buckets.get(4).getFailed() == 5,
        "the counts of a day");
    ok("histogram");

    var found = workflows.listWorkflows(null, null, "workflow_abc1");
    check(found.getTotal() == 1 && found.getItems().size() == 1, "one workflow");
    var summary = found.getItems().get(0);
    check(summary.getWorkflowId().equals(DOCUMENTED), "its UID");
    check(summary.getTotal() == 250 && summary.getSucceeded() == 200 && summary.getFailed() == 30,
        "its totals");
    check(summary.getNewestRun().equals(runs.get(0)), "its newest run");
    check(summary.getMedianDuration() == 15.5 && summary.getP95Duration() == 15.5,
        "its durations");
    ok("workflows");
  }

  private void deletion() throws Exception {
    for (int time = 1; time <= 2; time++) {
      recording.deleteExecution(prefix + "-1", null);
      checkMissing(prefix + "-1");
    }
    ok("delete");

    var changed = new HashMap<String, WorkflowRunChange>();
    var page = changes.listChanges(0L, 1000);
    while (!page.getItems().isEmpty()) {
      page.getItems().forEach(change -> changed.put(change.getId(), change));
      page = changes.listChanges(page.getNextAfter(), 1000);
    }
    var deletion = changed.get(prefix + "-1");
    check(deletion.getDeleted() && deletion.getRun() == null, "the deletion");
    var added = changed.get(prefix + "-2");
    check(!added.getDeleted() && added.getRun().getWorkflowId().equals(WORKFLOW), "a new run");
    ok("changes");
  }

  private static ApiClient client(String key) {
    var client = new ApiClient();
    client.setBasePath(System.getenv("RUNLEDGER_URL"));
    client.setApiKeyPrefix("Token");
    client.setApiKey(key);
    return client;
  }

  static WorkflowRunInput newRun(String id) {
    return new WorkflowRunInput()
        .id(id)
        .workflowId(WORKFLOW)
        .versionId("version_1")
        .versionDisplayName("Version 1")
        .type("PRODUCTION")
        .status(WorkflowRunStatus.SUCCEEDED)
        .createdAt(CREATED)
        .startedAt(CREATED.plusNanos(250_000_000))
        .finishedAt(CREATED.plusNanos(1_500_000_000))
        // The models of responses have empty collections for fields that are left out.
        .metadata(Map.of())
        .attempts(List.of());
  }

  static StepExecutionInput newStep(String id) {
    return new StepExecutionInput()
        .id(id)
        .stepName("Step " + id)
        .stepType(StepType.TRIGGER)
        .status(StepStatus.STEP_SUCCEEDED)
        .attempt(1)
        .duration(0.5)
        .createdAt(CREATED)
        .startedAt(CREATED.plusNanos(1_000_000))
        .finishedAt(CREATED.plusNanos(501_000_000))
        .metadata(Map.of());
  }

  /** A response as a request. */
  private static WorkflowRunInput asInput(WorkflowRunDetail run) throws IOException {
    return WorkflowRunInput.fromJson(run.toJson());
  }

  void checkSame(WorkflowRunInput sent, WorkflowRunDetail result) throws IOException {
    check(result.getStepCount() == sent.getSteps().size(), "the number of steps");
    check(asInput(result).stepCount(sent.getStepCount()).equals(sent),
        "the response equals the request:\n" + result);
  }

  void checkMissing(String id) throws Exception {
    var missing = failure(404, () -> executions.getExecution(id, null));
    check(missing.getCode() == null, "no code with 404");
    check(missing.getError().equals("Execution not found or access denied"), "the message of 404");
  }

  private static void checkCounts(ListWorkflowRunsResponse result, long total, long succeeded,
      long failed) {
    check(result.getTotal() == total, "a total of " + total);
    check(result.getSucceeded() == succeeded, succeeded + " succeeded");
    check(result.getFailed() == failed, failed + " failed");
  }

  /** The error that a call must end with. */
  ErrorResponse failure(int status, Call call) throws IOException {
    try {
      call.send();
    } catch (ApiException e) {
      check(e.getCode() == status, "status " + status + " and not " + e.getCode());
      return ErrorResponse.fromJson(e.getResponseBody());
    }
    throw new IllegalStateException("wanted status " + status + ", and the call succeeded");
  }

  static void check(boolean right, String what) {
    if (!right) {
      throw new IllegalStateException("wanted " + what);
    }
  }

  static void ok(String step) {
    System.out.println("ok " + step);
  }

  interface Call {
    void send() throws ApiException;
  }
}
