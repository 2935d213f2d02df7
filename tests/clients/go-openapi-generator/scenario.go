// Scenario lists, inspects and records runs through the client of openapi-generator's `go`.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"
	"time"

	api "example.com/scenario/generated"
)

const workflow = "workflow_go-openapi-generator"

var (
	client  = connect()
	ctx     = withKey(os.Getenv("RUNLEDGER_KEY"))
	prefix  = fmt.Sprint("go-openapi-generator-", time.Now().UnixNano())
	created = time.Date(2025, 3, 1, 8, 0, 0, 125e6, time.UTC)
)

func connect() *api.APIClient {
	configuration := api.NewConfiguration()
	configuration.Servers = api.ServerConfigurations{{URL: os.Getenv("RUNLEDGER_URL")}}
	return api.NewAPIClient(configuration)
}

func withKey(key string) context.Context {
	return context.WithValue(context.Background(), api.ContextAPIKeys, map[string]api.APIKey{
		"ApiKey": {Key: key, Prefix: "Token"},
	})
}

func check(ok bool, what string) {
	if !ok {
		log.Fatal("not as expected: ", what)
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func done(step string) { fmt.Println("ok", step) }

func expect[T any](value T, _ *http.Response, err error) T { return must(value, err) }

func list() api.ApiListExecutionsRequest { return client.ExecutionsAPI.ListExecutions(ctx) }

func listed(request api.ApiListExecutionsRequest) *api.ListWorkflowRunsResponse {
	return expect(request.Execute())
}

func get(id string) *api.WorkflowRunDetail {
	return expect(client.ExecutionsAPI.GetExecution(ctx, id).Execute())
}

func record(id string, run api.WorkflowRunInput) *api.WorkflowRunDetail {
	return expect(client.RecordingAPI.RecordExecution(ctx, id).WorkflowRunInput(run).Execute())
}

// refused is the response to a call that must be refused with this status.
func refused[T any](status int) func(T, *http.Response, error) api.ErrorResponse {
	return func(_ T, response *http.Response, err error) api.ErrorResponse {
		var refusal *api.GenericOpenAPIError
		check(errors.As(err, &refusal), fmt.Sprint("a refusal, not ", err))
		check(response.StatusCode == status, fmt.Sprint(status, ", not ", response.Status))
		body, ok := refusal.Model().(api.ErrorResponse)
		check(ok, "an ErrorResponse, not "+string(refusal.Body()))
		return body
	}
}

func same(a, b any) bool { return bytes.Equal(must(json.Marshal(a)), must(json.Marshal(b))) }

// input is a response as a request.
func input(run *api.WorkflowRunDetail) (input api.WorkflowRunInput) {
	if err := json.Unmarshal(must(json.Marshal(run)), &input); err != nil {
		log.Fatal(err)
	}
	return input
}

func newStep(id string) api.StepExecutionInput {
	step := *api.NewStepExecutionInput(id, "send_email", api.STEP_SUCCEEDED)
	step.SetStepType(api.PIECE)
	step.SetCreatedAt(created)
	step.SetAttempt(1)
	step.SetErrorNil()
	step.SetDuration(0.5)
	step.SetStartedAt(created)
	step.SetFinishedAt(created.Add(500 * time.Millisecond))
	return step
}

func newRun(id string, steps ...api.StepExecutionInput) api.WorkflowRunInput {
	run := *api.NewWorkflowRunInput(workflow, api.FAILED)
	run.SetVersionId("version_1")
	run.SetVersionDisplayName("First")
	run.SetType("TEST")
	run.SetCreatedAt(created)
	run.SetId(id)
	run.SetDuration(1.25)
	run.SetStartedAt(created.Add(time.Millisecond))
	run.SetFinishedAt(created.Add(1251 * time.Millisecond))
	run.SetSteps(steps)
	run.SetStepCount(int32(len(steps)))
	return run
}

func checkTotals(page *api.ListWorkflowRunsResponse, total, succeeded, failed int64) {
	check(page.Total == total && page.Succeeded == succeeded && page.Failed == failed, "the totals")
}

func main() {
	log.SetFlags(0)

	page := listed(list())
	check(page.Page == 1 && page.Limit == 20 && len(page.Items) == 20, "the first page")
	check(page.Total >= 250, "its total")
	done("list")

	page = listed(list().WorkflowId("workflow_abc123").Status(api.FILTER_FAILED).Page(1).Limit(100))
	check(len(page.Items) == 30, "the failed runs")
	for _, run := range page.Items {
		check(run.Status == api.FAILED && run.WorkflowId == "workflow_abc123", "a failed run")
	}
	checkTotals(page, 30, 0, 30)
	checkTotals(listed(list().WorkflowId("workflow_abc123").Status(api.FILTER_ALL)), 250, 200, 30)
	page = listed(list().WorkflowId(prefix))
	check(len(page.Items) == 0, "an unknown workflow")
	checkTotals(page, 0, 0, 0)
	done("filters")

	var runs []api.WorkflowRunMetadata
	ids := map[string]bool{}
	for i, size := range []int{100, 100, 50, 0} {
		number := int32(i + 1)
		page = listed(list().WorkflowId("workflow_abc123").Limit(100).Page(number))
		check(page.Page == number && page.Limit == 100 && len(page.Items) == size, "a page")
		checkTotals(page, 250, 200, 30)
		for _, run := range page.Items {
			check(len(runs) == 0 || !run.CreatedAt.After(runs[len(runs)-1].CreatedAt), "the newest first")
			ids[run.Id] = true
			runs = append(runs, run)
		}
	}
	check(len(ids) == 250, "different ids")
	done("pages")

	newest, noon := runs[0], time.Date(2025, 1, 4, 12, 0, 0, 0, time.UTC)
	check(newest.Id == "run_def456" && newest.Status == api.SUCCEEDED, "the newest run")
	check(newest.GetDuration() == 15.5, "its duration")
	check(newest.CreatedAt.Equal(noon), "its creation")
	check(newest.GetStartedAt().Equal(noon.Add(5*time.Second)), "its start")
	check(newest.GetFinishedAt().Equal(noon.Add(20*time.Second)), "its end")
	page = listed(list().Status(api.FILTER_PENDING))
	check(len(page.Items) > 0, "a pending run")
	pending := page.Items[0]
	check(pending.Status == api.PENDING, "the pending run's status")
	check(pending.Duration.Get() == nil && pending.StartedAt.Get() == nil &&
		pending.FinishedAt.Get() == nil, "what is null in it")
	done("nulls")

	documented := get("run_def456")
	check(len(documented.Steps) == 2 && documented.StepCount == 2, "two steps")
	for _, step := range documented.Steps {
		check(step.Status == api.STEP_SUCCEEDED && step.Attempt == 1 && step.Error.Get() == nil, "a step")
	}
	check(documented.Steps[0].StepType == api.TRIGGER && documented.Steps[0].Duration == 0.5,
		"the first step")
	check(documented.Steps[1].StepType == api.PIECE && documented.Steps[1].Duration == 1.2,
		"the second step")
	done("steps")

	body := refused[*api.ListWorkflowRunsResponse](400)(list().WorkflowId("a\tb").Execute())
	check(body.GetCode() == "VALIDATION_ERROR", "the code of the 400")
	check(strings.Contains(body.Error, "workflow_id"), "its message")
	done("invalid")

	body = refused[*api.ListWorkflowRunsResponse](401)(
		client.ExecutionsAPI.ListExecutions(withKey("not-a-key")).Execute())
	check(!body.HasCode(), "no code in the 401")
	check(body.Error == "Unauthorized: Invalid or expired API key", "its message")
	done("unauthorized")

	body = refused[*api.WorkflowRunDetail](404)(
		client.ExecutionsAPI.GetExecution(ctx, prefix+"-missing").Execute())
	check(!body.HasCode(), "no code in the 404")
	check(body.Error == "Execution not found or access denied", "its message")
	done("missing")

	id := prefix + "-1"
	broken := newStep("step_2")
	broken.SetStatus(api.STEP_FAILED)
	broken.SetAttempt(2)
	broken.SetError("SMTP 451\ntry again later")
	run := newRun(id, newStep("step_1"), broken)
	recorded := record(id, run)
	check(same(input(recorded), run), "the response equals the request")
	check(same(get(id), recorded), "getExecution returns the same")
	done("record")

	check(same(record(id, input(get(id))), recorded), "the response to putting it back")
	check(same(get(id), recorded), "what was put back")
	done("put back")

	run.SetStatus(api.RUNNING)
	body = refused[*api.WorkflowRunDetail](409)(
		client.RecordingAPI.RecordExecution(ctx, id).WorkflowRunInput(run).Execute())
	check(strings.Contains(body.Error, "RUNNING"), "the message of the 409")
	check(same(get(id), recorded), "the 409 changed nothing")
	done("conflict")

	good, bad := newRun(prefix+"-2", newStep("step_1")), newRun(prefix+"-3", newStep("step_1"),
		newStep("step_2"))
	bad.SetStepCount(3)
	batch := api.NewWorkflowRunBatch([]api.WorkflowRunInput{good, bad})
	request := client.RecordingAPI.RecordExecutions(ctx).WorkflowRunBatch(*batch)
	results := expect(request.Execute()).Items
	check(len(results) == 2, "two results")
	first, second := results[0], results[1]
	check(first.GetId() == good.GetId() && first.Outcome == api.RECORDED && !first.HasError(),
		"the good run")
	check(second.GetId() == bad.GetId() && second.Outcome == api.REJECTED && second.HasError(),
		"the bad run")
	check(strings.Contains(second.Error.Error, "step_count"), "what is wrong with it")
	refused[*api.WorkflowRunDetail](404)(client.ExecutionsAPI.GetExecution(ctx, bad.GetId()).Execute())
	done("batch")

	escaped := prefix + "/50% of Zoë's 日本"
	check(record(escaped, newRun(escaped, newStep("step_1"))).Id == escaped &&
		get(escaped).Id == escaped, "the escaped id")
	done("escaped id")

	var steps []api.StepExecutionInput
	for i := range 500 {
		steps = append(steps, newStep(fmt.Sprint("step_", i)))
	}
	record(prefix+"-500", newRun(prefix+"-500", steps...))
	long := get(prefix + "-500")
	check(len(long.Steps) == 500 && long.StepCount == 500, "500 steps")
	for i, step := range long.Steps {
		check(step.Id == steps[i].Id, "the order of the steps")
	}
	done("500 steps")

	day := listed(list().WorkflowId("workflow_abc123").CreatedAfter(noon.Add(-36 * time.Hour)).
		CreatedBefore(noon.Add(-12 * time.Hour)))
	checkTotals(day, 48, 31, 5)
	done("range")

	ended := listed(list().WorkflowId("workflow_abc123").
		Statuses([]api.WorkflowRunStatus{api.FAILED, api.CANCELLED}))
	checkTotals(ended, 35, 0, 30)
	done("statuses")

	var walked []api.WorkflowRunMetadata
	for cursor := new(""); cursor != nil; {
		page = listed(list().WorkflowId("workflow_abc123").Limit(100).Cursor(*cursor))
		walked = append(walked, page.Items...)
		cursor = page.NextCursor.Get()
	}
	check(same(walked, runs), "the walk lists the runs of the pages")
	done("walk")

	histogram := client.AnalysisAPI.GetHistogram(ctx).Bucket(api.DAY).WorkflowId("workflow_abc123")
	buckets := expect(histogram.Execute()).Buckets
	check(len(buckets) == 6 && buckets[4].Start.Equal(noon.Add(-36*time.Hour)), "six days")
	check(buckets[4].Total == 48 && buckets[4].Failed == 5, "the counts of a day")
	done("histogram")

	workflows := expect(client.WorkflowsAPI.ListWorkflows(ctx).Q("workflow_abc1").Execute())
	check(workflows.Total == 1 && len(workflows.Items) == 1, "one workflow")
	summary := workflows.Items[0]
	check(summary.WorkflowId == "workflow_abc123" && summary.Total == 250, "its UID and total")
	check(summary.Succeeded == 200 && summary.Failed == 30, "its other totals")
	check(same(summary.NewestRun, newest), "its newest run")
	check(summary.GetMedianDuration() == 15.5 && summary.GetP95Duration() == 15.5, "its durations")
	done("workflows")

	for range 2 {
		must(client.RecordingAPI.DeleteExecution(ctx, id).Execute())
		refused[*api.WorkflowRunDetail](404)(client.ExecutionsAPI.GetExecution(ctx, id).Execute())
	}
	done("delete")

	changed := map[string]api.WorkflowRunChange{}
	for after := int64(0); ; {
		changes := expect(client.ChangesAPI.ListChanges(ctx).After(after).Limit(1000).Execute())
		if len(changes.Items) == 0 {
			break
		}
		for _, change := range changes.Items {
			changed[change.Id] = change
		}
		after = changes.NextAfter
	}
	check(changed[id].Deleted && changed[id].Run == nil, "the deletion")
	added := changed[good.GetId()]
	check(!added.Deleted && added.Run.WorkflowId == workflow, "a new run")
	done("changes")

	liveRuns()
}

func update(id string, patch api.WorkflowRunPatch) *api.WorkflowRunMetadata {
	return expect(client.RecordingAPI.UpdateExecution(ctx, id).WorkflowRunPatch(patch).Execute())
}

func facts(run api.WorkflowRunStatus, stepStatus api.StepStatus) api.WorkflowRunPatch {
	step := *api.NewStepExecutionPatch("step_1")
	step.SetStatus(stepStatus)
	facts := *api.NewWorkflowRunPatch()
	facts.SetStatus(run)
	facts.SetSteps([]api.StepExecutionPatch{step})
	return facts
}

// liveRuns does the steps of the scenario that change a run while it runs, and run it again.
func liveRuns() {
	id := prefix + "-live"
	patch := facts(api.RUNNING, api.STEP_RUNNING)
	patch.SetWorkflowId(workflow)
	patch.SetHeartbeatTimeout(3600)
	check(update(id, patch).Status == api.RUNNING, "a run that has begun")
	patch = facts(api.FAILED, api.STEP_FAILED)
	patch.SetOutcome("TIMED_OUT")
	updated := update(id, patch)
	check(updated.Status == api.FAILED && updated.GetOutcome() == "TIMED_OUT", "its end")
	check(updated.WorkflowId == workflow && updated.GetHeartbeatTimeout() == 3600, "what stays")
	ended := get(id)
	check(ended.Status == api.FAILED && len(ended.Steps) == 1, "its end in getExecution")
	check(ended.Steps[0].Status == api.STEP_FAILED, "the end of its step")
	done("update")

	id = prefix + "-again"
	failing, labels := newStep("step_1"), map[string]string{"batch": prefix}
	failing.Status = api.STEP_FAILED
	failing.SetOutcome("TIMED_OUT")
	failing.SetUrl("https://engine.example/1/step_1")
	failing.SetMetadata(labels)
	failing.SetParentId("loop")
	failing.SetIteration(2)
	run := newRun(id, failing)
	run.SetOutcome("CRASHED")
	run.SetUrl("https://engine.example/1")
	run.SetMetadata(labels)
	run.SetParentId(prefix)
	run.SetTriggeredBy("schedule")
	run.SetError("The worker is gone")
	recorded := record(id, run)
	check(same(input(recorded), run), "the response equals the request")
	check(same(get(id), recorded), "getExecution returns the same")
	done("optional fields")

	run.Status = api.RUNNING
	run.SetAttempt(2)
	run.UnsetOutcome()
	record(id, run)
	second := get(id)
	check(second.Status == api.RUNNING && second.GetAttempt() == 2, "the second attempt")
	check(len(second.Attempts) == 2 && second.Attempts[0].Attempt == 1, "both attempts")
	check(second.Attempts[0].Status == api.FAILED, "the status of the first")
	check(second.Attempts[0].GetOutcome() == "CRASHED" && !second.Attempts[1].HasOutcome(),
		"their outcomes")
	former := expect(client.ExecutionsAPI.GetExecution(ctx, id).Attempt(1).Execute())
	check(former.Status == api.FAILED && former.GetOutcome() == "CRASHED", "the first attempt")
	done("attempts")

	page := listed(list().Metadata([]string{"batch:" + prefix}))
	check(page.Total == 1 && page.Items[0].Id == id, "the run of the pair")
	check(page.Items[0].GetAttempt() == 2, "its newest attempt")
	done("metadata")

	deletion := client.RecordingAPI.DeleteExecution(ctx, id)
	response, err := deletion.IfMatch(`"another"`).Execute()
	stale := refused[any](412)(nil, response, err)
	check(strings.Contains(stale.Error, "If-Match"), "the 412")
	_, response, err = client.ExecutionsAPI.GetExecution(ctx, id).Execute()
	tag := must(response, err).Header.Get("ETag")
	check(tag != "", "an ETag")
	must(deletion.IfMatch(tag).Execute())
	refused[*api.WorkflowRunDetail](404)(client.ExecutionsAPI.GetExecution(ctx, id).Execute())
	done("conditions")
}
