//! Mesa's compiler for AMD GPUs, without a GPU: RADV opens a "null" device if `RADV_FORCE_FAMILY` names a GPU. It compiles pipelines
//! and reports their statistics and machine code through `VK_KHR_pipeline_executable_properties`.

use std::ffi::CStr;
use std::path::PathBuf;
use std::{env, fs};

use ash::khr::pipeline_executable_properties as properties;
use ash::{Device, Entry, Instance, vk};
use resnet_lens::kernel::{Access, Kernel, KernelCall};

use super::{Failure, spirv};

/// The family of the RDNA2 GPUs.
const FAMILY: &str = "navi21";

/// What the compiler reports of a pipeline.
#[derive(Debug, Clone)]
pub struct Compiled {
    /// Vector registers per invocation.
    pub vgprs: u32,
    /// Scalar registers and vector registers that are kept in memory.
    pub spilled: u32,
    /// Bytes of scratch memory per subgroup.
    pub scratch: u32,
    /// Bytes of workgroup memory.
    pub lds: u32,
    /// Subgroups that a SIMD holds at the same time.
    pub occupancy: u32,
    /// Invocations per subgroup.
    pub subgroup: u32,
    /// The machine code as text.
    pub assembly: String,
}

/// The driver.
pub struct Radv {
    _entry: Entry,
    instance: Instance,
    device: Device,
    reports: properties::Device,
    /// Its name and version.
    pub name: String,
}

impl Radv {
    /// Opens the driver.
    ///
    /// # Errors
    /// The sentence that it is not installed or lacks a feature.
    pub fn open() -> Result<Self, Failure> {
        let driver = driver_file()?;
        // SAFETY: `main` calls this before it starts a thread.
        unsafe {
            env::set_var("VK_DRIVER_FILES", &driver);
            env::set_var("VK_ICD_FILENAMES", &driver);
            env::set_var("RADV_FORCE_FAMILY", FAMILY);
            env::set_var("RADV_DEBUG", "nocache");
        }
        // SAFETY: the Vulkan loader of the system is a Vulkan loader.
        let entry = unsafe { Entry::load() }.map_err(|error| format!("Vulkan's loader: {error}"))?;
        let application = vk::ApplicationInfo::default().api_version(vk::API_VERSION_1_3);
        let create = vk::InstanceCreateInfo::default().application_info(&application);
        // SAFETY: the structs live until the call returns.
        let instance = unsafe { entry.create_instance(&create, None) }?;
        // SAFETY: the instance is valid.
        let adapters = unsafe { instance.enumerate_physical_devices() }?;
        let adapter = *adapters.first().ok_or("RADV: expected a null device, found none")?;
        let mut driver = vk::PhysicalDeviceDriverProperties::default();
        let mut described = vk::PhysicalDeviceProperties2::default().push_next(&mut driver);
        // SAFETY: the adapter is of the instance.
        unsafe { instance.get_physical_device_properties2(adapter, &mut described) };
        let name = text(described.properties.device_name_as_c_str().ok());
        let name = format!("{name}, {}", text(driver.driver_info_as_c_str().ok()));
        let device = create_device(&instance, adapter)?;
        let reports = properties::Device::new(&instance, &device);
        Ok(Self { _entry: entry, instance, device, reports, name })
    }

    /// Compiles the pipeline of a call.
    ///
    /// # Errors
    /// The message of a compiler.
    pub fn compile(&self, call: &KernelCall) -> Result<Compiled, Failure> {
        let code = spirv::compile(call)?;
        let module = vk::ShaderModuleCreateInfo::default().code(&code);
        // SAFETY: the words are SPIR-V that naga has validated; all handles are of this device.
        unsafe {
            let module = self.device.create_shader_module(&module, None)?;
            let bindings = self.device.create_descriptor_set_layout(
                &vk::DescriptorSetLayoutCreateInfo::default().bindings(&bindings(call.kernel)),
                None,
            )?;
            let sets = [bindings];
            let layout = vk::PipelineLayoutCreateInfo::default().set_layouts(&sets);
            let layout = self.device.create_pipeline_layout(&layout, None)?;
            let stage = vk::PipelineShaderStageCreateInfo::default()
                .flags(vk::PipelineShaderStageCreateFlags::ALLOW_VARYING_SUBGROUP_SIZE)
                .stage(vk::ShaderStageFlags::COMPUTE)
                .module(module)
                .name(c"main");
            let capture = vk::PipelineCreateFlags::CAPTURE_STATISTICS_KHR
                | vk::PipelineCreateFlags::CAPTURE_INTERNAL_REPRESENTATIONS_KHR;
            let create = vk::ComputePipelineCreateInfo::default().flags(capture).stage(stage).layout(layout);
            let pipelines = self.device.create_compute_pipelines(vk::PipelineCache::null(), &[create], None);
            let pipeline = pipelines.map_err(|(_, error)| format!("{}: {error}", call.kernel.label()))?[0];
            let compiled = self.report(pipeline);
            self.device.destroy_pipeline(pipeline, None);
            self.device.destroy_pipeline_layout(layout, None);
            self.device.destroy_descriptor_set_layout(bindings, None);
            self.device.destroy_shader_module(module, None);
            compiled
        }
    }

