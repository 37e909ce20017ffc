//! Many images in one run: a GPU that one image leaves half idle answers more of them in the same time.

use web_time::Instant;

use super::model::Model;
use super::{Classification, Milliseconds, Session, milliseconds, no_model};
use crate::decoded_image::DecodedImage;
use crate::error::Result;
use crate::gpu::Executable;
use crate::plan::Plan;
use crate::shape::Shape;
use crate::tensor::HostTensor;

impl Session {
    /// Names the `top` likeliest classes of each image, all of them in one run; of as many answers each states its share of
    /// the time. Layers cannot be looked into afterwards: they show the image of the latest [`Session::classify_image`].
    ///
    /// # Errors
    /// [`crate::Error::State`] without a model, [`crate::Error::Gpu`] when the device fails or cannot hold so many.
    pub async fn classify_images(&self, images: &[DecodedImage], top: usize) -> Result<Vec<Classification>> {
        if let [only] = images {
            return Ok(vec![self.classify_image(only, top).await?]);
        }
        let mut guard = self.model.lock().await;
        let model = guard.as_mut().ok_or_else(no_model)?;
        if images.is_empty() {
            return Ok(Vec::new());
        }
        let inputs: Vec<(HostTensor, f64)> = images.iter().map(|image| model.prepare(image)).collect::<Result<_>>()?;
        let started = Instant::now();
        let (logits, first_run) = model.run_batch(&inputs.iter().map(|(input, _)| input).collect::<Vec<_>>()).await?;
        let infer = milliseconds(started) / images.len() as f64;
        self.tell_run(infer);
        let answer =
            |((image, (_, preprocess)), logits): ((&DecodedImage, &(HostTensor, f64)), &HostTensor)| Classification {
                predictions: model.predictions(logits, top),
                image: model.image_info([image.width, image.height]),
                ms: Milliseconds { decode: 0.0, preprocess: *preprocess, infer },
                first_run,
            };
        Ok(images.iter().zip(&inputs).zip(&logits).map(answer).collect())
    }
}

impl Model {
    /// The logits of each input, and whether this was the first run of so many.
    async fn run_batch(&mut self, inputs: &[&HostTensor]) -> Result<(Vec<HostTensor>, bool)> {
        let one = self.graph.input();
        let shape = Shape { n: inputs.len(), ..one };
        let first = self.batch.as_ref().is_none_or(|batch| batch.graph().input() != shape);
        if first {
            let graph = self.config.graph(shape.n, shape.h, shape.w)?;
            let plan = Plan::with_selection(&graph, &[""; 0], &self.choices)?;
            // Two batches' buffers at a time may be more than there is.
            self.batch = None;
            self.batch = Some(Executable::new(&self.gpu, plan, &self.parameters).await?);
        }
        let Some(batch) = &mut self.batch else { return Ok((Vec::new(), first)) };
        let values = inputs.iter().flat_map(|input| input.data()).copied().collect();
        let logits = batch.run(&HostTensor::new(shape, values)?).await?;
        let each = Shape { n: 1, ..logits.shape() };
        let rows = logits.data().chunks_exact(each.len()).map(|row| HostTensor::new(each, row.to_vec()));
        Ok((rows.collect::<Result<_>>()?, first))
    }
}
