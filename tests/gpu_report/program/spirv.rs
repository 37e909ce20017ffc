//! WGSL to SPIR-V, with the options that `wgpu` uses for a driver with robust buffer access, as RADV has.

use naga::ShaderStage;
use naga::back::pipeline_constants::process_overrides;
use naga::back::spv::{Options, PipelineOptions, ZeroInitializeWorkgroupMemoryMode, write_vec};
use naga::front::wgsl;
use naga::proc::{BoundsCheckPolicies, BoundsCheckPolicy};
use naga::valid::{Capabilities, ValidationFlags, Validator};
use resnet_lens::kernel::KernelCall;

use super::Failure;

/// The SPIR-V of the pipeline of a call.
///
/// # Errors
/// The message of the compiler.
pub fn compile(call: &KernelCall) -> Result<Vec<u32>, Failure> {
    let kernel = call.kernel;
    let named = |error: String| format!("{}: {error}", kernel.label());
    let module = wgsl::parse_str(kernel.source).map_err(|error| named(error.emit_to_string(kernel.source)))?;
    let mut validator = Validator::new(ValidationFlags::all(), Capabilities::all());
    let info = validator.validate(&module).map_err(|error| named(error.emit_to_string(kernel.source)))?;
    let constants = call.constants.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
    let (module, info) = process_overrides(&module, &info, Some((ShaderStage::Compute, "main")), &constants)
        .map_err(|error| named(error.to_string()))?;
    let options = Options {
        lang_version: (1, 6),
        bounds_check_policies: BoundsCheckPolicies {
            index: BoundsCheckPolicy::Restrict,
            buffer: BoundsCheckPolicy::Unchecked,
            image_load: BoundsCheckPolicy::Unchecked,
            binding_array: BoundsCheckPolicy::Unchecked,
        },
        zero_initialize_workgroup_memory: ZeroInitializeWorkgroupMemoryMode::None,
        ..Options::default()
    };
    let entry = PipelineOptions { shader_stage: ShaderStage::Compute, entry_point: "main".into() };
    write_vec(&module, &info, &options, Some(&entry)).map_err(|error| named(error.to_string()).into())
}
