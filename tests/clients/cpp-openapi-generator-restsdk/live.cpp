// The steps of the scenario that change a run while it runs, and run it again.

#include <map>

#include "scenario.h"

namespace {

shared_ptr<WorkflowRunPatch> facts(RunStatus status, Status step_status)
{
    auto step = make_shared<StepExecutionPatch>();
    step->setId("step_1");
    step->setStatus(of<StepStatus>(step_status));
    auto facts = make_shared<WorkflowRunPatch>();
    facts->setStatus(of<WorkflowRunStatus>(status));
    facts->setSteps({step});
    return facts;
}

void update(const Client& client, const string& id)
{
    auto patch = facts(RunStatus::RUNNING, Status::STEP_RUNNING);
    patch->setWorkflowId("workflow_cpp-openapi-generator-restsdk");
    patch->setHeartbeatTimeout(3600);
    auto updated = client.recording.updateExecution(id, patch, {}, {}, {}).get();
    check(updated->getStatus()->getValue() == RunStatus::RUNNING, "a run that has begun");
    patch = facts(RunStatus::FAILED, Status::STEP_FAILED);
    patch->setOutcome("TIMED_OUT");
    updated = client.recording.updateExecution(id, patch, {}, {}, {}).get();
    check(updated->getStatus()->getValue() == RunStatus::FAILED, "its end");
    check(updated->getOutcome() == "TIMED_OUT", "its outcome");
    check(updated->getWorkflowId() == "workflow_cpp-openapi-generator-restsdk", "its workflow");
    check(updated->getHeartbeatTimeout() == 3600, "its timeout");
    const auto ended = client.executions.getExecution(id, {}).get();
    check(ended->getStatus()->getValue() == RunStatus::FAILED, "its end in getExecution");
    check(ended->getSteps().size() == 1, "one step");
    check(ended->getSteps()[0]->getStatus()->getValue() == Status::STEP_FAILED,
        "the end of its step");
    done("update");
}

void attempts(const Client& client, const string& id, const string& prefix)
{
    const std::map<string, string> labels{{"batch", prefix}};
    const auto step = new_step("step_1");
    step->setStatus(of<StepStatus>(Status::STEP_FAILED));
    step->setOutcome("TIMED_OUT");
    step->setUrl("https://engine.example/1/step_1");
    step->setMetadata(labels);
    step->setParentId("loop");
    step->setIteration(2);
    const auto run = new_run(id, {step});
    run->setOutcome("CRASHED");
    run->setUrl("https://engine.example/1");
    run->setMetadata(labels);
    run->setParentId(prefix);
    run->setTriggeredBy("schedule");
    run->setError("The worker is gone");
    const auto recorded = client.recording.recordExecution(id, run, {}, {}, {}).get();
    check(same(as_input(recorded), run), "the response equals the request");
    check(same(client.executions.getExecution(id, {}).get(), recorded),
        "getExecution returns the same");
    done("optional fields");

    run->setStatus(of<WorkflowRunStatus>(RunStatus::RUNNING));
    run->setAttempt(2);
    run->unsetOutcome();
    client.recording.recordExecution(id, run, {}, {}, {}).get();
    const auto second = client.executions.getExecution(id, {}).get();
    check(second->getStatus()->getValue() == RunStatus::RUNNING, "the second attempt");
    check(second->getAttempt() == 2, "its number");
    const auto both = second->getAttempts();
    check(both.size() == 2 && both[0]->getAttempt() == 1, "both attempts");
    check(both[0]->getStatus()->getValue() == RunStatus::FAILED, "the status of the first");
    check(both[0]->getOutcome() == "CRASHED" && !both[1]->outcomeIsSet(), "their outcomes");
    const auto first = client.executions.getExecution(id, 1).get();
    check(first->getStatus()->getValue() == RunStatus::FAILED, "the first attempt");
    done("attempts");

    const std::vector<string> pairs{"batch:" + prefix};
    const auto page =
        client.executions.listExecutions({}, {}, {}, {}, {}, {}, {}, pairs, {}).get();
    check(totals(page) == Totals(1, 0, 0), "the totals of the pair");
    check(page->getItems().at(0)->getId() == id, "the run of the pair");
    check(page->getItems().at(0)->getAttempt() == 2, "its newest attempt");
    done("metadata");
}

void conditions(const Client& client, const string& id)
{
    const auto stale = refusal(412, client.recording.deleteExecution(id, string("\"another\"")));
    check(stale.getError().find("If-Match") != string::npos, "the message of the 412");
    // The client returns no header fields, so there is no ETag here.
    client.recording.deleteExecution(id, string("*")).get();
    refusal(404, client.executions.getExecution(id, {}));
    done("conditions");
}

}

void live_runs(const Client& client, const string& prefix)
{
    update(client, prefix + "-live");
    attempts(client, prefix + "-again", prefix);
    conditions(client, prefix + "-again");
}
