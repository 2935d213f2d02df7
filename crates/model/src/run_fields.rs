//! The list of the fields of a run. The types of its entries are those of `run.rs`.

/// The fields of a run without its steps; `fields.rs` explains the form.
macro_rules! run_fields {
    ($then:ident! $($args:tt)*) => { $then! { {
        /// Run UID, assigned by the recorder and unique within the tenant: 1 to 255 characters, no
        /// control characters.
        #[schema(example = "run_def456")]
        id {
            response: String,
            /// `.` and `..` are refused. Where the path has the id, this field may be omitted and
            /// must not differ from the path.
            #[schema(min_length = 1, max_length = 255)]
            #[schemars(length(min = 1, max = 255))]
            request: Option<String>,
            put {
                /// Required in a batch.
            }
        }
        /// UID of the workflow that ran.
        #[schema(example = "workflow_abc123")]
        workflow_id {
            response: String,
            /// 1 to 255 characters, no control characters.
            #[schema(min_length = 1, max_length = 255)]
            #[schemars(length(min = 1, max = 255))]
            request: String,
            patch {
                /// Required where the run is not recorded yet. Null is the same as not mentioned.
                #[serde(deserialize_with = "json::value_or_default")]
            }
        }
        /// UID of the workflow version that ran.
        #[schema(example = "version_xyz456")]
        version_id {
            /// Empty if the recorder gave none.
            response: String,
            /// Up to 255 characters, no control characters.
            #[schema(max_length = 255)]
            #[schemars(length(max = 255))]
            request: Option<String>,
            put {
                /// If omitted or null, empty.
            }
            patch {
                /// Null is the same as not mentioned; a new run then has an empty one.
            }
        }
        /// Human-readable name of that version.
        #[schema(example = "Initial Version")]
        version_display_name {
            /// Empty if the recorder gave none.
            response: String,
            /// Control characters and halves of surrogate pairs are recorded as U+FFFD. Of a text
            /// longer than 255 characters, the beginning and the end are recorded with the number
            /// of characters left out between them.
            #[serde(default, deserialize_with = "free_text::text")]
            request: Option<String>,
            put {
                /// If omitted or null, empty.
            }
            patch {
                /// Null is the same as not mentioned; a new run then has an empty one.
            }
        }
        /// What started the run, such as TEST, WEBHOOK_ASYNC or WEBHOOK_SYNC.
        #[serde(rename = "type")]
        #[schema(example = "WEBHOOK_ASYNC")]
        run_type {
            /// An open set: expect new values. UNKNOWN if the recorder gave none.
            response: String,
            /// 1 to 255 characters, no control characters.
            #[schema(min_length = 1, max_length = 255)]
            #[schemars(length(min = 1, max = 255))]
            request: Option<String>,
            put {
                /// If omitted or null, UNKNOWN.
            }
            patch {
                /// Null is the same as not mentioned; a new run then has UNKNOWN.
            }
        }
        /// State of the run.
        status {
            response: WorkflowRunStatus,
            /// Further words of engines are recorded as one of these states with an `outcome`:
            /// SKIPPED as SUCCEEDED; TIMED_OUT, UPSTREAM_FAILED, CRASHED and LOST as FAILED.
            /// Without an outcome: SUCCESS as SUCCEEDED; FAILURE and ERROR as FAILED; CANCELED as
            /// CANCELLED; QUEUED and SCHEDULED as PENDING. The schema lists the documented states
            /// only: a client that validates sends one of them, with the word as its `outcome`.
            #[schema(value_type = WorkflowRunStatus)]
            #[schemars(with = "WorkflowRunStatus")]
            request: Reported<WorkflowRunStatus>,
            patch {
                /// Null is the same as not mentioned; a new run is then RUNNING.
                #[serde(deserialize_with = "json::value_or_default")]
            }
        }
        /// Duration of the run in seconds, as measured by the recorder, with microsecond precision.
        #[schema(value_type = Option<f64>, example = 15.5)]
        duration {
            /// It need not equal `finished_at` minus `started_at`. Null while unknown, as it is
            /// before the run has finished.
            #[schema(required, minimum = 0)]
            #[schemars(range(min = 0))]
            response: Option<Seconds>,
            /// From -1,000,000,000 to 1,000,000,000; a negative one is recorded as 0.
            #[schema(minimum = -1000000000, maximum = 1000000000)]
            #[schemars(range(min = -1000000000, max = 1000000000))]
            request: Option<Seconds>,
            put {
                /// If omitted or null: `finished_at` minus `started_at`, if both are given, or 0
                /// where that is negative.
            }
            patch {
                /// While none is given, and after null, it is `finished_at` minus `started_at`, or
                /// 0 where that is negative. One that equals this difference counts as not given.
            }
        }
        /// When the run was created; lists are ordered by it.
        #[schema(format = DateTime, example = "2025-01-04T12:00:00Z")]
        created_at {
            /// RFC 3339 in UTC, with at most three fraction digits.
            #[schema(value_type = String)]
            response: Timestamp,
            /// RFC 3339 with any offset; digits finer than a millisecond are cut. The zero time
            /// `0001-01-01T00:00:00Z` is the same as null, here and in all times.
            #[serde(default, deserialize_with = "json::time")]
            #[schema(value_type = Option<String>)]
            request: Option<Timestamp>,
            put {
                /// If omitted or null: what was recorded before; for a new run `started_at`, or
                /// else the time of this recording.
            }
            patch {
                /// Null is the same as not mentioned; for a new run it is then `started_at`, or
                /// else the time of this request.
            }
        }
        /// When the run started; null if it has not.
        #[schema(value_type = Option<String>, format = DateTime, example = "2025-01-04T12:00:05Z")]
        started_at {
            #[schema(required)]
            response: Option<Timestamp>,
            #[serde(default, deserialize_with = "json::time")]
            request: Option<Timestamp>,
            patch {
                /// Null takes it away.
            }
        }
        /// When the run finished; null if it has not.
        #[schema(value_type = Option<String>, format = DateTime, example = "2025-01-04T12:00:20Z")]
        finished_at {
            #[schema(required)]
            response: Option<Timestamp>,
            /// It is recorded as given, also where it is before `started_at`.
            #[serde(default, deserialize_with = "json::time")]
            request: Option<Timestamp>,
            patch {
                /// Null takes it away.
            }
        }
        /// Number of the attempt: an engine that runs a finished run again under its id begins the
        /// next one.
        #[schema(minimum = 1, example = 2)]
        attempt {
            /// Omitted if it is 1.
            #[serde(default = "first_attempt", skip_serializing_if = "is_first_attempt")]
            #[schemars(range(min = 1))]
            response: i32,
            /// If omitted or null, the newest attempt that is recorded; 1 for a new run. A higher
            /// one begins that attempt, and a lower one changes that attempt only.
            #[serde(
                default,
                skip_serializing_if = "Option::is_none",
                deserialize_with = "json::whole_number::<1, 2147483647, _>"
            )]
            #[schema(maximum = 2147483647)]
            #[schemars(range(min = 1, max = 2147483647))]
            request: Option<i32>,
        }
        /// A word that refines the status, such as SKIPPED, CANCELLED, TIMED_OUT, UPSTREAM_FAILED,
        /// CRASHED or LOST: an open set.
        #[schema(example = "TIMED_OUT")]
        outcome {
            /// Omitted if the recorder gave none.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schema(nullable = false)]
            #[schemars(with = "String")]
            response: Option<String>,
            /// 1 to 64 characters of A to Z, 0 to 9 and `_`; empty is the same as null. SKIPPED and
            /// SUCCEEDED belong to the status SUCCEEDED; TIMED_OUT, UPSTREAM_FAILED, CRASHED, LOST
            /// and FAILED to FAILED; CANCELLED to CANCELLED. Beside another status they are a 400.
            /// Any other word may stand beside any status.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schema(max_length = 64)]
            #[schemars(length(max = 64))]
            request: Option<String>,
            put {
                /// If omitted or null, that of the `status`.
            }
            patch {
                /// Null takes it away. A word that belongs to a status reports that status, too,
                /// where the request has none.
            }
        }
        /// Where the engine shows the run.
        #[schema(example = "https://engine.example/runs/456")]
        url {
            /// Omitted if the recorder gave none.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schema(nullable = false)]
            #[schemars(with = "String")]
            response: Option<String>,
            /// `http://` or `https://` with a host, up to 2,048 characters, no blanks and control
            /// characters; empty is the same as null.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schema(max_length = 2048)]
            #[schemars(length(max = 2048))]
            request: Option<String>,
            patch {
                /// Null takes it away.
            }
        }
        /// Pairs of strings by which the recorder describes the run.
        metadata {
            /// Omitted if there are none.
            #[serde(default, skip_serializing_if = "Metadata::is_empty")]
            #[schema(schema_with = metadata::response_schema)]
            #[schemars(schema_with = "metadata::response_json_schema")]
            response: Metadata,
            /// Up to 64 pairs, keys of 1 to 64 characters without control characters. Of a value
            /// longer than 1,024 characters, the beginning and the end are recorded.
            #[serde(default, skip_serializing_if = "ReportedMetadata::is_none")]
            request: ReportedMetadata,
            put {
                #[schema(schema_with = metadata::request_schema)]
                #[schemars(schema_with = "metadata::request_json_schema")]
            }
            patch {
                /// They are merged by their keys; null for a value takes its pair away.
                #[schema(schema_with = metadata::patch_schema)]
                #[schemars(schema_with = "metadata::patch_json_schema")]
            }
        }
        /// Id of the run that started this one; it need not be recorded.
        #[schema(example = "run_abc123")]
        parent_id {
            /// Omitted if the recorder gave none.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schema(nullable = false)]
            #[schemars(with = "String")]
            response: Option<String>,
            /// Up to 255 characters, no control characters; empty is the same as null.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schema(max_length = 255)]
            #[schemars(length(max = 255))]
            request: Option<String>,
            patch {
                /// Null takes it away.
            }
        }
        /// Who or what started the run, in the engine's words.
        #[schema(example = "jane@example.com")]
        triggered_by {
            /// Omitted if the recorder gave none.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schema(nullable = false)]
            #[schemars(with = "String")]
            response: Option<String>,
            /// Control characters and halves of surrogate pairs are recorded as U+FFFD. Of a text
            /// longer than 255 characters, the beginning and the end are recorded with the number
            /// of characters left out between them. Empty is the same as null.
            #[serde(
                default,
                skip_serializing_if = "Option::is_none",
                deserialize_with = "free_text::text"
            )]
            request: Option<String>,
            patch {
                /// Null takes it away.
            }
        }
        /// Time in seconds within which a live run must be recorded again: a live run that is
        /// silent for longer is ended as FAILED with the outcome LOST.
        #[schema(example = 60)]
        heartbeat_timeout {
            /// Omitted if the recorder gave none.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schema(nullable = false, minimum = 1)]
            #[schemars(with = "i32", range(min = 1))]
            response: Option<i32>,
            /// From 1 to 2,592,000, which is 30 days.
            #[serde(
                default,
                skip_serializing_if = "Option::is_none",
                deserialize_with = "json::whole_number::<1, 2592000, _>"
            )]
            #[schema(minimum = 1, maximum = 2592000)]
            #[schemars(range(min = 1, max = 2592000))]
            request: Option<i32>,
            patch {
                /// Null takes it away.
            }
        }
    } $($args)* } };
}

pub(crate) use run_fields;
