//! The 40 workflows of the history.

use crate::service::Service::{self, *};

/// A workflow: its trigger, its frequency and its steps.
pub struct Workflow {
    /// The id, which is a readable name.
    pub id: &'static str,
    /// The type of its runs.
    pub run_type: &'static str,
    /// The frequency relative to the other workflows with (or without) a schedule.
    pub weight: u32,
    /// The steps after the trigger: the name and the service that the step calls.
    pub pieces: &'static [(&'static str, Service)],
}

impl Workflow {
    /// Whether a schedule starts it.
    pub fn is_scheduled(&self) -> bool {
        self.run_type == SCHEDULE
    }

    /// The name of the first step.
    pub fn trigger(&self) -> &'static str {
        if self.is_scheduled() { "schedule" } else { "webhook" }
    }
}

/// The position of the workflow whose runs can have hundreds of steps.
pub const WIDE: usize = 39;

/// The names of the versions of a workflow, oldest first.
pub const VERSION_NAMES: [&str; 8] = [
    "Initial Version",
    "Retry on timeouts",
    "New field mapping",
    "Skip test accounts",
    "Faster lookup",
    "Clean up after review",
    "Second approval",
    "Move to the new API",
];

const SYNC: &str = "WEBHOOK_SYNC";
const ASYNC: &str = "WEBHOOK_ASYNC";
const SCHEDULE: &str = "SCHEDULE";

const fn workflow(
    id: &'static str,
    run_type: &'static str,
    weight: u32,
    pieces: &'static [(&'static str, Service)],
) -> Workflow {
    Workflow { id, run_type, weight, pieces }
}

