//! One name everywhere: tensors under other names than torchvision's are renamed when their file is opened.

/// What people's programs put in front of every name: `torch.nn.DataParallel`, Lightning, `torch.compile`.
const WRAPPERS: [&str; 3] = ["module.", "model.", "_orig_mod."];

/// A tensor that only `ResNetForImageClassification` of Hugging Face's transformers has.
const OF_TRANSFORMERS: &str = "resnet.embedder.embedder.convolution.weight";

/// torchvision's name for each of a file's names, in their order. What no rule knows keeps its name.
pub(super) fn unify(names: &[String]) -> Vec<String> {
    let bare = unwrap(names);
    let renames = bare.contains(&OF_TRANSFORMERS);
    let unified =
        |name: &&str| if renames { of_transformers(name) } else { None }.unwrap_or_else(|| (*name).to_owned());
    bare.iter().map(unified).collect()
}

/// The names without the wrappers that all of them have in common.
fn unwrap(names: &[String]) -> Vec<&str> {
    let mut bare: Vec<&str> = names.iter().map(String::as_str).collect();
    let common = |bare: &[&str]| {
        WRAPPERS.into_iter().find(|wrapper| !bare.is_empty() && bare.iter().all(|name| name.starts_with(wrapper)))
    };
    while let Some(wrapper) = common(&bare) {
        bare.iter_mut().for_each(|name| *name = &name[wrapper.len()..]);
    }
    bare
}

/// `transformers/models/resnet/modeling_resnet.py`: stages, layers and convolutions are counted from 0, a module of a
/// convolution and its normalisation has no name of torchvision's.
fn of_transformers(name: &str) -> Option<String> {
    let parts: Vec<&str> = name.split('.').collect();
    match parts[..] {
        ["resnet", "embedder", "embedder", module, parameter] => {
            Some(format!("{}1.{parameter}", member(module, ["conv", "bn"])?))
        }
        ["resnet", "encoder", "stages", stage, "layers", block, "layer", index, module, parameter] => {
            let block = block_name(stage, block)?;
            Some(format!("{block}.{}{}.{parameter}", member(module, ["conv", "bn"])?, after(index)?))
        }
        ["resnet", "encoder", "stages", stage, "layers", block, "shortcut", module, parameter] => {
            let block = block_name(stage, block)?;
            Some(format!("{block}.downsample.{}.{parameter}", member(module, ["0", "1"])?))
        }
        ["classifier", "1", parameter] => Some(format!("fc.{parameter}")),
        _ => None,
    }
}

fn member(module: &str, [convolution, normalization]: [&'static str; 2]) -> Option<&'static str> {
    match module {
        "convolution" => Some(convolution),
        "normalization" => Some(normalization),
        _ => None,
    }
}

fn block_name(stage: &str, block: &str) -> Option<String> {
    let block: u16 = block.parse().ok()?;
    Some(format!("layer{}.{block}", after(stage)?))
}

fn after(index: &str) -> Option<u32> {
    index.parse::<u16>().ok().map(|index| u32::from(index) + 1)
}
