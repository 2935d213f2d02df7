package main

import (
	"reflect"
	"strings"

	api "example.com/scenario/generated"
)

func update(id string, patch api.WorkflowRunPatch) *api.WorkflowRunMetadata {
	result := must(client.UpdateExecution(ctx, &patch, api.UpdateExecutionParams{ID: id}))
	if created, ok := result.(*api.UpdateExecutionCreated); ok {
		return (*api.WorkflowRunMetadata)(created)
	}
	return (*api.WorkflowRunMetadata)(as[*api.UpdateExecutionOK](result))
}

func facts(run api.WorkflowRunStatus, step api.StepStatus) api.WorkflowRunPatch {
	steps := []api.StepExecutionPatch{{ID: "step_1", Status: api.NewOptStepStatus(step)}}
	return api.WorkflowRunPatch{Status: api.NewOptWorkflowRunStatus(run),
		Steps: api.NewOptNilStepExecutionPatchArray(steps)}
}

// liveRuns does the steps of the scenario that change a run while it runs, and run it again.
func liveRuns() {
	id := prefix + "-live"
	patch := facts(api.WorkflowRunStatusRUNNING, api.StepStatusRUNNING)
	patch.WorkflowID = api.NewOptString(workflow)
	patch.HeartbeatTimeout = api.NewOptNilInt32(3600)
	updated := update(id, patch)
	check(updated.Status == api.WorkflowRunStatusRUNNING, "a run that has begun")
	patch = facts(api.WorkflowRunStatusFAILED, api.StepStatusFAILED)
	patch.Outcome = api.NewOptNilString("TIMED_OUT")
	updated = update(id, patch)
	check(updated.Status == api.WorkflowRunStatusFAILED, "its end")
	check(updated.Outcome.Value == "TIMED_OUT", "its outcome")
	check(updated.WorkflowID == workflow && updated.HeartbeatTimeout.Value == 3600, "what stays")
	ended := get(id)
	check(ended.Status == api.WorkflowRunStatusFAILED, "its end in getExecution")
	check(len(ended.Steps) == 1 && ended.Steps[0].Status == api.StepStatusFAILED,
		"the end of its step")
	done("update")

	id = prefix + "-again"
	failing, labels := newStep("step_1"), map[string]string{"batch": prefix}
	failing.Status, failing.Outcome = api.StepStatusFAILED, api.NewOptNilString("TIMED_OUT")
	failing.URL = api.NewOptNilString("https://engine.example/1/step_1")
	failing.Metadata = api.NewOptNilStepExecutionInputMetadata(labels)
	failing.ParentID, failing.Iteration = api.NewOptNilString("loop"), api.NewOptNilInt32(2)
	run := newRun(id, failing)
	run.Outcome, run.Error = api.NewOptNilString("CRASHED"), api.NewOptNilString("The worker is gone")
	run.URL = api.NewOptNilString("https://engine.example/1")
	run.ParentID = api.NewOptNilString(prefix)
	run.Metadata = api.NewOptNilWorkflowRunInputMetadata(labels)
	run.TriggeredBy = api.NewOptNilString("schedule")
	recorded := record(id, run)
	check(reflect.DeepEqual(input(recorded), run), "the response equals the request")
	check(reflect.DeepEqual(get(id), recorded), "getExecution returns the same")
	done("optional fields")

	run.Status, run.Attempt = api.WorkflowRunStatusRUNNING, api.NewOptNilInt32(2)
	run.Outcome = api.OptNilString{}
	record(id, run)
	second := get(id)
	check(second.Status == api.WorkflowRunStatusRUNNING, "the status of the second attempt")
	check(second.Attempt == api.NewOptInt32(2), "its number")
	check(len(second.Attempts) == 2, "two attempts")
	check(second.Attempts[0].Attempt == 1 && second.Attempts[0].Outcome.Value == "CRASHED" &&
		second.Attempts[0].Status == api.WorkflowRunStatusFAILED, "the first of the attempts")
	check(second.Attempts[1].Attempt == 2 && !second.Attempts[1].Outcome.Set, "the second of them")
	former := as[*api.WorkflowRunDetail](must(client.GetExecution(ctx,
		api.GetExecutionParams{ID: id, Attempt: api.NewOptInt32(1)})))
	check(former.Status == api.WorkflowRunStatusFAILED, "the first attempt")
	done("attempts")

	page := list(api.ListExecutionsParams{Metadata: []string{"batch:" + prefix}})
	check(page.Total == 1 && len(page.Items) == 1 && page.Items[0].ID == id, "the run of the pair")
	check(page.Items[0].Attempt.Value == 2, "its newest attempt")
	done("metadata")

	deleteIf := func(tag string) api.DeleteExecutionRes {
		return must(client.DeleteExecution(ctx,
			api.DeleteExecutionParams{ID: id, IfMatch: api.NewOptString(tag)}))
	}
	stale := as[*api.DeleteExecutionPreconditionFailed](deleteIf(`"another"`))
	check(strings.Contains(stale.Error, "If-Match"), "the 412")
	// The client returns no header fields, so there is no ETag here.
	as[*api.DeleteExecutionNoContent](deleteIf("*"))
	as[*api.GetExecutionNotFound](must(client.GetExecution(ctx, api.GetExecutionParams{ID: id})))
	done("conditions")
}
