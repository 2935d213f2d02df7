// Lists, inspects and records runs through the client of openapi-generator's cpp-restsdk.

#include <chrono>
#include <map>
#include <set>

#include "scenario.h"

namespace {

void scenario()
{
    const Client client = connect(std::getenv("RUNLEDGER_KEY"));
    const string prefix =
    "cpp-" + std::to_string(std::chrono::system_clock::now().time_since_epoch().count());
    const auto list = [&](boost::optional<int32_t> page, boost::optional<int32_t> limit,
                          boost::optional<string> workflow,
                           boost::optional<Filter> status = boost::none) {
        boost::optional<shared_ptr<WorkflowRunStatusFilter>> filter;
        if (status) filter = of<WorkflowRunStatusFilter>(*status);
        return client.executions.listExecutions(page, limit, workflow, filter, {}, {}, {}, {}, {});
    };
    const auto get = [&](const string& id) { return client.executions.getExecution(id, {}); };
    const auto record = [&](const shared_ptr<WorkflowRunInput>& run) {
        return client.recording.recordExecution(run->getId(), run, {}, {}, {});
    };

    auto page = list({}, {}, {}).get();
    check(page->getPage() == 1 && page->getLimit() == 20, "the page and limit of the first page");
    check(page->getItems().size() == 20 && page->getTotal() >= 250, "the first page");
    done("list");

    page = list(1, 100, documented, Filter::FILTER_FAILED).get();
    check(page->getItems().size() == 30 && totals(page) == Totals(30, 0, 30), "the failed runs");
    for (const auto& run : page->getItems()) {
        check(run->getStatus()->getValue() == RunStatus::FAILED, "their status");
        check(run->getWorkflowId() == documented, "their workflow");
    }
    page = list({}, {}, documented, Filter::FILTER_ALL).get();
    check(totals(page) == Totals(250, 200, 30), "the totals of all");
    page = list({}, {}, prefix).get();
    check(page->getItems().empty() && totals(page) == Totals(0, 0, 0), "an unknown workflow");
    done("filters");

    std::vector<shared_ptr<WorkflowRunMetadata>> runs;
    const size_t sizes[] = {100, 100, 50, 0};
    for (int32_t number = 1; number <= 4; ++number) {
        page = list(number, 100, documented).get();
        check(page->getPage() == number && page->getLimit() == 100, "page and limit as asked");
        check(page->getItems().size() == sizes[number - 1], "a page's size");
        check(totals(page) == Totals(250, 200, 30), "a page's totals");
        for (const auto& run : page->getItems()) runs.push_back(run);
    }
    std::set<string> ids;
    auto last = runs.front()->getCreatedAt();
    for (const auto& run : runs) {
        ids.insert(run->getId());
        check(run->getCreatedAt().to_interval() <= last.to_interval(), "the newest first");
        last = run->getCreatedAt();
    }
    check(ids.size() == 250, "different ids");
    done("pages");

    const auto& newest = runs.front();
    check(newest->getId() == "run_def456", "the newest run");
    check(newest->getStatus()->getValue() == RunStatus::SUCCEEDED, "its status");
    check(newest->durationIsSet() && newest->getDuration() == 15.5, "its duration");
    check(newest->getCreatedAt() == time("2025-01-04T12:00:00Z"), "its creation");
    check(newest->startedAtIsSet() && newest->getStartedAt() == time("2025-01-04T12:00:05Z"),
        "its start");
    check(newest->finishedAtIsSet() && newest->getFinishedAt() == time("2025-01-04T12:00:20Z"),
        "its end");
    const auto pending = list({}, {}, {}, Filter::FILTER_PENDING).get()->getItems().at(0);
    check(pending->getStatus()->getValue() == RunStatus::PENDING, "the pending run's status");
    check(!pending->durationIsSet(), "the pending run's duration");
    check(!pending->startedAtIsSet() && !pending->finishedAtIsSet(), "its times");
    done("nulls");

    const auto inspected = get("run_def456").get();
    const auto steps = inspected->getSteps();
    check(steps.size() == 2 && inspected->getStepCount() == 2, "two steps");
    for (const auto& step : steps) {
        check(step->getStatus()->getValue() == Status::STEP_SUCCEEDED, "a step's status");
        check(step->getAttempt() == 1 && !step->errorIsSet(), "a step's attempt and error");
    }
    check(steps[0]->getStepType()->getValue() == Type::TRIGGER && steps[0]->getDuration() == 0.5,
        "the first step");
    check(steps[1]->getStepType()->getValue() == Type::PIECE && steps[1]->getDuration() == 1.2,
        "the second step");
    done("steps");

    auto error = refusal(400, list({}, {}, string("a\tb")));
    check(error.codeIsSet() && error.getCode() == "VALIDATION_ERROR", "the code of the 400");
    check(error.getError().find("workflow_id") != string::npos, "its message");
    done("invalid");

    const Client stranger = connect("not-a-key");
    error = refusal(401, stranger.executions.listExecutions({}, {}, {}, {}, {}, {}, {}, {}, {}));
    check(error.getError() == "Unauthorized: Invalid or expired API key", "the message of the 401");
    check(!error.codeIsSet(), "no code in the 401");
    done("unauthorized");

    error = refusal(404, get(prefix + "-missing"));
    check(error.getError() == "Execution not found or access denied", "the message of the 404");
    check(!error.codeIsSet(), "no code in the 404");
    done("missing");

    const auto broken = new_step("step_2");
    broken->setStatus(of<StepStatus>(Status::STEP_FAILED));
    broken->setAttempt(2);
    broken->setError("SMTP 451\ntry again later");
    const auto sent = new_run(prefix + "-1", {new_step("step_1"), broken});
    const auto recorded = record(sent).get();
    check(same(as_input(recorded), sent), "the response equals the request");
    check(same(get(sent->getId()).get(), recorded), "getExecution returns the same");
    done("record");

    check(same(record(as_input(get(sent->getId()).get())).get(), recorded),
        "the response to putting it back");
    check(same(get(sent->getId()).get(), recorded), "what was put back");
    done("put back");

    sent->setStatus(of<WorkflowRunStatus>(RunStatus::RUNNING));
    error = refusal(409, record(sent));
    check(error.getError().find("RUNNING") != string::npos, "the message of the 409");
    check(same(get(sent->getId()).get(), recorded), "the 409 changed nothing");
    done("conflict");

    const auto good = new_run(prefix + "-2");
    const auto bad = new_run(prefix + "-3", {new_step("step_1"), new_step("step_2")});
    bad->setStepCount(3);
    auto batch = make_shared<WorkflowRunBatch>();
    batch->setItems({good, bad});
    const auto results = client.recording.recordExecutions(batch, {}).get()->getItems();
    check(results.size() == 2, "two results");
    check(results[0]->getId() == good->getId() && results[1]->getId() == bad->getId(),
        "the ids of the batch");
    check(results[0]->getOutcome()->getValue() == Outcome::RECORDED && !results[0]->errorIsSet(),
        "the good run");
    check(results[1]->getOutcome()->getValue() == Outcome::REJECTED && results[1]->errorIsSet(),
        "the bad run");
    check(results[1]->getError()->getError().find("step_count") != string::npos,
        "why it was rejected");
    refusal(404, get(bad->getId()));
    done("batch");

    const string escaped = prefix + "/50% of Zoë's 日本";
    check(record(new_run(escaped)).get()->getId() == escaped, "the escaped id, recorded");
    check(get(escaped).get()->getId() == escaped, "the escaped id, read");
    done("escaped id");

    std::vector<shared_ptr<StepExecutionInput>> many;
    for (int number = 0; number < 500; ++number)
        many.push_back(new_step("step_" + std::to_string(number)));
    record(new_run(prefix + "-500", many)).get();
    const auto long_run = get(prefix + "-500").get();
    check(long_run->getSteps().size() == 500 && long_run->getStepCount() == 500, "500 steps");
    for (size_t index = 0; index < many.size(); ++index)
        check(long_run->getSteps()[index]->getId() == many[index]->getId(), "their order");
    done("500 steps");

    page = client.executions.listExecutions({}, {}, documented, {}, {},
        time("2025-01-03T00:00:00Z"), time("2025-01-04T00:00:00Z"), {}, {}).get();
    check(totals(page) == Totals(48, 31, 5), "the totals of a day");
    done("range");

    const std::vector<shared_ptr<WorkflowRunStatus>> ended{
        of<WorkflowRunStatus>(RunStatus::FAILED), of<WorkflowRunStatus>(RunStatus::CANCELLED)};
    page = client.executions.listExecutions({}, {}, documented, {}, ended, {}, {}, {}, {}).get();
    check(totals(page) == Totals(35, 0, 30), "the totals of two states");
    done("statuses");

    size_t walked = 0;
    boost::optional<string> cursor = string();
    while (cursor) {
        page = client.executions.listExecutions(
            {}, 100, documented, {}, {}, {}, {}, {}, cursor).get();
        for (const auto& run : page->getItems())
            check(same(run, runs.at(walked++)), "the walk lists the runs of the pages");
        cursor = boost::none;
        if (page->nextCursorIsSet()) cursor = page->getNextCursor();
    }
    check(walked == runs.size(), "the walk lists all of them");
    done("walk");

    const auto histogram = client.analysis.getHistogram(
        of<BucketWidth>(BucketWidth::eBucketWidth::DAY), documented, {}, {}, {}, {}, {}).get();
    const auto buckets = histogram->getBuckets();
    check(buckets.size() == 6, "six days");
    check(buckets[4]->getStart() == time("2025-01-03T00:00:00Z"), "the start of a day");
    check(buckets[4]->getTotal() == 48 && buckets[4]->getFailed() == 5, "its counts");
    done("histogram");

    const auto found = client.workflows.listWorkflows({}, {}, string("workflow_abc1")).get();
    check(found->getTotal() == 1 && found->getItems().size() == 1, "one workflow");
    const auto summary = found->getItems().front();
    check(summary->getWorkflowId() == documented, "its UID");
    check(summary->getTotal() == 250 && summary->getSucceeded() == 200, "its totals");
    check(summary->getFailed() == 30, "its failed runs");
    check(same(summary->getNewestRun(), newest), "its newest run");
    check(summary->getMedianDuration() == 15.5, "its median");
    check(summary->getP95Duration() == 15.5, "its 95th percentile");
    done("workflows");

    for (int times = 1; times <= 2; ++times) {
        client.recording.deleteExecution(sent->getId(), {}).get();
        refusal(404, get(sent->getId()));
    }
    done("delete");

    std::map<string, shared_ptr<WorkflowRunChange>> changed;
    auto changes = client.changes.listChanges(0, 1000).get();
    while (!changes->getItems().empty()) {
        for (const auto& change : changes->getItems()) changed[change->getId()] = change;
        changes = client.changes.listChanges(changes->getNextAfter(), 1000).get();
    }
    const auto deletion = changed.at(sent->getId());
    check(deletion->isDeleted() && !deletion->runIsSet(), "the deletion");
    const auto added = changed.at(good->getId());
    check(added->getRun()->getWorkflowId() == good->getWorkflowId(), "a new run");
    done("changes");

    live_runs(client, prefix);
}

}

int main()
{
    try {
        scenario();
    } catch (const std::exception& exception) {
        std::cerr << exception.what() << std::endl;
        return EXIT_FAILURE;
    }
}
