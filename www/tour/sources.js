// @ts-check
// The papers that the tour cites.

/**
 * @typedef {object} Source
 * @property {string} authors as they are cited
 * @property {number} year
 * @property {string} work its title
 * @property {string} url
 */

/** @satisfies {Record<string, Source>} */
export const SOURCES = {
  adebayo2018: { authors: 'Adebayo et al.', year: 2018, work: 'Sanity Checks for Saliency Maps', url: 'https://arxiv.org/abs/1810.03292' },
  balduzzi2017: { authors: 'Balduzzi et al.', year: 2017, work: 'The Shattered Gradients Problem', url: 'https://arxiv.org/abs/1702.08591' },
  greff2017: { authors: 'Greff et al.', year: 2017, work: 'Highway and Residual Networks Learn Unrolled Iterative Estimation', url: 'https://arxiv.org/abs/1612.07771' },
  he2015: { authors: 'He et al.', year: 2015, work: 'Deep Residual Learning for Image Recognition', url: 'https://arxiv.org/abs/1512.03385' },
  he2016: { authors: 'He et al.', year: 2016, work: 'Identity Mappings in Deep Residual Networks', url: 'https://arxiv.org/abs/1603.05027' },
  heInitialisation2015: { authors: 'He et al.', year: 2015, work: 'Delving Deep into Rectifiers', url: 'https://arxiv.org/abs/1502.01852' },
  ioffe2015: { authors: 'Ioffe, Szegedy', year: 2015, work: 'Batch Normalization', url: 'https://arxiv.org/abs/1502.03167' },
  olah2017: { authors: 'Olah et al.', year: 2017, work: 'Feature Visualization', url: 'https://distill.pub/2017/feature-visualization' },
  selvaraju2017: { authors: 'Selvaraju et al.', year: 2017, work: 'Grad-CAM', url: 'https://arxiv.org/abs/1610.02391' },
  veit2016: { authors: 'Veit et al.', year: 2016, work: 'Residual Networks Behave Like Ensembles of Relatively Shallow Networks', url: 'https://arxiv.org/abs/1605.06431' },
  yang2019: { authors: 'Yang et al.', year: 2019, work: 'A Mean Field Theory of Batch Normalization', url: 'https://arxiv.org/abs/1902.08129' },
  zhou2016: { authors: 'Zhou et al.', year: 2016, work: 'Learning Deep Features for Discriminative Localization', url: 'https://arxiv.org/abs/1512.04150' },
};

/** @typedef {keyof typeof SOURCES} SourceName */