/// All workflows.
#[rustfmt::skip]
pub static WORKFLOWS: [Workflow; 40] = [
    workflow("order-intake", SYNC, 160, &[
        ("check_order", Code), ("reserve_stock", Shop), ("create_invoice", Billing),
        ("send_confirmation", Mail),
    ]),
    workflow("payment-webhook", ASYNC, 140, &[
        ("verify_signature", Code), ("book_payment", Billing), ("mark_order_paid", Shop),
    ]),
    workflow("lead-capture", ASYNC, 110, &[
        ("clean_input", Code), ("find_contact", Crm), ("upsert_contact", Crm),
        ("notify_sales", Chat),
    ]),
    workflow("support-triage", ASYNC, 90, &[
        ("classify_ticket", Model), ("find_customer", Crm), ("draft_reply", Model),
        ("post_to_team", Chat),
    ]),
    workflow("shipping-update", ASYNC, 85, &[
        ("find_order", Shop), ("update_tracking", Shop), ("send_tracking_mail", Mail),
    ]),
    workflow("address-check", SYNC, 70, &[("normalize_address", Code)]),
    workflow("price-quote", SYNC, 60, &[
        ("load_prices", Warehouse), ("compute_quote", Code), ("save_quote", Crm),
    ]),
    workflow("signup-welcome", ASYNC, 55, &[
        ("create_contact", Crm), ("send_welcome", Mail), ("announce_signup", Chat),
    ]),
    workflow("refund-request", ASYNC, 40, &[
        ("find_payment", Billing), ("check_policy", Code), ("refund_payment", Billing),
        ("restock_items", Shop), ("send_refund_mail", Mail),
    ]),
    workflow("return-label", SYNC, 35, &[
        ("find_order", Shop), ("create_label", Storage), ("send_label", Mail),
    ]),
    workflow("contract-approval", ASYNC, 20, &[
        ("render_contract", Storage), ("ask_legal", Chat), ("wait_for_approval", Code),
        ("send_contract", Mail), ("archive_contract", Storage),
    ]),
    workflow("expense-approval", ASYNC, 25, &[
        ("read_receipt", Model), ("check_budget", Warehouse), ("ask_manager", Chat),
        ("book_expense", Billing),
    ]),
    workflow("candidate-intake", ASYNC, 18, &[
        ("store_resume", Storage), ("summarize_resume", Model), ("post_to_hiring", Chat),
    ]),
    workflow("review-moderation", ASYNC, 45, &[("rate_review", Model), ("publish_review", Shop)]),
    workflow("fraud-screening", SYNC, 50, &[
        ("load_history", Warehouse), ("score_order", Model), ("hold_order", Shop),
    ]),
    workflow("chargeback-alert", ASYNC, 8, &[
        ("find_payment", Billing), ("collect_evidence", Storage), ("alert_finance", Chat),
    ]),
    workflow("form-to-sheet", ASYNC, 30, &[("map_fields", Code), ("append_row", Storage)]),
    workflow("meeting-notes", ASYNC, 16, &[
        ("fetch_recording", Storage), ("transcribe", Model), ("summarize", Model),
        ("share_notes", Chat), ("log_activity", Crm),
    ]),
    workflow("churn-survey", ASYNC, 12, &[("tag_contact", Crm), ("send_survey", Mail)]),
    workflow("coupon-issue", SYNC, 22, &[("check_eligibility", Crm), ("create_coupon", Shop)]),
    workflow("vat-check", SYNC, 28, &[("query_register", Billing), ("save_result", Crm)]),
    workflow("incident-bridge", ASYNC, 6, &[
        ("open_channel", Chat), ("page_on_call", Chat), ("start_timeline", Storage),
    ]),
    workflow("partner-order-feed", ASYNC, 33, &[
        ("parse_feed", Code), ("match_products", Warehouse), ("create_orders", Shop),
        ("confirm_partner", Mail),
    ]),
    workflow("invoice-sync", SCHEDULE, 120, &[
        ("fetch_invoices", Billing), ("match_customers", Crm), ("load_invoices", Warehouse),
    ]),
    workflow("stock-sync", SCHEDULE, 120, &[("read_stock", Shop), ("load_stock", Warehouse)]),
    workflow("crm-export", SCHEDULE, 60, &[
        ("export_contacts", Crm), ("diff_contacts", Code), ("load_contacts", Warehouse),
    ]),
    workflow("abandoned-cart", SCHEDULE, 90, &[
        ("find_carts", Shop), ("pick_offers", Model), ("send_reminders", Mail),
    ]),
    workflow("dunning", SCHEDULE, 20, &[
        ("find_overdue", Billing), ("check_disputes", Crm), ("send_reminder", Mail),
        ("log_reminder", Crm),
    ]),
    workflow("daily-report", SCHEDULE, 10, &[
        ("query_sales", Warehouse), ("render_report", Storage), ("send_report", Mail),
        ("post_summary", Chat),
    ]),
    workflow("backup-check", SCHEDULE, 24, &[
        ("list_backups", Storage), ("verify_checksums", Code), ("report_gaps", Chat),
    ]),
    workflow("uptime-probe", SCHEDULE, 140, &[("probe_shop", Shop), ("record_result", Warehouse)]),
    workflow("exchange-rates", SCHEDULE, 24, &[
        ("fetch_rates", Billing), ("store_rates", Warehouse),
    ]),
    workflow("newsletter-sender", SCHEDULE, 6, &[
        ("build_segments", Warehouse), ("render_mail", Model), ("send_batches", Mail),
        ("record_sends", Warehouse),
    ]),
    workflow("data-retention", SCHEDULE, 8, &[
        ("find_expired", Warehouse), ("delete_files", Storage), ("delete_contacts", Crm),
        ("write_protocol", Storage),
    ]),
    workflow("usage-metering", SCHEDULE, 70, &[
        ("sum_usage", Warehouse), ("report_usage", Billing),
    ]),
    workflow("search-reindex", SCHEDULE, 18, &[
        ("read_products", Shop), ("embed_products", Model), ("swap_index", Storage),
    ]),
    workflow("lead-scoring", SCHEDULE, 30, &[
        ("load_activity", Warehouse), ("score_leads", Model), ("write_scores", Crm),
    ]),
    workflow("license-renewal", SCHEDULE, 9, &[
        ("find_expiring", Crm), ("create_quotes", Billing), ("send_quotes", Mail),
        ("create_tasks", Crm), ("post_summary", Chat), ("log_run", Warehouse),
    ]),
    workflow("warehouse-vacuum", SCHEDULE, 7, &[("vacuum_tables", Warehouse)]),
    workflow("catalog-fanout", SCHEDULE, 14, &[
        ("read_catalog", Shop), ("split_catalog", Code), ("publish_products", Shop),
        ("collect_results", Code),
    ]),
];
