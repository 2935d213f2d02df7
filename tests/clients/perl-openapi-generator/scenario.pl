#!/usr/bin/env perl

# Lists, inspects and records runs through the client that openapi-generator generates for Perl.

use strict;
use warnings;

use JSON qw(decode_json);
use List::Util qw(all uniq);
use Time::HiRes qw(time);

use WWW::OpenAPIClient::AnalysisApi;
use WWW::OpenAPIClient::ChangesApi;
use WWW::OpenAPIClient::ExecutionsApi;
use WWW::OpenAPIClient::RecordingApi;
use WWW::OpenAPIClient::WorkflowsApi;
use WWW::OpenAPIClient::Object::ErrorResponse;
use WWW::OpenAPIClient::Object::StepExecutionInput;
use WWW::OpenAPIClient::Object::StepExecutionPatch;
use WWW::OpenAPIClient::Object::WorkflowRunBatch;
use WWW::OpenAPIClient::Object::WorkflowRunInput;
use WWW::OpenAPIClient::Object::WorkflowRunPatch;

my $workflow    = 'workflow_perl-openapi-generator';
my $prefix      = sprintf 'perl-%d', time * 1_000_000;
my $never_a_run = 'Execution not found or access denied';

my %access = (
    base_url       => $ENV{RUNLEDGER_URL},
    api_key        => { Authorization => $ENV{RUNLEDGER_KEY} },
    api_key_prefix => { Authorization => 'Token' },
);
my $executions = WWW::OpenAPIClient::ExecutionsApi->new(%access);
my $recording  = WWW::OpenAPIClient::RecordingApi->new(%access);
my $analysis   = WWW::OpenAPIClient::AnalysisApi->new(%access);
my $workflows  = WWW::OpenAPIClient::WorkflowsApi->new(%access);
my $changes    = WWW::OpenAPIClient::ChangesApi->new(%access);

# The generated code sends no PATCH: this client prepares a PUT and changes its method.
package PatchingClient {
    use parent -norequire => 'WWW::OpenAPIClient::ApiClient';

    sub call_api {
        my ($self, $path, $method, @rest) = @_;
        return $self->SUPER::call_api($path, $method, @rest) if $method ne 'PATCH';
        my $set_method = sub { my ($request) = @_; $request->method('PATCH'); return };
        $self->{ua}->add_handler(request_prepare => $set_method);
        my $response = $self->SUPER::call_api($path, 'PUT', @rest);
        $self->{ua}->remove_handler('request_prepare');
        return $response;
    }
}
bless $recording->{api_client}, 'PatchingClient';

# The prototype asks for scalars: a match that fails would be no argument at all otherwise.
sub check ($$) {
    my ($ok, $what) = @_;
    die "not as expected: $what\n" unless $ok;
}

sub done {
    my ($step) = @_;
    print "ok $step\n";
}

# The error of a call that must be refused with this status: the client has it in the text of its
# exception.
sub refusal {
    my ($status, $call) = @_;
    check(!eval { $call->(); 1 }, "no refusal with status $status");
    my ($came, $body) = $@ =~ /^API Exception\((\d+)\): [^\n]*\n(\{.*\})/s or die $@;
    check($came == $status, "status $came for $status: $body");
    return WWW::OpenAPIClient::Object::ErrorResponse->new->from_hash(decode_json($body));
}

sub totals {
    my ($page) = @_;
    return join ' ', $page->total, $page->succeeded, $page->failed;
}

# Whether two models hold the same.
sub same {
    my ($one, $other) = @_;
    my $json = JSON->new->canonical;
    my ($text, $other_text) =
        map { $json->encode(without_empty($_->to_hash)) } $one, $other;
    return $text eq $other_text;
}

# The value without empty arrays and maps, which the models make of fields that are left out.
sub without_empty {
    my ($value) = @_;
    return [map { without_empty($_) } @$value] if ref $value eq 'ARRAY';
    return $value if ref $value ne 'HASH';
    my %kept;
    for my $key (keys %$value) {
        my $part = without_empty($value->{$key});
        next if ref $part eq 'ARRAY' && !@$part || ref $part eq 'HASH' && !%$part;
        $kept{$key} = $part;
    }
    return \%kept;
}

sub new_step {
    my ($id) = @_;
    return WWW::OpenAPIClient::Object::StepExecutionInput->new(
        id          => $id,
        step_name   => 'send_email',
        step_type   => 'PIECE',
        status      => 'SUCCEEDED',
        attempt     => 1,
        duration    => 0.5,
        created_at  => '2025-03-01T08:00:00.125Z',
        started_at  => '2025-03-01T08:00:00.126Z',
        finished_at => '2025-03-01T08:00:00.626Z',
    );
}

