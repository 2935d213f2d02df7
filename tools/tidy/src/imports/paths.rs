//! The paths that source code names.

use proc_macro2::{TokenStream, TokenTree};
use syn::{UseTree, spanned::Spanned, visit::Visit};

/// A path and where it stands.
pub struct Path {
    /// The segments, such as `crate`, `diff` and `Change`.
    pub segments: Vec<String>,
    /// The line, from 1.
    pub line: usize,
}

/// Every path of a `use`, with the name that it binds: `*` for all, none for `_`.
pub fn flattened(tree: &UseTree) -> Vec<(Option<String>, Path)> {
    let mut all = Vec::new();
    flatten(tree, &mut Vec::new(), &mut all);
    all
}

fn flatten(tree: &UseTree, before: &mut Vec<String>, all: &mut Vec<(Option<String>, Path)>) {
    let line = tree.span().start().line;
    let mut add = |name: Option<String>, last: Option<String>| {
        let mut segments = before.clone();
        // `self` in a group is the path before the group.
        segments.extend(last.filter(|last| last != "self"));
        let name = match name.as_deref() {
            Some("self") => segments.last().cloned(),
            Some("_") => None,
            _ => name,
        };
        all.push((name, Path { segments, line }));
    };
    match tree {
        UseTree::Name(name) => {
            let name = name.ident.to_string();
            add(Some(name.clone()), Some(name));
        }
        UseTree::Rename(rename) => {
            add(Some(rename.rename.to_string()), Some(rename.ident.to_string()));
        }
        UseTree::Glob(_) => add(Some("*".to_owned()), None),
        UseTree::Path(path) => {
            before.push(path.ident.to_string());
            flatten(&path.tree, before, all);
            before.pop();
        }
        UseTree::Group(group) => {
            for tree in &group.items {
                flatten(tree, before, all);
            }
        }
    }
}

/// Collects the paths of code, the arguments of macros and the bodies of their definitions
/// included.
#[derive(Default)]
pub struct PathCollector {
    /// What was found.
    pub paths: Vec<Path>,
}

impl<'ast> Visit<'ast> for PathCollector {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.paths.push(Path { segments, line: path.span().start().line });
        syn::visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, invocation: &'ast syn::Macro) {
        self.visit_path(&invocation.path);
        self.tokens(&invocation.tokens);
    }

    fn visit_item_use(&mut self, import: &'ast syn::ItemUse) {
        self.paths.extend(flattened(&import.tree).into_iter().map(|(_, path)| path));
    }

    fn visit_item_mod(&mut self, _: &'ast syn::ItemMod) {}
}

impl PathCollector {
    fn tokens(&mut self, tokens: &TokenStream) {
        let mut current: Option<Path> = None;
        let mut colons = 0;
        for token in tokens.clone() {
            match token {
                TokenTree::Ident(ident) => {
                    let name = ident.to_string();
                    match current.as_mut().filter(|_| colons == 2) {
                        Some(path) => path.segments.push(name),
                        None => {
                            self.paths.extend(current.take());
                            let line = ident.span().start().line;
                            current = Some(Path { segments: vec![name], line });
                        }
                    }
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Group(group) => {
                    self.paths.extend(current.take());
                    colons = 0;
                    self.tokens(&group.stream());
                }
                _ => {
                    self.paths.extend(current.take());
                    colons = 0;
                }
            }
        }
        self.paths.extend(current);
    }
}
