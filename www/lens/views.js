// What each view of the lens shows, in the words of the engine's drawing calls.

const BINS = 40;

/**
 * Tells `painter` of all canvases among the elements `view`. `at()` says where the user looks, or is null while there
 * is nothing to see. While `at().live` the ends of the scales are not read back, and the legends tell no numbers.
 */
export function addViews(painter, view, at) {
  const add = (name, canvas, request, drawn) => painter.add(name, { canvas, drawn, request: () => (at() ? request(at()) : null) });
  const showLegend = (element) => (legend, { colour }) => (
    element.querySelector('lens-legend').show(legend ?? unread(at()), colour, legend ? 'each' : 'live'));
  add('map', () => view['network-map'].canvas, ({ colour }) => sized(view['network-map'].request, { colour }));
  add('grid', () => view.channels.canvas, ({ node, colour, live }) => sized(view.channels.request, { node, colour, legend: !live }), showLegend(view.layer));
  add('channel', () => view.channel.canvas, ({ node, channel, colour, live }) => (
    sized(view.channel.size, { node, channel, colour, legend: !live })), showLegend(view.channel));
  // Its bars are the page's own; it comes with the drawings since it changes when they do.
  painter.add('histogram', {
    request: () => (at() && !at().live ? { node: at().node, channel: at().channel, bins: BINS } : null),
    drawn: (histogram) => view.channel.showHistogram(at() && !at().live ? histogram : null),
  });
  add('overlay', () => view.image.overlay, (place) => sized(view.image.overlaySize, overlaid(place, view.overlay.opacity)));
  add('kernels', () => view.channel.filters, ({ kernels }) => kernels && view.channel.filterRequest(kernels));
}

/** A request with its canvas's size; nothing without either. */
function sized(size, request) {
  return size && request ? { ...size, ...request } : null;
}

function overlaid({ overlay, node, channel, cam, colour }, opacity) {
  if (overlay === 'cam') return { kind: 'cam', class: cam, opacity, colour, legend: false };
  if (overlay === 'channel') return { kind: 'channel', node, channel, opacity, colour, legend: false };
  return null;
}

/** A legend without numbers. */
function unread(at) {
  return { low: null, high: null, signed: Boolean(at?.signed) };
}
