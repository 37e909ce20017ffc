//! Smaller copies of images, to be shown.

use super::DecodedImage;

impl DecodedImage {
    /// Columns, rows and RGBA bytes of a copy reduced by the largest whole factor that leaves at least `longest` pixels on the longer
    /// side and `shortest` on the shorter. An image with fewer pixels is copied as it is. Each pixel is the average of a square;
    /// incomplete squares at the right and bottom edges are left out.
    pub fn preview(&self, longest: u32, shortest: u32) -> (u32, u32, Vec<u8>) {
        let (long, short) = (self.width.max(self.height), self.width.min(self.height));
        let factor = (long / longest.max(1)).min(short / shortest.max(1)).max(1) as usize;
        let (width, height) = (self.width as usize / factor, self.height as usize / factor);
        let mut rgba = vec![255; width * height * 4];
        let mut sums = vec![[0u32; 3]; width];
        let squares = self.rgb.chunks_exact(self.width as usize * 3).collect::<Vec<_>>();
        for (rows, target) in squares.chunks_exact(factor).zip(rgba.chunks_exact_mut(width * 4)) {
            sums.fill([0; 3]);
            for row in rows {
                for (sum, pixels) in sums.iter_mut().zip(row.chunks_exact(factor * 3)) {
                    for pixel in pixels.chunks_exact(3) {
                        (0..3).for_each(|channel| sum[channel] += u32::from(pixel[channel]));
                    }
                }
            }
            let count = (factor * factor) as u32;
            for (pixel, sum) in target.chunks_exact_mut(4).zip(&sums) {
                (0..3).for_each(|channel| pixel[channel] = ((sum[channel] + count / 2) / count) as u8);
            }
        }
        (width as u32, height as u32, rgba)
    }
}
