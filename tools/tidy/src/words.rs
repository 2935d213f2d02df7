//! Words that the glossary rules out.

use crate::{Finding, Glossary, SourceFile};

/// Files whose words are not ours to choose, each with the reason.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("Cargo.lock", "names of other projects"),
    ("LICENSE-APACHE", "a license's own words"),
    ("LICENSE-MIT", "a license's own words"),
    ("docs/ARCHITECTURE.md", "the glossary itself"),
    ("tests/documentation/", "the user's documentation, verbatim"),
    ("tools/tidy/tests/", "tests of this check"),
];

/// The places of a file at which a word stands that the glossary rules out.
pub fn check(file: &SourceFile, glossary: &Glossary) -> Vec<Finding> {
    if EXCEPTIONS.iter().any(|(path, _)| file.path.starts_with(path)) {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let texts = std::iter::once((1, file.path.as_str()));
    let lines = file.text.lines().enumerate().map(|(index, line)| (index + 1, line));
    for (line, text) in texts.chain(lines) {
        let words = Words::of(text);
        for entry in glossary.entries.iter().filter(|entry| words.contain(&entry.ruled_out)) {
            findings.push(Finding {
                file: file.path.clone(),
                line,
                message: format!("\"{}\": say {}", entry.ruled_out, entry.instead),
            });
        }
    }
    findings
}

/// The words of a line: those of prose, and the parts of identifiers.
struct Words {
    /// Each word in lower case.
    words: Vec<String>,
    /// The identifiers in lower case, with `_` at the beginning.
    identifiers: Vec<String>,
}

impl Words {
    fn of(text: &str) -> Self {
        let mut words = Vec::new();
        let mut identifiers = Vec::new();
        for token in text.split(|c: char| !(c.is_alphanumeric() || c == '_')) {
            let parts: Vec<String> = token.split('_').flat_map(humps).collect();
            if parts.len() > 1 {
                identifiers.push(format!("_{}", parts.join("_")));
            }
            words.extend(parts);
        }
        Self { words, identifiers }
    }

    fn contain(&self, ruled_out: &str) -> bool {
        if ruled_out.contains('_') {
            let part = format!("_{}", ruled_out.to_lowercase());
            return self.identifiers.iter().any(|identifier| identifier.contains(&part));
        }
        let wanted: Vec<&str> = ruled_out.split(' ').collect();
        self.words.windows(wanted.len()).any(|words| words == wanted)
    }
}

/// The parts of a word in camel case, in lower case: `MaxBodyBytes` has three.
fn humps(word: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut previous_is_lower = false;
    for c in word.chars() {
        let begins = parts.is_empty() || (c.is_uppercase() && previous_is_lower);
        if begins {
            parts.push(String::new());
        }
        if let Some(part) = parts.last_mut() {
            part.extend(c.to_lowercase());
        }
        previous_is_lower = c.is_lowercase();
    }
    parts
}
