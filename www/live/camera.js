// Where moving images come from: a camera, or a video file that is treated like one. A source is
// `{ kind, name, video, id, mirrored, stop() }`; `video` is a playing <video> that is in no document.

import { namedError } from '../lib/errors.js';

/** Smaller than what networks look at would be a waste of a camera, and much larger one of the GPU. */
const WANTED = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 60 } };

const REFUSALS = {
  NotAllowedError: 'The camera was refused: allow it for this page in the browser’s settings for the site, then try again.',
  NotFoundError: 'No camera was found: connect one, then try again.',
  NotReadableError: 'The camera cannot be read: perhaps another program is using it. Close that, then try again.',
  OverconstrainedError: 'The camera chosen is no longer there: choose another.',
};

/** Opens the camera with this id, or the one that the browser prefers. `onEnd()` hears of it being unplugged. */
export async function openCamera(id, onEnd) {
  if (!navigator.mediaDevices?.getUserMedia) {
    throw namedError('CameraError', 'This browser offers no cameras to this page: it takes an address with https: or localhost.');
  }
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { ...WANTED, ...(id && { deviceId: { exact: id } }) }, audio: false });
  } catch (error) {
    throw namedError('CameraError', REFUSALS[error.name] ?? `The camera could not be opened: ${error.message || error.name}.`);
  }
  const [track] = stream.getVideoTracks();
  const { deviceId, facingMode } = track.getSettings();
  track.addEventListener('ended', onEnd);
  const video = await play({ srcObject: stream });
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

/** Plays a video file; `onEnd()` hears of its end. */
export async function openVideo(file, onEnd) {
  const src = URL.createObjectURL(file);
  let video;
  try {
    video = await play({ src, muted: true });
  } catch {
    URL.revokeObjectURL(src);
    throw namedError('CameraError', `The video ${file.name} cannot be played: this browser does not know its format, or it is damaged.`);
  }
  video.addEventListener('ended', onEnd);
  return {
    kind: 'video',
    name: file.name,
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

/** The cameras that the browser tells of: `[{ id, name }]`; names are told only once one has been allowed. */
export async function cameras() {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices
    .filter(({ kind, deviceId }) => kind === 'videoinput' && deviceId)
    .map(({ deviceId, label }, i) => ({ id: deviceId, name: label || `camera ${i + 1}` }));
}

/** Calls `go()` when a camera is connected or removed. */
export function onCamerasChange(go) {
  navigator.mediaDevices?.addEventListener('devicechange', go);
}

export const isVideo = (given) => given instanceof Blob && given.type.startsWith('video/');

async function play(source) {
  const video = Object.assign(document.createElement('video'), { playsInline: true, ...source });
  await video.play();
  return video;
}
