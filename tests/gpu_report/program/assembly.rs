//! AMD machine code as text: instructions, and the loops that their branches form.

use std::collections::HashMap;

/// An instruction by what it occupies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A multiplication that adds, or a multiplication of floating-point numbers.
    Product,
    /// Another vector instruction.
    Vector,
    /// A vector instruction at a quarter of the rate: integer products, reciprocals, roots.
    SlowVector,
    /// An instruction for the whole subgroup, a branch or a barrier.
    Scalar,
    /// A read of constants or uniforms.
    ScalarLoad,
    /// A read of workgroup memory, in bytes per invocation.
    LdsRead(u32),
    /// A write to workgroup memory, in bytes per invocation.
    LdsWrite(u32),
    /// A read of a buffer, in bytes per invocation.
    Load(u32),
    /// A write to a buffer, in bytes per invocation.
    Store(u32),
    /// A wait until at most as many reads of buffers, and as many of workgroup memory or constants, are outstanding.
    Wait { loads: Option<usize>, lds: Option<usize> },
}

/// Part of a program in the order of its text.
#[derive(Debug)]
pub enum Part {
    /// One instruction.
    Instruction(Kind),
    /// A loop, or a conditional part of one that reads workgroup memory and multiplies nothing.
    Loop(Vec<Part>),
}

/// The loops of a listing: the instructions between a label and a later branch to it. Loops are nested or disjoint. Other branches are
/// ignored, except those around a part of a loop that is computed seldom: it reads workgroup memory and multiplies nothing.
pub fn parse(listing: &str) -> Vec<Part> {
    let mut instructions = Vec::new();
    let mut labels = HashMap::new();
    let mut branches = Vec::new();
    for line in listing.lines() {
        let code = line.split(';').next().unwrap_or_default().trim();
        if let Some(label) = code.strip_suffix(':') {
            labels.insert(label, instructions.len());
        } else if !code.is_empty() && line.contains(';') {
            let (name, operands) = code.split_once(char::is_whitespace).unwrap_or((code, ""));
            instructions.push(kind(name, operands));
            if name.contains("branch") {
                branches.push((instructions.len(), operands.trim()));
            }
        }
    }
    let mut ranges = HashMap::<usize, usize>::new();
    let targets = branches.into_iter().filter_map(|(at, label)| Some((at, *labels.get(label)?)));
    let (back, forward): (Vec<_>, Vec<_>) = targets.partition(|(at, target)| target < at);
    for (end, start) in back {
        let last = ranges.entry(start).or_default();
        *last = end.max(*last);
    }
    let loops = ranges.clone();
    let seldom = |range: &(usize, usize)| {
        let part = &instructions[range.0..range.1];
        let is_inside = loops.iter().any(|(start, end)| *start <= range.0 && range.1 < *end);
        let has = |wanted: fn(&Kind) -> bool| part.iter().any(wanted);
        is_inside && has(|kind| matches!(kind, Kind::LdsRead(_))) && !has(|kind| matches!(kind, Kind::Product))
    };
    ranges.extend(forward.into_iter().filter(seldom));
    nest(&instructions, 0..instructions.len(), &ranges)
}

fn nest(instructions: &[Kind], range: std::ops::Range<usize>, loops: &HashMap<usize, usize>) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut at = range.start;
    while at < range.end {
        match loops.get(&at) {
            Some(end) => {
                let mut inner = loops.clone();
                inner.remove(&at);
                parts.push(Part::Loop(nest(instructions, at..*end, &inner)));
                at = *end;
            }
            None => {
                parts.push(Part::Instruction(instructions[at]));
                at += 1;
            }
        }
    }
    parts
}

fn kind(name: &str, operands: &str) -> Kind {
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
    if starts(&["v_fma", "v_mac", "v_pk_fma", "v_mul_f", "v_pk_mul_f", "v_dot"]) {
        Kind::Product
    } else if starts(&["v_mul_lo", "v_mul_hi", "v_rcp", "v_sqrt", "v_rsq", "v_exp", "v_log"]) {
        Kind::SlowVector
    } else if starts(&["v_"]) {
        Kind::Vector
    } else if starts(&["ds_read", "ds_load"]) {
        Kind::LdsRead(width(name))
    } else if starts(&["ds_"]) {
        Kind::LdsWrite(width(name))
    } else if starts(&["buffer_load", "global_load"]) {
        Kind::Load(width(name))
    } else if starts(&["buffer_store", "global_store"]) {
        Kind::Store(width(name))
    } else if starts(&["s_load", "s_buffer_load"]) {
        Kind::ScalarLoad
    } else if name == "s_waitcnt" {
        Kind::Wait { loads: count(operands, "vmcnt("), lds: count(operands, "lgkmcnt(") }
    } else {
        Kind::Scalar
    }
}

/// Bytes that one invocation reads or writes, by the end of the instruction's name.
fn width(name: &str) -> u32 {
    let widths =
        [("x4", 16), ("b128", 16), ("x3", 12), ("b96", 12), ("x2", 8), ("b64", 8), ("read2_b32", 8), ("write2_b32", 8)];
    widths.iter().find(|(suffix, _)| name.ends_with(suffix)).map_or(4, |(_, bytes)| *bytes)
}

fn count(operands: &str, counter: &str) -> Option<usize> {
    operands.split_once(counter)?.1.split_once(')')?.0.parse().ok()
}
