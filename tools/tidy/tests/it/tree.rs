//! The tree itself.

use std::{path::Path, sync::LazyLock};

use tidy::{Finding, Glossary, SourceFile};

static FILES: LazyLock<Vec<SourceFile>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    tidy::source_files(&root).expect("git lists the files")
});

fn expect_none(findings: Vec<Finding>) {
    let all: Vec<String> = super::lines(&findings);
    assert!(all.is_empty(), "{} findings:\n{}", all.len(), all.join("\n"));
}

#[test]
fn files_are_found() {
    for path in ["README.md", "crates/model/src/lib.rs", "tools/tidy/tests/it/tree.rs"] {
        assert!(FILES.iter().any(|file| file.path == path), "{path} is not among the files");
    }
}

#[test]
fn no_word_that_the_glossary_rules_out() {
    let text = FILES.iter().find(|file| file.path == "docs/ARCHITECTURE.md");
    let glossary = Glossary::parse(&text.expect("docs/ARCHITECTURE.md is there").text);
    let glossary = glossary.expect("the glossary has a table");
    expect_none(FILES.iter().flat_map(|file| tidy::check_words(file, &glossary)).collect());
}

#[test]
fn no_wide_line_and_no_long_file() {
    expect_none(FILES.iter().flat_map(tidy::check_size).collect());
}

#[test]
fn no_modules_that_import_each_other() {
    let roots = tidy::crate_roots(&FILES);
    assert!(roots.iter().any(|root| root == "crates/server/src/lib.rs"), "{roots:?}");
    let findings = roots.iter().flat_map(|root| {
        tidy::check_imports(root, &FILES).unwrap_or_else(|error| panic!("{root}: {error:#}"))
    });
    expect_none(findings.collect());
}
