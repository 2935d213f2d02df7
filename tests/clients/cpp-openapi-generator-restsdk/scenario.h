// What the parts of the scenario share: the client, its checks, and the runs that they record.

#pragma once

#include <cstdlib>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "CppRestOpenAPIClient/api/AnalysisApi.h"
#include "CppRestOpenAPIClient/api/ChangesApi.h"
#include "CppRestOpenAPIClient/api/ExecutionsApi.h"
#include "CppRestOpenAPIClient/api/RecordingApi.h"
#include "CppRestOpenAPIClient/api/WorkflowsApi.h"

using namespace org::openapitools::client::api;
using namespace org::openapitools::client::model;
using std::make_shared;
using std::shared_ptr;
using std::string;
using utility::datetime;

using Filter = WorkflowRunStatusFilter::eWorkflowRunStatusFilter;
using Outcome = RecordOutcome::eRecordOutcome;
using RunStatus = WorkflowRunStatus::eWorkflowRunStatus;
using Status = StepStatus::eStepStatus;
using Type = StepType::eStepType;

inline const string documented = "workflow_abc123";

struct Client {
    shared_ptr<const ApiClient> transport;
    ExecutionsApi executions{transport};
    RecordingApi recording{transport};
    AnalysisApi analysis{transport};
    WorkflowsApi workflows{transport};
    ChangesApi changes{transport};
};

inline Client connect(const string& key)
{
    auto configuration = make_shared<ApiConfiguration>();
    configuration->setBaseUrl(std::getenv("RUNLEDGER_URL"));
    configuration->setApiKey("ApiKey", "Token " + key);
    return {make_shared<const ApiClient>(configuration)};
}

inline void check(bool ok, const string& what)
{
    if (!ok) throw std::runtime_error("not as expected: " + what);
}

inline void done(const string& step)
{
    std::cout << "ok " << step << std::endl;
}

// The error of a call that must fail with this status.
template <typename CallResult>
ErrorResponse refusal(int status, const pplx::task<CallResult>& call)
{
    try {
        call.get();
    } catch (const ApiException& exception) {
        check(exception.error_code().value() == status, "a status of " + std::to_string(status));
        ErrorResponse error;
        error.fromJson(web::json::value::parse(*exception.getContent()));
        return error;
    }
    throw std::runtime_error("the call was not refused with " + std::to_string(status));
}

// Enums are objects: this makes one of a constant.
template <typename Enum, typename Value>
shared_ptr<Enum> of(Value value)
{
    auto result = make_shared<Enum>();
    result->setValue(value);
    return result;
}

inline datetime time(const string& text)
{
    return datetime::from_string(text, datetime::ISO_8601);
}

inline shared_ptr<StepExecutionInput> new_step(const string& id)
{
    auto step = make_shared<StepExecutionInput>();
    step->setId(id);
    step->setStepName("send_email");
    step->setStepType(of<StepType>(Type::PIECE));
    step->setStatus(of<StepStatus>(Status::STEP_SUCCEEDED));
    step->setAttempt(1);
    step->setDuration(0.5);
    step->setCreatedAt(time("2025-03-01T08:00:00.125Z"));
    step->setStartedAt(time("2025-03-01T08:00:00.125Z"));
    step->setFinishedAt(time("2025-03-01T08:00:00.625Z"));
    return step;
}

inline shared_ptr<WorkflowRunInput> new_run(const string& id,
    const std::vector<shared_ptr<StepExecutionInput>>& steps = {})
{
    auto run = make_shared<WorkflowRunInput>();
    run->setId(id);
    run->setWorkflowId("workflow_cpp-openapi-generator-restsdk");
    run->setVersionId("version_1");
    run->setVersionDisplayName("First");
    run->setType("TEST");
    run->setStatus(of<WorkflowRunStatus>(RunStatus::FAILED));
    run->setDuration(1.25);
    run->setCreatedAt(time("2025-03-01T08:00:00.125Z"));
    run->setStartedAt(time("2025-03-01T08:00:00.126Z"));
    run->setFinishedAt(time("2025-03-01T08:00:01.376Z"));
    run->setSteps(steps);
    run->setStepCount(static_cast<int32_t>(steps.size()));
    return run;
}

// A response as a request. The models leave out what is null, which means the same.
inline shared_ptr<WorkflowRunInput> as_input(const shared_ptr<WorkflowRunDetail>& run)
{
    auto input = make_shared<WorkflowRunInput>();
    input->fromJson(run->toJson());
    return input;
}

template <typename One, typename Other>
bool same(const shared_ptr<One>& one, const shared_ptr<Other>& other)
{
    return one->toJson() == other->toJson();
}

using Totals = std::tuple<int64_t, int64_t, int64_t>;

inline Totals totals(const shared_ptr<ListWorkflowRunsResponse>& page)
{
    return {page->getTotal(), page->getSucceeded(), page->getFailed()};
}

// Changes a run while it runs, and runs it again; `prefix` is that of the ids.
void live_runs(const Client& client, const string& prefix);
