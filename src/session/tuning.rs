//! Tuning: measures the candidate algorithms of each layer in idle time, and saves the results.

use web_time::Instant;

use super::state::{Session, get, milliseconds_since, no_model, set};
use crate::error::Result;
use crate::gpu::{Tuner, TuningProgress};
use crate::plan::{AlgorithmSelection, TuningTable};

impl Session {
    /// The key under which to save tuning results. It contains the adapter, the driver and a hash of the kernels, because results
    /// are valid only for these.
    pub fn tuning_key(&self) -> String {
        let adapter = self.adapter();
        format!("{} · {} · {:016x}", adapter.name, adapter.driver, AlgorithmSelection::kernel_hash())
    }

    /// The tuning results so far as JSON.
    pub fn tuning(&self) -> String {
        get(&self.tuning_table).to_json()
    }

    /// Restores and applies tuning results that were saved under the same [`Session::tuning_key`].
    ///
    /// # Errors
    /// [`crate::Error::State`] for text that [`Session::tuning`] did not return, [`crate::Error::Gpu`] if the device fails.
    pub async fn restore_tuning(&self, saved: &str) -> Result<()> {
        set(&self.tuning_table, TuningTable::from_json(saved)?);
        self.apply_tuning().await
    }

    /// Measures layer classes for about `budget_ms`, at least one. The results are applied when all classes have been measured;
    /// they change logits only by rounding. The model can be used meanwhile.
    ///
    /// # Errors
    /// [`crate::Error::State`] if no model is loaded, [`crate::Error::Gpu`] if the device fails.
    pub async fn tune(&self, budget_ms: f64) -> Result<TuningProgress> {
        let started = Instant::now();
        let mut guard = self.tuner.lock().await;
        if guard.is_none() {
            let model = self.model.lock().await;
            *guard = Some(model.as_ref().ok_or_else(no_model)?.tuner(&get(&self.tuning_table)));
        }
        let Some(tuner) = guard.as_mut() else { return Err(no_model()) };
        while !tuner.step().await?.is_empty() && milliseconds_since(started) < budget_ms {}
        let progress = tuner.progress();
        set(&self.tuning_table, tuner.table().clone());
        if progress.done == progress.total {
            self.apply_tuning().await?;
        }
        Ok(progress)
    }

    async fn apply_tuning(&self) -> Result<()> {
        let table = get(&self.tuning_table);
        let mut guard = self.model.lock().await;
        let Some(model) = guard.as_mut() else { return Ok(()) };
        model.apply_tuning(&table).await?;
        self.record_model(model);
        Ok(())
    }

    /// Discards the tuner of the current model. The next call of [`Session::tune`] creates one for the new model.
    pub(super) async fn discard_tuner(&self) {
        *self.tuner.lock().await = None::<Tuner>;
    }
}
