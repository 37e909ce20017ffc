//! Patterns of module names with numbers in them, as in `layer{s}.{b}.conv{k}`.

/// The numbers in a name: stage, block and convolution.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Numbers {
    pub stage: u32,
    pub block: u32,
    pub conv: u32,
}

/// Matches `pattern` against the last components of a module name. Returns how many components remain in front, and the numbers.
pub(super) fn match_end(pattern: &str, module: &[&str]) -> Option<(usize, Numbers)> {
    let mut numbers = Numbers::default();
    let mut at = module.len();
    for wanted in pattern.rsplit('.') {
        at = at.checked_sub(1)?;
        match_component(wanted, module[at], &mut numbers)?;
    }
    Some((at, numbers))
}

fn match_component(pattern: &str, component: &str, numbers: &mut Numbers) -> Option<()> {
    let Some((prefix, rest)) = pattern.split_once('{') else { return (pattern == component).then_some(()) };
    let (placeholder, suffix) = rest.split_once('}')?;
    let digits = component.strip_prefix(prefix)?.strip_suffix(suffix)?;
    let canonical = digits.bytes().all(|digit| digit.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
    let number = u32::from(digits.parse::<u16>().ok().filter(|_| canonical)?);
    match placeholder {
        "s" => numbers.stage = number,
        "b" => numbers.block = number,
        "k" => numbers.conv = number,
        _ => return None,
    }
    Some(())
}

/// The pattern with its placeholders replaced.
pub(super) fn expand(pattern: &str, numbers: Numbers) -> String {
    let Numbers { stage, block, conv } = numbers;
    let replaced = pattern.replace("{s}", &stage.to_string()).replace("{b}", &block.to_string());
    replaced.replace("{k}", &conv.to_string())
}
