//! The imports between the files of a crate, from its syntax: which file names what another one defines.
//!
//! A `pub use` hands a name on and is no arrow; whoever takes the name there has an arrow to the file that defines it. Code for tests alone is left out. What
//! no name shows is not seen: a method that another file adds to a type.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::Visit;
use syn::{Attribute, Item, UseTree, Visibility};

/// From a file to those that it imports from, as paths below the crate's `src`.
pub(crate) type Arrows = BTreeMap<String, BTreeSet<String>>;

type Names = Vec<String>;

/// A module as its file declares it.
#[derive(Default)]
struct Module {
    file: String,
    defined: BTreeSet<String>,
    /// What each name stands for, as it is written.
    imported: BTreeMap<String, Names>,
    globs: Vec<Names>,
    /// The paths that its code names.
    named: BTreeSet<Names>,
}

/// The modules of a crate, by their paths.
#[derive(Default)]
struct Modules(BTreeMap<Names, Module>);

/// The arrows between the files below the crate root `root`.
pub(crate) fn of_crate(root: &Path) -> Arrows {
    let mut modules = Modules::default();
    let source = root.parent().unwrap();
    modules.read(source, root, Names::new());
    let mut arrows = Arrows::new();
    for (path, module) in &modules.0 {
        let to = arrows.entry(module.file.clone()).or_default();
        let found = module.named.iter().filter_map(|named| modules.file_of(path, named, 0));
        to.extend(found.filter(|file| *file != module.file));
    }
    arrows
}

/// The files that import each other in circles: each group of them whose files all reach each other.
pub(crate) fn circles(arrows: &Arrows) -> Vec<BTreeSet<String>> {
    let reach: BTreeMap<_, _> = arrows.keys().map(|file| (file, reached(arrows, file))).collect();
    let mut found = Vec::new();
    for (file, to) in &reach {
        let circle: BTreeSet<String> = to.iter().filter(|other| reach[other].contains(*file)).cloned().collect();
        if !circle.is_empty() && !found.contains(&circle) {
            found.push(circle);
        }
    }
    found
}

/// Whether an arrow between two rooms of `directory` leads from one of the `layers` to a later one.
pub(crate) fn is_uphill(directory: &str, layers: &[&str], from: &str, to: &str) -> bool {
    let layer = |file: &str| {
        let inside = Path::new(file).strip_prefix(directory).ok()?;
        Some(layers.iter().position(|layer| inside.starts_with(layer)).unwrap_or(layers.len()))
    };
    layer(from).zip(layer(to)).is_some_and(|(from, to)| from < to)
}

fn reached(arrows: &Arrows, from: &str) -> BTreeSet<String> {
    let (mut found, mut next) = (BTreeSet::new(), vec![from]);
    while let Some(file) = next.pop() {
        for to in arrows.get(file).into_iter().flatten() {
            if found.insert(to.clone()) {
                next.push(to);
            }
        }
    }
    found
}

impl Modules {
    fn read(&mut self, source: &Path, file: &Path, path: Names) {
        let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let syntax = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let name = file.strip_prefix(source).unwrap().to_str().unwrap().to_owned();
        let is_root = ["mod.rs", "lib.rs", "main.rs"].iter().any(|root| file.ends_with(root));
        let below = if is_root { file.parent().unwrap().to_owned() } else { file.with_extension("") };
        self.take(source, &name, &below, path, &syntax.items);
    }

    /// Takes in a module whose own modules stand below the directory `below`.
    fn take(&mut self, source: &Path, file: &str, below: &Path, path: Names, items: &[Item]) {
        let mut module = Module { file: file.to_owned(), ..Module::default() };
        for item in items {
            if attributes(item).iter().any(is_for_tests) {
                continue;
            }
            match item {
                Item::Mod(inner) => {
                    let name = inner.ident.to_string();
                    let path = [&path[..], std::slice::from_ref(&name)].concat();
                    match &inner.content {
                        Some((_, items)) => self.take(source, file, &below.join(&name), path, items),
                        None => self.read(source, &file_of_module(below, &name, &inner.attrs), path),
                    }
                    module.defined.insert(name);
                }
                Item::Use(import) => {
                    let is_private = matches!(import.vis, Visibility::Inherited);
                    module.import(&import.tree, Names::new(), is_private);
                }
                item => {
                    module.defined.extend(name_of(item));
                    module.visit_item(item);
                }
            }
        }
        self.0.insert(path, module);
    }

