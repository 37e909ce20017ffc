//! The options of every subcommand that runs a network, and the session that they open.

use clap::Args;
use resnet_lens::Session;
use resnet_lens::graph::Surgery;

use crate::device::{self, Device};
use crate::failure::Failure;
use crate::model::ModelOptions;
use crate::pipelines::PipelineCache;
use crate::tuning;

/// The model, and how it is run.
#[derive(Debug, Args)]
pub struct NetworkOptions {
    #[command(flatten)]
    model: ModelOptions,
    /// Where the network runs.
    ///
    /// auto takes a GPU, or the CPU if there is none or only a software adapter that is slower. gpu also takes a software adapter.
    #[arg(long, value_enum, default_value_t, help_heading = "Performance")]
    device: Device,
    /// First measure which algorithm is fastest for each kind of layer on this GPU; later runs use the results.
    #[arg(long, help_heading = "Performance")]
    tune: bool,
}

/// The edits of a network.
#[derive(Debug, Args)]
pub struct EditOptions {
    /// Change the network before it runs; can be given several times, and the edits apply in order.
    ///
    /// branch:BLOCK:FACTOR and shortcut:BLOCK:FACTOR multiply an operand of a residual block's addition by 0 to 2; 0 switches it
    /// off. skip:BLOCK bypasses a block. repeat:BLOCK:STEPS runs a block with an identity shortcut 2 to 8 times, each F(x) divided by
    /// STEPS, or multiplied by FACTOR with repeat:BLOCK:STEPS:FACTOR. swap:BLOCK:BLOCK and reverse:FIRST:LAST change the order of
    /// blocks of one shape. lesion:NODE:CHANNEL sets a channel to zero. stride:1x1 and stride:3x3 select the convolution that
    /// downsamples. A BLOCK is named as layer3.1, a NODE as layer3.1.conv2.
    #[arg(long = "edit", value_name = "TEXT", help_heading = "Inspection")]
    pub edits: Vec<Surgery>,
}

impl EditOptions {
    /// Edits the loaded network.
    pub async fn apply(&self, session: &Session) -> Result<(), Failure> {
        if !self.edits.is_empty() {
            session.operate(&self.edits, 1).await?;
        }
        Ok(())
    }
}

/// A session with a loaded network.
#[derive(Debug)]
pub struct Network {
    pub session: Session,
    /// `None` where pipelines are not kept.
    pipelines: Option<PipelineCache>,
}

impl NetworkOptions {
    /// Opens the device, loads the model and applies or measures its tuning.
    pub async fn open(&self) -> Result<Network, Failure> {
        let session = device::open(self.device).await?;
        let pipelines = PipelineCache::restore(&session);
        if !self.tune {
            tuning::restore(&session).await;
        }
        self.model.load(&session).await?;
        if self.tune {
            tuning::tune(&session).await?;
        }
        // Tuning compiles every candidate; most of those pipelines are never used again.
        Ok(Network { session, pipelines: pipelines.filter(|_| !self.tune) })
    }
}

impl Network {
    /// Keeps the compiled pipelines for the next run of the program.
    pub fn keep_pipelines(self) {
        if let Some(pipelines) = self.pipelines {
            pipelines.save(&self.session);
        }
    }
}
