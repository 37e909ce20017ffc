//! Every kernel's WGSL against its declaration in Rust, without a GPU.
//!
//! naga is the WGSL compiler of the native backends and Firefox, tint that of Chromium.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use naga::front::wgsl;
use naga::valid::{Capabilities, ValidationFlags, Validator};
use naga::{AddressSpace, Module, ScalarKind, StorageAccess, TypeInner};
use resnet_lens::kernel::{Access, Kernel, KernelFeatures};
use resnet_lens::{lens, ops, plan};

/// All compute kernels.
fn kernels() -> Vec<&'static Kernel> {
    [ops::kernels(), lens::kernels(), plan::kernels()].concat()
}

/// File names and texts of the shaders of render passes.
fn render_shaders() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("shaders/render");
    let paths = fs::read_dir(&folder).expect("the folder of shaders").map(|entry| entry.expect("readable").path());
    let name = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    paths.map(|path| (name(&path), fs::read_to_string(&path).expect("it was listed"))).collect()
}

fn parse(kernel: &Kernel) -> Module {
    wgsl::parse_str(kernel.source)
        .unwrap_or_else(|error| panic!("{}", error.emit_to_string_with_path(kernel.source, kernel.name)))
}

#[test]
fn every_kernel_has_a_function_for_the_cpu() {
    // The CPU has one algorithm for each convolution.
    const GPU_ONLY: [&str; 11] = [
        "conv2d_matrix",
        "conv2d_pair",
        "conv2d_reduce",
        "conv2d_rows",
        "conv2d_scalar",
        "conv2d_tiled",
        "linear_pooled",
        "winograd_input",
        "winograd_output",
        "winograd_scalar",
        "winograd_weight",
    ];
    for kernel in kernels() {
        assert_eq!(resnet_lens::cpu::has_function(kernel), !GPU_ONLY.contains(&kernel.name), "{}", kernel.name);
    }
}

#[test]
fn naga_accepts_every_kernel() {
    for kernel in kernels() {
        // Only what every WebGPU device has: naga counts `unpack2x16float`, which is core WGSL, as a capability.
        let core = Capabilities::SHADER_FLOAT16_IN_FLOAT32;
        let extra = [
            (kernel.features.f16, Capabilities::SHADER_FLOAT16),
            (kernel.features.cooperative_matrix, Capabilities::COOPERATIVE_MATRIX),
            (kernel.features.subgroups, Capabilities::SUBGROUP),
        ];
        let extra = extra.into_iter().filter(|(needed, _)| *needed).map(|(_, capability)| capability);
        let mut validator = Validator::new(ValidationFlags::all(), extra.fold(core, Capabilities::union));
        if let Err(error) = validator.validate(&parse(kernel)) {
            panic!("{}: {}", kernel.name, error.emit_to_string(kernel.source));
        }
    }
}

#[test]
fn naga_accepts_every_render_shader() {
    let shaders = render_shaders();
    assert!(!shaders.is_empty(), "at least one render shader");
    for (name, source) in shaders {
        let module =
            wgsl::parse_str(&source).unwrap_or_else(|error| panic!("{name}: {}", error.emit_to_string(&source)));
        let mut validator = Validator::new(ValidationFlags::all(), Capabilities::empty());
        if let Err(error) = validator.validate(&module) {
            panic!("{name}: {}", error.emit_to_string(&source));
        }
    }
}

#[test]
fn bindings_are_as_declared() {
    for kernel in kernels() {
        let module = parse(kernel);
        let mut found = Vec::new();
        for (_, variable) in module.global_variables.iter() {
            let Some(place) = &variable.binding else { continue };
            assert_eq!(place.group, 0, "{}: group", kernel.name);
            let access = match variable.space {
                AddressSpace::Uniform => Access::Uniform,
                AddressSpace::Storage { access } if access == StorageAccess::LOAD => Access::Read,
                AddressSpace::Storage { access } if access == StorageAccess::LOAD | StorageAccess::STORE => {
                    Access::ReadWrite
                }
                other => panic!("{}: {:?} is in {other:?}", kernel.name, variable.name),
            };
            found.push((place.binding, variable.name.clone().unwrap_or_default(), access));
        }
        found.sort_by_key(|(binding, ..)| *binding);
        let declared = (kernel.first_binding..)
            .zip(kernel.bindings)
            .map(|(index, binding)| (index, binding.name.to_owned(), binding.access));
        assert_eq!(found, declared.collect::<Vec<_>>(), "{}", kernel.name);
    }
}

