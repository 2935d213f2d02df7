//! The services that steps call: how long calls take and how they fail.

/// What a step calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// The workflow's own code and conditions.
    Code,
    /// Sending mail.
    Mail,
    /// Team chat.
    Chat,
    /// The customer database.
    Crm,
    /// Invoices and payments.
    Billing,
    /// The shop and its stock.
    Shop,
    /// The data warehouse.
    Warehouse,
    /// Files.
    Storage,
    /// A language model.
    Model,
}

impl Service {
    /// Every service that can have an outage.
    pub const REMOTE: [Self; 8] = [
        Self::Mail,
        Self::Chat,
        Self::Crm,
        Self::Billing,
        Self::Shop,
        Self::Warehouse,
        Self::Storage,
        Self::Model,
    ];

    /// How long a call usually takes, in microseconds.
    pub fn usual_micros(self) -> i64 {
        match self {
            Self::Code => 9_000,
            Self::Mail => 420_000,
            Self::Chat => 260_000,
            Self::Crm => 540_000,
            Self::Billing => 780_000,
            Self::Shop => 350_000,
            Self::Warehouse => 2_600_000,
            Self::Storage => 900_000,
            Self::Model => 4_200_000,
        }
    }

    /// Its error during an outage.
    pub fn outage_error(self) -> &'static str {
        match self {
            Self::Code => "Worker lost: the sandbox was restarted while the step was running",
            Self::Mail => {
                "SMTP 421: smtp.mail.example is not available, closing transmission channel"
            }
            Self::Chat => "503 Service Unavailable: chat.example/api/post: upstream connect error",
            Self::Crm => "502 Bad Gateway: api.crm.example/v3/contacts returned an HTML page",
            Self::Billing => {
                "ConnectTimeout: api.billing.example:443 did not accept a connection within 10 s"
            }
            Self::Shop => {
                "503 Service Unavailable: the shop is down for maintenance, Retry-After: 1800"
            }
            Self::Warehouse => "Connection refused: warehouse.internal:5439 (os error 111)",
            Self::Storage => {
                "500 InternalError: We encountered an internal error. Please try again."
            }
            Self::Model => "529 Overloaded: the model is over capacity, try again later",
        }
    }

    /// Its errors at other times.
    pub fn errors(self) -> &'static [&'static str] {
        match self {
            Self::Code => &[
                concat!(
                    "TypeError: Cannot read properties of undefined (reading 'email')\n",
                    "    at transform (step.js:14:31)\n",
                    "    at run (sandbox.js:88:12)"
                ),
                "Expression failed: {{trigger.body.customer.id}} is not in the trigger's output",
            ],
            Self::Mail => &[
                "550 5.1.1: the recipient's mailbox does not exist",
                "SMTP 452: too many recipients in the last hour",
            ],
            Self::Chat => &[
                "404 channel_not_found: the channel was archived",
                "429 Too Many Requests: Retry-After: 30",
            ],
            Self::Crm => &[
                "409 Conflict: a contact with this email address exists already",
                "401 Unauthorized: the connection's token has expired, connect the account again",
                "429 Too Many Requests: the daily limit of 250,000 calls is reached",
            ],
            Self::Billing => &[
                "402 card_declined: the card has insufficient funds",
                "ReadTimeout: api.billing.example sent no response within 30 s",
            ],
            Self::Shop => &[
                "422 Unprocessable Entity: variant_id does not belong to this product",
                "ReadTimeout: the shop sent no response within 15 s",
            ],
            Self::Warehouse => &[
                "ERROR: canceling statement due to statement timeout (SQLSTATE 57014)",
                "ERROR: duplicate key value violates unique constraint \"orders_pkey\" \
                 (SQLSTATE 23505)",
            ],
            Self::Storage => &[
                "403 AccessDenied: the bucket's policy does not allow s3:PutObject",
                "404 NoSuchKey: the file was deleted before it could be read",
            ],
            Self::Model => &[
                "400 context_length_exceeded: the prompt has 131,904 tokens, the limit is 128,000",
                "The output is not valid JSON: expected `,` or `}` at line 41 column 3",
            ],
        }
    }
}
