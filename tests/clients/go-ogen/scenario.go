// Scenario lists, inspects and records runs through the client that ogen generates.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"reflect"
	"strings"
	"time"

	api "example.com/scenario/generated"
)

const workflow = "workflow_go-ogen"

var (
	ctx     = context.Background()
	client  = connect(os.Getenv("RUNLEDGER_KEY"))
	prefix  = fmt.Sprint("go-ogen-", time.Now().UnixNano())
	created = time.Date(2025, 3, 1, 8, 0, 0, 125e6, time.UTC)
)

// token is the source of the header Authorization.
type token string

func (key token) ApiKey(context.Context, api.OperationName) (api.ApiKey, error) {
	return api.ApiKey{APIKey: "Token " + string(key)}, nil
}

func connect(key string) *api.Client {
	return must(api.NewClient(os.Getenv("RUNLEDGER_URL"), token(key)))
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

// as is the response, if it is of type T.
func as[T any](result any) T {
	value, ok := result.(T)
	check(ok, fmt.Sprintf("the response is %T: %+v", result, result))
	return value
}

func list(params api.ListExecutionsParams) *api.ListWorkflowRunsResponse {
	return as[*api.ListWorkflowRunsResponse](must(client.ListExecutions(ctx, params)))
}

func get(id string) *api.WorkflowRunDetail {
	return as[*api.WorkflowRunDetail](must(client.GetExecution(ctx, api.GetExecutionParams{ID: id})))
}

func record(id string, run api.WorkflowRunInput) *api.WorkflowRunDetail {
	result := must(client.RecordExecution(ctx, &run, api.RecordExecutionParams{ID: id}))
	if created, ok := result.(*api.RecordExecutionCreated); ok {
		return (*api.WorkflowRunDetail)(created)
	}
	return (*api.WorkflowRunDetail)(as[*api.RecordExecutionOK](result))
}

// input is a response as a request.
func input(run *api.WorkflowRunDetail) (input api.WorkflowRunInput) {
	if err := json.Unmarshal(must(json.Marshal(run)), &input); err != nil {
		log.Fatal(err)
	}
	return input
}

func filter(status api.WorkflowRunStatusFilter) api.OptWorkflowRunStatusFilter {
	return api.NewOptWorkflowRunStatusFilter(status)
}

func newStep(id string) api.StepExecutionInput {
	return api.StepExecutionInput{
		ID:         id,
		StepName:   "send_email",
		StepType:   api.NewOptStepType(api.StepTypePIECE),
		Status:     api.StepStatusSUCCEEDED,
		Attempt:    api.NewOptNilInt32(1),
		Error:      api.OptNilString{Set: true, Null: true},
		Duration:   api.NewOptNilFloat64(0.5),
		CreatedAt:  api.NewOptNilDateTime(created),
		StartedAt:  api.NewOptNilDateTime(created),
		FinishedAt: api.NewOptNilDateTime(created.Add(500 * time.Millisecond)),
	}
}

func newRun(id string, steps ...api.StepExecutionInput) api.WorkflowRunInput {
	return api.WorkflowRunInput{
		ID:                 api.NewOptNilString(id),
		WorkflowID:         workflow,
		VersionID:          api.NewOptNilString("version_1"),
		VersionDisplayName: api.NewOptNilString("First"),
		Type:               api.NewOptNilString("TEST"),
		Status:             api.WorkflowRunStatusFAILED,
		Duration:           api.NewOptNilFloat64(1.25),
		CreatedAt:          api.NewOptNilDateTime(created),
		StartedAt:          api.NewOptNilDateTime(created.Add(time.Millisecond)),
		FinishedAt:         api.NewOptNilDateTime(created.Add(1251 * time.Millisecond)),
		Steps:              api.NewOptNilStepExecutionInputArray(steps),
		StepCount:          api.NewOptNilInt32(int32(len(steps))),
	}
}

func checkTotals(page *api.ListWorkflowRunsResponse, total, succeeded, failed int64) {
	check(page.Total == total && page.Succeeded == succeeded && page.Failed == failed, "the totals")
}

func main() {
	log.SetFlags(0)

	page := list(api.ListExecutionsParams{})
	check(page.Page == 1 && page.Limit == 20 && len(page.Items) == 20, "the first page")
	check(page.Total >= 250, "its total")
	done("list")

	page = list(api.ListExecutionsParams{
		WorkflowID: api.NewOptString("workflow_abc123"),
		Status:     filter(api.WorkflowRunStatusFilterFAILED),
		Page:       api.NewOptInt32(1), Limit: api.NewOptInt32(100),
	})
	check(len(page.Items) == 30, "the failed runs")
	for _, run := range page.Items {
		check(run.Status == api.WorkflowRunStatusFAILED && run.WorkflowID == "workflow_abc123",
			"a failed run")
	}
	checkTotals(page, 30, 0, 30)
	checkTotals(list(api.ListExecutionsParams{WorkflowID: api.NewOptString("workflow_abc123"),
		Status: filter(api.WorkflowRunStatusFilterAll)}), 250, 200, 30)
	page = list(api.ListExecutionsParams{WorkflowID: api.NewOptString(prefix)})
	check(len(page.Items) == 0, "an unknown workflow")
	checkTotals(page, 0, 0, 0)
	done("filters")

	var runs []api.WorkflowRunMetadata
	ids := map[string]bool{}
	for i, size := range []int{100, 100, 50, 0} {
		number := int32(i + 1)
		page = list(api.ListExecutionsParams{WorkflowID: api.NewOptString("workflow_abc123"),
			Limit: api.NewOptInt32(100), Page: api.NewOptInt32(number)})
		check(page.Page == number && page.Limit == 100 && len(page.Items) == size, "a page")
		checkTotals(page, 250, 200, 30)
		for _, run := range page.Items {
			check(len(runs) == 0 || !run.CreatedAt.After(runs[len(runs)-1].CreatedAt), "the newest first")
			ids[run.ID] = true
			runs = append(runs, run)
		}
	}
	check(len(ids) == 250, "different ids")
	done("pages")

	newest, noon := runs[0], time.Date(2025, 1, 4, 12, 0, 0, 0, time.UTC)
	check(newest.ID == "run_def456" && newest.Status == api.WorkflowRunStatusSUCCEEDED,
		"the newest run")
	check(newest.Duration == api.NewNilFloat64(15.5), "its duration")
	check(newest.CreatedAt.Equal(noon), "its creation")
	check(!newest.StartedAt.Null && newest.StartedAt.Value.Equal(noon.Add(5*time.Second)), "its start")
	check(!newest.FinishedAt.Null && newest.FinishedAt.Value.Equal(noon.Add(20*time.Second)),
		"its end")
	page = list(api.ListExecutionsParams{Status: filter(api.WorkflowRunStatusFilterPENDING)})
	check(len(page.Items) > 0, "a pending run")
	pending := page.Items[0]
	check(pending.Status == api.WorkflowRunStatusPENDING, "the pending run's status")
	check(pending.Duration.Null && pending.StartedAt.Null && pending.FinishedAt.Null,
		"what is null in it")
	done("nulls")

	documented := get("run_def456")
	check(len(documented.Steps) == 2 && documented.StepCount == 2, "two steps")
	for _, step := range documented.Steps {
		check(step.Status == api.StepStatusSUCCEEDED && step.Attempt == 1 && step.Error.Null, "a step")
	}
	check(documented.Steps[0].StepType == api.StepTypeTRIGGER && documented.Steps[0].Duration == 0.5,
		"the first step")
	check(documented.Steps[1].StepType == api.StepTypePIECE && documented.Steps[1].Duration == 1.2,
		"the second step")
	done("steps")

	invalid := as[*api.ListExecutionsBadRequest](must(client.ListExecutions(ctx,
		api.ListExecutionsParams{
			WorkflowID: api.NewOptString("a\tb"),
		})))
	check(invalid.Code == api.NewOptString("VALIDATION_ERROR"), "the code of the 400")
	check(strings.Contains(invalid.Error, "workflow_id"), "its message")
	done("invalid")

	unauthorized := as[*api.UnauthorizedHeaders](must(
		connect("not-a-key").ListExecutions(ctx, api.ListExecutionsParams{}))).Response
	check(!unauthorized.Code.Set, "no code in the 401")
	check(unauthorized.Error == "Unauthorized: Invalid or expired API key", "its message")
	done("unauthorized")

	missing := as[*api.GetExecutionNotFound](must(
		client.GetExecution(ctx, api.GetExecutionParams{ID: prefix + "-missing"})))
	check(!missing.Code.Set, "no code in the 404")
	check(missing.Error == "Execution not found or access denied", "its message")
	done("missing")

	id := prefix + "-1"
	broken := newStep("step_2")
	broken.Status, broken.Attempt = api.StepStatusFAILED, api.NewOptNilInt32(2)
	broken.Error = api.NewOptNilString("SMTP 451\ntry again later")
	run := newRun(id, newStep("step_1"), broken)
	recorded := record(id, run)
	check(reflect.DeepEqual(input(recorded), run), "the response equals the request")
	check(reflect.DeepEqual(get(id), recorded), "getExecution returns the same")
	done("record")

	check(reflect.DeepEqual(record(id, input(get(id))), recorded), "the response to putting it back")
	check(reflect.DeepEqual(get(id), recorded), "what was put back")
	done("put back")

	run.Status = api.WorkflowRunStatusRUNNING
	conflict := as[*api.RecordExecutionConflict](must(
		client.RecordExecution(ctx, &run, api.RecordExecutionParams{ID: id})))
	check(strings.Contains(conflict.Error, "RUNNING"), "the message of the 409")
	check(reflect.DeepEqual(get(id), recorded), "the 409 changed nothing")
	done("conflict")

	good, bad := newRun(prefix+"-2", newStep("step_1")), newRun(prefix+"-3", newStep("step_1"),
		newStep("step_2"))
	bad.StepCount = api.NewOptNilInt32(3)
	batch := as[*api.WorkflowRunBatchResult](must(
		client.RecordExecutions(ctx, &api.WorkflowRunBatch{Items: []api.WorkflowRunInput{good, bad}},
		api.RecordExecutionsParams{})))
	check(len(batch.Items) == 2, "two results")
	first, second := batch.Items[0], batch.Items[1]
	check(first.ID == api.NewNilString(good.ID.Value) && first.Outcome == api.RecordOutcomeRECORDED,
		"the good run")
	check(!first.Error.Set, "the good run has no error")
	check(second.ID == api.NewNilString(bad.ID.Value) && second.Outcome == api.RecordOutcomeREJECTED,
		"the bad run")
	check(second.Error.Set && strings.Contains(second.Error.Value.Error, "step_count"),
		"what is wrong with it")
	as[*api.GetExecutionNotFound](must(client.GetExecution(ctx,
		api.GetExecutionParams{ID: bad.ID.Value})))
	done("batch")

	escaped := prefix + "/50% of Zoë's 日本"
	check(record(escaped, newRun(escaped, newStep("step_1"))).ID == escaped &&
		get(escaped).ID == escaped, "the escaped id")
	done("escaped id")

	var steps []api.StepExecutionInput
	for i := range 500 {
		steps = append(steps, newStep(fmt.Sprint("step_", i)))
	}
	record(prefix+"-500", newRun(prefix+"-500", steps...))
	long := get(prefix + "-500")
	check(len(long.Steps) == 500 && long.StepCount == 500, "500 steps")
	for i, step := range long.Steps {
		check(step.ID == steps[i].ID, "the order of the steps")
	}
	done("500 steps")

	documentedWorkflow := api.NewOptString("workflow_abc123")
	checkTotals(list(api.ListExecutionsParams{WorkflowID: documentedWorkflow,
		CreatedAfter:  api.NewOptDateTime(noon.Add(-36 * time.Hour)),
		CreatedBefore: api.NewOptDateTime(noon.Add(-12 * time.Hour))}), 48, 31, 5)
	done("range")

	checkTotals(list(api.ListExecutionsParams{WorkflowID: documentedWorkflow,
		Statuses: []api.WorkflowRunStatus{api.WorkflowRunStatusFAILED,
			api.WorkflowRunStatusCANCELLED}}), 35, 0, 30)
	done("statuses")

	var walked []api.WorkflowRunMetadata
	for cursor := api.NewOptString(""); ; {
		page = list(api.ListExecutionsParams{WorkflowID: documentedWorkflow,
			Limit: api.NewOptInt32(100), Cursor: cursor})
		walked = append(walked, page.Items...)
		next, ok := page.NextCursor.Get()
		if !ok {
			break
		}
		cursor = api.NewOptString(next)
	}
	check(page.NextCursor.Set && page.NextCursor.Null, "null at the end")
	check(reflect.DeepEqual(walked, runs), "the walk lists the runs of the pages")
	done("walk")

	histogram := as[*api.Histogram](must(client.GetHistogram(ctx, api.GetHistogramParams{
		WorkflowID: documentedWorkflow, Bucket: api.NewOptBucketWidth(api.BucketWidthDay)})))
	check(len(histogram.Buckets) == 6, "six days")
	bucket := histogram.Buckets[4]
	check(bucket.Start.Equal(noon.Add(-36*time.Hour)), "the start of a day")
	check(bucket.Total == 48 && bucket.Failed == 5, "its counts")
	done("histogram")

	workflows := as[*api.WorkflowList](must(client.ListWorkflows(ctx,
		api.ListWorkflowsParams{Q: api.NewOptString("workflow_abc1")})))
	check(workflows.Total == 1 && len(workflows.Items) == 1, "one workflow")
	summary := workflows.Items[0]
	check(summary.WorkflowID == "workflow_abc123" && summary.Total == 250, "its UID and total")
	check(summary.Succeeded == 200 && summary.Failed == 30, "its other totals")
	check(reflect.DeepEqual(summary.NewestRun, newest), "its newest run")
	check(summary.MedianDuration == api.NewNilFloat64(15.5), "its median")
	check(summary.P95Duration == api.NewNilFloat64(15.5), "its 95th percentile")
	done("workflows")

	for range 2 {
		as[*api.DeleteExecutionNoContent](must(client.DeleteExecution(ctx,
			api.DeleteExecutionParams{ID: id})))
		as[*api.GetExecutionNotFound](must(client.GetExecution(ctx, api.GetExecutionParams{ID: id})))
	}
	done("delete")

	changed := map[string]api.WorkflowRunChange{}
	for after := int64(0); ; {
		changes := as[*api.WorkflowRunChanges](must(client.ListChanges(ctx,
			api.ListChangesParams{After: api.NewOptInt64(after), Limit: api.NewOptInt32(1000)})))
		if len(changes.Items) == 0 {
			break
		}
		for _, change := range changes.Items {
			changed[change.ID] = change
		}
		after = changes.NextAfter
	}
	check(changed[id].Deleted && !changed[id].Run.Set, "the deletion")
	recordedChange := changed[good.ID.Value]
	check(!recordedChange.Deleted && recordedChange.Run.Value.WorkflowID == workflow, "a new run")
	done("changes")

	liveRuns()
}