sub new_run {
    my ($id, @steps) = @_;
    return WWW::OpenAPIClient::Object::WorkflowRunInput->new(
        id                   => $id,
        workflow_id          => $workflow,
        version_id           => 'version_1',
        version_display_name => 'First',
        type                 => 'TEST',
        status               => 'FAILED',
        duration             => 1.25,
        created_at           => '2025-03-01T08:00:00.125Z',
        started_at           => '2025-03-01T08:00:00.126Z',
        finished_at          => '2025-03-01T08:00:01.376Z',
        steps                => \@steps,
        step_count           => scalar @steps,
    );
}

my $listed = $executions->list_executions;
check($listed->page == 1 && $listed->limit == 20, 'the first page');
check(@{ $listed->items } == 20 && $listed->total >= 250, 'its items and total');
done('list');

my $failed = $executions->list_executions(
    workflow_id => 'workflow_abc123',
    status      => 'FAILED',
    page        => 1,
    limit       => 100,
);
check(@{ $failed->items } == 30, 'the failed runs');
check((all { $_->status eq 'FAILED' } @{ $failed->items }), 'their status');
check((all { $_->workflow_id eq 'workflow_abc123' } @{ $failed->items }), 'their workflow');
check(totals($failed) eq '30 0 30', 'their totals');
my $every = $executions->list_executions(workflow_id => 'workflow_abc123', status => 'all');
check(totals($every) eq '250 200 30', 'the totals of all');
my $unknown = $executions->list_executions(workflow_id => $prefix);
check(@{ $unknown->items } == 0 && totals($unknown) eq '0 0 0', 'an unknown workflow');
done('filters');

