//! The modules of a crate, and what each defines, binds and names.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use syn::{Attribute, Item, visit::Visit};

use super::paths::{Path, PathCollector, flattened};

/// All modules of a crate; the first is its root.
pub struct Crate {
    /// The modules; a module's number is its index.
    pub modules: Vec<Module>,
}

/// A module: a file, or a block within one.
#[derive(Default)]
pub struct Module {
    /// The file in which it stands.
    pub file: String,
    /// The module that declares it; `None` for the root.
    pub parent: Option<usize>,
    /// The modules that it declares, by name.
    pub children: BTreeMap<String, usize>,
    /// The names of what it defines.
    pub items: BTreeSet<String>,
    /// What `use` binds, by name: the path that it stands for.
    pub bindings: BTreeMap<String, Vec<String>>,
    /// The paths before `::*`.
    pub globs: Vec<Vec<String>>,
    /// The paths that its code names, re-exports excepted.
    pub paths: Vec<Path>,
}

impl Crate {
    /// Reads a crate from its root file on.
    pub fn parse(root: &str, texts: &BTreeMap<&str, &str>) -> Result<Self> {
        let mut krate = Self { modules: Vec::new() };
        let folder = root.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        krate.add_file(root, folder, None, texts)?;
        Ok(krate)
    }

    /// Adds the module in a file, and all below it. Its children's files are in `folder`.
    fn add_file(
        &mut self,
        file: &str,
        folder: String,
        parent: Option<usize>,
        texts: &BTreeMap<&str, &str>,
    ) -> Result<usize> {
        let text = texts.get(file).with_context(|| format!("there is no file {file}"))?;
        let syntax = syn::parse_file(text).with_context(|| format!("{file} is not Rust"))?;
        self.add_module(file, &folder, parent, &syntax.items, texts)
    }

    fn add_module(
        &mut self,
        file: &str,
        folder: &str,
        parent: Option<usize>,
        items: &[Item],
        texts: &BTreeMap<&str, &str>,
    ) -> Result<usize> {
        let number = self.modules.len();
        self.modules.push(Module { file: file.to_owned(), parent, ..Module::default() });
        for item in items {
            match item {
                Item::Mod(module) if is_test(&module.attrs) => {}
                Item::Mod(module) => {
                    let name = module.ident.to_string();
                    let below = join(folder, &name);
                    let child = if let Some((_, items)) = &module.content {
                        self.add_module(file, &below, Some(number), items, texts)?
                    } else if let Some(path) = path_attribute(&module.attrs) {
                        let path = join(folder, &path);
                        let below = path.rsplit_once('/').map_or("", |it| it.0).to_owned();
                        self.add_file(&path, below, Some(number), texts)?
                    } else {
                        let flat = join(folder, &format!("{name}.rs"));
                        let nested = join(&below, "mod.rs");
                        let path = if texts.contains_key(flat.as_str()) { flat } else { nested };
                        self.add_file(&path, below, Some(number), texts)?
                    };
                    self.modules[number].children.insert(name, child);
                }
                item => self.modules[number].add_item(item),
            }
        }
        Ok(number)
    }
}

impl Module {
    fn add_item(&mut self, item: &Item) {
        if let Item::Use(import) = item {
            let is_reexport = !matches!(import.vis, syn::Visibility::Inherited);
            for (name, path) in flattened(&import.tree) {
                match name.as_deref() {
                    Some("*") => self.globs.push(path.segments.clone()),
                    Some(name) => {
                        self.bindings.insert(name.to_owned(), path.segments.clone());
                    }
                    None => {}
                }
                if !is_reexport {
                    self.paths.push(path);
                }
            }
            return;
        }
        self.items.extend(name_of(item));
        let mut collector = PathCollector::default();
        collector.visit_item(item);
        self.paths.extend(collector.paths);
    }
}

fn name_of(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(ident.to_string())
}

/// Whether `#[cfg(test)]` is among the attributes.
fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Ident>().is_ok_and(|ident| ident == "test")
    })
}

/// The file that `#[path = "…"]` names.
fn path_attribute(attributes: &[Attribute]) -> Option<String> {
    let attribute = attributes.iter().find(|attribute| attribute.path().is_ident("path"))?;
    let syn::Meta::NameValue(pair) = &attribute.meta else { return None };
    let syn::Expr::Lit(literal) = &pair.value else { return None };
    let syn::Lit::Str(text) = &literal.lit else { return None };
    Some(text.value())
}

/// A path below a folder, with `..` taken out.
fn join(folder: &str, name: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in name.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}
