//! From a path to the file that defines what it names.

use super::modules::Crate;

/// More steps than any chain of re-exports has: a ring of them ends here.
const MAX_STEPS: usize = 64;

/// The file that defines what this path names in this module; `None` for what another crate
/// defines, and for local names.
pub fn file_of(krate: &Crate, module: usize, segments: &[String]) -> Option<String> {
    let target = target(krate, module, segments, MAX_STEPS)?;
    Some(krate.modules[target].file.clone())
}

/// The module that defines it, or that it is.
fn target(krate: &Crate, module: usize, segments: &[String], steps: usize) -> Option<usize> {
    let steps = steps.checked_sub(1)?;
    let (first, rest) = segments.split_first()?;
    match first.as_str() {
        "crate" => below(krate, 0, rest, steps),
        "self" => below(krate, module, rest, steps),
        "super" => below(krate, krate.modules[module].parent?, rest, steps),
        _ if knows(krate, module, first, steps) => below(krate, module, segments, steps),
        // Another crate's, or a local name.
        _ => None,
    }
}

/// What the segments name, looked up in this module and no other.
fn below(krate: &Crate, module: usize, segments: &[String], steps: usize) -> Option<usize> {
    let steps = steps.checked_sub(1)?;
    let here = &krate.modules[module];
    let Some((first, rest)) = segments.split_first() else { return Some(module) };
    if first == "super" {
        return below(krate, here.parent?, rest, steps);
    }
    if let Some(child) = here.children.get(first) {
        return below(krate, *child, rest, steps);
    }
    if here.items.contains(first) {
        return Some(module);
    }
    if let Some(path) = here.bindings.get(first) {
        let path: Vec<String> = path.iter().chain(rest).cloned().collect();
        return target(krate, module, &path, steps);
    }
    match glob_with(krate, module, first, steps) {
        Some(glob) => below(krate, glob, segments, steps),
        // A macro may define it here.
        None => Some(module),
    }
}

/// Whether the module defines, declares, imports or re-exports this name.
fn knows(krate: &Crate, module: usize, name: &str, steps: usize) -> bool {
    let here = &krate.modules[module];
    here.children.contains_key(name)
        || here.items.contains(name)
        || here.bindings.contains_key(name)
        || glob_with(krate, module, name, steps).is_some()
}

/// The module behind one of this module's `use …::*` that has this name.
fn glob_with(krate: &Crate, module: usize, name: &str, steps: usize) -> Option<usize> {
    let steps = steps.checked_sub(1)?;
    krate.modules[module]
        .globs
        .iter()
        .filter_map(|glob| glob_target(krate, module, glob, steps))
        .find(|glob| *glob != module && knows(krate, *glob, name, steps))
}

/// The module that the path before `::*` names.
fn glob_target(krate: &Crate, module: usize, glob: &[String], steps: usize) -> Option<usize> {
    let first = glob.first()?;
    let here = &krate.modules[module];
    let is_local = matches!(first.as_str(), "crate" | "self" | "super")
        || here.children.contains_key(first)
        || here.bindings.contains_key(first);
    if is_local { target(krate, module, glob, steps) } else { None }
}
