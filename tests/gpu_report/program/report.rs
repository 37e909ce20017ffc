//! The report as Markdown, and its comparison with an earlier one.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::prediction::{TARGETS, seconds, waves};
use super::{Analysed, Case, Failure, key};

/// By how many percentage points a share of products may be less than in the file: compilers differ.
const TOLERANCE: f64 = 2.0;
/// Compute units of the GPU for which waves are listed: the first of [`TARGETS`].
const UNITS: f64 = TARGETS[0].units;

/// All plans with their machine code.
#[derive(Debug)]
pub struct Report {
    /// The compiler.
    pub driver: String,
    /// The plans.
    pub cases: Vec<Case>,
}

impl Case {
    fn name(&self) -> String {
        format!("{}, batch {}", self.format.name(), self.batch)
    }

    /// Dispatches that multiply for a convolution.
    fn convolutions(&self) -> impl Iterator<Item = &Analysed> {
        self.dispatches.iter().filter(|one| one.work.macs > 0)
    }

    /// The share of products among the instructions of main loops in percent, weighted by the multiplications of the layers.
    fn share(&self) -> f64 {
        let weight = |one: &Analysed| one.work.macs as f64 * one.work.count as f64;
        let weighted: f64 = self.convolutions().map(|one| weight(one) * one.share()).sum();
        weighted / self.convolutions().map(weight).sum::<f64>()
    }

    fn fewest_waves(&self) -> f64 {
        self.convolutions().map(|one| waves(&one.work, UNITS)).fold(f64::INFINITY, f64::min)
    }

    fn dispatch_count(&self) -> usize {
        self.dispatches.iter().map(|one| one.work.count).sum()
    }

    /// Milliseconds on each GPU.
    fn milliseconds(&self) -> [f64; 3] {
        TARGETS.each_ref().map(|target| {
            let time = |one: &Analysed| one.work.count as f64 * seconds(&one.work, &one.compiled, &one.totals, target);
            self.dispatches.iter().map(time).sum::<f64>() * 1e3
        })
    }
}

impl Analysed {
    fn share(&self) -> f64 {
        100.0 * self.main.products / self.main.instructions.max(1.0)
    }

    fn kernel(&self) -> String {
        let call = &self.work.call;
        let values: Vec<String> = call.constants.iter().map(|(name, value)| format!("{name} {value}")).collect();
        format!("{} {}", call.kernel.label(), values.join(" ")).trim_end().to_lowercase()
    }
}

impl Report {
    /// # Errors
    /// The sentence that names a kernel that spills, or a plan whose share of products is less than in `golden`.
    pub fn check(&self, golden: &str) -> Result<(), Failure> {
        for one in self.cases.iter().flat_map(|case| &case.dispatches) {
            let compiled = &one.compiled;
            if compiled.spilled + compiled.scratch > 0 {
                let found = format!("{} and {} bytes of scratch memory", compiled.spilled, compiled.scratch);
                return Err(format!("{}: expected no spilled registers, found {found}", one.kernel()).into());
            }
        }
        if !golden.contains(&format!("Compiler: {}.", self.driver)) {
            println!("skipped: the shares of products, because docs/gpu-report.md is not of {}", self.driver);
            return Ok(());
        }
        for case in &self.cases {
            let row = golden.lines().find_map(|line| line.strip_prefix(&format!("| {} | ", case.name())));
            let before = row.and_then(|row| row.split(' ').next()?.parse::<f64>().ok());
            let before =
                before.ok_or_else(|| format!("docs/gpu-report.md: expected a row for {}, found none", case.name()))?;
            let now = case.share();
            if now < before - TOLERANCE {
                let expected = format!("at least {before:.1} % of products, as docs/gpu-report.md has");
                return Err(format!("{}: expected {expected}, found {now:.1} %", case.name()).into());
            }
        }
        Ok(())
    }

