//! Figures over many runs, over HTTP.

use runledger_model::{BucketWidth, Histogram, HistogramBucket, ListWorkflowRunsResponse};
use runledger_tests::world::{KEY, OTHER, World};

async fn histogram(world: &World, query: &str, key: &str) -> Histogram {
    let reply = world.get(&format!("/v1/histogram?{query}"), key).await;
    assert_eq!(reply.status, 200, "{query}");
    serde_json::from_slice(&reply.body).unwrap()
}

async fn list(world: &World, query: &str) -> ListWorkflowRunsResponse {
    let reply = world.get(&format!("/v1/executions?{query}"), KEY).await;
    serde_json::from_slice(&reply.body).unwrap()
}

#[tokio::test]
async fn buckets_add_up_to_the_totals_of_the_list() {
    let world = World::new().await;
    let sum = |buckets: &[HistogramBucket], count: fn(&HistogramBucket) -> i64| -> i64 {
        buckets.iter().map(count).sum()
    };
    let newest = list(&world, "limit=1").await.items.remove(0).created_at;
    for filter in [
        "",
        "&workflow_id=workflow_abc123",
        "&status=FAILED",
        "&statuses=FAILED,CANCELLED",
        &format!("&created_before={newest}"),
        "&workflow_id=never",
    ] {
        let listed = list(&world, filter).await;
        for width in [BucketWidth::Hour, BucketWidth::Day, BucketWidth::Week] {
            let buckets = histogram(&world, &format!("bucket={width}{filter}"), KEY).await.buckets;
            let sums = [
                sum(&buckets, |bucket| bucket.total),
                sum(&buckets, |bucket| bucket.succeeded),
                sum(&buckets, |bucket| bucket.failed),
            ];
            assert_eq!(sums, [listed.total, listed.succeeded, listed.failed], "{width}{filter}");
            let is_full = |bucket: &HistogramBucket| bucket.start.millis() % 3_600_000 == 0;
            assert!(buckets.iter().all(is_full), "{width}{filter}");
        }
    }
    assert_eq!(histogram(&world, "", KEY).await, histogram(&world, "bucket=day", KEY).await);
    assert_eq!(histogram(&world, "", OTHER).await.buckets.len(), 1, "the other tenant has one run");
}

#[tokio::test]
async fn a_bucket_that_the_range_cuts_begins_at_its_own_start() {
    let world = World::new().await;
    let range = "created_after=2025-01-04T11:59:59Z&created_before=2025-01-04T12:00:00.001Z";
    let buckets = histogram(&world, &format!("bucket=hour&{range}"), KEY).await.buckets;
    let starts: Vec<_> = buckets.iter().map(|bucket| bucket.start.to_string()).collect();
    assert_eq!(starts, ["2025-01-04T11:00:00Z", "2025-01-04T12:00:00Z"]);
    let listed = list(&world, range).await;
    assert_eq!(buckets.iter().map(|bucket| bucket.total).sum::<i64>(), listed.total);
}

#[tokio::test]
async fn too_many_buckets_are_a_400_that_says_what_to_choose() {
    let world = World::new().await;
    let range = "created_after=2025-01-01&created_before=2025-03-01";
    let reply = world.get(&format!("/v1/histogram?bucket=hour&{range}"), KEY).await;
    assert_eq!(reply.status, 400);
    let error = reply.error();
    assert!(error.starts_with("bucket hour would give 1416 buckets"), "{error}");
    assert!(error.contains("choose day, or a shorter range"), "{error}");
    let days = histogram(&world, &format!("bucket=day&{range}"), KEY).await;
    assert_eq!(days.buckets.len(), 59, "buckets without runs are listed");
}
