// @ts-check
// The device that the URL asks for, `?device=gpu|cpu`.

import { textError } from '../lib/errors.js';
import { listOr } from '../lib/i18n.js';
import { readSettings } from './url-state.js';

/** @import { WantedDevice } from '../engine/open-device.js' */

/** @type {NonNullable<WantedDevice>[]} */
const DEVICES = ['gpu', 'cpu'];

/**
 * The device if the URL names none: null lets the engine choose.
 * @type {WantedDevice}
 */
const DEFAULT = null;

/** The wanted device; the default if the URL names none or an unknown one. */
export function wantedDevice() {
  const { device } = readSettings();
  return DEVICES.find((known) => known === device) ?? DEFAULT;
}

/** The error of an unknown device, null if there is none. */
export function deviceError() {
  const { device } = readSettings();
  if (device === null || DEVICES.some((known) => known === device)) return null;
  return textError('StateError', 'settings.invalid', { name: 'device', expected: listOr(DEVICES), found: device });
}
