// Lists, inspects and records runs through the client that NSwag generates for C#.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net.Http;
using System.Threading.Tasks;
using Newtonsoft.Json;
using Runledger;

static class Scenario
{
    const string Workflow = "workflow_csharp-nswag";
    const string NeverARun = "Execution not found or access denied";
    static readonly string Prefix = Guid.NewGuid().ToString();

    static void Check(bool ok, string what)
    {
        if (!ok) throw new Exception("not as expected: " + what);
    }

    static void Done(string step) => Console.WriteLine("ok " + step);

    static RunledgerClient Connect(string key)
    {
        var http = new HttpClient();
        http.DefaultRequestHeaders.Add("Authorization", "Token " + key);
        return new RunledgerClient(http)
            { BaseUrl = Environment.GetEnvironmentVariable("RUNLEDGER_URL") };
    }

    // The error of a call that must be refused with this status.
    static async Task<ErrorResponse> Refusal(int status, Task call)
    {
        try
        {
            await call;
        }
        catch (ApiException<ErrorResponse> e)
        {
            Check(e.StatusCode == status, $"status {e.StatusCode} for {status}: {e.Response}");
            return e.Result;
        }
        throw new Exception($"not as expected: no refusal with status {status}");
    }

    // A model's copy as another model: detail and input have the same keys.
    static T As<T>(object model) =>
        JsonConvert.DeserializeObject<T>(JsonConvert.SerializeObject(model));

    static bool Same(object one, object other) =>
        JsonConvert.SerializeObject(one) == JsonConvert.SerializeObject(other);

    static bool Totals(ListWorkflowRunsResponse page, long total, long succeeded, long failed) =>
        page.Total == total && page.Succeeded == succeeded && page.Failed == failed;

