//! Waiting for the GPU's callbacks.

use futures_channel::oneshot::Receiver;

use super::context::Gpu;
#[cfg(target_arch = "wasm32")]
use super::device_kind::DeviceKind;
use crate::error::{Error, Result};

fn unfinished(error: impl std::fmt::Display) -> Error {
    Error::Gpu(format!("the GPU did not finish: {error}"))
}

/// The value that a callback sends when the GPU is done. Natively callbacks run during a poll.
///
/// # Errors
/// [`Error::Gpu`] when the device is lost.
#[cfg(not(target_arch = "wasm32"))]
pub(super) async fn wait_for<T>(gpu: &Gpu, receiver: Receiver<T>) -> Result<T> {
    gpu.device.poll(wgpu::PollType::wait_indefinitely()).map_err(unfinished)?;
    receiver.await.map_err(unfinished)
}

/// The value that a callback sends when the GPU is done. In a browser the event loop calls back.
///
/// Firefox polls its GPU only every 100 ms (Mozilla's bug 1870699) and at each submission, so empty submissions are made until
/// the value arrives.
///
/// # Errors
/// [`Error::Gpu`] when the device is lost.
#[cfg(target_arch = "wasm32")]
pub(super) async fn wait_for<T>(gpu: &Gpu, receiver: Receiver<T>) -> Result<T> {
    use std::future::{Future, poll_fn};
    use std::pin::pin;
    use std::task::Poll;

    /// The longest pause in milliseconds; the first is 1.
    const LONGEST: i32 = 16;
    if gpu.kind() == DeviceKind::Cpu {
        // Everything is computed already. Messages that arrived meanwhile, such as one that cancels a measurement, come first.
        sleep(0).await;
    }
    let mut receiver = pin!(receiver);
    let mut pause = 1;
    loop {
        let mut timer = pin!(sleep(pause));
        let first = poll_fn(|context| match receiver.as_mut().poll(context) {
            Poll::Ready(value) => Poll::Ready(Some(value)),
            Poll::Pending => timer.as_mut().poll(context).map(|()| None),
        });
        if let Some(value) = first.await {
            return value.map_err(unfinished);
        }
        gpu.queue.submit([]);
        pause = (pause * 2).min(LONGEST);
    }
}

/// Waits in a page or a worker; returns at once where there is no `setTimeout`.
#[cfg(target_arch = "wasm32")]
async fn sleep(milliseconds: i32) {
    use js_sys::{Function, Promise, Reflect};
    use wasm_bindgen::JsCast;
    let global = js_sys::global();
    let timer = Reflect::get(&global, &"setTimeout".into()).ok().and_then(|timer| timer.dyn_into::<Function>().ok());
    let Some(timer) = timer else { return };
    let promise = Promise::new(&mut |resolve, _| {
        // If `setTimeout` throws, the promise stays pending, and no more empty submissions are made.
        let _ = timer.call2(&global, &resolve, &milliseconds.into());
    });
    let _ = wasm_bindgen_futures::JsFuture::from(promise).await;
}
