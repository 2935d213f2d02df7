import java.util.List;
import java.util.Map;
import org.openapitools.client.model.StepExecutionPatch;
import org.openapitools.client.model.StepStatus;
import org.openapitools.client.model.WorkflowRunPatch;
import org.openapitools.client.model.WorkflowRunStatus;

/** The steps of the scenario that change a run while it runs, and run it again. */
final class LiveRuns {
  private final Scenario scenario;

  LiveRuns(Scenario scenario) {
    this.scenario = scenario;
  }

  void update() throws Exception {
    var id = scenario.prefix + "-live";
    var begun = scenario.recording.updateExecution(id, facts(WorkflowRunStatus.RUNNING,
        StepStatus.STEP_RUNNING).workflowId(Scenario.WORKFLOW).heartbeatTimeout(3600), null,
        null, null);
    Scenario.check(begun.getStatus() == WorkflowRunStatus.RUNNING, "a run that has begun");
    var ended = scenario.recording.updateExecution(id, facts(WorkflowRunStatus.FAILED,
        StepStatus.STEP_FAILED).outcome("TIMED_OUT"), null, null, null);
    Scenario.check(ended.getStatus() == WorkflowRunStatus.FAILED, "its end");
    Scenario.check(ended.getOutcome().equals("TIMED_OUT"), "its outcome");
    Scenario.check(ended.getWorkflowId().equals(Scenario.WORKFLOW), "the workflow of before");
    Scenario.check(ended.getHeartbeatTimeout() == 3600, "the timeout of before");
    var detail = scenario.executions.getExecution(id, null);
    Scenario.check(detail.getStatus() == WorkflowRunStatus.FAILED, "the same from getExecution");
    Scenario.check(detail.getSteps().size() == 1, "one step");
    Scenario.check(detail.getSteps().get(0).getStatus() == StepStatus.STEP_FAILED,
        "the end of its step");
    Scenario.ok("update");
  }

  void attempts() throws Exception {
    var id = scenario.prefix + "-again";
    var metadata = Map.of("batch", scenario.prefix);
    var step = Scenario.newStep("step-1").status(StepStatus.STEP_FAILED).outcome("TIMED_OUT")
        .url("https://engine.example/1/step-1").metadata(metadata).parentId("loop").iteration(2);
    var sent = Scenario.newRun(id).status(WorkflowRunStatus.FAILED).duration(1.25)
        .outcome("CRASHED").url("https://engine.example/1").metadata(metadata)
        .parentId(scenario.prefix).triggeredBy("schedule").error("The worker is gone")
        .steps(List.of(step)).stepCount(1);
    var recorded = scenario.recording.recordExecution(id, sent, null, null, null);
    scenario.checkSame(sent, recorded);
    Scenario.check(scenario.executions.getExecution(id, null).equals(recorded),
        "the same from getExecution");
    Scenario.ok("optional fields");

    sent.status(WorkflowRunStatus.RUNNING).attempt(2).outcome(null);
    scenario.recording.recordExecution(id, sent, null, null, null);
    var second = scenario.executions.getExecution(id, null);
    Scenario.check(second.getStatus() == WorkflowRunStatus.RUNNING && second.getAttempt() == 2,
        "the second attempt");
    var attempts = second.getAttempts().stream()
        .map(it -> it.getAttempt() + " " + it.getStatus() + " " + it.getOutcome()).toList();
    Scenario.check(attempts.equals(List.of("1 FAILED CRASHED", "2 RUNNING null")),
        "both attempts and not " + attempts);
    var first = scenario.executions.getExecution(id, 1);
    Scenario.check(first.getStatus() == WorkflowRunStatus.FAILED, "the first attempt");
    Scenario.ok("attempts");

    var labeled = scenario.executions.listExecutions(null, null, null, null, null, null, null,
        List.of("batch:" + scenario.prefix), null);
    Scenario.check(labeled.getTotal() == 1 && labeled.getItems().size() == 1, "one run");
    Scenario.check(labeled.getItems().get(0).getId().equals(id), "the run of the pair");
    Scenario.check(labeled.getItems().get(0).getAttempt() == 2, "its newest attempt");
    Scenario.ok("metadata");
  }

  void conditions() throws Exception {
    var id = scenario.prefix + "-again";
    var stale = scenario.failure(412, () -> scenario.recording.deleteExecution(id, "\"another\""));
    Scenario.check(stale.getError().contains("If-Match"), "a message that speaks of If-Match");
    var read = scenario.executions.getExecutionWithHttpInfo(id, null);
    var tag = read.getHeaders().entrySet().stream()
        .filter(it -> it.getKey().equalsIgnoreCase("ETag")).findFirst().orElseThrow().getValue()
        .get(0);
    scenario.recording.deleteExecution(id, tag);
    scenario.checkMissing(id);
    Scenario.ok("conditions");
  }

  private static WorkflowRunPatch facts(WorkflowRunStatus run, StepStatus step) {
    return new WorkflowRunPatch()
        .status(run)
        .steps(List.of(new StepExecutionPatch().id("step-1").status(step)));
  }
}