my @runs;
my %size = (1 => 100, 2 => 100, 3 => 50, 4 => 0);
for my $number (1 .. 4) {
    my $page = $executions->list_executions(workflow_id => 'workflow_abc123', limit => 100,
        page => $number);
    check(@{ $page->items } == $size{$number}, "the size of page $number");
    check(totals($page) eq '250 200 30', "the totals of page $number");
    check($page->page == $number && $page->limit == 100, "page and limit of page $number");
    push @runs, @{ $page->items };
}
check(uniq(map { $_->id } @runs) == 250, '250 different ids');
# Without its fraction and its Z, a time in UTC sorts as text.
my @times = map { $_->created_at =~ s/(\.\d+)?Z$//r } @runs;
check((all { $times[$_] le $times[ $_ - 1 ] } 1 .. $#times), 'the newest first');
done('pages');

my $newest = $runs[0];
check($newest->id eq 'run_def456' && $newest->status eq 'SUCCEEDED', 'the newest');
check($newest->duration == 15.5, 'its duration');
check($newest->created_at eq '2025-01-04T12:00:00Z',  'when it was created');
check($newest->started_at eq '2025-01-04T12:00:05Z',  'when it was started');
check($newest->finished_at eq '2025-01-04T12:00:20Z', 'when it was finished');
my $pending = $executions->list_executions(status => 'PENDING')->items->[0];
check($pending->status eq 'PENDING', "the pending run's status");
check(!defined $pending->duration,   'no duration');
check(!defined $pending->started_at && !defined $pending->finished_at,
    'neither started nor finished');
done('nulls');

my $detail = $executions->get_execution(id => 'run_def456');
my @steps  = @{ $detail->steps };
check(@steps == 2 && $detail->step_count == 2, 'two steps');
check($steps[0]->step_type eq 'TRIGGER' && $steps[1]->step_type eq 'PIECE', 'their types');
for my $step (@steps) {
    check($step->status eq 'SUCCEEDED', "a step's status");
    check($step->attempt == 1 && !defined $step->error, "a step's attempt and error");
}
check($steps[0]->duration == 0.5 && $steps[1]->duration == 1.2, 'their durations');
done('steps');

my $error = refusal(400, sub { $executions->list_executions(workflow_id => "a\tb") });
check($error->code eq 'VALIDATION_ERROR' && $error->error =~ /workflow_id/, 'the 400');
done('invalid');

my $stranger = WWW::OpenAPIClient::ExecutionsApi->new(%access,
    api_key => { Authorization => 'not-a-key' });
$error = refusal(401, sub { $stranger->list_executions });
check(!defined $error->code, 'no code in the 401');
check($error->error eq 'Unauthorized: Invalid or expired API key', 'the message of the 401');
done('unauthorized');

$error = refusal(404, sub { $executions->get_execution(id => "$prefix-missing") });
check(!defined $error->code && $error->error eq $never_a_run, 'the 404');
done('missing');

my $broken = new_step('step_2');
$broken->status('FAILED');
$broken->attempt(2);
$broken->error("SMTP 451\ntry again later");
my $run      = new_run("$prefix-1", new_step('step_1'), $broken);
my $recorded = $recording->record_execution(id => $run->id, workflow_run_input => $run);
check(same($recorded, $run), 'the response equals the request');
check(same($executions->get_execution(id => $run->id), $recorded),
    'get_execution returns the same');
done('record');

my $back = WWW::OpenAPIClient::Object::WorkflowRunInput->new->from_hash(
    $executions->get_execution(id => $run->id)->to_hash);
check(same($recording->record_execution(id => $run->id, workflow_run_input => $back), $recorded),
    'the result');
check(same($executions->get_execution(id => $run->id), $recorded), 'what was put back');
done('put back');

$run->status('RUNNING');
$error = refusal(409, sub { $recording->record_execution(id => $run->id,
    workflow_run_input => $run) });
check($error->error =~ /RUNNING/, 'the message of the 409');
check(same($executions->get_execution(id => $run->id), $recorded), 'the 409 changed nothing');
done('conflict');

my $good = new_run("$prefix-2");
my $bad  = new_run("$prefix-3", new_step('step_1'), new_step('step_2'));
$bad->step_count(3);
my $batch   = WWW::OpenAPIClient::Object::WorkflowRunBatch->new(items => [ $good, $bad ]);
my @results = @{ $recording->record_executions(workflow_run_batch => $batch)->items };
check(@results == 2 && $results[0]->id eq $good->id && $results[1]->id eq $bad->id,
    'the ids of the batch');
check($results[0]->outcome eq 'RECORDED' && !defined $results[0]->error, 'the first was recorded');
check($results[1]->outcome eq 'REJECTED', 'the second was rejected');
check($results[1]->error->error =~ /step_count/, 'why it was rejected');
$error = refusal(404, sub { $executions->get_execution(id => $bad->id) });
check($error->error eq $never_a_run, 'the rejected run is not there');
done('batch');

# Without `use utf8` this is UTF-8, as the client wants it in a path. A body must be ASCII: the id
# is left out there.
my $escaped   = "$prefix/50% of Zoë's 日本";
my $named = $recording->record_execution(id => $escaped, workflow_run_input => new_run(undef))->id;
utf8::encode($named);
check($named eq $escaped, 'the escaped id, recorded');
$named = $executions->get_execution(id => $escaped)->id;
utf8::encode($named);
check($named eq $escaped, 'the escaped id, read');
done('escaped id');

my @step_ids = map { "step_$_" } 1 .. 500;
my $long     = new_run("$prefix-500", map { new_step($_) } @step_ids);
$recording->record_execution(id => $long->id, workflow_run_input => $long);
my $read = $executions->get_execution(id => $long->id);
check($read->step_count == 500, '500 steps');
check("@step_ids" eq join(' ', map { $_->id } @{ $read->steps }), 'in the same order');
done('500 steps');

my $day = $executions->list_executions(
    workflow_id    => 'workflow_abc123',
    created_after  => '2025-01-03T00:00:00Z',
    created_before => '2025-01-04T00:00:00Z',
);
check(totals($day) eq '48 31 5', 'the totals of a day');
done('range');

my $ended = $executions->list_executions(workflow_id => 'workflow_abc123',
    statuses => [ 'FAILED', 'CANCELLED' ]);
check(totals($ended) eq '35 0 30', 'the totals of two states');
done('statuses');

my @walked;
my $cursor = 'newest';
while (defined $cursor) {
    my $page = $executions->list_executions(workflow_id => 'workflow_abc123', limit => 100,
        cursor => $cursor);
    push @walked, @{ $page->items };
    $cursor = $page->next_cursor;
}
check(@walked == @runs && (all { same($walked[$_], $runs[$_]) } 0 .. $#runs),
    'the walk lists the runs of the pages');
done('walk');

my $histogram = $analysis->get_histogram(workflow_id => 'workflow_abc123', bucket => 'day');
my @buckets   = @{ $histogram->buckets };
check(@buckets == 6 && $buckets[4]->start eq '2025-01-03T00:00:00Z', 'six days');
check($buckets[4]->total == 48 && $buckets[4]->failed == 5, 'the counts of a day');
done('histogram');

my $found = $workflows->list_workflows(q => 'workflow_abc1');
check($found->total == 1 && @{ $found->items } == 1, 'one workflow');
my $summary = $found->items->[0];
check($summary->workflow_id eq 'workflow_abc123', 'its UID');
check(totals($summary) eq '250 200 30', 'its totals');
check(same($summary->newest_run, $newest), 'its newest run');
check($summary->median_duration == 15.5 && $summary->p95_duration == 15.5, 'its durations');
done('workflows');

for (1 .. 2) {
    $recording->delete_execution(id => "$prefix-1");
    $error = refusal(404, sub { $executions->get_execution(id => "$prefix-1") });
    check($error->error eq $never_a_run, 'the deleted run is not there');
}
done('delete');

my %changed;
my $page = $changes->list_changes(after => 0, limit => 1000);
while (@{ $page->items }) {
    $changed{ $_->id } = $_ for @{ $page->items };
    $page = $changes->list_changes(after => $page->next_after, limit => 1000);
}
check($changed{"$prefix-1"}->deleted && !defined $changed{"$prefix-1"}->run, 'the deletion');
check($changed{"$prefix-2"}->run->workflow_id eq $workflow, 'a new run');
done('changes');

sub facts_of_step {
    my ($status) = @_;
    return [WWW::OpenAPIClient::Object::StepExecutionPatch->new(id => 'step_1',
        status => $status)];
}

my $live    = "$prefix-live";
my $updated = $recording->update_execution(
    id                 => $live,
    workflow_run_patch => WWW::OpenAPIClient::Object::WorkflowRunPatch->new(
        workflow_id       => $workflow,
        status            => 'RUNNING',
        heartbeat_timeout => 3600,
        steps             => facts_of_step('RUNNING'),
    ),
);
check($updated->status eq 'RUNNING', 'a run that has begun');
$updated = $recording->update_execution(
    id                 => $live,
    workflow_run_patch => WWW::OpenAPIClient::Object::WorkflowRunPatch->new(
        status  => 'FAILED',
        outcome => 'TIMED_OUT',
        steps   => facts_of_step('FAILED'),
    ),
);
check($updated->status eq 'FAILED' && $updated->outcome eq 'TIMED_OUT', 'its end');
check($updated->workflow_id eq $workflow && $updated->heartbeat_timeout == 3600, 'what stays');
my $ended = $executions->get_execution(id => $live);
check($ended->status eq 'FAILED', 'its end in get_execution');
check(@{ $ended->steps } == 1 && $ended->steps->[0]->status eq 'FAILED', 'the end of its step');
done('update');

my $again  = "$prefix-again";
my $labels = { batch => $prefix };
my $failing = new_step('step_1');
my %of_step = (status => 'FAILED', outcome => 'TIMED_OUT', url => 'https://engine.example/1',
    metadata => $labels, parent_id => 'loop', iteration => 2);
$failing->$_($of_step{$_}) for keys %of_step;
my $full = new_run($again, $failing);
my %of_run = (outcome => 'CRASHED', url => 'https://engine.example/1', metadata => $labels,
    parent_id => $prefix, triggered_by => 'schedule', error => 'The worker is gone');
$full->$_($of_run{$_}) for keys %of_run;
my $kept = $recording->record_execution(id => $again, workflow_run_input => $full);
check(same($kept, $full), 'the response equals the request');
check(same($executions->get_execution(id => $again), $kept), 'get_execution returns the same');
done('optional fields');

$full->status('RUNNING');
$full->attempt(2);
$full->outcome(undef);
$recording->record_execution(id => $again, workflow_run_input => $full);
my $second = $executions->get_execution(id => $again);
check($second->status eq 'RUNNING' && $second->attempt == 2, 'the second attempt');
my @attempts = map { join ' ', $_->attempt, $_->status, $_->outcome // '' } @{ $second->attempts };
check("@attempts" eq '1 FAILED CRASHED 2 RUNNING ', 'both attempts');
my $first = $executions->get_execution(id => $again, attempt => 1);
check($first->status eq 'FAILED' && $first->outcome eq 'CRASHED', 'the first attempt');
done('attempts');

my $labeled = $executions->list_executions(metadata => ["batch:$prefix"]);
check($labeled->total == 1 && $labeled->items->[0]->id eq $again, 'the run of the pair');
check($labeled->items->[0]->attempt == 2, 'its newest attempt');
done('metadata');

$error = refusal(412,
    sub { $recording->delete_execution(id => $again, if_match => '"another"') });
check($error->error =~ /If-Match/, 'the 412');
# The client does not return header fields.
$recording->delete_execution(id => $again, if_match => '*');
$error = refusal(404, sub { $executions->get_execution(id => $again) });
check($error->error eq $never_a_run, 'the deleted run is not there');
done('conditions');
