//! Modules that import each other.

use tidy::{check_imports, crate_roots};

use super::{file, lines};

/// The rings of a crate with these files below `c/src/`; the first is its root.
fn rings(files: &[(&str, &str)]) -> Vec<String> {
    let files: Vec<_> =
        files.iter().map(|(path, text)| file(&format!("c/src/{path}"), text)).collect();
    lines(&check_imports(&files[0].path, &files).unwrap())
}

#[test]
fn two_files_that_use_each_other_are_found() {
    let found = rings(&[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use crate::b::B;\npub struct A(B);"),
        ("b.rs", "pub struct B;\n\nfn f(_: super::a::A) {}"),
    ]);
    assert_eq!(
        found,
        ["c/src/a.rs:1: modules import each other: c/src/a.rs:1 -> c/src/b.rs:3 -> c/src/a.rs. \
          Move what they share into a module below both"]
    );
}

#[test]
fn a_ring_of_three_is_found_once() {
    let found = rings(&[
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "use super::b; pub fn a() { b::b() }"),
        ("b.rs", "use super::c::c; pub fn b() { c() }"),
        ("c.rs", "pub fn c() { crate::a::a() }"),
    ]);
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn a_parent_and_its_child_count() {
    let uses = "mod child; pub struct P; fn f() { child::f() }";
    assert_eq!(
        rings(&[("lib.rs", uses), ("child.rs", "pub fn f() -> super::P { todo!() }")]).len(),
        1
    );
    // A parent that only re-exports does not depend on its child.
    let reexports = "mod child; pub use child::f; pub struct P;";
    let found = rings(&[("lib.rs", reexports), ("child.rs", "pub fn f() -> super::P { todo!() }")]);
    assert_eq!(found, [""; 0]);
    // One that uses what it re-exports does.
    let both = "mod child; pub use child::F; pub struct P(F);";
    assert_eq!(rings(&[("lib.rs", both), ("child.rs", "use crate::P; pub struct F(P);")]).len(), 1);
}

#[test]
fn a_path_leads_through_reexports_and_globs_to_the_file_that_defines() {
    // `a` uses `b` through the root, which depends on neither.
    let found = rings(&[
        ("lib.rs", "mod a; mod b; pub use b::B;"),
        ("a.rs", "use crate::B; pub struct A(B);"),
        ("b.rs", "pub struct B;"),
    ]);
    assert_eq!(found, [""; 0]);
    let found = rings(&[
        ("lib.rs", "mod a; mod b; pub use b::*;"),
        ("a.rs", "use crate::*; pub struct A(B);"),
        ("b.rs", "use crate::a::A; pub struct B; fn f(_: A) {}"),
    ]);
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn macros_are_read_and_tests_are_not() {
    let found = rings(&[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "pub fn a() { println!(\"{}\", crate::b::b()) }"),
        ("b.rs", "pub fn b() -> u8 { 1 } macro_rules! m { () => { crate::a::a() } }"),
    ]);
    assert_eq!(found.len(), 1, "{found:?}");
    let found = rings(&[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "pub fn a() { crate::b::b() }"),
        ("b.rs", "pub fn b() {} #[cfg(test)] mod tests { use crate::a::a; fn t() { a() } }"),
    ]);
    assert_eq!(found, [""; 0]);
}

#[test]
fn folders_and_paths_of_modules_are_followed() {
    let found = rings(&[
        ("main.rs", "mod a; #[path = \"odd/name.rs\"] mod b;"),
        ("a/mod.rs", "mod inner;"),
        ("a/inner.rs", "use crate::b::B; pub struct I(B);"),
        ("odd/name.rs", "pub struct B; fn f() -> crate::a::inner::I { todo!() }"),
    ]);
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn every_root_of_a_package_is_found() {
    let paths = [
        "Cargo.toml",
        "c/Cargo.toml",
        "c/build.rs",
        "c/src/lib.rs",
        "c/src/main.rs",
        "c/src/other.rs",
        "c/src/bin/one.rs",
        "c/tests/it/main.rs",
        "c/tests/it/module.rs",
        "c/tests/two.rs",
        "c/benches/three/main.rs",
        "c/examples/four.rs",
    ];
    let files: Vec<_> = paths.iter().map(|path| file(path, "")).collect();
    let expected: Vec<&str> =
        paths[2..].iter().copied().filter(|path| !path.ends_with("other.rs")).collect();
    let expected: Vec<&str> =
        expected.into_iter().filter(|path| !path.ends_with("module.rs")).collect();
    assert_eq!(crate_roots(&files), expected);
}
