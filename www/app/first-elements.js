// @ts-check
// The elements of the first view. Importing this module defines them.

import '../elements/adapter.js';
import '../elements/alert.js';
import '../elements/channel.js';
import '../elements/channels.js';
import '../elements/image.js';
import '../elements/image-source.js';
import '../elements/inspector.js';
import '../elements/language.js';
import '../elements/layer.js';
import '../elements/models.js';
import '../elements/network-map.js';
import '../elements/predictions.js';
import '../elements/samples.js';
import '../elements/skip-link.js';
import '../elements/status.js';
import '../elements/timings.js';
import '../elements/tray.js';
