// Scenario lists, inspects and records runs through the client that oapi-codegen generates.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"reflect"
	"strings"
	"time"

	api "example.com/scenario/generated"
)

const workflow = "workflow_go-oapi-codegen"

var (
	ctx     = context.Background()
	client  = connect(os.Getenv("RUNLEDGER_KEY"))
	prefix  = fmt.Sprint("go-oapi-codegen-", time.Now().UnixNano())
	created = time.Date(2025, 3, 1, 8, 0, 0, 125e6, time.UTC)
)

func connect(key string) *api.ClientWithResponses {
	return must(api.NewClientWithResponses(os.Getenv("RUNLEDGER_URL"), api.WithRequestEditorFn(
		func(_ context.Context, request *http.Request) error {
			request.Header.Set("Authorization", "Token "+key)
			return nil
		})))
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

func list(params api.ListExecutionsParams) *api.ListWorkflowRunsResponse {
	response := must(client.ListExecutionsWithResponse(ctx, &params))
	check(response.JSON200 != nil, response.Status()+" for listExecutions: "+string(response.Body))
	return response.JSON200
}

func get(id string) *api.WorkflowRunDetail {
	response := must(client.GetExecutionWithResponse(ctx, id, nil))
	check(response.JSON200 != nil, response.Status()+" for getExecution: "+string(response.Body))
	return response.JSON200
}

func record(id string, run api.WorkflowRunInput) *api.WorkflowRunDetail {
	response := must(client.RecordExecutionWithResponse(ctx, id, nil, run))
	if response.JSON201 != nil {
		return response.JSON201
	}
	check(response.JSON200 != nil, response.Status()+" for recordExecution: "+string(response.Body))
	return response.JSON200
}

// input is a response as a request.
func input(run *api.WorkflowRunDetail) (input api.WorkflowRunInput) {
	if err := json.Unmarshal(must(json.Marshal(run)), &input); err != nil {
		log.Fatal(err)
	}
	return input
}

func newStep(id string) api.StepExecutionInput {
	return api.StepExecutionInput{
		Id:         id,
		StepName:   "send_email",
		StepType:   new(api.PIECE),
		Status:     api.STEPSUCCEEDED,
		Attempt:    new(int32(1)),
		Duration:   new(0.5),
		CreatedAt:  new(created),
		StartedAt:  new(created),
		FinishedAt: new(created.Add(500 * time.Millisecond)),
	}
}

func newRun(id string, steps ...api.StepExecutionInput) api.WorkflowRunInput {
	return api.WorkflowRunInput{
		Id:                 &id,
		WorkflowId:         workflow,
		VersionId:          new("version_1"),
		VersionDisplayName: new("First"),
		Type:               new("TEST"),
		Status:             api.FAILED,
		Duration:           new(1.25),
		CreatedAt:          new(created),
		StartedAt:          new(created.Add(time.Millisecond)),
		FinishedAt:         new(created.Add(1251 * time.Millisecond)),
		Steps:              &steps,
		StepCount:          new(int32(len(steps))),
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
		WorkflowId: new("workflow_abc123"), Status: new(api.FILTERFAILED),
		Page: new(int32(1)), Limit: new(int32(100)),
	})
	check(len(page.Items) == 30, "the failed runs")
	for _, run := range page.Items {
		check(run.Status == api.FAILED && run.WorkflowId == "workflow_abc123", "a failed run")
	}
	checkTotals(page, 30, 0, 30)
	checkTotals(list(api.ListExecutionsParams{WorkflowId: new("workflow_abc123"),
		Status: new(api.FILTERALL)}), 250, 200, 30)
	page = list(api.ListExecutionsParams{WorkflowId: &prefix})
	check(len(page.Items) == 0, "an unknown workflow")
	checkTotals(page, 0, 0, 0)
	done("filters")

	var runs []api.WorkflowRunMetadata
	ids := map[string]bool{}
	for i, size := range []int{100, 100, 50, 0} {
		number := int32(i + 1)
		page = list(api.ListExecutionsParams{WorkflowId: new("workflow_abc123"), Limit: new(int32(100)),
			Page: &number})
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
	check(newest.Duration != nil && *newest.Duration == 15.5, "its duration")
	check(newest.CreatedAt.Equal(noon), "its creation")
	check(newest.StartedAt != nil && newest.StartedAt.Equal(noon.Add(5*time.Second)), "its start")
	check(newest.FinishedAt != nil && newest.FinishedAt.Equal(noon.Add(20*time.Second)), "its end")
	page = list(api.ListExecutionsParams{Status: new(api.FILTERPENDING)})
	check(len(page.Items) > 0, "a pending run")
	pending := page.Items[0]
	check(pending.Status == api.PENDING, "the pending run's status")
	check(pending.Duration == nil && pending.StartedAt == nil && pending.FinishedAt == nil,
		"what is null in it")
	done("nulls")

	documented := get("run_def456")
	check(len(documented.Steps) == 2 && documented.StepCount == 2, "two steps")
	for _, step := range documented.Steps {
		check(step.Status == api.STEPSUCCEEDED && step.Attempt == 1 && step.Error == nil, "a step")
	}
	check(documented.Steps[0].StepType == api.TRIGGER && documented.Steps[0].Duration == 0.5,
		"the first step")
	check(documented.Steps[1].StepType == api.PIECE && documented.Steps[1].Duration == 1.2,
		"the second step")
	done("steps")

	refused := must(client.ListExecutionsWithResponse(ctx,
		&api.ListExecutionsParams{WorkflowId: new("a\tb")}))
	check(refused.StatusCode() == 400 && refused.JSON400 != nil, "a 400")
	check(refused.JSON400.Code != nil && *refused.JSON400.Code == "VALIDATION_ERROR", "its code")
	check(strings.Contains(refused.JSON400.Error, "workflow_id"), "its message")
	done("invalid")

	refused = must(connect("not-a-key").ListExecutionsWithResponse(ctx, &api.ListExecutionsParams{}))
	check(refused.StatusCode() == 401 && refused.JSON401 != nil, "a 401")
	check(refused.JSON401.Code == nil, "no code in it")
	check(refused.JSON401.Error == "Unauthorized: Invalid or expired API key", "its message")
	done("unauthorized")

	missing := must(client.GetExecutionWithResponse(ctx, prefix+"-missing", nil))
	check(missing.StatusCode() == 404 && missing.JSON404 != nil, "a 404")
	check(missing.JSON404.Code == nil, "no code in it")
	check(missing.JSON404.Error == "Execution not found or access denied", "its message")
	done("missing")

	id := prefix + "-1"
	broken := newStep("step_2")
	broken.Status, broken.Attempt = api.STEPFAILED, new(int32(2))
	broken.Error = new("SMTP 451\ntry again later")
	run := newRun(id, newStep("step_1"), broken)
	recorded := record(id, run)
	check(reflect.DeepEqual(input(recorded), run), "the response equals the request")
	check(reflect.DeepEqual(get(id), recorded), "getExecution returns the same")
	done("record")

	check(reflect.DeepEqual(record(id, input(get(id))), recorded), "the response to putting it back")
	check(reflect.DeepEqual(get(id), recorded), "what was put back")
	done("put back")

	run.Status = api.RUNNING
	conflict := must(client.RecordExecutionWithResponse(ctx, id, nil, run))
	check(conflict.StatusCode() == 409 && conflict.JSON409 != nil, "a 409")
	check(strings.Contains(conflict.JSON409.Error, "RUNNING"), "its message")
	check(reflect.DeepEqual(get(id), recorded), "the 409 changed nothing")
	done("conflict")

	good, bad := newRun(prefix+"-2", newStep("step_1")), newRun(prefix+"-3", newStep("step_1"),
		newStep("step_2"))
	bad.StepCount = new(int32(3))
	batch := must(client.RecordExecutionsWithResponse(ctx, nil,
		api.WorkflowRunBatch{Items: []api.WorkflowRunInput{good, bad}}))
	check(batch.JSON200 != nil && len(batch.JSON200.Items) == 2, "two results")
	first, second := batch.JSON200.Items[0], batch.JSON200.Items[1]
	check(first.Id != nil && *first.Id == *good.Id && first.Outcome == api.RECORDED &&
		first.Error == nil, "the good run")
	check(second.Id != nil && *second.Id == *bad.Id && second.Outcome == api.REJECTED, "the bad run")
	check(second.Error != nil && strings.Contains(second.Error.Error, "step_count"),
		"what is wrong with it")
	missing = must(client.GetExecutionWithResponse(ctx, *bad.Id, nil))
	check(missing.StatusCode() == 404 && missing.JSON404 != nil, "the bad run is not there")
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

	checkTotals(list(api.ListExecutionsParams{WorkflowId: new("workflow_abc123"),
		CreatedAfter: new(noon.Add(-36 * time.Hour)), CreatedBefore: new(noon.Add(-12 * time.Hour))}),
		48, 31, 5)
	done("range")

	checkTotals(list(api.ListExecutionsParams{WorkflowId: new("workflow_abc123"),
		Statuses: &[]api.WorkflowRunStatus{api.FAILED, api.CANCELLED}}), 35, 0, 30)
	done("statuses")

	var walked []api.WorkflowRunMetadata
	for cursor := new(""); cursor != nil; cursor = page.NextCursor {
		page = list(api.ListExecutionsParams{WorkflowId: new("workflow_abc123"),
			Limit: new(int32(100)), Cursor: cursor})
		walked = append(walked, page.Items...)
	}
	check(reflect.DeepEqual(walked, runs), "the walk lists the runs of the pages")
	done("walk")

	histogram := must(client.GetHistogramWithResponse(ctx,
		&api.GetHistogramParams{WorkflowId: new("workflow_abc123"), Bucket: new(api.Day)}))
	check(histogram.JSON200 != nil && len(histogram.JSON200.Buckets) == 6, "six days")
	bucket := histogram.JSON200.Buckets[4]
	check(bucket.Start.Equal(noon.Add(-36*time.Hour)), "the start of a day")
	check(bucket.Total == 48 && bucket.Failed == 5, "its counts")
	done("histogram")

	workflows := must(client.ListWorkflowsWithResponse(ctx,
		&api.ListWorkflowsParams{Q: new("workflow_abc1")}))
	check(workflows.JSON200 != nil && workflows.JSON200.Total == 1, "one workflow")
	summary := workflows.JSON200.Items[0]
	check(summary.WorkflowId == "workflow_abc123" && summary.Total == 250, "its UID and total")
	check(summary.Succeeded == 200 && summary.Failed == 30, "its other totals")
	check(reflect.DeepEqual(summary.NewestRun, newest), "its newest run")
	check(summary.MedianDuration != nil && *summary.MedianDuration == 15.5, "its median")
	check(summary.P95Duration != nil && *summary.P95Duration == 15.5, "its 95th percentile")
	done("workflows")

	for range 2 {
		deleted := must(client.DeleteExecutionWithResponse(ctx, id, nil))
		check(deleted.StatusCode() == 204, "a 204, not "+deleted.Status())
		missing = must(client.GetExecutionWithResponse(ctx, id, nil))
		check(missing.StatusCode() == 404, "the run is gone")
	}
	done("delete")

	changed := map[string]api.WorkflowRunChange{}
	for after := int64(0); ; {
		changes := must(client.ListChangesWithResponse(ctx,
			&api.ListChangesParams{After: &after, Limit: new(int32(1000))}))
		check(changes.JSON200 != nil, changes.Status()+" for listChanges")
		if len(changes.JSON200.Items) == 0 {
			break
		}
		for _, change := range changes.JSON200.Items {
			changed[change.Id] = change
		}
		after = changes.JSON200.NextAfter
	}
	check(changed[id].Deleted && changed[id].Run == nil, "the deletion")
	check(!changed[*good.Id].Deleted && changed[*good.Id].Run.WorkflowId == workflow, "a new run")
	done("changes")

	furtherSteps()
}

func update(id string, patch api.WorkflowRunPatch) *api.WorkflowRunMetadata {
	response := must(client.UpdateExecutionWithResponse(ctx, id, nil, patch))
	if response.JSON201 != nil {
		return response.JSON201
	}
	check(response.JSON200 != nil, response.Status()+" for updateExecution: "+string(response.Body))
	return response.JSON200
}

// furtherSteps are those of the scenario that change a run while it runs, and run it again.
func furtherSteps() {
	id := prefix + "-live"
	step := api.StepExecutionPatch{Id: "step_1", Status: new(api.STEPRUNNING)}
	updated := update(id, api.WorkflowRunPatch{WorkflowId: new(workflow), Status: new(api.RUNNING),
		HeartbeatTimeout: new(int32(3600)), Steps: &[]api.StepExecutionPatch{step}})
	check(updated.Status == api.RUNNING, "a run that has begun")
	step.Status = new(api.STEPFAILED)
	updated = update(id, api.WorkflowRunPatch{Status: new(api.FAILED), Outcome: new("TIMED_OUT"),
		Steps: &[]api.StepExecutionPatch{step}})
	check(updated.Status == api.FAILED && *updated.Outcome == "TIMED_OUT", "its end")
	check(updated.WorkflowId == workflow && *updated.HeartbeatTimeout == 3600, "what stays")
	run := get(id)
	check(run.Status == api.FAILED, "its end in getExecution")
	check(len(run.Steps) == 1 && run.Steps[0].Status == api.STEPFAILED, "the end of its step")
	done("update")

	id = prefix + "-again"
	failed, labels := newStep("step_1"), &map[string]string{"batch": prefix}
	failed.Status, failed.Outcome, failed.Iteration = api.STEPFAILED, new("TIMED_OUT"), new(int32(2))
	failed.Url, failed.ParentId = new("https://engine.example/1/step_1"), new("loop")
	failed.Metadata = labels
	full := newRun(id, failed)
	full.Outcome, full.Error = new("CRASHED"), new("The worker is gone")
	full.Url, full.ParentId = new("https://engine.example/1"), new(prefix+"-1")
	full.TriggeredBy, full.Metadata = new("schedule"), labels
	recorded := record(id, full)
	check(reflect.DeepEqual(input(recorded), full), "the response equals the request")
	check(reflect.DeepEqual(get(id), recorded), "getExecution returns the same")
	done("optional fields")

	full.Status, full.Attempt, full.Outcome = api.RUNNING, new(int32(2)), nil
	record(id, full)
	run = get(id)
	check(run.Status == api.RUNNING && *run.Attempt == 2, "the second attempt")
	check(run.Attempts != nil && len(*run.Attempts) == 2, "two attempts")
	first, second := (*run.Attempts)[0], (*run.Attempts)[1]
	check(first.Attempt == 1 && first.Status == api.FAILED && *first.Outcome == "CRASHED",
		"the first of the attempts")
	check(second.Attempt == 2 && second.Status == api.RUNNING, "the second of the attempts")
	former := must(client.GetExecutionWithResponse(ctx, id,
		&api.GetExecutionParams{Attempt: new(int32(1))}))
	check(former.JSON200 != nil && former.JSON200.Status == api.FAILED, "the first attempt")
	done("attempts")

	page := list(api.ListExecutionsParams{Metadata: &[]string{"batch:" + prefix}})
	check(page.Total == 1 && len(page.Items) == 1 && page.Items[0].Id == id, "the run of the pair")
	check(page.Items[0].Status == api.RUNNING && *page.Items[0].Attempt == 2, "its newest attempt")
	done("metadata")

	deleteIf := func(tag string) *api.DeleteExecutionResponse {
		params := &api.DeleteExecutionParams{IfMatch: &tag}
		return must(client.DeleteExecutionWithResponse(ctx, id, params))
	}
	stale := deleteIf(`"another"`)
	check(stale.JSON412 != nil && strings.Contains(stale.JSON412.Error, "If-Match"), "a 412")
	tag := must(client.GetExecutionWithResponse(ctx, id, nil)).HTTPResponse.Header.Get("ETag")
	check(tag != "" && deleteIf(tag).StatusCode() == 204, "a deletion under the ETag")
	check(must(client.GetExecutionWithResponse(ctx, id, nil)).StatusCode() == 404, "the run is gone")
	done("conditions")
}