    static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text,
        CultureInfo.InvariantCulture);

    static StepExecutionInput NewStep(string id) => new StepExecutionInput
    {
        Id = id,
        Step_name = "send_email",
        Step_type = StepType.PIECE,
        Status = StepStatus.SUCCEEDED,
        Attempt = 1,
        Error = null,
        Duration = 0.5,
        Created_at = Time("2025-03-01T08:00:00.125Z"),
        Started_at = Time("2025-03-01T08:00:00.126Z"),
        Finished_at = Time("2025-03-01T08:00:00.626Z"),
    };

    static WorkflowRunInput NewRun(string id,
        params StepExecutionInput[] steps) => new WorkflowRunInput
    {
        Id = id,
        Workflow_id = Workflow,
        Version_id = "version_1",
        Version_display_name = "First",
        Type = "TEST",
        Status = WorkflowRunStatus.FAILED,
        Duration = 1.25,
        Created_at = Time("2025-03-01T08:00:00.125Z"),
        Started_at = Time("2025-03-01T08:00:00.126Z"),
        Finished_at = Time("2025-03-01T08:00:01.376Z"),
        Steps = steps,
        Step_count = steps.Length,
    };

    static async Task Run()
    {
        var client = Connect(Environment.GetEnvironmentVariable("RUNLEDGER_KEY"));

        var listed = await client.ListExecutionsAsync();
        Check(listed.Page == 1 && listed.Limit == 20, "the first page");
        Check(listed.Items.Count == 20 && listed.Total >= 250, "its items and total");
        Done("list");

        var failed = await client.ListExecutionsAsync(1, 100, "workflow_abc123",
            WorkflowRunStatusFilter.FAILED);
        Check(failed.Items.Count == 30, "the failed runs");
        Check(failed.Items.All(run => run.Status == WorkflowRunStatus.FAILED), "their status");
        Check(failed.Items.All(run => run.Workflow_id == "workflow_abc123"), "their workflow");
        Check(Totals(failed, 30, 0, 30), "their totals");
        var every = await client.ListExecutionsAsync(
            workflow_id: "workflow_abc123", status: WorkflowRunStatusFilter.All);
        Check(Totals(every, 250, 200, 30), "the totals of all");
        var unknown = await client.ListExecutionsAsync(workflow_id: Prefix);
        Check(unknown.Items.Count == 0 && Totals(unknown, 0, 0, 0), "an unknown workflow");
        Done("filters");

        var runs = new List<WorkflowRunMetadata>();
        var sizes = new[] { 100, 100, 50, 0 };
        for (var number = 1; number <= sizes.Length; number++)
        {
            var page = await client.ListExecutionsAsync(number, 100, "workflow_abc123");
            Check(page.Items.Count == sizes[number - 1], $"the size of page {number}");
            Check(Totals(page, 250, 200, 30), $"the totals of page {number}");
            Check(page.Page == number && page.Limit == 100, $"page and limit of page {number}");
            runs.AddRange(page.Items);
        }
        Check(runs.Select(run => run.Id).Distinct().Count() == 250, "250 different ids");
        Check(runs.Zip(runs.Skip(1), (newer,
            older) => newer.Created_at >= older.Created_at).All(ok => ok),
            "the newest first");
        Done("pages");

        var newest = runs[0];
        Check(newest.Id == "run_def456" && newest.Status == WorkflowRunStatus.SUCCEEDED,
            "the newest");
        Check(newest.Duration == 15.5, "its duration");
        Check(newest.Created_at == Time("2025-01-04T12:00:00Z"), "when it was created");
        Check(newest.Started_at == Time("2025-01-04T12:00:05Z"), "when it was started");
        Check(newest.Finished_at == Time("2025-01-04T12:00:20Z"), "when it was finished");
        var pending = (await client.ListExecutionsAsync(status: WorkflowRunStatusFilter.PENDING))
            .Items.First();
        Check(pending.Status == WorkflowRunStatus.PENDING, "the pending run's status");
        Check(pending.Duration == null, "no duration");
        Check(pending.Started_at == null && pending.Finished_at == null,
            "neither started nor finished");
        Done("nulls");

        var detail = await client.GetExecutionAsync("run_def456");
        Check(detail.Steps.Count == 2 && detail.Step_count == 2, "two steps");
        Check(detail.Steps.First().Step_type == StepType.TRIGGER, "the first is a trigger");
        Check(detail.Steps.Last().Step_type == StepType.PIECE, "the second is a piece");
        Check(detail.Steps.All(step => step.Status == StepStatus.SUCCEEDED), "their status");
        Check(detail.Steps.All(step => step.Attempt == 1 && step.Error == null),
            "their attempts and errors");
        Check(detail.Steps.Select(step => step.Duration).SequenceEqual(new[] { 0.5, 1.2 }),
            "their durations");
        Done("steps");

        var error = await Refusal(400, client.ListExecutionsAsync(workflow_id: "a\tb"));
        Check(error.Code == "VALIDATION_ERROR" && error.Error.Contains("workflow_id"), "the 400");
        Done("invalid");

        error = await Refusal(401, Connect("not-a-key").ListExecutionsAsync());
        Check(error.Code == null, "no code in the 401");
        Check(error.Error == "Unauthorized: Invalid or expired API key", "the message of the 401");
        Done("unauthorized");

        error = await Refusal(404, client.GetExecutionAsync(Prefix + "-missing"));
        Check(error.Code == null && error.Error == NeverARun, "the 404");
        Done("missing");

        var broken = NewStep("step_2");
        broken.Status = StepStatus.FAILED;
        broken.Attempt = 2;
        broken.Error = "SMTP 451\ntry again later";
        var sent = NewRun(Prefix + "-1", NewStep("step_1"), broken);
        var recorded = await client.RecordExecutionAsync(sent.Id, sent);
        Check(Same(As<WorkflowRunInput>(recorded), sent), "the response equals the request");
        Check(Same(await client.GetExecutionAsync(sent.Id), recorded),
            "getExecution returns the same");
        Done("record");

        var back = As<WorkflowRunInput>(await client.GetExecutionAsync(sent.Id));
        Check(Same(await client.RecordExecutionAsync(sent.Id, back), recorded),
            "the response to putting it back");
        Check(Same(await client.GetExecutionAsync(sent.Id), recorded), "what was put back");
        Done("put back");

        sent.Status = WorkflowRunStatus.RUNNING;
        error = await Refusal(409, client.RecordExecutionAsync(sent.Id, sent));
        Check(error.Error.Contains("RUNNING"), "the message of the 409");
        Check(Same(await client.GetExecutionAsync(sent.Id), recorded), "the 409 changed nothing");
        Done("conflict");

        var good = NewRun(Prefix + "-2");
        var bad = NewRun(Prefix + "-3", NewStep("step_1"), NewStep("step_2"));
        bad.Step_count = 3;
        var batch = new WorkflowRunBatch { Items = new[] { good, bad } };
        var results = (await client.RecordExecutionsAsync(batch)).Items;
        Check(results.Select(result => result.Id).SequenceEqual(new[] { good.Id, bad.Id }),
            "the ids of the batch");
        Check(results.First().Outcome == RecordOutcome.RECORDED, "the first was recorded");
        Check(results.First().Error == null, "the first has no error");
        Check(results.Last().Outcome == RecordOutcome.REJECTED, "the second was rejected");
        Check(results.Last().Error.Error.Contains("step_count"), "why it was rejected");
        error = await Refusal(404, client.GetExecutionAsync(bad.Id));
        Check(error.Error == NeverARun, "the rejected run is not there");
        Done("batch");

        var escaped = Prefix + "/50% of Zoë's 日本";
        Check((await client.RecordExecutionAsync(escaped, NewRun(escaped))).Id == escaped,
            "the escaped id, recorded");
        Check((await client.GetExecutionAsync(escaped)).Id == escaped, "the escaped id, read");
        Done("escaped id");

        var stepIds = Enumerable.Range(1, 500).Select(number => "step_" + number).ToArray();
        await client.RecordExecutionAsync(Prefix + "-500",
            NewRun(Prefix + "-500", stepIds.Select(NewStep).ToArray()));
        var longRun = await client.GetExecutionAsync(Prefix + "-500");
        Check(longRun.Steps.Select(step => step.Id).SequenceEqual(stepIds), "500 steps in order");
        Check(longRun.Step_count == 500, "their number");
        Done("500 steps");

        var from = Time("2025-01-03T00:00:00Z");
        var day = await client.ListExecutionsAsync(
            workflow_id: "workflow_abc123", created_after: from, created_before: from.AddDays(1));
        Check(Totals(day, 48, 31, 5), "the totals of a day");
        Done("range");

        var ended = await client.ListExecutionsAsync(workflow_id: "workflow_abc123",
            statuses: new[] { WorkflowRunStatus.FAILED, WorkflowRunStatus.CANCELLED });
        Check(Totals(ended, 35, 0, 30), "the totals of two states");
        Done("statuses");

        var walked = new List<WorkflowRunMetadata>();
        for (var cursor = ""; cursor != null;)
        {
            var page = await client.ListExecutionsAsync(
                limit: 100, workflow_id: "workflow_abc123", cursor: cursor);
            walked.AddRange(page.Items);
            cursor = page.Next_cursor;
        }
        Check(Same(walked, runs), "the walk lists the runs of the pages");
        Done("walk");

        var histogram = await client.GetHistogramAsync(BucketWidth.Day, "workflow_abc123");
        var bucket = histogram.Buckets.ElementAt(4);
        Check(histogram.Buckets.Count == 6 && bucket.Start == from, "six days");
        Check(bucket.Total == 48 && bucket.Failed == 5, "the counts of a day");
        Done("histogram");

        var found = await client.ListWorkflowsAsync(q: "workflow_abc1");
        Check(found.Total == 1 && found.Items.Count == 1, "one workflow");
        var summary = found.Items.Single();
        Check(summary.Workflow_id == "workflow_abc123", "its UID");
        Check(summary.Total == 250 && summary.Succeeded == 200 && summary.Failed == 30,
            "its totals");
        Check(Same(summary.Newest_run, newest), "its newest run");
        Check(summary.Median_duration == 15.5 && summary.P95_duration == 15.5, "its durations");
        Done("workflows");

        for (var times = 1; times <= 2; times++)
        {
            await client.DeleteExecutionAsync(sent.Id);
            error = await Refusal(404, client.GetExecutionAsync(sent.Id));
            Check(error.Error == NeverARun, "the deleted run is not there");
        }
        Done("delete");

        var changed = new Dictionary<string, WorkflowRunChange>();
        var changes = await client.ListChangesAsync(0, 1000);
        while (changes.Items.Count > 0)
        {
            foreach (var change in changes.Items) changed[change.Id] = change;
            changes = await client.ListChangesAsync(changes.Next_after, 1000);
        }
        Check(changed[sent.Id].Deleted && changed[sent.Id].Run == null, "the deletion");
        Check(changed[good.Id].Run.Workflow_id == Workflow, "a new run");
        Done("changes");

        await UpdateStep(client);
        await AttemptsAndConditions(client);
    }

    static WorkflowRunPatch Facts(WorkflowRunStatus run, StepStatus step) => new WorkflowRunPatch
    {
        Status = run,
        Steps = new[] { new StepExecutionPatch { Id = "step_1", Status = step } },
    };

    static async Task UpdateStep(RunledgerClient client)
    {
        var id = Prefix + "-live";
        var facts = Facts(WorkflowRunStatus.RUNNING, StepStatus.RUNNING);
        facts.Workflow_id = Workflow;
        facts.Heartbeat_timeout = 3600;
        var updated = await client.UpdateExecutionAsync(id, facts);
        Check(updated.Status == WorkflowRunStatus.RUNNING, "a run that has begun");
        facts = Facts(WorkflowRunStatus.FAILED, StepStatus.FAILED);
        facts.Outcome = "TIMED_OUT";
        updated = await client.UpdateExecutionAsync(id, facts);
        Check(updated.Status == WorkflowRunStatus.FAILED, "its end");
        Check(updated.Outcome == "TIMED_OUT", "its outcome");
        Check(updated.Workflow_id == Workflow && updated.Heartbeat_timeout == 3600, "what stays");
        var ended = await client.GetExecutionAsync(id);
        Check(ended.Status == WorkflowRunStatus.FAILED, "its end in getExecution");
        Check(ended.Steps.Single().Status == StepStatus.FAILED, "the end of its step");
        Done("update");
    }

    static async Task AttemptsAndConditions(RunledgerClient client)
    {
        var metadata = new Dictionary<string, string> { ["batch"] = Prefix };
        var step = NewStep("step_1");
        step.Status = StepStatus.FAILED;
        step.Outcome = "TIMED_OUT";
        step.Url = "https://engine.example/1/step_1";
        step.Metadata = metadata;
        step.Parent_id = "loop";
        step.Iteration = 2;
        var run = NewRun(Prefix + "-again", step);
        run.Outcome = "CRASHED";
        run.Url = "https://engine.example/1";
        run.Metadata = metadata;
        run.Parent_id = Prefix;
        run.Triggered_by = "schedule";
        run.Error = "The worker is gone";
        var recorded = await client.RecordExecutionAsync(run.Id, run);
        Check(Same(As<WorkflowRunInput>(recorded), run), "the response equals the request");
        Check(Same(await client.GetExecutionAsync(run.Id), recorded),
            "getExecution returns the same");
        Done("optional fields");

        run.Status = WorkflowRunStatus.RUNNING;
        run.Attempt = 2;
        run.Outcome = null;
        await client.RecordExecutionAsync(run.Id, run);
        var second = await client.GetExecutionAsync(run.Id);
        Check(second.Status == WorkflowRunStatus.RUNNING && second.Attempt == 2,
            "the second attempt");
        Check(second.Attempts.Select(one => $"{one.Attempt} {one.Status} {one.Outcome}")
            .SequenceEqual(new[] { "1 FAILED CRASHED", "2 RUNNING " }), "both attempts");
        var first = await client.GetExecutionAsync(run.Id, 1);
        Check(first.Status == WorkflowRunStatus.FAILED && first.Outcome == "CRASHED",
            "the first attempt");
        Done("attempts");

        var labeled = await client.ListExecutionsAsync(metadata: new[] { "batch:" + Prefix });
        Check(labeled.Total == 1 && labeled.Items.Single().Id == run.Id, "the run of the pair");
        Check(labeled.Items.Single().Attempt == 2, "its newest attempt");
        Done("metadata");

        var error = await Refusal(412, client.DeleteExecutionAsync(run.Id, "\"another\""));
        Check(error.Error.Contains("If-Match"), "the 412");
        // The client does not return header fields.
        await client.DeleteExecutionAsync(run.Id, "*");
        error = await Refusal(404, client.GetExecutionAsync(run.Id));
        Check(error.Error == NeverARun, "the deleted run is not there");
        Done("conditions");
    }

    static int Main()
    {
        try
        {
            Run().GetAwaiter().GetResult();
            return 0;
        }
        catch (Exception e)
        {
            Console.Error.WriteLine(e);
            return 1;
        }
    }
}
