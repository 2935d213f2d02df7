//! The list of the fields of a step. The types of its entries are those of `step.rs`.

/// The fields of a step; `fields.rs` explains the form.
macro_rules! step_fields {
    ($then:ident! $($args:tt)*) => { $then! { {
        /// Step execution UID, assigned by the recorder and unique within the run together with the
        /// `attempt`: 1 to 255 characters, no control characters.
        #[schema(example = "step_exec_123")]
        id {
            response: String,
            #[schema(min_length = 1, max_length = 255)]
            #[schemars(length(min = 1, max = 255))]
            request: String,
        }
        /// Name of the step within the workflow, the same for every attempt.
        #[schema(example = "send_email")]
        step_name {
            response: String,
            /// Not empty. Control characters and halves of surrogate pairs are recorded as U+FFFD.
            /// Of a text longer than 255 characters, the beginning and the end are recorded with
            /// the number of characters left out between them.
            #[schema(min_length = 1)]
            #[schemars(length(min = 1))]
            request: String,
            put {
                #[serde(deserialize_with = "free_text::required_text")]
            }
            patch {
                /// Null is the same as not mentioned; a new step then has its id as its name.
                #[serde(deserialize_with = "free_text::text_or_empty")]
            }
        }
        /// Whether the step started the run or is part of its work.
        step_type {
            response: StepType,
            #[schema(nullable = false)]
            #[schemars(with = "StepType", default)]
            request: Option<StepType>,
            put {
                /// If omitted, PIECE.
            }
            patch {
                /// Of a new step, PIECE if it is not mentioned.
            }
        }
        /// State of the attempt.
        status {
            response: StepStatus,
            /// Further words of engines are recorded as one of these states with an `outcome`:
            /// SKIPPED as SUCCEEDED; CANCELLED, CANCELED, TIMED_OUT, UPSTREAM_FAILED, CRASHED and
            /// LOST as FAILED; PAUSED as RUNNING. Without an outcome: SUCCESS as SUCCEEDED; FAILURE
            /// and ERROR as FAILED; QUEUED and SCHEDULED as PENDING. The schema lists the
            /// documented states only: a client that validates sends one of them, with the word as
            /// its `outcome`.
            #[schema(value_type = StepStatus)]
            #[schemars(with = "StepStatus")]
            request: Reported<StepStatus>,
            patch {
                /// Null is the same as not mentioned; a new step is then PENDING.
                #[serde(deserialize_with = "json::value_or_default")]
            }
        }
        /// Number of the attempt: 1 for the first, one more for each retry. 0 where the engine says
        /// so of a step that it never tried.
        #[schema(minimum = 0, example = 1)]
        attempt {
            #[schemars(range(min = 0))]
            response: i32,
            /// If omitted or null, 1.
            #[serde(default, deserialize_with = "json::whole_number::<0, 2147483647, _>")]
            #[schema(maximum = 2147483647)]
            #[schemars(range(min = 0, max = 2147483647))]
            request: Option<i32>,
        }
        /// What went wrong, in the engine's words; null if nothing did.
        #[schema(example = json!(null))]
        error {
            #[schema(required)]
            response: Option<String>,
            /// NUL and halves of surrogate pairs are recorded as U+FFFD. Of a text longer than
            /// 65,536 characters, the beginning and the end are recorded with the number of
            /// characters left out between them. Empty is the same as null.
            #[serde(default, deserialize_with = "free_text::text")]
            request: Option<String>,
            patch {
                /// Null takes it away.
            }
        }
        /// Duration of the attempt in seconds, as measured by the recorder, with microsecond
        /// precision.
        #[schema(example = 1.2)]
        duration {
            /// It need not equal `finished_at` minus `started_at`. 0 if the attempt has not
            /// started.
            #[schema(value_type = f64, minimum = 0)]
            #[schemars(range(min = 0))]
            response: Seconds,
            /// From -1,000,000,000 to 1,000,000,000; a negative one is recorded as 0.
            #[schema(value_type = Option<f64>, minimum = -1000000000, maximum = 1000000000)]
            #[schemars(range(min = -1000000000, max = 1000000000))]
            request: Option<Seconds>,
            put {
                /// If omitted or null: `finished_at` minus `started_at`, or 0 where that is
                /// negative or either is missing.
            }
            patch {
                /// While none is given, and after null or 0, it is `finished_at` minus
                /// `started_at`, or 0 where that is negative or either is missing. One that equals
                /// this difference counts as not given.
            }
        }
        /// When the attempt was created.
        #[schema(format = DateTime, example = "2025-01-04T12:00:06Z")]
        created_at {
            /// RFC 3339 in UTC, with at most three fraction digits.
            #[schema(value_type = String)]
            response: Timestamp,
            /// RFC 3339 with any offset; digits finer than a millisecond are cut.
            #[serde(default, deserialize_with = "json::time")]
            #[schema(value_type = Option<String>)]
            request: Option<Timestamp>,
            put {
                /// If omitted or null: `started_at`, or else the `created_at` of the run.
            }
            patch {
                /// Null is the same as not mentioned; for a new step it is then `started_at`, or
                /// else the `created_at` of the run.
            }
        }
        /// When the attempt started; null if it has not.
        #[schema(value_type = Option<String>, format = DateTime, example = "2025-01-04T12:00:06Z")]
        started_at {
            #[schema(required)]
            response: Option<Timestamp>,
            #[serde(default, deserialize_with = "json::time")]
            request: Option<Timestamp>,
            patch {
                /// Null takes it away.
            }
        }
        /// When the attempt finished; null if it has not.
        #[schema(value_type = Option<String>, format = DateTime, example = "2025-01-04T12:00:07Z")]
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
        /// A word that refines the status, such as SKIPPED, CANCELLED, TIMED_OUT, UPSTREAM_FAILED,
        /// CRASHED or LOST: an open set.
        #[schema(example = "SKIPPED")]
        outcome {
            /// Omitted if the recorder gave none.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schema(nullable = false)]
            #[schemars(with = "String")]
            response: Option<String>,
            /// 1 to 64 characters of A to Z, 0 to 9 and `_`; empty is the same as null. SKIPPED and
            /// SUCCEEDED belong to the status SUCCEEDED; CANCELLED, TIMED_OUT, UPSTREAM_FAILED,
            /// CRASHED, LOST and FAILED to FAILED. Beside another status they are a 400. Any other
            /// word may stand beside any status.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schema(max_length = 64)]
            #[schemars(length(max = 64))]
            request: Option<String>,
            put {
                /// If omitted or null, that of the `status`.
            }
            patch {
                /// Null takes it away. A word that belongs to a status reports that status, too,
                /// where the step in the request has none.
            }
        }
        /// Where the engine shows the step.
        #[schema(example = "https://engine.example/runs/456/steps/2")]
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
        /// Pairs of strings by which the recorder describes the step.
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
        /// Id of the step in which this one is nested.
        #[schema(example = "step_exec_120")]
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
        /// Number of the iteration of the loop that contains the step, as the engine counts them.
        #[schema(example = 3)]
        iteration {
            /// Omitted if the recorder gave none.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schema(nullable = false, minimum = 0)]
            #[schemars(with = "i32", range(min = 0))]
            response: Option<i32>,
            #[serde(
                default,
                skip_serializing_if = "Option::is_none",
                deserialize_with = "json::whole_number::<0, 2147483647, _>"
            )]
            #[schema(minimum = 0, maximum = 2147483647)]
            #[schemars(range(min = 0, max = 2147483647))]
            request: Option<i32>,
        }
    } $($args)* } };
}

pub(crate) use step_fields;
