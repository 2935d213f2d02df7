//! All loads of the test.

use crate::{load::Load, oversized, scale::Scale, slow};

/// The loads at this scale, in the order in which they run; the last one combines all others.
pub fn all(scale: Scale) -> Vec<Load> {
    let Scale { idle, slow, large, .. } = scale;
    let loads = vec![
        Load::of("none", Vec::new()),
        Load::of("idle, nothing sent", vec![(idle, slow::connects)]),
        Load::of("idle after one request", vec![(idle, slow::requests_once)]),
        Load::of("slow header section", vec![(slow, slow::sends_a_header_section_slowly)]),
        Load::of("slow body", vec![(slow, slow::sends_a_body_slowly)]),
        Load::of("incomplete body of 16 MB", vec![(slow, slow::stops_before_the_end)]),
        Load::of("slow reader of a run of 15 MB", vec![(slow, slow::reads_a_run_slowly)]),
        Load::of("slow reader of Swagger UI", vec![(slow, slow::reads_a_script_slowly)]),
        Load::of("body of 1 GB, Content-Length", vec![(large, oversized::content_length)]),
        Load::of("body of 1 GB, chunked", vec![(large, oversized::chunked)]),
        Load::of("1 GB of zeros in gzip", vec![(large, oversized::gzip_bomb)]),
        Load::of("batch of 15 MB, 150,000 steps", vec![(large, oversized::many_steps)]),
        Load::of("field value of 10 MB", vec![(large, oversized::long_field)]),
        Load::of("100,000 query parameters", vec![(large, oversized::many_parameters)]),
        Load::of("100,000 header fields", vec![(large, oversized::many_fields)]),
    ];
    // The idle connections twice over would exceed the open files that this process may have.
    let clients = loads.iter().flat_map(|load| load.clients.clone());
    let clients = clients.map(|(count, client)| (count.min(idle / 2), client)).collect();
    loads.into_iter().chain([Load::of("all combined", clients)]).collect()
}
