//! The time that reading, `diff` and `downlevel` take for documents of ten megabytes, or for two
//! files: `contract OLD NEW`.

use std::{fs, path::Path, time::Instant};

use runledger_contract::{Document, diff, downlevel, to_pretty};
use serde_json::{Map, Value, json};

const BYTES: usize = 10_000_000;

fn main() {
    let files: Vec<_> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let (old, new) = match files.as_slice() {
        [old, new] => {
            let read = |path: &String| fs::read_to_string(path).expect("a readable file");
            (read(old), read(new))
        }
        _ => generated(),
    };
    println!("{:.1} MB and {:.1} MB", old.len() as f64 / 1e6, new.len() as f64 / 1e6);
    let (documents, reading) = timed("read both", || {
        (Document::read(&old).expect("a document"), Document::read(&new).expect("a document"))
    });
    let (old, new) = documents;
    let (findings, comparing) = timed("diff", || diff(&old, &new));
    let (nothing, same) = timed("diff with itself", || diff(&new, &new));
    let (copy, copying) = timed("downlevel", || downlevel(new.root()));
    println!(
        "{} findings; {} with itself; 3.0 copy: {}",
        findings.len(),
        nothing.len(),
        match copy {
            Ok(_) => "converted".to_owned(),
            Err(error) => error.to_string(),
        }
    );
    println!(
        "relative to reading: diff {:.2}, diff with itself {:.2}, downlevel {:.2}",
        comparing / reading,
        same / reading,
        copying / reading
    );
}

fn timed<T>(name: &str, work: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let done = work();
    let seconds = start.elapsed().as_secs_f64();
    println!("{seconds:>8.3} s  {name}");
    (done, seconds)
}

/// Numbered copies of our own document. In the newer document, some of the copies have one more or
/// one fewer property, value or parameter.
fn generated() -> (String, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi.json");
    let text = fs::read_to_string(path).expect("openapi.json");
    let mut whole: Value = serde_json::from_str(&text).expect("JSON");
    let repeated =
        to_pretty(&whole["paths"]).len() + to_pretty(&whole["components"]["schemas"]).len();
    let copies = BYTES / repeated + 1;
    let (mut paths, mut schemas) = (Map::new(), Map::new());
    for n in 0..copies {
        let numbered = text.replace("#/components/schemas/", &format!("#/components/schemas/N{n}"));
        let copy: Value = serde_json::from_str(&numbered).expect("JSON");
        let prefixed = |names: &Value, prefix: &str| -> Map<String, Value> {
            let names = names.as_object().expect("an object").iter();
            names.map(|(name, value)| (format!("{prefix}{name}"), value.clone())).collect()
        };
        paths.extend(prefixed(&copy["paths"], &format!("/n{n}")));
        schemas.extend(prefixed(&copy["components"]["schemas"], &format!("N{n}")));
    }
    whole["components"]["responses"] = responses(&whole["components"]["responses"]);
    whole["components"]["schemas"] = Value::Object(schemas);
    whole["paths"] = Value::Object(paths);
    let old = to_pretty(&whole);
    for n in (0..copies).step_by(10) {
        let schemas = &mut whole["components"]["schemas"];
        schemas[format!("N{n}WorkflowRunMetadata")]["properties"]["note"] =
            json!({"type": "string"});
        schemas[format!("N{n}StepStatus")]["enum"] =
            json!(["PENDING", "RUNNING", "SUCCEEDED", "STOPPED"]);
        whole["paths"][format!("/n{n}/v1/executions")]["get"]["parameters"] = json!([]);
    }
    (old, to_pretty(&whole))
}

/// The shared responses, with references to the schemas of the first copy.
fn responses(responses: &Value) -> Value {
    let text = responses.to_string().replace("#/components/schemas/", "#/components/schemas/N0");
    serde_json::from_str(&text).expect("JSON")
}
