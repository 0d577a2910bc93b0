//! Finds which modules of a parent module a source file uses, by its tokens.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Returns the children of the module `parent` that a source file of the module `module` names: in `use` declarations,
/// grouped or not, and in paths within the code, whether they start at `crate`, `self` or `super`. `*` stands for the use
/// of `parent` as a whole, by a glob or under another name. Inline modules under `#[cfg(test)]`, comments and strings do
/// not count.
///
/// # Panics
/// When the text is not Rust.
pub(crate) fn used_children(text: &str, module: &[&str], parent: &[&str]) -> BTreeSet<String> {
    let tokens: TokenStream = text.parse().expect("a source file consists of tokens");
    let module: Vec<String> = module.iter().map(|&part| part.to_owned()).collect();
    let mut paths = Vec::new();
    walk(tokens, &module, &mut paths);
    let children = paths.iter().filter_map(|path| {
        let is_below = path.len() >= parent.len()
            && path.iter().zip(parent).all(|(own, wanted)| own == wanted);
        let child = || path.get(parent.len()).map_or("*", String::as_str);
        is_below.then(|| child().to_owned())
    });
    children.collect()
}

fn is_punct(token: Option<&TokenTree>, wanted: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == wanted)
}

fn is_path_separator(tokens: &[TokenTree], at: usize) -> bool {
    is_punct(tokens.get(at), ':') && is_punct(tokens.get(at + 1), ':')
}

/// Whether the tokens that end before `at` are `#[cfg(test)]`, with `pub` or nothing between.
fn is_test_only(tokens: &[TokenTree], at: usize) -> bool {
    let attribute = tokens[..at].iter().rev().find_map(|token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket => Some(Some(group)),
        TokenTree::Ident(ident) if *ident == "pub" => None,
        TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => None,
        _ => Some(None),
    });
    let text = attribute.flatten().map(|group| group.stream().to_string());
    text.is_some_and(|text| {
        let text = text.replace(' ', "");
        text == "cfg(test)" || text.starts_with("cfg(all(test,")
    })
}

/// Collects the absolute paths in `tokens`, which stand in the module `module`.
fn walk(tokens: TokenStream, module: &[String], paths: &mut Vec<Vec<String>>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match token {
            TokenTree::Ident(keyword) if *keyword == "mod" => {
                let body = match (tokens.get(at + 1), tokens.get(at + 2)) {
                    (Some(TokenTree::Ident(name)), Some(TokenTree::Group(body))) => {
                        Some((name, body))
                    }
                    _ => None,
                };
                if let Some((name, body)) = body {
                    if !is_test_only(&tokens, at) {
                        let mut inner = module.to_vec();
                        inner.push(name.to_string());
                        walk(body.stream(), &inner, paths);
                    }
                    at += 2;
                }
                at += 1;
            }
            TokenTree::Ident(root) if ["crate", "self", "super"].iter().any(|one| *root == one) => {
                let starts = at == 0 || !is_punct(tokens.get(at - 1), ':');
                match starts {
                    true => at = tree(&tokens, at, module, Some(module), paths),
                    false => at += 1,
                }
            }
            TokenTree::Group(group) => {
                let is_visibility =
                    at > 0 && matches!(&tokens[at - 1], TokenTree::Ident(ident) if *ident == "pub");
                if !is_visibility {
                    walk(group.stream(), module, paths);
                }
                at += 1;
            }
            _ => at += 1,
        }
    }
}

/// Collects the paths of the use tree that begins at `at`. `root` is the module that the tree stands in, for a tree
/// that begins a path; `prefix` is what stands before the tree otherwise. Returns where the tree ends.
fn tree(
    tokens: &[TokenTree],
    mut at: usize,
    prefix: &[String],
    root: Option<&[String]>,
    paths: &mut Vec<Vec<String>>,
) -> usize {
    let mut path = prefix.to_vec();
    let mut is_first = root.is_some();
    loop {
        match tokens.get(at) {
            Some(TokenTree::Ident(ident)) => {
                match ident.to_string().as_str() {
                    "crate" if is_first => path.clear(),
                    "self" => {}
                    "super" => {
                        path.pop();
                    }
                    name => path.push(name.to_owned()),
                }
                is_first = false;
                at += 1;
            }
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                let branches = inner.split(|token| is_punct(Some(token), ','));
                // The last comma ends a branch, and begins none.
                for branch in branches.filter(|branch| !branch.is_empty()) {
                    tree(branch, 0, &path, None, paths);
                }
                return at + 1;
            }
            _ => break,
        }
        match is_path_separator(tokens, at) {
            true => at += 2,
            false => break,
        }
    }
    paths.push(path);
    at
}