    /// # Safety
    /// The pipeline is of this device, with one stage.
    unsafe fn report(&self, pipeline: vk::Pipeline) -> Result<Compiled, Failure> {
        let info = vk::PipelineInfoKHR::default().pipeline(pipeline);
        let executable = vk::PipelineExecutableInfoKHR::default().pipeline(pipeline);
        // SAFETY: see above.
        let described = unsafe { self.reports.get_pipeline_executable_properties(&info) }?;
        // SAFETY: see above.
        let statistics = unsafe { self.reports.get_pipeline_executable_statistics(&executable) }?;
        let value = |name: &str| {
            let found = statistics.iter().find(|one| text(one.name_as_c_str().ok()) == name);
            // SAFETY: RADV reports all of the statistics that are asked for here as u64.
            found.map(|one| unsafe { one.value.u64 } as u32).ok_or_else(|| format!("RADV: no statistic {name:?}"))
        };
        Ok(Compiled {
            vgprs: value("VGPRs")?,
            spilled: value("Spilled SGPRs")? + value("Spilled VGPRs")?,
            scratch: value("Scratch size")?,
            lds: value("LDS size")?,
            occupancy: value("Subgroups per SIMD")?,
            subgroup: described.first().map_or(0, |one| one.subgroup_size),
            // SAFETY: see above.
            assembly: unsafe { self.assembly(&executable) }?,
        })
    }

    /// # Safety
    /// The pipeline is of this device, with one stage.
    unsafe fn assembly(&self, executable: &vk::PipelineExecutableInfoKHR<'_>) -> Result<String, Failure> {
        let get = self.reports.fp().get_pipeline_executable_internal_representations_khr;
        let device = self.device.handle();
        let mut count = 0;
        // SAFETY: the first call asks for the number only.
        unsafe { get(device, executable, &raw mut count, std::ptr::null_mut()) }.result()?;
        let mut forms = vec![vk::PipelineExecutableInternalRepresentationKHR::default(); count as usize];
        // SAFETY: there is room for as many as the driver has; without memory for their texts it writes the lengths.
        unsafe { get(device, executable, &raw mut count, forms.as_mut_ptr()) }.result()?;
        let mut texts: Vec<Vec<u8>> = forms.iter().map(|form| vec![0; form.data_size]).collect();
        for (form, text) in forms.iter_mut().zip(&mut texts) {
            form.p_data = text.as_mut_ptr().cast();
        }
        // SAFETY: every text has the length that the driver has reported.
        unsafe { get(device, executable, &raw mut count, forms.as_mut_ptr()) }.result()?;
        let assembly = forms.iter().position(|form| text(form.name_as_c_str().ok()) == "Assembly");
        let assembly = assembly.ok_or("RADV: expected an assembly listing, found none")?;
        let written = texts[assembly].split(|byte| *byte == 0).next().unwrap_or_default();
        Ok(String::from_utf8_lossy(written).into_owned())
    }
}

impl Drop for Radv {
    fn drop(&mut self) {
        // SAFETY: everything that was created from them is destroyed.
        unsafe {
            self.device.destroy_device(None);
            self.instance.destroy_instance(None);
        }
    }
}

fn text(text: Option<&CStr>) -> String {
    text.map(|text| text.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The manifest of the driver in the folders where distributions put it.
fn driver_file() -> Result<PathBuf, Failure> {
    let folders = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d"];
    let files = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten();
    let found = files.map(|file| file.path()).find(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("radeon_icd") && !name.contains("i686")
    });
    found.ok_or_else(|| {
        format!(
            "expected Mesa's Vulkan driver radeon_icd (Debian: mesa-vulkan-drivers) in {}, found none",
            folders.join(" or ")
        )
        .into()
    })
}

fn create_device(instance: &Instance, adapter: vk::PhysicalDevice) -> Result<Device, Failure> {
    let mut reports =
        vk::PhysicalDevicePipelineExecutablePropertiesFeaturesKHR::default().pipeline_executable_info(true);
    let mut storage = vk::PhysicalDeviceVulkan11Features::default().storage_buffer16_bit_access(true);
    let mut models = vk::PhysicalDeviceVulkan12Features::default().shader_float16(true).vulkan_memory_model(true);
    let mut subgroups = vk::PhysicalDeviceVulkan13Features::default().subgroup_size_control(true);
    let mut robust = vk::PhysicalDeviceRobustness2FeaturesEXT::default().robust_buffer_access2(true);
    let core = vk::PhysicalDeviceFeatures::default().robust_buffer_access(true).shader_int16(true);
    let queue = [vk::DeviceQueueCreateInfo::default().queue_priorities(&[1.0])];
    let extensions = [properties::NAME.as_ptr(), ash::ext::robustness2::NAME.as_ptr()];
    let create = vk::DeviceCreateInfo::default()
        .queue_create_infos(&queue)
        .enabled_extension_names(&extensions)
        .enabled_features(&core)
        .push_next(&mut reports)
        .push_next(&mut storage)
        .push_next(&mut models)
        .push_next(&mut subgroups)
        .push_next(&mut robust);
    // SAFETY: the structs live until the call returns, and the features are those of RADV's null device.
    let device = unsafe { instance.create_device(adapter, &create, None) };
    device.map_err(|error| format!("RADV: {error}").into())
}

/// The descriptors of a kernel, as `wgpu` lays them out.
fn bindings(kernel: &Kernel) -> Vec<vk::DescriptorSetLayoutBinding<'static>> {
    let numbered = (kernel.first_binding..).zip(kernel.bindings);
    let binding = |(number, access)| {
        let kind = match access {
            Access::Uniform => vk::DescriptorType::UNIFORM_BUFFER,
            Access::Read | Access::ReadWrite => vk::DescriptorType::STORAGE_BUFFER,
        };
        vk::DescriptorSetLayoutBinding::default()
            .binding(number)
            .descriptor_type(kind)
            .descriptor_count(1)
            .stage_flags(vk::ShaderStageFlags::COMPUTE)
    };
    numbered.map(|(number, declared)| binding((number, declared.access))).collect()
}
