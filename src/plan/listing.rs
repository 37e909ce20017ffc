//! The text form of a plan, which golden files record.

use std::fmt;

use super::Plan;
use super::step::BufferRef;

/// One line per dispatch: index, kernel, slots read and written, shape of the step's value, nodes.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kib = self.slots().iter().sum::<usize>() * 4 / 1024;
        let (input, dispatches, slots) = (self.graph().input(), self.dispatches().count(), self.slots().len());
        writeln!(f, "input {input} · {dispatches} dispatches · {slots} slots, {kib} KiB")?;
        let dispatches =
            self.steps().iter().flat_map(|step| step.dispatches.iter().map(move |planned| (step, planned)));
        for (index, (step, planned)) in dispatches.enumerate() {
            let names: Vec<&str> = step.nodes.iter().map(|node| self.graph().nodes()[*node].name.as_str()).collect();
            let mut activations: Vec<String> = planned.buffers.iter().copied().filter_map(activation).collect();
            let output = activations.pop().unwrap_or_default();
            let (kernel, shape) = (planned.dispatch.kernel.name, self.output_shape(step).to_string());
            writeln!(
                f,
                "{index:3}  {kernel:15}  {:>9} → {output:2}  {shape:14}  {}",
                activations.join(" "),
                names.join(" + ")
            )?;
        }
        Ok(())
    }
}

/// The name of a buffer that holds an activation.
fn activation(buffer: BufferRef) -> Option<String> {
    match buffer {
        BufferRef::Input => Some("input".to_owned()),
        BufferRef::Slot(slot) => Some(format!("s{slot}")),
        BufferRef::Parameter(..) | BufferRef::TransformedWeights(..) | BufferRef::Thumbnails | BufferRef::Unused => {
            None
        }
    }
}
