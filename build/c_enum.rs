//! C enums from the `c_enum!` blocks of `src/abi` (`macros.rs` there says how they are written). cbindgen does not see
//! into macros, and an integer alias with constants is not an enum to it.

use crate::source::Source;

pub enum Tag {
    Enum(String),
    Typedef,
    Anonymous,
}

/// One `c_enum!` block.
pub struct CEnum {
    pub tag: Tag,
    /// The whole C definition with its comments.
    pub text: String,
}

const OPEN: &str = "c_enum! {";

impl CEnum {
    pub fn all_in(source: &Source) -> Vec<Self> {
        let mut found = Vec::new();
        let mut lines = source.text.lines();
        while let Some(line) = lines.next() {
            if line == OPEN {
                let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "}").map(str::trim).collect();
                found.push(Self::parse(&block, source));
            }
        }
        found
    }

    fn parse(block: &[&str], source: &Source) -> Self {
        let fail = |line: &str| -> ! { panic!("{}: not a line of a c_enum!: {line}", source.path.display()) };
        let mut comment = Vec::new();
        let mut text = String::new();
        let mut tag = None;
        let mut end = "};\n".to_owned();
        for &line in block {
            if let Some(doc) = line.strip_prefix("///") {
                comment.push(doc.trim());
            } else if let Some(head) = line.strip_suffix(" {") {
                push_comment(&mut text, &mut comment, "");
                match head.split([' ', ':']).collect::<Vec<_>>()[..] {
                    ["pub", "enum", name, ..] => {
                        text += &format!("enum {name} {{\n");
                        tag = Some(Tag::Enum(name.to_owned()));
                    }
                    ["pub", "typedef", name, ..] => {
                        text += "typedef enum {\n";
                        end = format!("}} {name};\n");
                        tag = Some(Tag::Typedef);
                    }
                    ["pub", "anonymous", ..] => {
                        text += "enum {\n";
                        tag = Some(Tag::Anonymous);
                    }
                    _ => fail(line),
                }
            } else if let Some((name, value)) = line.strip_suffix(',').and_then(|line| line.split_once(" = ")) {
                push_comment(&mut text, &mut comment, "  ");
                text += &format!("  {name} = {value},\n");
            } else if line != "}" && !line.is_empty() {
                fail(line);
            }
        }
        // C++98 and pedantic C90 do not take a comma after the last enumerator.
        if text.ends_with(",\n") {
            text.truncate(text.len() - 2);
            text.push('\n');
        }
        text += &end;
        Self { tag: tag.unwrap_or_else(|| fail("(no head)")), text }
    }
}

fn push_comment(text: &mut String, comment: &mut Vec<&str>, indent: &str) {
    match comment[..] {
        [] => {}
        [only] => *text += &format!("{indent}/** {only} */\n"),
        _ => {
            *text += &format!("{indent}/**\n");
            for line in comment.iter() {
                *text += format!("{indent} * {line}").trim_end();
                text.push('\n');
            }
            *text += &format!("{indent} */\n");
        }
    }
    comment.clear();
}
