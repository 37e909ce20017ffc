// @ts-check
// Sources of video: a camera, or a video file that is played like one.

import { asError, textError } from '../lib/errors.js';
import { t } from '../lib/i18n.js';

/** @import { Key } from '../lib/i18n.js' */

/**
 * `video` plays and is in no document; `id` is that of a camera.
 * @typedef {object} VideoSource
 * @property {'camera' | 'video'} kind
 * @property {string} name
 * @property {string} [id]
 * @property {HTMLVideoElement} video
 * @property {boolean} mirrored the view is to be mirrored, as for a camera that faces the user
 * @property {() => void} stop
 */
/** @typedef {{ id: string, name: string }} Camera */

/** More than the networks need, and little enough to copy every frame to the GPU. */
const WANTED = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 60 } };

/** Phones have a second camera at the back, which sees what the user points at. */
const BACK = { facingMode: { ideal: 'environment' } };

/** By the name of the browser's error. @type {Record<string, Key>} */
const REFUSALS = {
  NotAllowedError: 'camera.denied',
  NotFoundError: 'camera.none',
  NotReadableError: 'camera.inUse',
  OverconstrainedError: 'camera.gone',
};

/**
 * Opens the camera with this id, or the preferred one.
 * @param {string | null} id
 * @param {() => void} onEnd called when the camera is unplugged
 * @returns {Promise<VideoSource>}
 */
export async function openCamera(id, onEnd) {
  if (!navigator.mediaDevices?.getUserMedia) {
    throw textError('CameraError', 'camera.insecure');
  }
  const stream = await navigator.mediaDevices
    .getUserMedia({ video: { ...WANTED, ...(id ? { deviceId: { exact: id } } : BACK) }, audio: false })
    .catch((error) => { throw refusalOf(error); });
  const [track] = stream.getVideoTracks();
  const { deviceId, facingMode } = track.getSettings();
  const video = await play({ srcObject: stream }).catch((error) => {
    track.stop();
    throw refusalOf(error);
  });
  track.addEventListener('ended', onEnd);
  return {
    kind: 'camera',
    name: track.label || t('camera.unnamed'),
    id: deviceId,
    video,
    mirrored: facingMode !== 'environment',
    stop: () => {
      track.removeEventListener('ended', onEnd);
      track.stop();
      video.srcObject = null;
    },
  };
}

/**
 * Plays a video file.
 * @param {Blob} file
 * @param {() => void} onEnd called at its end
 * @returns {Promise<VideoSource>}
 */
export async function openVideo(file, onEnd) {
  const name = file instanceof File ? file.name : t('camera.video');
  const src = URL.createObjectURL(file);
  const video = await play({ src, muted: true }).catch(() => {
    URL.revokeObjectURL(src);
    throw textError('CameraError', 'camera.videoFormat', { name });
  });
  video.addEventListener('ended', onEnd);
  return {
    kind: 'video',
    name,
    video,
    mirrored: false,
    stop: () => {
      video.removeEventListener('ended', onEnd);
      video.pause();
      video.removeAttribute('src');
      URL.revokeObjectURL(src);
    },
  };
}

/**
 * The cameras of this machine. Browsers report names only after one has been allowed.
 * @returns {Promise<Camera[]>}
 */
export async function listCameras() {
  const devices = await navigator.mediaDevices?.enumerateDevices() ?? [];
  return devices
    .filter(({ kind, deviceId }) => kind === 'videoinput' && deviceId)
    .map(({ deviceId, label }, i) => ({ id: deviceId, name: label || t('camera.numbered', { number: String(i + 1) }) }));
}

/**
 * Calls `listener` when a camera is connected or removed.
 * @param {() => void} listener
 */
export function onCamerasChange(listener) {
  navigator.mediaDevices?.addEventListener('devicechange', listener);
}

/**
 * @param {unknown} given
 * @returns {given is Blob}
 */
export const isVideo = (given) => given instanceof Blob && given.type.startsWith('video/');

/** @param {unknown} caught */
function refusalOf(caught) {
  const { name, message } = asError(caught);
  return REFUSALS[name] ? textError('CameraError', REFUSALS[name]) : textError('CameraError', 'camera.failed', { reason: message || name });
}

/** @param {Partial<HTMLVideoElement>} source */
async function play(source) {
  const video = Object.assign(document.createElement('video'), { playsInline: true, ...source });
  await video.play();
  return video;
}
