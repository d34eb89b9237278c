//! The order of struct definitions. C needs a struct's definition before another holds it by value; pointers do not
//! matter, since all tags are declared first. cbindgen follows pointers too, and comes out wrong where they make a
//! circle, so its text is put in order here.

use std::collections::{BTreeSet, HashMap};

struct Block<'a> {
    name: &'a str,
    text: &'a str,
}

/// `text` is what cbindgen wrote, one definition a block with blank lines between; `aliases` are the names of types and
/// what they stand for.
pub fn by_value_order(text: &str, aliases: &[(String, String)]) -> String {
    let blocks: Vec<Block> =
        text.trim_matches('\n').split("\n\n").map(|text| Block { name: name(text), text }).collect();
    let index: HashMap<&str, usize> = blocks.iter().enumerate().map(|(at, block)| (block.name, at)).collect();
    let aliases: HashMap<&str, &str> = aliases.iter().map(|(name, of)| (name.as_str(), of.as_str())).collect();
    let mut done = BTreeSet::new();
    let mut out = String::new();
    for at in 0..blocks.len() {
        place(at, &blocks, &index, &aliases, &mut done, &mut out);
    }
    out
}

fn place(
    at: usize,
    blocks: &[Block],
    index: &HashMap<&str, usize>,
    aliases: &HashMap<&str, &str>,
    done: &mut BTreeSet<usize>,
    out: &mut String,
) {
    if !done.insert(at) {
        return;
    }
    for held in blocks[at].text.lines().filter_map(held_by_value) {
        let held = aliases.get(held).copied().unwrap_or(held);
        if let Some(&before) = index.get(held) {
            place(before, blocks, index, aliases, done, out);
        }
    }
    *out += blocks[at].text;
    *out += "\n\n";
}

/// The name in `struct NAME {`.
fn name(block: &str) -> &str {
    let head = block.lines().find_map(|line| line.strip_suffix(" {"));
    head.and_then(|head| head.split_once(' ')).map_or("", |(_, name)| name)
}

/// The type in a member's line, when it is not a pointer, an array of pointers or a function.
fn held_by_value(line: &str) -> Option<&str> {
    let member = line.strip_prefix("  ")?.strip_suffix(';')?;
    if member.contains(['*', '(']) {
        return None;
    }
    let mut words = member.split(' ').filter(|word| !matches!(*word, "const" | "struct" | "union"));
    words.next()
}