    /// The file that defines what `named` stands for in the module at `path`; `None` if it stands for a module, or for something of another crate.
    fn file_of(&self, path: &[String], named: &[String], depth: usize) -> Option<String> {
        const MOST: usize = 16;
        let (first, rest) = named.split_first()?;
        if depth > MOST {
            return None;
        }
        match first.as_str() {
            "crate" => return self.file_of(&[], rest, depth + 1),
            "self" => return self.file_of(path, rest, depth + 1),
            "super" => return self.file_of(path.split_last()?.1, rest, depth + 1),
            _ => {}
        }
        let module = self.0.get(path)?;
        let inner = [path, &named[..1]].concat();
        if self.0.contains_key(&inner) {
            return self.file_of(&inner, rest, depth + 1);
        }
        if module.defined.contains(first) {
            return Some(module.file.clone());
        }
        if let Some(target) = module.imported.get(first) {
            let target = [target, rest].concat();
            return if target[0] == *first { None } else { self.file_of(path, &target, depth + 1) };
        }
        module.globs.iter().find_map(|glob| self.file_of(path, &[glob, named].concat(), depth + 1))
    }
}

impl Module {
    fn import(&mut self, tree: &UseTree, mut before: Names, is_private: bool) {
        match tree {
            UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.import(&path.tree, before, is_private);
            }
            UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.import(tree, before.clone(), is_private));
            }
            UseTree::Glob(_) => self.globs.push(before),
            UseTree::Name(name) => self.import_as(before, &name.ident.to_string(), None, is_private),
            UseTree::Rename(rename) => {
                self.import_as(before, &rename.ident.to_string(), Some(rename.rename.to_string()), is_private);
            }
        }
    }

    fn import_as(&mut self, mut path: Names, name: &str, alias: Option<String>, is_private: bool) {
        let alias =
            alias.unwrap_or_else(|| if name == "self" { path.last().cloned() } else { Some(name.to_owned()) }.unwrap());
        if name != "self" {
            path.push(name.to_owned());
        }
        if is_private {
            self.named.insert(path.clone());
        }
        self.imported.insert(alias, path);
    }

    /// Takes the paths out of a macro's tokens.
    fn take_tokens(&mut self, tokens: TokenStream) {
        let (mut path, mut colons) = (Names::new(), 0);
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.take_path(std::mem::take(&mut path));
                    }
                    path.push(ident.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                token => {
                    self.take_path(std::mem::take(&mut path));
                    colons = 0;
                    if let TokenTree::Group(group) = token {
                        self.take_tokens(group.stream());
                    }
                }
            }
        }
        self.take_path(path);
    }

    fn take_path(&mut self, path: Names) {
        if !path.is_empty() {
            self.named.insert(path);
        }
    }
}

impl<'ast> Visit<'ast> for Module {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            self.take_path(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        }
        syn::visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.visit_path(&call.path);
        self.take_tokens(call.tokens.clone());
    }

    fn visit_item(&mut self, item: &'ast Item) {
        match item {
            Item::Use(import) => self.import(&import.tree, Names::new(), true),
            item if attributes(item).iter().any(is_for_tests) => {}
            item => syn::visit::visit_item(self, item),
        }
    }

    fn visit_impl_item(&mut self, item: &'ast syn::ImplItem) {
        let is_for_tests = matches!(item, syn::ImplItem::Fn(method) if method.attrs.iter().any(is_for_tests));
        if !is_for_tests {
            syn::visit::visit_impl_item(self, item);
        }
    }

    fn visit_attribute(&mut self, _: &'ast Attribute) {}
}

fn file_of_module(below: &Path, name: &str, attributes: &[Attribute]) -> PathBuf {
    let told = attributes.iter().find(|attribute| attribute.path().is_ident("path"));
    if let Some(syn::Meta::NameValue(pair)) = told.map(|attribute| &attribute.meta)
        && let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(path), .. }) = &pair.value
    {
        return below.join(path.value());
    }
    let file = below.join(format!("{name}.rs"));
    if file.exists() { file } else { below.join(name).join("mod.rs") }
}

fn is_for_tests(attribute: &Attribute) -> bool {
    let syn::Meta::List(list) = &attribute.meta else { return attribute.path().is_ident("test") };
    let condition = list.tokens.to_string().replace(' ', "");
    list.path.is_ident("cfg")
        && (condition == "test" || condition == "doc" || condition == "doctest" || condition.starts_with("all(test"))
}

macro_rules! of_each {
    ($item:expr, $($kind:ident),*) => {
        match $item {
            $(Item::$kind(item) => &item.attrs,)*
            _ => &[],
        }
    };
}

fn attributes(item: &Item) -> &[Attribute] {
    of_each!(item, Const, Enum, Fn, ForeignMod, Impl, Macro, Mod, Static, Struct, Trait, Type, Union, Use)
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
