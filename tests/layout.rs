//! The Rust side of the ABI against the data measured on the original (`tests/abi/layout-4.1.6.tsv`): sizes, alignments,
//! member offsets, enumerators and constants. `tests/abi/check-layout` does the same for the C header.

#[path = "abi/constants.rs"]
mod constants;
#[path = "abi/records.rs"]
mod records;

use std::collections::{BTreeSet, HashMap};

const DATA: &str = include_str!("abi/layout-4.1.6.tsv");

struct Row {
    kind: &'static str,
    name: &'static str,
    member: &'static str,
    offset: &'static str,
    size: &'static str,
    align: &'static str,
    value: &'static str,
}

fn rows() -> Vec<Row> {
    let rows = DATA.lines().skip(1).map(|line| {
        let columns: Vec<&str> = line.split('\t').collect();
        let [kind, name, member, offset, size, align, value, ..] = columns[..] else {
            panic!("not a row of the data: {line}");
        };
        let name = name.trim_start_matches("struct ").trim_start_matches("union ").trim_start_matches("enum ");
        Row { kind, name, member, offset, size, align, value }
    });
    rows.collect()
}

fn number<T: std::str::FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("not a number in the data: {text}"))
}

#[test]
fn every_record_has_the_size_and_alignment_of_the_original() {
    let ours: HashMap<_, _> = records::records().into_iter().map(|record| (record.name, record)).collect();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for row in rows().iter().filter(|row| row.kind == "record") {
        let Some(record) = ours.get(row.name) else {
            wrong.push(format!("{} is not measured", row.name));
            continue;
        };
        seen += 1;
        let want = (number::<usize>(row.size), number::<usize>(row.align));
        if (record.size, record.align) != want {
            wrong.push(format!("{}: size and alignment {:?}, want {want:?}", row.name, (record.size, record.align)));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(seen, ours.len(), "records that the data does not have");
}

#[test]
fn every_member_is_where_the_original_has_it() {
    let mut ours = HashMap::new();
    for record in records::records() {
        for (path, offset, size) in record.members {
            let path = path.replace(' ', "").replace("r#", "");
            ours.insert((record.name, path), (offset, size));
        }
    }
    let mut wrong = Vec::new();
    let mut seen = 0;
    for row in rows().iter().filter(|row| row.kind == "member") {
        let Some(&got) = ours.get(&(row.name, row.member.to_owned())) else {
            wrong.push(format!("{}.{} is not measured", row.name, row.member));
            continue;
        };
        seen += 1;
        let want = (number::<usize>(row.offset), number::<usize>(row.size));
        if got != want {
            wrong.push(format!("{}.{}: offset and size {got:?}, want {want:?}", row.name, row.member));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(seen, ours.len(), "members that the data does not have");
}

#[test]
fn every_type_name_has_the_size_of_the_original() {
    let ours: HashMap<_, _> = records::types().into_iter().map(|(name, size, align)| (name, (size, align))).collect();
    let mut wrong = Vec::new();
    for row in rows().iter().filter(|row| matches!(row.kind, "typedef" | "enumtype") && row.size != "-") {
        let want = (number::<usize>(row.size), number::<usize>(row.align));
        match ours.get(row.name) {
            Some(&got) if got == want => {}
            got => wrong.push(format!("{}: size and alignment {got:?}, want {want:?}", row.name)),
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_enumerator_and_constant_has_the_value_of_the_original() {
    let ours: HashMap<_, _> = constants::constants().into_iter().collect();
    let mut only_c: BTreeSet<_> = constants::ONLY_C.into();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for row in rows().iter().filter(|row| matches!(row.kind, "enumerator" | "const")) {
        if only_c.remove(row.member) {
            continue;
        }
        seen += 1;
        let want: i128 = number(row.value);
        match ours.get(row.member) {
            // C prints an unsigned 64-bit -1 as a signed one.
            Some(&got) if got == want || (want < 0 && got == want + (1 << 64)) => {}
            got => wrong.push(format!("{}: {got:?}, want {want}", row.member)),
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(only_c, BTreeSet::new(), "excepted, but not in the data");
    assert_eq!(seen, ours.len(), "constants that the data does not have");
}
