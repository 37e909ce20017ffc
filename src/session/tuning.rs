//! Measuring the ways to compute each layer while there is nothing else to do, and keeping what was found.

use web_time::Instant;

use super::{Session, guarded, milliseconds, no_model, set};
use crate::error::Result;
use crate::gpu::{Tuner, TuningProgress};
use crate::plan::{AlgorithmSelection, TuningTable};

impl Session {
    /// The name under which what was measured is to be kept: another adapter, driver or kernel makes it worthless.
    pub fn tuning_key(&self) -> String {
        let adapter = self.adapter();
        format!("{} · {} · {:016x}", adapter.name, adapter.driver, AlgorithmSelection::kernel_hash())
    }

    /// What was measured so far, as JSON.
    pub fn tuning(&self) -> String {
        guarded(&self.times).to_json()
    }

    /// Computes from now on as was measured earlier, under the same [`Session::tuning_key`].
    ///
    /// # Errors
    /// [`Error::State`] for a text that [`Session::tuning`] did not write, [`Error::Gpu`] when the device fails.
    pub async fn restore_tuning(&self, saved: &str) -> Result<()> {
        set(&self.times, TuningTable::from_json(saved)?);
        self.apply_tuning().await
    }

    /// Goes on measuring for about this long, at least one kind of layer. What was found is used once all kinds are decided.
    /// Answers stay the same to rounding; calls that want the network meanwhile do not wait.
    ///
    /// # Errors
    /// [`Error::State`] without a model, [`Error::Gpu`] when the device fails.
    pub async fn tune(&self, budget_ms: f64) -> Result<TuningProgress> {
        let started = Instant::now();
        let mut guard = self.tuner.lock().await;
        if guard.is_none() {
            let model = self.model.lock().await;
            *guard = Some(model.as_ref().ok_or_else(no_model)?.tuner(&guarded(&self.times)));
        }
        let Some(tuner) = guard.as_mut() else { return Err(no_model()) };
        while !tuner.step().await?.is_empty() && milliseconds(started) < budget_ms {}
        let TuningProgress { done, total } = tuner.progress();
        set(&self.times, tuner.table().clone());
        if done == total {
            self.apply_tuning().await?;
        }
        Ok(TuningProgress { done, total })
    }

    async fn apply_tuning(&self) -> Result<()> {
        let times = guarded(&self.times);
        let mut guard = self.model.lock().await;
        let Some(model) = guard.as_mut() else { return Ok(()) };
        model.compute_by(&times).await?;
        self.tell_model(model);
        Ok(())
    }

    /// A tuner is made for one model; a new model is measured anew where it has other layers.
    pub(super) async fn forget_tuner(&self) {
        *self.tuner.lock().await = None::<Tuner>;
    }
}