    /// The text of docs/gpu-report.md.
    pub fn markdown(&self) -> String {
        let mut text = String::from(INTRODUCTION);
        self.write(&mut text).expect("a string takes any text");
        text
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "\nCompiler: {}.\n\n## Plans of ResNet-50\n", self.driver)?;
        let names = TARGETS.each_ref().map(|target| target.name).join(" | ");
        writeln!(out, "| plan | products, % of main-loop instructions | fewest waves | dispatches | {names} |")?;
        writeln!(out, "|---|---|---|---|---|---|---|")?;
        for case in &self.cases {
            let times = case.milliseconds().map(|time| format!("{time:.2} ms")).join(" | ");
            let (share, fewest) = (case.share(), case.fewest_waves());
            writeln!(out, "| {} | {share:.1} | {fewest:.1} | {} | {times} |", case.name(), case.dispatch_count())?;
        }
        self.write_pipelines(out)?;
        for case in self.cases.iter().filter(|case| case.batch == 1) {
            write_layers(case, out)?;
        }
        Ok(())
    }

    fn write_pipelines(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "\n## Pipelines\n")?;
        writeln!(
            out,
            "| kernel and constants | registers | occupancy, waves of 16 | spilled | workgroup memory | instructions |"
        )?;
        writeln!(out, "|---|---|---|---|---|---|")?;
        let all = self.cases.iter().flat_map(|case| &case.dispatches);
        let pipelines: BTreeMap<String, &Analysed> = all.map(|one| (key(&one.work.call), one)).collect();
        for one in pipelines.values() {
            let compiled = &one.compiled;
            let lines = compiled.assembly.lines().filter(|line| line.contains(';')).count();
            let (occupancy, lds) = (compiled.occupancy.min(16), compiled.lds);
            writeln!(
                out,
                "| {} | {} | {occupancy} | {} | {lds} | {lines} |",
                one.kernel(),
                compiled.vgprs,
                compiled.spilled
            )?;
        }
        Ok(())
    }
}

fn write_layers(case: &Case, out: &mut String) -> std::fmt::Result {
    writeln!(out, "\n## Layers: {}\n", case.name())?;
    let names = TARGETS.each_ref().map(|target| format!("{}, µs", target.name)).join(" | ");
    writeln!(out, "| layer | kernel | number | workgroups | waves | products, % | {names} |")?;
    writeln!(out, "|---|---|---|---|---|---|---|---|---|")?;
    for one in &case.dispatches {
        let times = TARGETS.each_ref().map(|target| {
            let time = seconds(&one.work, &one.compiled, &one.totals, target);
            format!("{:.1}", time * 1e6)
        });
        let groups = one.work.call.workgroups().map(|count| count.to_string()).join("x");
        let share = if one.work.macs > 0 { format!("{:.1}", one.share()) } else { String::new() };
        let (name, count, on_simd) = (&one.work.layer, one.work.count, waves(&one.work, UNITS));
        let kernel = one.kernel();
        writeln!(out, "| {name} | {kernel} | {count} | {groups} | {on_simd:.1} | {share} | {} |", times.join(" | "))?;
    }
    Ok(())
}

const INTRODUCTION: &str = "\
# What a GPU's compiler makes of the kernels

Written by `make gpu-report`, which needs Mesa's Vulkan drivers and no GPU. RADV compiles the pipelines of ResNet-50's plans (224x224,
nothing tuned) for RDNA2, with the SPIR-V that `wgpu` would hand over. `tests/gpu_report` reads registers and machine code. `make test`
fails if a kernel spills registers or if the share of products in a plan falls.

- **Products**: instructions that multiply floating-point numbers, of all instructions of the main loop that a wave issues. Plans
  weight the kernels by the multiplications of their layers.
- **Waves**: 32 invocations each, on every SIMD of 40 compute units if they are spread evenly. RADV compiles most kernels for 64
  lanes; such a subgroup counts as two waves.
- **Times are predictions.** A dispatch takes the longest of: its vector instructions, its transfers to and from workgroup memory and
  caches, its values from memory, and the latency of one subgroup executed alone, in the order of its program, times the rounds of
  subgroups. 2 µs are added per dispatch. Model and constants: `wave.rs` and `prediction.rs` in
  `tests/gpu_report/program`. No such GPU was at hand.
";
