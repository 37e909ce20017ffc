// @ts-check
// Sources of video: a camera, or a video file that is played like one.

import { asError, namedError } from '../lib/errors.js';

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

/** @type {Record<string, string>} */
const REFUSALS = {
  NotAllowedError: 'Camera access was denied: allow it in the browser’s settings for this site, then try again.',
  NotFoundError: 'No camera was found: connect one, then try again.',
  NotReadableError: 'The camera cannot be read: another program may be using it. Close that program, then try again.',
  OverconstrainedError: 'The selected camera is no longer available: choose another.',
};

/**
 * Opens the camera with this id, or the preferred one.
 * @param {string | null} id
 * @param {() => void} onEnd called when the camera is unplugged
 * @returns {Promise<VideoSource>}
 */
export async function openCamera(id, onEnd) {
  if (!navigator.mediaDevices?.getUserMedia) {
    throw namedError('CameraError', 'The browser allows cameras only on pages from https: or localhost.');
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
    name: track.label || 'camera',
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
  const name = file instanceof File ? file.name : 'video';
  const src = URL.createObjectURL(file);
  const video = await play({ src, muted: true }).catch(() => {
    URL.revokeObjectURL(src);
    throw namedError('CameraError', `The video ${name} cannot be played: its format is not supported by this browser, or the file is damaged.`);
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
    .map(({ deviceId, label }, i) => ({ id: deviceId, name: label || `camera ${i + 1}` }));
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
  return namedError('CameraError', REFUSALS[name] ?? `The camera could not be opened: ${message || name}.`);
}

/** @param {Partial<HTMLVideoElement>} source */
async function play(source) {
  const video = Object.assign(document.createElement('video'), { playsInline: true, ...source });
  await video.play();
  return video;
}