#[test]
fn uniforms_are_the_declared_fields() {
    for kernel in kernels() {
        let module = parse(kernel);
        let mut uniforms =
            module.global_variables.iter().filter(|(_, variable)| variable.space == AddressSpace::Uniform);
        let (Some((_, params)), None) = (uniforms.next(), uniforms.next()) else {
            panic!("{}: one uniform", kernel.name)
        };
        let TypeInner::Struct { members, span } = &module.types[params.ty].inner else {
            panic!("{}: a struct", kernel.name)
        };
        assert_eq!(*span as usize, kernel.fields.len() * 4, "{}: size", kernel.name);
        let names: Vec<&str> = members.iter().filter_map(|member| member.name.as_deref()).collect();
        assert_eq!(names, kernel.fields, "{}", kernel.name);
        for (index, member) in members.iter().enumerate() {
            let TypeInner::Scalar(scalar) = module.types[member.ty].inner else {
                panic!("{}: {member:?}", kernel.name)
            };
            let place = (scalar.kind, scalar.width, member.offset as usize);
            assert_eq!(place, (ScalarKind::Uint, 4, index * 4), "{}: {:?}", kernel.name, member.name);
        }
    }
}

/// The text of a kernel without its `enable` directive, which must be the one that its features need.
fn body(kernel: &Kernel) -> &'static str {
    let enable = match kernel.features {
        KernelFeatures::CORE | KernelFeatures::SUBGROUPS => "",
        KernelFeatures::F16 => "enable f16; ",
        _ => "enable f16, wgpu_cooperative_matrix; ",
    };
    let body = kernel.source.strip_prefix(enable);
    let body = body.unwrap_or_else(|| panic!("{}: expected it to start with {enable:?}", kernel.label()));
    assert!(!body.starts_with("enable"), "{}: expected no more than {enable:?}", kernel.label());
    body
}

#[test]
fn overrides_are_as_declared() {
    for kernel in kernels() {
        let module = parse(kernel);
        let names: Vec<&str> = module.overrides.iter().filter_map(|(_, constant)| constant.name.as_deref()).collect();
        assert_eq!(names, kernel.overrides, "{}", kernel.name);
    }
}

#[test]
fn entry_points_have_the_declared_workgroup_size() {
    for kernel in kernels() {
        let module = parse(kernel);
        let [entry] = &module.entry_points[..] else { panic!("{}: one entry point", kernel.name) };
        assert_eq!(entry.name, "main", "{}", kernel.name);
        assert_eq!(entry.workgroup_size, [kernel.workgroup as u32, 1, 1], "{}", kernel.name);
        assert_eq!(entry.workgroup_size_overrides, None, "{}", kernel.name);
    }
}

#[test]
fn every_file_is_a_kernel_with_its_name() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("shaders");
    let entries = fs::read_dir(&folder).expect("the folder of shaders");
    let files: BTreeSet<String> = entries
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "wgsl"))
        .map(|path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned())
        .collect();
    let names: BTreeSet<String> = kernels().iter().map(|kernel| kernel.name.to_owned()).collect();
    let labels: BTreeSet<String> = kernels().iter().map(|kernel| kernel.label()).collect();
    assert_eq!(labels.len(), kernels().len(), "pipelines are looked up by name and variant, which must be unique");
    assert_eq!(files, names);
    for kernel in kernels() {
        let file = fs::read_to_string(folder.join(kernel.name).with_extension("wgsl")).expect("it was listed");
        assert!(
            body(kernel).starts_with(&file),
            "{}: its file comes first, so that line numbers are right",
            kernel.name
        );
    }
}

/// Chromium's WGSL compiler. On machines without it, `tools/test-browsers.sh` compiles the shaders in Chromium.
#[test]
#[cfg_attr(not(tint), ignore = "needs tint on the PATH at build time; if it was installed later: touch build.rs")]
fn tint_accepts_every_shader() {
    // Kernels with cooperative matrices run on native devices only.
    let kernels = kernels().into_iter().filter(|kernel| !kernel.features.cooperative_matrix);
    let kernels = kernels.map(|kernel| (kernel.label(), kernel.browser_source().into_owned()));
    let shaders: Vec<(String, String)> = kernels.chain(render_shaders()).collect();
    for (label, text) in &shaders {
        let source = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{label}.wgsl"));
        fs::write(&source, text).expect("cargo's folder for tests is writable");
        // Every build of tint can write WGSL.
        let run = Command::new("tint").args(["--format", "wgsl"]).arg(&source).output().expect("tint is on the PATH");
        let errors = String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success() && errors.is_empty(), "{label}: {errors}");
    }
    println!("tint accepts all {} shaders", shaders.len());
}
