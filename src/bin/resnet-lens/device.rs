//! The option `--device`.

use clap::ValueEnum;
use resnet_lens::gpu::DeviceKind;
use resnet_lens::{Error, Session};

use crate::terminal;

/// Where the network runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Device {
    #[default]
    Auto,
    Gpu,
    Cpu,
}

/// Opens a session. Notes on the terminal say when the network does not run on a GPU.
///
/// # Errors
/// [`Error::Gpu`] if a GPU is required and none is found.
pub async fn open(device: Device) -> Result<Session, Error> {
    match device {
        Device::Cpu => Session::open_on(DeviceKind::Cpu).await,
        Device::Gpu => {
            let session = Session::open_on(DeviceKind::Gpu).await?;
            if session.adapter().software {
                note_software(&session);
            }
            Ok(session)
        }
        Device::Auto => {
            let (session, reason) = Session::open_fastest().await?;
            if let Some(reason) = reason {
                terminal::note(&format!("the network runs on the CPU: {reason}"));
            } else if session.adapter().software {
                note_software(&session);
            }
            Ok(session)
        }
    }
}

fn note_software(session: &Session) {
    let name = session.adapter().name;
    terminal::note(&format!("{name} is a software adapter: the network runs on the CPU, not on a GPU"));
}
